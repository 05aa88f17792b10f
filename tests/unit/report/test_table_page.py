"""Tables as pages."""

from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from bioscan.report.pages import with_differences
from bioscan.report.table_page import number, spreads, without_shared, write_page


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
    assert ["train", "1,128,308", "–", "97.86", "0.4154"] in rows
    assert ["<test>", "–", "–", "2.00", "1,024"] in rows


def test_columns_are_named_without_underscores_and_the_published_under_a_common_heading(page):
    cells = Cells(page)
    assert ["split", "labelled (%)", "mean"] in cells.rows
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


def rows_of(table: pl.DataFrame, folder: Path, **given) -> list[list[str]]:
    write_page(table, "Table", "", folder / "page.html", **given)
    return Cells((folder / "page.html").read_text()).rows


def test_what_all_rows_share_is_said_above_the_table(tmp_path):
    table = pl.DataFrame(
        {"rank": ["order"] * 2, "split": ["test", "val"], "metric": ["AMI"] * 2, "value": [1, 1]}
    )
    left, said = without_shared(table)
    assert left.columns == ["split", "value"] and said == "rank order, metric AMI"
    write_page(table, "Table", "", tmp_path / "page.html")
    assert "In all rows: rank order, metric AMI." in (tmp_path / "page.html").read_text()


def test_of_a_table_all_of_whose_words_are_shared_the_first_stay():
    table = pl.DataFrame({"rank": ["order"] * 2, "split": ["test"] * 2, "value": [1, 2]})
    assert without_shared(table)[0].columns == ["rank", "value"]
    one = table.head(1)
    assert without_shared(one) == (one, "")


def test_numbers_that_all_rows_share_are_said_where_the_table_is_wide():
    narrow = pl.DataFrame({"rank": ["a", "b"], "queries": [7, 7]})
    assert without_shared(narrow)[1] == ""
    wide = narrow.with_columns(pl.Series(f"c{n}", [n, n + 1]) for n in range(12))
    assert without_shared(wide)[1] == "queries 7"


def test_a_missing_value_is_not_said_and_a_zero_only_where_the_note_explains_it():
    table = pl.DataFrame({"model": ["a", "b"], "agreement": [None, None]}).with_columns(
        *(pl.Series(f"c{n}", [n + 1, n + 2]) for n in range(12)),
        pl.lit(0).alias("without_key"),
        pl.lit(0).alias("without_label"),
    )
    left, said = without_shared(table, "without key: queries whose label no barcode has")
    assert said == "without key 0"
    assert not {"agreement", "without_label"} & set(left.columns)


def test_the_note_does_not_explain_columns_that_are_empty(tmp_path):
    table = pl.DataFrame(
        {"model": ["a", "b"], "seen": [1.0, 2.0], "seen_sd": [None, None], "pooled": [None, None]}
    )
    note = "percent; sd: over seeds; top: any key has it; pooled: of all. Queries are of test."
    write_page(table, "Table", note, tmp_path / "page.html")
    text = Cells((tmp_path / "page.html").read_text()).text
    assert "percent; top: any key has it. Queries are of test." in text
    write_page(table.with_columns(seen_sd=pl.Series([0.5, 0.1])), "T", note, tmp_path / "page.html")
    assert "sd: over seeds" in (tmp_path / "page.html").read_text()


def test_many_published_columns_are_a_line_below_each_row(tmp_path):
    names = ["categories", "labelled", "mean", "median"]
    table = pl.DataFrame(
        {
            "attribute": ["order", "family"],
            **{name: [1, 2] for name in names},
            **{f"{name} published": [30, None] for name in names},
        }
    )
    rows = rows_of(table, tmp_path)
    at = rows.index(["order", "here", "1", "1", "1", "1"])
    assert rows[at + 1] == ["published", "30", "30", "30", "30"]
    # Nothing is printed of the family.
    assert rows[at + 2] == ["family", "here", "2", "2", "2", "2"]
    assert len(rows) == at + 3
    rows = rows_of(with_differences(table), tmp_path)
    assert ["difference", "−29", "−29", "−29", "−29"] in rows


def test_an_interval_and_a_standard_deviation_share_a_column_with_what_they_are_of(tmp_path):
    table = pl.DataFrame(
        {
            "model": ["a", "b"],
            "mean": [97.5, 60.0],
            "std": [0.5, None],
            "low": [90.0, None],
            "high": [99.5, None],
        }
    )
    rows = rows_of(table, tmp_path)
    assert ["model", "mean ± sd", "95 % interval"] in rows
    assert ["a", "97.5 ± 0.5", "90.0–99.5"] in rows
    assert ["b", "60.0"] in rows
    columns = ["seen", "seen_sd", "mean", "mean published", "std", "std published", "x", "std_x"]
    assert spreads(columns) == [
        ("seen", "seen_sd"),
        ("mean", "std"),
        ("mean published", "std published"),
    ]


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (1234.5, 1, "1,234.5"),
        (-0.5, 2, "−0.50"),
        (23737.29, None, "23,737"),
        (0.045512, None, "0.04551"),
        (0.0, None, "0"),
        (None, 2, None),
    ],
)
def test_numbers_are_shown_to_places_or_to_four_digits(value, places, shown):
    assert number(value, places) == shown


def test_a_loss_among_percents_has_digits_of_its_own(tmp_path):
    table = pl.DataFrame(
        {"metric": ["accuracy", "loss"], "mean": [87.44, 0.3031], "std": [1.42, 0.0103]}
    )
    rows = rows_of(table, tmp_path)
    assert ["accuracy", "87.44 ± 1.42"] in rows and ["loss", "0.3031 ± 0.0103"] in rows


def test_a_table_of_findings_without_rows_says_so(tmp_path):
    nothing = "None found in 8,000 records."
    page = tmp_path / "page.html"
    write_page(
        pl.DataFrame(schema={"processid": pl.String}), "Suspects", "a note", page, (), nothing
    )
    text = page.read_text()
    assert nothing in text and "a note" in text and "<table" not in text


def test_repeated_words_are_pale_in_a_long_table(tmp_path):
    long = pl.DataFrame({"task": ["a"] * 8 + ["b"] * 8, "k": [str(n % 2) for n in range(16)]})
    write_page(long, "Table", "", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text().count("color: #b5b0a5") == 14
    write_page(long[4:12], "Table", "", tmp_path / "page.html")
    assert "#b5b0a5" not in (tmp_path / "page.html").read_text()
