"""Barcodes of specimens and references."""

import numpy as np
import polars as pl
import pytest

from bioscan.core.columns import reverse_complement
from bioscan.core.records import RANKS
from bioscan.identify.barcodes import (
    HELD_OUT_RANKS,
    MIXED,
    SHORT,
    build_search,
    cut_queries,
    examine_barcodes,
    known_queries,
    references,
    weigh_barcodes,
)
from bioscan.identify.calibration import calibrate_known, with_truth
from tests.unit.mitochondria import Barcodes


def sequences(splits: tuple[str, ...] = ("train", "train", "val", "test")) -> pl.DataFrame:
    """Barcodes of eight species in four genera, and of one species that is unseen."""
    drawn = Barcodes(seed=1)
    rows = []
    for number, members in enumerate(drawn.family(9, len(splits))):
        genus = f"G{number // 2}"
        for member, (barcode, split) in enumerate(zip(members, splits, strict=True)):
            where = "val_unseen" if number == 8 else split
            labels = ("P", "C", "O", f"F{number // 4}", None, genus, f"{genus} s{number}")
            rows.append((f"p{number}{member}", barcode, where, *labels))
    return pl.DataFrame(rows, ["processid", "sequence", "split", *RANKS], orient="row")


def test_taxa_are_taken_out_of_the_references_at_each_rank_that_has_several():
    asked = {queries.kind: queries for queries in known_queries(sequences())}
    for rank in ("species", "genus", "family"):
        gone = {}
        for split in ("val", "test"):
            queries = asked[f"{split} without {rank}"]
            gone[split] = set(queries.queries[rank])
            assert gone[split] and not gone[split] & set(queries.keys[rank])
            assert queries.keys[rank].n_unique() >= 1
        assert not gone["val"] & gone["test"]
    # There is one order, one class, one phylum: without it nothing would be left.
    taken = {kind.split(" ")[-1] for kind in asked if "without" in kind}
    assert taken == set(HELD_OUT_RANKS[:3])


@pytest.mark.parametrize(
    ("ending", "family", "out"),
    [("s", None, True), ("9", None, False), ("s", "another", False)],
    ids=["one letter more", "another number", "in another family"],
)
def test_a_name_is_taken_out_in_its_misspelt_forms_too(ending, family, out, caplog):
    table = sequences()
    gone, *_ = known_queries(table)
    named = table.filter(pl.col("species") == gone.queries["species"][0]).head(1)
    other = named.with_columns(
        pl.lit("other").alias("processid"),
        pl.lit("train").alias("split"),
        pl.lit(family or named["family"][0]).alias("family"),
        pl.col("species") + ending,
    )
    asked = {one.kind: one for one in known_queries(pl.concat([table, other]))}
    assert ("other" in asked[gone.kind].keys["processid"]) is not out
    assert "other" in asked["val"].keys["processid"]
    assert (other["species"][0] in caplog.text) is out


def test_a_library_without_queries_of_its_own_is_calibrated_nevertheless():
    parts = []
    for asked in known_queries(sequences(("train",) * 4)):
        evidence, _ = weigh_barcodes(build_search(asked.keys), asked.queries, asked.keys, 1)
        kind = pl.lit(asked.kind).alias("kind")
        parts.append(with_truth(evidence, asked.queries, asked.keys).with_columns(kind))
    fitted, answers = calibrate_known(pl.concat(parts))
    assert "species" in fitted
    assert {"val", "test", "val without species"} <= set(answers["kind"])


def test_queries_of_all_splits_are_asked_whole_and_cut():
    every = list(known_queries(sequences()))
    asked = {one.kind: one for whole in every for one in (whole, *cut_queries(whole))}
    assert asked["val"].queries.height == 8
    assert asked["val_unseen"].queries.height == 4
    assert asked["test cut at 150"].queries["sequence"].str.len_bytes().to_list() == [150] * 8
    assert set(asked["test"].keys["split"]) == {"train"}
    assert "test without species cut at 150" in asked
    assert "test without genus cut at 150" not in asked


def test_the_nearest_reference_is_of_the_species():
    table = sequences()
    keys, queries = table.filter(split="train"), table.filter(split="test")
    found, hits = weigh_barcodes(build_search(keys), queries, keys, threads=1)
    species = found.filter(rank="species")
    truth = dict(queries.select("processid", "species").iter_rows())
    assert [truth[query] for query in species["query"]] == species["label"].to_list()
    assert species["aligned"].to_list() == [330] * 8
    assert hits["distance"].min() >= 0


def junk() -> dict[str, str]:
    """Sequences that are no barcode of the references' gene."""
    random = np.random.default_rng(3)
    whole = sequences()["sequence"][0]
    return {
        "random": "".join(random.choice(list("ACGT"), 330)),
        "shuffled": "".join(random.permutation(list(whole))),
        "backwards": whole[::-1],
        "poly-A": "A" * 330,
        "a piece of the gene in another": "".join(random.choice(list("ACGT"), 500)) + whole[:110],
    }


@pytest.mark.parametrize("name", junk())
def test_an_alignment_by_chance_or_of_a_small_part_is_none(name):
    table = sequences()
    keys = table.filter(split="train")
    query = pl.DataFrame({"processid": ["q"], "sequence": [junk()[name]]})
    found, hits = weigh_barcodes(build_search(keys), query, keys, threads=1)
    assert found.is_empty() and hits.is_empty()


@pytest.mark.parametrize("piece", [slice(0, 330), slice(100, 220), slice(0, 165)])
def test_a_piece_of_a_barcode_on_either_strand_is_near_its_reference(piece):
    table = sequences()
    keys = table.filter(split="train")
    whole = keys["sequence"][0]
    asked = [whole[piece], reverse_complement(whole[piece])]
    queries = pl.DataFrame({"processid": ["a", "b"], "sequence": asked})
    found, _ = weigh_barcodes(build_search(keys), queries, keys, threads=1)
    species = found.filter(rank="species")
    assert species["label"].to_list() == [keys["species"][0]] * 2
    assert species["distance"].to_list() == [0, 0]
    assert species["aligned"].to_list() == [len(asked[0])] * 2


def test_barcodes_that_are_mixtures_or_too_short_are_named():
    whole = Barcodes().ancestor
    mixed = whole.replace("G", "R")
    given = {"a": whole, "b": mixed, "c": "N" * 200 + whole[:80], "d": None}
    table = pl.DataFrame({"processid": list(given), "sequence": list(given.values())})
    found = examine_barcodes(table)
    assert found.select("processid", "fault").rows() == [("a", None), ("b", MIXED), ("c", SHORT)]


def test_references_of_all_splits_are_compared_with():
    table = sequences()
    assert references(table).height == table.height


def test_a_reference_without_a_label_is_none():
    table = sequences().with_columns(pl.lit(None, pl.String).alias(rank) for rank in RANKS[2:])
    assert references(table).is_empty()
