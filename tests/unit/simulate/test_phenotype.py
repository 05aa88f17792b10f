"""Traits are inherited: stable, in range, and more similar among closer relatives."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.simulate.phenotype import ARCHETYPES, GENERIC, TRAITS, Phenotype, phenotype

DIPTERA = ("Arthropoda", "Insecta", "Diptera", "Phoridae", "Phorinae", "Phora", "Phora atra")


def standardised(looks: Phenotype) -> np.ndarray:
    """The trait vector (traits,), each trait in units of its own step."""
    values = []
    for name, trait in TRAITS.items():
        value = getattr(looks, name)
        values.append((np.log(value) if trait.multiplies else value) / trait.step)
    return np.array(values)


def distance(first: tuple[str | None, ...], second: tuple[str | None, ...], seed: int) -> float:
    apart = standardised(phenotype(first, seed)) - standardised(phenotype(second, seed))
    return float(np.sqrt(np.mean(apart**2)))


def test_same_lineage_and_seed_give_the_same_traits():
    assert phenotype(list(DIPTERA), 1) == phenotype(DIPTERA, 1)
    assert phenotype(DIPTERA, 1) != phenotype(DIPTERA, 2)


def test_traits_do_not_depend_on_the_process():
    # A recorded value: hash() would change it from one run to the next.
    assert phenotype(DIPTERA, 1).body_length == pytest.approx(2.5354658608714518)


def test_missing_ranks_are_skipped():
    shallow = phenotype((*DIPTERA[:4], None, None, None), 1)
    skipped = phenotype((*DIPTERA[:4], None, "Phora", None), 1)
    assert shallow != skipped
    assert distance((*DIPTERA[:4], None, None, None), (*DIPTERA[:4], None, "Phora", None), 1) < 1


def test_a_lineage_needs_seven_ranks():
    with pytest.raises(ValueError):
        phenotype(DIPTERA[:5], 1)


@given(
    names=st.lists(
        st.none() | st.sampled_from(sorted(ARCHETYPES)) | st.text("abc", min_size=1, max_size=4),
        min_size=7,
        max_size=7,
    ),
    seed=st.integers(0, 2**63),
)
@settings(max_examples=60)
def test_every_trait_stays_in_its_range(names: list[str | None], seed: int):
    looks = phenotype(names, seed)
    for name, trait in TRAITS.items():
        assert trait.low <= getattr(looks, name) <= trait.high
    assert looks.head_length + looks.thorax_length < 0.95  # leaves room for an abdomen


def test_archetypes_name_known_traits_within_their_ranges():
    for name, known in ARCHETYPES.items():
        assert set(known) <= set(GENERIC), name
        for trait, value in known.items():
            if trait in TRAITS:
                assert TRAITS[trait].low <= value <= TRAITS[trait].high, (name, trait)
    assert {field.name for field in dataclasses.fields(Phenotype)} == set(GENERIC)


def test_relatives_are_closer_than_others():
    def lineage(order: str, family: int, genus: int, species: int) -> tuple[str, ...]:
        stem = f"{order}{family}"
        return ("Arthropoda", "Insecta", order, f"{stem}idae", f"{stem}inae",
                f"{stem}G{genus}", f"{stem}G{genus} s{species}")  # fmt: skip

    orders = ("Diptera", "Hymenoptera", "Coleoptera", "Hemiptera", "Psocodea")
    of_genus, of_family, of_order, of_class = [], [], [], []
    for number in range(60):
        order, other = orders[number % 5], orders[(number + 1) % 5]
        one = lineage(order, number, 0, 0)
        of_genus.append(distance(one, lineage(order, number, 0, 1), 3))
        of_family.append(distance(one, lineage(order, number, 1, 0), 3))
        of_order.append(distance(one, lineage(order, number + 100, 0, 0), 3))
        of_class.append(distance(one, lineage(other, number, 0, 0), 3))
    means = [float(np.mean(group)) for group in (of_genus, of_family, of_order, of_class)]
    assert means == sorted(means)
    assert means[0] < 0.6 * means[1] < 0.6 * means[2]


def test_known_looks_survive_the_walk():
    spider = phenotype(("Arthropoda", "Arachnida", "Araneae", "Salticidae", None, None, None), 5)
    beetle = phenotype(("Arthropoda", "Insecta", "Coleoptera", "Carabidae", None, None, None), 5)
    assert (spider.leg_pairs, spider.wing_pairs) == (4, 0)
    assert beetle.elytra > 0.5
