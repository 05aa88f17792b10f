"""Reproduced beside published."""

from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from bioscan.report.pages import (
    beside_published,
    notes_beside,
    read_table,
    with_differences,
    write_page,
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


# Pages


class Cells(HTMLParser):
    """The text of the cells of each row, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows, self.text, self.in_cell = [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        self.in_cell = tag in ("td", "th")

    def handle_data(self, data):
        self.text.append(data.strip())
        if self.in_cell and data.strip():
            self.rows[-1].append(data.strip())


@pytest.fixture
def page(tmp_path) -> str:
    table = pl.DataFrame(
        {
            "split": ["train", "<test>"],
            "samples": [1_128_308, None],
            "samples published": pl.Series([None, None], dtype=pl.Int64),
            "labelled_percent": [97.86, 2.0],
            "mean": [0.4153846, 1024.0],
        }
    )
    write_page(table, "Table 3", "published: BIOSCAN-1M Table 3\na note", tmp_path / "page.html")
    return (tmp_path / "page.html").read_text()


def test_differences_are_shown_with_their_sign_beside_the_published_values(tmp_path):
    table = pl.DataFrame(
        {
            "k": ["1", "3", "5"],
            "mean": [0.9636, 0.5, 0.25],
            "mean published": [0.9626, 0.75, None],
        }
    )
    beside = with_differences(table)
    assert beside.columns == ["k", "mean", "mean published", "mean difference"]
    assert beside["mean difference"].to_list() == [0.001, -0.25, None]
    write_page(beside, "Table A6", "", tmp_path / "page.html")
    rows = Cells((tmp_path / "page.html").read_text()).rows
    assert ["here", "published", "difference"] in rows
    assert ["1", "0.9636", "0.9626", "+0.0010"] in rows
    assert ["3", "0.5000", "0.7500", "−0.2500"] in rows
    assert ["5", "0.2500", "–", "–"] in rows


def test_a_page_stands_by_itself(page):
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")


def test_numbers_have_the_places_that_their_column_needs_and_missing_ones_are_dashed(page):
    rows = Cells(page).rows
    assert ["train", "1,128,308", "–", "97.86", "0.415"] in rows
    assert ["<test>", "–", "–", "2.00", "1,024"] in rows


def test_columns_are_named_without_underscores_and_the_published_under_a_common_heading(page):
    cells = Cells(page)
    assert ["split", "labelled percent", "mean"] in cells.rows
    assert ["here", "published"] in cells.rows
    assert cells.text.count("samples") == 1


def test_title_and_notes_are_on_the_page(page):
    text = Cells(page).text
    assert "Table 3" in text
    assert "published: BIOSCAN-1M Table 3" in text
    assert "a note" in text


def test_the_same_table_gives_the_same_page(page, tmp_path):
    table = pl.DataFrame({"split": ["train"], "value": [1]})
    for name in ("first.html", "second.html"):
        write_page(table, "T", "n", tmp_path / name)
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()
