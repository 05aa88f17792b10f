"""Reproduced beside published."""

from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from bioscan.report.pages import beside_published, write_page

# Joining


def test_published_values_stand_beside_reproduced_ones():
    reproduced = pl.DataFrame(
        {"attribute": ["order", "order"], "statistic": ["categories", "labelled"], "value": [7, 90]}
    )
    published = pl.DataFrame(
        {
            "attribute": ["order", "order", "family"],
            "statistic": ["labelled", "categories", "categories"],
            "value": [100, 16, 491],
            "source": ["Table 1"] * 3,
        }
    )
    beside = beside_published(reproduced, published)
    assert beside.columns == ["attribute", "statistic", "reproduced", "published"]
    assert beside.rows() == [("order", "categories", 7, 16), ("order", "labelled", 90, 100)]


def test_what_the_paper_does_not_print_is_null():
    reproduced = pl.DataFrame({"split": ["train", "test"], "value": [1, 2]})
    published = pl.DataFrame({"split": ["train"], "value": [10]})
    assert beside_published(reproduced, published)["published"].to_list() == [10, None]


def test_rows_whose_k_is_missing_are_matched_too():
    """F1 has no k."""
    keys = {"metric": ["f1", "accuracy", "accuracy"], "k": [None, 1, 3]}
    reproduced = pl.DataFrame({**keys, "mean": [50.0, 60.0, 70.0], "std": [1.0, 2.0, 3.0]})
    published = pl.DataFrame({**keys, "mean": [0.5, 0.6, 0.7], "std": [None] * 3})
    beside = beside_published(reproduced, published)
    assert beside.columns == ["metric", "k", "reproduced", "std", "published"]
    assert beside["published"].to_list() == [0.5, 0.6, 0.7]


def test_only_keys_of_both_tables_are_compared():
    reproduced = pl.DataFrame({"species_set": ["seen"], "split": ["train"], "value": [1]})
    published = pl.DataFrame({"split": ["train"], "quantity": ["samples"], "value": [10]})
    assert beside_published(reproduced, published)["published"].to_list() == [10]


def test_the_order_is_that_of_the_reproduced_table():
    names = [f"s{n}" for n in range(50)]
    reproduced = pl.DataFrame({"split": names, "value": range(50)})
    published = pl.DataFrame({"split": names[::-1], "value": range(49, -1, -1)})
    beside = beside_published(reproduced, published)
    assert beside["split"].to_list() == names
    assert beside["published"].to_list() == beside["reproduced"].to_list()


PUBLISHED = Path(__file__).parents[3] / "config/published"


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("bioscan1m_table1_taxa", "BIOSCAN-1M"),
        ("bioscan1m_table3_subsets", None),
        ("bioscan1m_table5_test", "BIOSCAN-1M"),
        ("bioscan5m_table2_stats", "BIOSCAN-5M"),
        ("bioscan5m_table3_partitions", None),
    ],
)
def test_a_published_table_is_matched_by_itself_row_by_row(name, dataset):
    """Its keys tell its rows apart: none would be matched twice, or by another."""
    printed = pl.read_csv(PUBLISHED / f"{name}.csv", schema_overrides={"k": pl.Int64})
    if dataset:
        printed = printed.filter(dataset=dataset)
    beside = beside_published(printed, printed)
    assert beside.height == printed.height
    assert beside["published"].equals(beside["reproduced"].alias("published"))


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
            "reproduced": [1_128_308.0, None],
            "labelled_percent": [97.864, 2.0],
            "published": pl.Series([None, None], dtype=pl.Float64),
        }
    )
    write_page(table, "Table 3", "published: BIOSCAN-1M Table 3", tmp_path / "page.html")
    return (tmp_path / "page.html").read_text()


def test_a_page_stands_by_itself(page):
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")


def test_whole_numbers_are_grouped_others_rounded_and_missing_ones_dashed(page):
    rows = Cells(page).rows
    assert ["train", "1,128,308", "97.86", "–"] in rows
    assert ["<test>", "–", "2.00", "–"] in rows


def test_columns_are_named_without_underscores(page):
    assert ["split", "reproduced", "labelled percent", "published"] in Cells(page).rows


def test_title_and_note_are_on_the_page(page):
    text = Cells(page).text
    assert "Table 3" in text
    assert "published: BIOSCAN-1M Table 3" in text


def test_the_same_table_gives_the_same_page(page, tmp_path):
    table = pl.DataFrame({"split": ["train"], "value": [1]})
    for name in ("first.html", "second.html"):
        write_page(table, "T", "n", tmp_path / name)
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()
