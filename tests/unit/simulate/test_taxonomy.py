"""The simulated tree: real names down to the family, unique invented ones below."""

import re

import numpy as np
import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.simulate import taxonomy

ESTABLISHED = re.compile(r"[A-Z][a-z]+ [a-z]+")


def named(species: int = 2_000, seed: int = 3) -> tuple[taxonomy.Tree, pl.DataFrame, np.ndarray]:
    tree = taxonomy.grow(species, np.random.default_rng(seed))
    bins = [f"BOLD:AAA{number:04d}" for number in range(species)]
    names, established = taxonomy.name(
        tree, bins, np.random.default_rng(seed), placeholder_genera=0.2, placeholder_species=0.3
    )
    return tree, names, established


def test_the_catalogue_has_the_published_breadth():
    families = [name for row in taxonomy.ORDERS for name in row[3].split()]
    orders = {order: names.split() for _, order, _, names in taxonomy.ORDERS}
    classes = [row[0] for row in taxonomy.ORDERS]
    assert len(set(classes)) == 10  # 5M Table 2
    assert len(orders) == len(taxonomy.ORDERS) == 55
    assert classes.count("Insecta") == 25  # 5M Table A6
    assert len(orders["Diptera"]) >= 45 and orders["Diptera"][0] == "Cecidomyiidae"
    assert all(name.endswith("idae") for name in families)
    assert len(families) == len(set(families))


def test_insects_have_their_published_share():
    total = sum(row[2] for row in taxonomy.ORDERS)
    insects = sum(row[2] for row in taxonomy.ORDERS if row[0] == "Insecta")
    assert insects / total == pytest.approx(0.978, abs=0.001)  # 5M §A2.4


def test_every_node_has_children_and_species_lie_by_lineage():
    tree, _, _ = named()
    for rank, parents in tree.parents.items():
        assert (np.diff(parents) >= 0).all(), rank
        assert set(parents) == set(range(parents.max() + 1)), rank
    assert len(tree.parents["species"]) == 2_000
    assert len(tree.abundance) == 2_000
    assert tree.abundance.sum() == pytest.approx(1)


def test_ancestors_follow_the_parents():
    tree, _, _ = named()
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

    assert diptera(0.0) == pytest.approx(896_324 / sum(row[2] for row in taxonomy.ORDERS), abs=0.02)
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
    with pytest.raises(InputError, match="3 species cannot fill 5 orders"):
        taxonomy.grow(3, np.random.default_rng(0), orders=5)


def test_names_identify():
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


def test_placeholders_are_what_the_paper_calls_so():
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
    names, _ = taxonomy.name(
        tree,
        ["BOLD:AAA0001"] * 2_000,
        np.random.default_rng(0),
        placeholder_genera=0.0,
        placeholder_species=1.0,
    )
    assert names["species"].n_unique() == 2_000


def test_epithets_are_distinct():
    epithets = {taxonomy.epithet(number) for number in range(taxonomy.EPITHETS)}
    assert len(epithets) == taxonomy.EPITHETS
    assert all(re.fullmatch("[a-z]{5,}", name) for name in epithets)
    assert np.gcd(7, taxonomy.EPITHETS) == np.gcd(37, 9_999) == 1  # the steps in `name`


def test_latin_names_are_distinct_and_seeded():
    names = taxonomy.latin_names(5_000, np.random.default_rng(1))
    assert len(set(names)) == 5_000
    assert names == taxonomy.latin_names(5_000, np.random.default_rng(1))
    assert all(re.fullmatch("[A-Z][a-z]{2,}", name) for name in names)
