"""Cells of the papers' tables."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from bioscan.core.errors import InputError
from bioscan.report.published import (
    NOT_PRINTED,
    Entry,
    printed_cells,
    read_entries,
    read_text,
    released_columns,
)
from tests.unit.configs import ARTEFACTS, ROOT

PUBLISHED = ROOT / "config/published"
DESCRIBED = yaml.safe_load((ROOT / "workflow/report/ledger.yaml").read_text())


ENTRIES = read_entries(
    DESCRIBED["tables"],
    [path.stem for path in PUBLISHED.glob("*")],
    {name: artefact.keys for name, artefact in ARTEFACTS.items()},
)


def entry(name: str) -> Entry:
    return ENTRIES[name]


def cells(name: str):
    return list(printed_cells(name, entry(name), read_text(PUBLISHED / f"{name}.csv")))


def of(text: str, name: str = "bioscan1m_table9", **given):
    published = pl.read_csv(text.encode(), infer_schema=False).fill_null("")
    given = Entry(**{"title": "Table 9", "keys": ["rank"], **given})
    return list(printed_cells(name, given, published))


@pytest.mark.parametrize(
    ("files", "said"),
    [(["a", "b"], "'b' has a file and no entry"), ([], "'a' has an entry and no file")],
)
def test_a_file_without_an_entry_and_an_entry_without_a_file_are_refused(files, said):
    with pytest.raises(InputError, match=said):
        read_entries({"a": {"title": "A"}}, files, {})


@pytest.mark.parametrize("name", DESCRIBED["tables"])
def test_every_row_of_a_published_file_is_in_the_ledger(name):
    published, found = read_text(PUBLISHED / f"{name}.csv"), cells(name)
    once = sum(
        published.filter(pl.col(column) != "")[key].n_unique()
        for column, key in entry(name).once.items()
    )
    assert len(found) == (len(entry(name).columns) or 1) * published.height + once
    for cell in found:
        assert cell.printed or isinstance(cell.rule, str)
        assert cell.source and cell.column and all(map(str.strip, cell.keys))
    numbers = {(*cell.keys.values(), cell.column, cell.source) for cell in found}
    assert len(numbers) == len(found)


@pytest.mark.parametrize("name", DESCRIBED["tables"])
def test_what_is_said_of_a_row_is_of_one_that_there_is(name):
    described, published = entry(name), read_text(PUBLISHED / f"{name}.csv")
    rows = {" / ".join(row[key] for key in described.keys) for row in rows_of(published)}
    of_columns = {f"{row} / {column}" for row in rows for column in described.columns}
    of_columns |= {
        f"{row[key]} / {column}"
        for column, key in described.once.items()
        for row in rows_of(published)
    }
    assert described.rows.keys() <= rows | of_columns
    assert set(described.made_here) <= {row.split(" / ")[0] for row in rows}
    assert set(described.choices) <= set(DESCRIBED["choices"])
    assert set(described.made_in) <= {*ARTEFACTS}


def rows_of(published: pl.DataFrame):
    names = {"row": "partition"}
    return published.rename(names, strict=False).iter_rows(named=True)


@pytest.mark.parametrize("name", DESCRIBED["tables"])
def test_a_table_that_this_workflow_does_not_make_gives_the_reason_of_every_row(name):
    made = set(entry(name).made_in or [name]) & {
        table for table in ARTEFACTS if ARTEFACTS[table].kind == "table"
    }
    assert made or all(cell.rule for cell in cells(name))


def test_what_the_code_always_does_is_what_the_paper_prints():
    """Where both are numbers."""
    compared = 0
    for name in DESCRIBED["tables"]:
        for cell in cells(name):
            fixed = cell.rule.get("fixed") if isinstance(cell.rule, dict) else None
            if isinstance(fixed, int | float) and cell.printed.replace(".", "", 1).isdigit():
                assert float(fixed) == float(cell.printed), (name, cell.keys)
                compared += 1
    assert compared > 8


def test_a_row_per_number_or_several_numbers_per_row():
    (long,) = of("rank,statistic,value,unit,source\norder,labelled,15.2,percent,T\n")
    assert (long.keys, long.column, long.printed) == ({"rank": "order"}, "labelled", "15.2")
    assert long.step == pytest.approx(0.1)
    wide = of("rank,mean,median,source\norder,3,2,T\n", columns=["mean", "median"])
    assert [(cell.column, cell.printed) for cell in wide] == [("mean", "3"), ("median", "2")]


def test_a_column_may_have_a_rule_of_its_own():
    text = "package,size_gb,n_parts,source\ncropped.zip,77.2,2,T\nfull.zip,200,5,T\n"
    rows = {"cropped.zip / n_parts": {"setting": "zips"}}
    given = {"keys": ["package"], "columns": ["size_gb", "n_parts"], "why": "not made"}
    found = of(text, rows=rows, **given)
    assert [cell.rule for cell in found] == [
        "not made",
        {"setting": "zips"},
        "not made",
        "not made",
    ]


def test_a_column_that_is_printed_once_for_several_rows_is_one_number():
    text = "model,split,tokens,value,source\na,x,7 B,1,T\na,y,7 B,2,T\nb,x,,3,T\n"
    rows = {"a / tokens": "stated elsewhere"}
    found = of(text, keys=["model", "split"], once={"tokens": "model"}, rows=rows)
    assert [cell.printed for cell in found] == ["1", "2", "3", "7 B"]
    assert found[-1].keys == {"model": "a"} and found[-1].column == "tokens"
    assert [cell.rule for cell in found] == [None, None, None, "stated elsewhere"]


def test_thousands_are_given_in_full():
    (count,) = of("rank,statistic,value,unit,source\norder,labelled,5150,thousand,T\n")
    assert (count.printed, count.step, count.unit) == ("5150000", 1000, "")


def test_a_number_that_is_not_printed_says_so():
    (cell,) = of("rank,statistic,value,unit,source\norder,labelled,,count,T\n")
    assert (cell.printed, cell.rule) == ("", NOT_PRINTED)


def test_the_rows_of_another_dataset_are_of_its_paper():
    text = "dataset,rank,value,source\nBIOSCAN-1M,order,16,T\nBIOSCAN-5M,order,55,T\n"
    assert [c.paper for c in of(text, "bioscan5m_table9")] == ["bioscan1m", "bioscan5m"]


def test_notes_and_the_anomalies_of_its_rows_are_footnotes():
    text = "rank,value,note,source\norder,16,doubtful,T\nfamily,491,,T\n"
    anomalies = ["of all", {"text": "of families", "where": {"rank": "family"}}]
    order, family = of(text, anomalies=anomalies)
    assert order.notes == ("doubtful", "of all")
    assert family.notes == ("of all", "of families")


def test_a_reason_for_all_rows_but_those_that_are_made_here():
    text = "rank,value,source\norder,16,T\nfamily,491,T\n"
    order, family = of(text, why="of another dataset", made_here=["family"])
    assert order.rule == "of another dataset" and family.rule is None


def test_the_columns_of_a_released_table_are_settings():
    found = released_columns({"bioscan1m.released": [True], "bioscan5m.released": [True]})
    assert found["bioscan1m.column.1"] == ["sampleid"]
    assert found["bioscan5m.column.23"] == ["chunk"]
    assert released_columns({}) == {}


def test_missing_values_are_read_as_empty_text(tmp_path: Path):
    (tmp_path / "a.csv").write_text("a,b\n1,\n")
    assert read_text(tmp_path / "a.csv").rows() == [("1", "")]
