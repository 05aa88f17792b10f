"""The members of a community: barcodes belong to one species, and seeds differ."""

import numpy as np
import polars as pl

from bioscan.core.records import SPLITS
from bioscan.simulate.community import Community
from bioscan.simulate.population import populate
from tests.unit.simulate.communities import DEMO, table


def test_records_of_a_barcode_are_of_one_species_annotated_to_one_depth(clean):
    barcodes = clean.group_by("dna_barcode").agg(
        pl.col("true_species", "true_label_rank", "split").n_unique(), pl.len()
    )
    assert (barcodes["true_species"] == 1).all() and (barcodes["true_label_rank"] == 1).all()
    assert (barcodes["split"] == 1).all()
    assert 1.6 < barcodes["len"].mean() < 2.6  # 5M §A4.4: around two


def test_another_seed_is_another_community():
    first, second = (table(Community(300, seed), "bioscan5m") for seed in (0, 1))
    assert not set(first["dna_barcode"]) & set(second["dna_barcode"])
    assert first["true_species"].to_list() != second["true_species"].to_list()


def test_every_species_has_a_specimen_and_every_haplotype_a_record():
    population = populate(DEMO, "bioscan5m")
    assert len(population.haplotype) == len(population.copy) == DEMO.specimens
    assert set(population.haplotype) == set(range(len(population.species)))
    assert set(population.species) == set(range(DEMO.species_count))
    assert population.split.max() < len(SPLITS)
    # Each record is the next copy of its haplotype.
    sizes = np.bincount(population.haplotype)
    assert population.copy.sum() == (sizes * (sizes - 1) // 2).sum()


def test_only_1m_has_experiments():
    assert populate(DEMO, "bioscan5m").experiments == {}
    assert len(populate(DEMO, "bioscan1m").experiments) == 6
