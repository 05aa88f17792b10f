"""Reproduced beside published."""

from pathlib import Path

import polars as pl

from bioscan.report.pages import (
    beside_published,
    chief_rows,
    notes_beside,
    read_table,
    with_differences,
)

FOLDER = Path(__file__).parents[3] / "config/published"

# Reading


def test_names_of_specimens_stay_text_whatever_they_look_like(tmp_path):
    """The first hundred rows are all digits; a later one, or its leading zero, shows a name."""
    ids = [f"{number}" for number in range(1, 151)]
    for last in ("moth_3", "007"):
        lines = [f"{name},{position},2" for position, name in enumerate([*ids, last])]
        (tmp_path / "a.csv").write_text("\n".join(["processid,count,k", *lines]))
        table = read_table(tmp_path / "a.csv", ["k", "none"])
        assert table.dtypes == [pl.String, pl.Int64, pl.String]
        assert table["processid"][-1] == last


# Joining


def test_published_values_stand_beside_reproduced_ones():
    reproduced = pl.DataFrame(
        {"attribute": ["order", "family"], "categories": [7, 9], "ir": [2, 3]}
    )
    published = pl.DataFrame(
        {
            "attribute": ["family", "order", "order"],
            "statistic": ["categories", "categories", "ir"],
            "value": [491, 16, 5],
            "unit": ["count", "count", "ratio"],
        }
    )
    beside = beside_published(reproduced, published, ["attribute"])
    assert beside.columns == [
        "attribute",
        "categories",
        "categories published",
        "ir",
        "ir published",
    ]
    assert beside.rows() == [("order", 7, 16, 2, 5), ("family", 9, 491, 3, None)]


def test_what_the_paper_prints_of_other_rows_or_nothing_of_is_left_out():
    reproduced = pl.DataFrame({"split": ["train", "test"], "samples": [1, 2], "images": [3, 4]})
    published = pl.DataFrame(
        {
            "split": ["train", "val", "train"],
            "quantity": ["samples", "samples", "species"],
            "value": [10, 11, 12],
            "unit": ["count"] * 3,
        }
    )
    beside = beside_published(reproduced, published, ["split"])
    assert beside.columns == ["split", "samples", "samples published", "images"]
    assert beside["samples published"].to_list() == [10, None]


def test_thousands_are_given_in_full():
    reproduced = pl.DataFrame({"rank": ["order", "genus"], "unique_dna": [1234, 5]})
    published = pl.DataFrame(
        {
            "rank": ["order", "genus"],
            "statistic": ["unique_dna"] * 2,
            "value": [2474, 531],
            "unit": ["thousand", "count"],
        }
    )
    beside = beside_published(reproduced, published, ["rank"])
    assert beside["unique_dna published"].to_list() == [2_474_000, 531]


def test_ranks_may_be_keys_or_columns():
    """5M Table A9 counts the genera of a species set; Table A8 shows species of a genus."""
    counted = pl.DataFrame({"species_set": ["seen"], "genus": [3]})
    published = pl.DataFrame(
        {"species_set": ["seen"], "rank": ["genus"], "n_categories": [4930], "unit": ["count"]}
    )
    beside = beside_published(counted, published, ["species_set"])
    assert beside["genus published"].to_list() == [4930]
    shown = pl.DataFrame({"genus": ["Aus", "Bus"], "all": [1, 2]})
    published = pl.DataFrame(
        {"genus": ["Bus"], "column": ["all"], "value": [20], "unit": ["count"]}
    )
    beside = beside_published(shown, published, ["genus"])
    assert beside["all published"].to_list() == [None, 20]


def test_a_wide_published_table_is_taken_as_it_is():
    reproduced = pl.DataFrame({"attribute": ["class"], "name": ["Insecta"], "mean": [1.5]})
    published = pl.DataFrame({"attribute": ["class"], "mean": [514683.7], "note": ["a note"]})
    beside = beside_published(reproduced, published, ["attribute"])
    assert beside.row(0) == ("class", "Insecta", 1.5, 514683.7)


def test_rows_whose_k_is_missing_are_matched_too():
    """F1 has no k. (1M Table 5, by model; its standard deviations are not printed.)"""
    keys = {"metric": ["f1", "accuracy", "accuracy"], "k": [None, "1", "3"]}
    reproduced = pl.DataFrame({**keys, "mean": [50.0, 60.0, 70.0], "std": [1.0, 2.0, 3.0]})
    published = pl.DataFrame({**keys, "mean": [0.5, 0.6, 0.7], "std": [None] * 3})
    beside = beside_published(reproduced, published, list(keys))
    assert beside.columns == ["metric", "k", "mean", "mean published", "std"]
    assert beside["mean published"].to_list() == [0.5, 0.6, 0.7]


def test_the_order_is_that_of_the_reproduced_table():
    names = [f"s{n}" for n in range(50)]
    reproduced = pl.DataFrame({"split": names, "mean": range(50)})
    published = pl.DataFrame({"split": names[::-1], "mean": range(49, -1, -1)})
    beside = beside_published(reproduced, published, ["split"])
    assert beside["split"].to_list() == names
    assert beside["mean published"].to_list() == beside["mean"].to_list()


def test_notes_are_those_of_the_rows_that_are_compared():
    reproduced = pl.DataFrame({"name": ["BIOSCAN-Order"], "images": [1]})
    published = pl.DataFrame(
        {"name": ["Flowers", "BIOSCAN-Order"], "note": ["of flowers", "of the train split"]}
    )
    assert notes_beside(reproduced, published, ["name"]) == ["of the train split"]


def test_notes_on_numbers_of_several_places_name_their_row_and_place():
    reproduced = pl.DataFrame({"fact": ["records", "places"], "value": [1, 2]})
    published = pl.DataFrame(
        {
            "fact": ["records", "places"],
            "value": [1, 2],
            "note": [None, "70/1650"],
            "source": ["5M §3", "5M §A2.1"],
        }
    )
    assert notes_beside(reproduced, published, ["fact"]) == ["places (5M §A2.1): 70/1650"]


def test_the_published_classifiers_are_told_apart_by_their_keys():
    """1M Table 5 lists several values per model: none is matched twice, or by another."""
    path = FOLDER / "bioscan1m_table5.csv"
    printed = pl.read_csv(path, schema_overrides={"k": pl.String})
    keys = ["task", "size", "metric", "average", "k"]
    beside = beside_published(printed.select(*keys, "mean"), printed, keys)
    assert beside.height == printed.height
    assert beside["mean published"].equals(beside["mean"].alias("mean published"))


def test_what_describes_a_value_is_not_compared():
    """5M Table 4 prints one value per row, and the architecture of its model."""
    made = pl.DataFrame({"model": ["a"], "metric": ["x"], "architecture": ["CNN"], "value": [1.0]})
    beside = beside_published(made, made.with_columns(value=2.0), ["model", "metric"])
    assert beside.columns == ["model", "metric", "architecture", "value", "value published"]


def test_a_note_on_several_rows_names_them_once():
    reproduced = pl.DataFrame({"order": ["Diptera", "Coleoptera", "Odonata"]})
    published = reproduced.with_columns(
        note=pl.Series(["lost", "lost", None]), source=pl.Series(["a", "a", "b"])
    )
    notes = notes_beside(reproduced, published, ["order"])
    assert notes == ["Diptera, Coleoptera (a): lost"]


def test_a_long_table_shows_its_chief_rows_and_all_where_none_is_such():
    table = pl.DataFrame({"split": ["val", "test", "test"], "k": [1, 1, 5]})
    assert chief_rows(table, {"split": ["test"], "k": ["1"]}).rows() == [("test", 1)]
    assert chief_rows(table, {"split": ["another"]}).height == chief_rows(table, {}).height == 3


def test_differences_are_those_of_numbers():
    table = pl.DataFrame({"a": ["x"], "a published": ["y"], "b": [0.3], "b published": [0.1]})
    beside = with_differences(table)
    assert beside.columns == [*table.columns, "b difference"]
    assert beside["b difference"].item() == 0.2
