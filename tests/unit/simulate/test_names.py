"""Invented names are unique, and placeholders have the published styles."""

import re

import numpy as np
import polars as pl
import pytest

from bioscan.simulate import taxonomy
from bioscan.simulate.names import EPITHETS, epithet, latin_names, name_species

ESTABLISHED = re.compile(r"[A-Z][a-z]+ [a-z]+")


def named(species: int = 2_000, seed: int = 3) -> tuple[taxonomy.Tree, pl.DataFrame, np.ndarray]:
    tree = taxonomy.grow(species, np.random.default_rng(seed))
    bins = [f"BOLD:AAA{number:04d}" for number in range(species)]
    names, established = name_species(
        tree, bins, np.random.default_rng(seed), placeholder_genera=0.2, placeholder_species=0.3
    )
    return tree, names, established


def test_names_identify_their_nodes():
    tree, names, _ = named()
    lineage = pl.DataFrame({"genus": names["genus"], "node": tree.ancestors("genus")}).unique()
    assert lineage["genus"].n_unique() == len(lineage) == len(tree.parents["genus"])
    assert names["species"].n_unique() == len(names)
    assert (names["species"].str.split(" ").list.first() == names["genus"]).all()
    assert names["subfamily"].drop_nulls().str.contains("^[A-Z][a-z]+inae$").all()
    assert names["tribe"].drop_nulls().str.contains("^[A-Z][a-z]+ini$").all()
    parents = names.drop_nulls("subfamily").group_by("subfamily").agg(pl.col("family").n_unique())
    assert (parents["family"] == 1).all()


def test_a_share_of_the_genera_has_no_subfamily():
    _, names, _ = named(8_000)
    genera = names.unique("genus")
    assert genera["subfamily"].is_null().mean() == pytest.approx(0.19, abs=0.02)


def test_placeholders_follow_the_definition_of_the_paper():
    """5M §3: a lower-case start, a period, numerals or "malaise"."""
    _, names, established = named()
    placeholder = names["species"].str.contains(r"^[a-z]|\.|\d|(?i)malaise")
    assert (placeholder.to_numpy() == ~established).all()
    assert all(ESTABLISHED.fullmatch(name) for name in names.filter(~placeholder)["species"])
    assert (~established).mean() == pytest.approx(0.2 + 0.8 * 0.3, abs=0.05)


@pytest.mark.parametrize(
    ("pattern", "published"),
    [
        (r"[A-Z][a-z]+ Malaise\d{4}", "Oxysarcodexia Malaise4749"),
        (r"[a-z]+Malaise\d{2,} Malaise\d{4}", "gelMalaise01 Malaise9198"),
        (r"[A-Z][a-z]+ sp\. GG\d+", "Anastatus sp. GG28"),
        (r"[A-Z][a-z]+ BOLD:[A-Z]{3}\d{4}", "Megaselia BOLD:ACN5814"),
        (r"[A-Z][a-z]+ BioLep\d+", "Aristotelia BioLep531"),
        (r"[A-Z][a-z]+ Whitfield\d+", "Glyptapanteles Whitfield155"),
        (r"[A-Z][a-z]+ Janzen\d+", "Phytomyptera Janzen3550"),
        (r"[A-Z][a-z]+ [a-z]+DHJ\d+", "Zatypota alborhombartaDHJ03"),
        (r"[A-Z][a-z]+ sp\. SAEVG Morph\d+", "Cryptophilus sp. SAEVG Morph0281"),
        (r"[A-Z][a-z]+ [a-z]+-MIC\d*", "Odontofroggatia corneri-MIC"),
    ],
)
def test_published_placeholder_styles_occur(pattern: str, published: str):
    assert re.fullmatch(pattern, published)
    _, names, _ = named()
    assert names["species"].str.contains(f"^{pattern}$").any()


def test_a_bin_placeholder_quotes_the_bin_of_its_species():
    _, names, _ = named()
    quoting = names["species"].str.extract(r"BOLD:AAA(\d+)").cast(pl.Int64)
    rows = quoting.is_not_null().arg_true()
    assert (quoting.gather(rows) == rows.cast(pl.Int64)).all()


def test_sister_species_in_one_bin_keep_distinct_names():
    tree = taxonomy.grow(2_000, np.random.default_rng(0))
    names, _ = name_species(
        tree,
        ["BOLD:AAA0001"] * 2_000,
        np.random.default_rng(0),
        placeholder_genera=0.0,
        placeholder_species=1.0,
    )
    assert names["species"].n_unique() == 2_000


def test_epithets_are_distinct():
    epithets = {epithet(number) for number in range(EPITHETS)}
    assert len(epithets) == EPITHETS
    assert all(re.fullmatch("[a-z]{5,}", name) for name in epithets)
    assert np.gcd(7, EPITHETS) == np.gcd(37, 9_999) == 1  # the steps in `name_species`


def test_latin_names_are_distinct_and_seeded():
    names = latin_names(5_000, np.random.default_rng(1))
    assert len(set(names)) == 5_000
    assert names == latin_names(5_000, np.random.default_rng(1))
    assert all(re.fullmatch("[A-Z][a-z]{2,}", name) for name in names)
