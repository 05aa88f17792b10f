"""Which clusters are shown."""

from pathlib import Path

import polars as pl

from bioscan.cluster.choice import (
    ALL_SAMPLES,
    COLOURED,
    METHODS,
    ONE_PER_BARCODE,
    choose_method,
    choose_space,
    coloured_values,
    describe_method,
    published_scores,
    rank_values,
    read_shown,
    read_space,
)
from bioscan.core.encoders import ALL
from bioscan.core.figures import MAP_COLOURS


def scores(*rows: dict) -> pl.DataFrame:
    """Scores, from what differs from a plain one."""
    plain = {
        "space": "lite0",
        "modality": "image",
        "method": "ward",
        "variant": ALL_SAMPLES,
        "split": "test+test_unseen",
        "missing": "class",
        "noise": None,
        "rank": "species",
        "ami": 30.0,
        "samples": 9,
        "without_label": 1,
        "clusters": 4,
        "classes": 4,
    }
    return pl.DataFrame([plain | row for row in rows])


def published(table: pl.DataFrame, variant: str = ALL_SAMPLES) -> pl.DataFrame:
    return published_scores(table, variant, "class", "test+test_unseen")


def test_the_published_scores_are_of_one_modality_and_of_the_variant():
    table = scores(
        {},
        {"variant": ONE_PER_BARCODE, "ami": 10.0},
        {"method": "hdbscan"},
        {"modality": "both"},
        {"missing": "left_out"},
        {"split": "test_unseen"},
        {"rank": "genus", "ami": 40.0},
    )
    assert published(table).select("rank", "ami").rows() == [("species", 30.0), ("genus", 40.0)]
    assert published(table, ONE_PER_BARCODE)["ami"].to_list() == [10.0]


def test_the_space_that_agrees_best_with_species_is_shown():
    table = scores({"space": "a"}, {"space": "b", "ami": 50.0}, {"space": "c", "rank": "genus"})
    place, reason = choose_space(published(table), ["a", "b", "c"])
    assert place == 1
    assert reason.startswith("b is shown: its clusters by the published method agree best")
    assert "AMI 50.0 %" in reason
    assert "have an AMI of 30.0 %" in choose_space(published(scores({})), ["lite0"])[1]


def test_the_agreement_of_the_clusters_shown_is_that_of_their_method():
    table = scores(
        {},
        {"method": "known", "ami": 22.34},
        {"method": "known", "missing": "left_out", "ami": 1.0},
        {"method": "known", "variant": ONE_PER_BARCODE, "ami": 2.0},
        {"method": "known", "rank": "genus", "ami": 3.0},
        {"method": "hdbscan", "noise": "one_class", "ami": 24.0},
        {"method": "hdbscan", "noise": "singletons", "ami": 28.9},
    )
    settings = {"missing": "class", "split": "test+test_unseen"}
    known = describe_method(table, settings, "lite0", "known")
    assert known.startswith("The clusters shown are by the method known (groups by the nearest")
    assert known.endswith("AMI with species: 22.3 %.")
    hdbscan = describe_method(table, settings, "lite0", "hdbscan")
    assert "24.0 % with those in no cluster as one cluster, 28.9 % with each" in hdbscan
    assert "AMI" not in describe_method(table, settings, "lite0", "distance_2")


def test_without_species_the_first_space_is_shown():
    place, reason = choose_space(published(scores({"rank": "order"})), ["a", "b"])
    assert place == 0
    assert "no specimen has a species" in reason


def test_pages_prefer_a_method_that_needs_no_number_of_species():
    assert choose_method(["processid", "ward", "hdbscan", "ward_cut"]) == "ward_cut"
    assert choose_method(["processid", "ward"]) == "ward"
    assert list(METHODS)[-1] == "ward"


def test_specimens_have_their_clusters(tmp_path: Path):
    pl.DataFrame({"processid": ["B", "A"], "row": [0, 1]}).write_parquet(tmp_path / "s")
    pl.DataFrame({"processid": ["A", "B"], "hdbscan": [5, -1]}).write_parquet(tmp_path / "c")
    table, method = read_space(tmp_path / "s", tmp_path / "c")
    assert method == "hdbscan"
    assert table.rows() == [("B", 0, -1), ("A", 1, 5)]


def test_what_is_shown_is_of_the_best_space(tmp_path: Path):
    scores({"space": "a"}, {"space": "b", "ami": 50.0}).write_parquet(tmp_path / "scores")
    for name, label in (("a", 1), ("b", 2)):
        pl.DataFrame({"processid": ["A"]}).write_parquet(tmp_path / f"{name}.specimens")
        clusters = pl.DataFrame({"processid": ["A"], "ward": [label]})
        clusters.write_parquet(tmp_path / f"{name}.clusters")
    place, notes, specimens, method = read_shown(
        tmp_path / "scores",
        {"missing": "class", "split": "test+test_unseen"},
        ["a", "b"],
        *([tmp_path / f"{name}.{kind}" for name in "ab"] for kind in ("specimens", "clusters")),
    )
    assert (place, method) == (1, "ward")
    shown, reason = notes
    assert shown.startswith("The clusters shown are by the method ward")
    assert reason.startswith("b is shown")
    assert specimens.rows() == [("A", 2)]


def test_the_most_frequent_values_come_first_and_ties_are_alphabetical():
    values = pl.Series(["b", "a", None, None, None, "c", "c"])
    assert rank_values(values, 2) == ["c", "a"]
    assert rank_values(values, 9) == ["c", "a", "b"]


def test_values_are_coloured_by_the_splits_that_are_clustered(tmp_path: Path):
    rows = [("test", "B"), ("test_unseen", "B"), ("test", "A"), *[("train", "C")] * 9]
    records = pl.DataFrame(rows, ["split", "family"], orient="row")
    records.write_parquet(tmp_path / "records.parquet")
    path = tmp_path / "records.parquet"
    assert coloured_values(path, "test+test_unseen") == {"family": ["B", "A"]}
    assert len(MAP_COLOURS) == COLOURED
    assert coloured_values(path, ALL) == {"family": ["C", "B", "A"]}
