"""The simulated tree: every node has children, and abundances follow the settings."""

import numpy as np
import pytest

from bioscan.core.errors import InputError
from bioscan.simulate import taxonomy
from bioscan.simulate.families import ORDERS


def test_every_node_has_children_and_species_lie_by_lineage():
    tree = taxonomy.grow(2_000, np.random.default_rng(3))
    for rank, parents in tree.parents.items():
        assert (np.diff(parents) >= 0).all(), rank
        assert set(parents) == set(range(parents.max() + 1)), rank
    assert len(tree.parents["species"]) == 2_000
    assert len(tree.abundance) == 2_000
    assert tree.abundance.sum() == pytest.approx(1)


def test_ancestors_follow_the_parents():
    tree = taxonomy.grow(2_000, np.random.default_rng(3))
    species = 1_234
    genus = tree.parents["species"][species]
    family = tree.parents["subfamily"][tree.parents["genus"][genus]]
    assert tree.ancestors("genus")[species] == genus
    assert tree.ancestors("family")[species] == family
    assert tree.ancestors("class")[species] == tree.parents["order"][tree.parents["family"][family]]


def test_evenness_flattens_the_orders():
    def diptera(evenness: float) -> float:
        tree = taxonomy.grow(1_000, np.random.default_rng(0), evenness=evenness)
        return tree.abundance[tree.ancestors("order") == tree.orders.index("Diptera")].sum()

    assert diptera(0.0) == pytest.approx(896_324 / sum(row[2] for row in ORDERS), abs=0.02)
    assert diptera(0.0) > diptera(0.5) > diptera(1.0)
    assert diptera(1.0) == pytest.approx(1 / 55)


def test_a_community_can_be_narrowed():
    tree = taxonomy.grow(
        400, np.random.default_rng(0), orders=3, diptera_families=5, insects_only=True
    )
    assert tree.orders == ("Diptera", "Hymenoptera", "Coleoptera")
    assert tree.classes == ("Insecta",)
    assert tree.families[:6] == (
        *("Cecidomyiidae", "Chironomidae", "Phoridae", "Sciaridae", "Ceratopogonidae"),
        "Braconidae",
    )


def test_a_tiny_community_keeps_the_commonest_orders():
    assert taxonomy.grow(8, np.random.default_rng(0)).orders == ("Diptera", "Hymenoptera")
    with pytest.raises(
        InputError,
        match=r"community\.species is 3, expected at least one for each of 5 groups; raise it",
    ):
        taxonomy.grow(3, np.random.default_rng(0), orders=5)
