"""Clusters against names and BINs."""

import polars as pl
import pytest

from bioscan.cluster.composition import NOISE, compose_clusters, spread, with_labels

SCHEMA = {
    "processid": pl.String(),
    "cluster": pl.Int32(),
    "row": pl.UInt32(),
    "family": pl.String(),
    "genus": pl.String(),
    "species": pl.String(),
    "dna_bin": pl.String(),
    "seen": pl.Boolean(),
}


def specimens(*groups: tuple[int, str | None, str | None, int]) -> pl.DataFrame:
    """Specimens of (cluster, species, BIN, how many); a family is the first letter of a species."""
    rows = [
        {
            "cluster": cluster,
            "family": species and species[0],
            "genus": species and species.split()[0],
            "species": species,
            "dna_bin": dna_bin,
            "seen": species is not None,
        }
        for cluster, species, dna_bin, many in groups
        for _ in range(many)
    ]
    return pl.DataFrame(
        [row | {"processid": f"P{n:03}", "row": n} for n, row in enumerate(rows)], SCHEMA
    )


def of(table: pl.DataFrame, cluster: int) -> dict:
    return table.row(by_predicate=pl.col("cluster") == cluster, named=True)


def test_a_cluster_of_one_whole_species_agrees():
    table = compose_clusters(specimens((0, "Aus bus", "B1", 3), (1, "Cus dus", "B2", 2)))
    assert table["kind"].to_list() == ["agrees", "agrees"]
    assert table["at_odds"].sum() == 0
    assert table["cluster"].to_list() == [0, 1]  # the larger one first


def test_the_rarer_species_of_a_cluster_are_at_odds():
    row = of(compose_clusters(specimens((0, "Aus bus", None, 5), (0, "Aus cus", None, 2))), 0)
    assert (row["species"], row["in_species"], row["all_species"]) == ("Aus bus", 5, 2)
    assert (row["species_at_odds"], row["at_odds"], row["kind"]) == (2, 2, "disagrees")


def test_a_split_species_is_at_odds_outside_its_main_cluster_and_both_are_shown():
    table = compose_clusters(specimens((0, "Aus bus", None, 5), (1, "Aus bus", None, 2)))
    assert [of(table, cluster)["at_odds"] for cluster in (0, 1)] == [0, 2]
    assert table["kind"].to_list() == ["disagrees", "disagrees"]
    assert table["cluster"].to_list() == [1, 0]  # the one to look at first


def test_a_specimen_at_odds_by_species_and_by_bin_counts_once():
    groups = (0, "Aus bus", "B1", 5), (0, "Aus cus", "B2", 2), (0, "Aus bus", "B3", 1)
    row = of(compose_clusters(specimens(*groups)), 0)
    assert (row["species_at_odds"], row["bins_at_odds"], row["at_odds"]) == (2, 3, 3)


def test_the_commonest_bin_is_that_of_the_commonest_species():
    groups = (0, "Aus bus", "B1", 3), (0, "Aus cus", "B2", 2), (0, None, "B2", 4)
    row = of(compose_clusters(specimens(*groups)), 0)
    assert (row["species"], row["dna_bin"], row["in_dna_bin"]) == ("Aus bus", "B1", 3)
    assert (row["bins"], row["bins_at_odds"], row["at_odds"]) == (2, 6, 6)


def test_missing_labels_are_at_odds_with_nothing():
    row = of(compose_clusters(specimens((0, "Aus bus", "B1", 2), (0, None, None, 7))), 0)
    assert (row["specimens"], row["labelled"], row["at_odds"]) == (9, 2, 0)
    assert row["kind"] == "agrees"


def test_clusters_without_a_species_stand_between_and_the_largest_comes_first():
    groups = (0, "Aus bus", None, 9), (1, None, None, 2), (2, None, None, 4), (3, "Cus dus", "B", 1)
    table = compose_clusters(specimens(*groups, (3, "Cus eus", "B", 1)))
    assert table["cluster"].to_list() == [3, 2, 1, 0]
    assert table["kind"].to_list() == ["disagrees", "unnamed", "unnamed", "agrees"]


def test_photographs_without_any_label_are_unnamed_clusters():
    bare = specimens((0, None, None, 3), (1, None, None, 1)).drop("species", "dna_bin", "seen")
    table = compose_clusters(with_labels(bare))
    assert table["kind"].to_list() == ["unnamed", "unnamed"]
    assert table["bins"].to_list() == [0, 0]
    assert table["species"].null_count() == 2


def test_noise_is_no_cluster():
    found = specimens((0, "Aus bus", None, 3), (NOISE, "Aus bus", None, 2))
    table = compose_clusters(found)
    assert table["cluster"].to_list() == [0]
    assert of(table, 0)["kind"] == "agrees"
    assert spread(found, "species") == {}


def test_equal_inputs_count_once():
    same = specimens((0, None, None, 3)).with_columns(row=pl.lit(7, pl.UInt32))
    assert of(compose_clusters(same), 0)["inputs"] == 1


@pytest.mark.parametrize(
    ("status", "name", "at_odds"),
    [
        ("species", "Aus bus", 0),
        ("species", "Cus dus", 3),
        ("unknown_species", "Aus", 3),  # but keys have the species
        ("new", None, 3),
    ],
)
def test_a_cluster_that_keys_name_otherwise_is_at_odds(status, name, at_odds):
    named = pl.DataFrame({"cluster": [0], "status": [status], "name": [name], "agreement": [0.9]})
    row = of(compose_clusters(specimens((0, "Aus bus", None, 3)), named), 0)
    assert (row["at_odds"], row["named_otherwise"]) == (at_odds, at_odds)
    assert (row["status"], row["named"], row["agreement"]) == (status, name, 0.9)


def test_a_species_that_no_key_has_may_be_in_a_new_cluster():
    unseen = specimens((0, "Aus bus", None, 3)).with_columns(seen=False)
    named = pl.DataFrame({"cluster": [0], "status": ["new"], "name": [None], "agreement": [None]})
    assert of(compose_clusters(unseen, named), 0)["at_odds"] == 0


@pytest.mark.parametrize(("genus", "at_odds"), [("Aus", 0), ("Cus", 3)])
def test_an_unknown_species_is_at_odds_with_another_genus(genus, at_odds):
    unseen = specimens((0, "Aus bus", None, 3)).with_columns(seen=False)
    named = {"cluster": [0], "status": ["unknown_species"], "name": [genus], "agreement": [0.9]}
    assert of(compose_clusters(unseen, pl.DataFrame(named)), 0)["at_odds"] == at_odds


def test_the_clusters_of_a_split_species_are_listed_with_the_main_one_first():
    groups = (4, "Aus bus", None, 1), (2, "Aus bus", None, 3), (0, "Cus dus", None, 2)
    assert spread(specimens(*groups), "species") == {"Aus bus": [(2, 3), (4, 1)]}
