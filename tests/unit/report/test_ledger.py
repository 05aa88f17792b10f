"""Published numbers beside those of a run."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from bioscan.core.formats import PUBLISHED_SPLITS
from bioscan.core.records import EXPERIMENTS, SCHEMA, SPECIES_SETS
from bioscan.describe.tables import TABLES
from bioscan.report.ledger import STATUSES, Facts, ledger, summary
from bioscan.report.published import Cell, Entry, printed_cells
from tests.unit.report.test_published import ENTRIES, PUBLISHED, read_text


def read(name: str) -> pl.DataFrame:
    return read_text(PUBLISHED / f"{name}.csv")


CELL = Cell(
    table="bioscan1m_table5",
    keys={"size": "small"},
    column="mean",
    printed="97.86",
    paper="bioscan1m",
    std=None,
    seeds=None,
    step=0.01,
    unit="percent",
    qualifier="",
    source="Table 5",
    notes=("a note", "another"),
    rule=None,
)
ENTRY = Entry(title="Table 5")


def facts(rows: list[dict[str, str]] | None = None, **given: Any) -> Facts:
    tables = {("bioscan1m_table5", "mine"): pl.DataFrame(rows)} if rows else {}
    known = {
        "tables": tables,
        "formats": {"mine": "bioscan1m"},
        "sources": {"mine": "published"},
        "settings": {},
        "choices": {},
    }
    return Facts(**known | given)


def compare(here: str, entry: Entry = ENTRY, known: Facts | None = None, **cell: Any) -> dict:
    rows = [{"size": "small", "mean": here}]
    found = ledger([(entry, replace(CELL, **cell))], known or facts(rows))
    return found.row(0, named=True)


# Judgement


@pytest.mark.parametrize(
    ("here", "status"), [("97.86", "reproduced"), ("97.87", "differs"), ("98.86", "differs")]
)
def test_a_count_is_reproduced_to_the_last_printed_place(here, status):
    row = compare(here)
    assert row["status"] == status and row["tolerance_from"] == "last printed place"
    assert row["difference"] == pytest.approx(float(here) - 97.86)


@pytest.mark.parametrize(
    ("std", "here", "tolerance"),
    [
        # 4.302653 is the quantile of Student's t with 2 degrees of freedom; n 3 in the paper.
        (0.2, {"seeds": "3", "std": "0.1"}, 0.702620),  # 4.302653 * 0.2 * sqrt(1/3 + 1/3)
        (0.2, {"seeds": "3", "std": "9"}, 0.702620),  # an unstable run is not allowed more
        (0.2, {"seeds": "1", "std": ""}, 0.993655),  # 4.302653 * 0.2 * sqrt(1/3 + 1)
        (0.0, {"seeds": "3", "std": "0.1"}, 0.017566),  # less than 0.005 is printed as 0.00
    ],
)
def test_a_mean_is_within_the_interval_of_repetitions_of_the_published_runs(std, here, tolerance):
    def of(mean: float) -> dict:
        known = facts([{"size": "small", "mean": f"{mean:.6f}", **here}])
        return compare("", known=known, std=std, seeds=3)

    inside, outside = of(97.86 + tolerance - 1e-4), of(97.86 - tolerance - 1e-4)
    assert (inside["status"], outside["status"]) == ("reproduced", "differs")
    assert inside["tolerance"] == pytest.approx(tolerance, abs=1e-6)
    assert inside["published_std"] == std and "95 %" in inside["tolerance_from"]


@pytest.mark.parametrize(
    ("printed", "here", "status"),
    [
        ("50.0", "52", "reproduced"),
        ("50.0", "52.1", "differs"),
        # 2 * 2 * sqrt(0.003 * 0.997) = 0.2188
        ("0.3", "0.5", "reproduced"),
        ("0.3", "0.0", "differs"),
        ("1.7", "0.0", "differs"),
        # 2 * 2 * sqrt(0.997 * 0.003): an error of 0.3 percent is none of 2
        ("99.7", "98.0", "differs"),
        ("100.0", "99.9", "reproduced"),  # one unit of the last place at the least
    ],
)
def test_the_tolerance_of_an_accuracy_shrinks_towards_none_and_all(printed, here, status):
    stated = Entry(title="Table 5", tolerance=2)
    row = compare(here, stated, printed=printed, step=0.1)
    assert row["status"] == status and row["tolerance_from"] == "stated for the table"
    shares = replace(CELL, unit="fraction", printed="0.003", step=0.001)
    stated = Entry(title="Table A6", tolerance=0.02)
    rows = facts([{"size": "small", "mean": "0.0051"}])
    assert ledger([(stated, shares)], rows)["tolerance"].item() == pytest.approx(0.002188, abs=1e-6)


@pytest.mark.parametrize(
    ("printed", "here", "within"),
    [
        ("over 80", "80.1", True),
        ("over 80", "79.9", False),
        ("over 80", "91", False),  # that would be over 90
        ("over 62", "62.9", True),
        ("over 62", "100", False),
        ("less than 1", "0.3", True),
        ("less than 1", "1.1", False),
        ("almost 91000", "90918", True),
        ("almost 91000", "1", False),
        ("almost 91000", "91001", False),
        ("approximately 80", "84.9", True),
        ("approximately 80", "86", False),
        ("approximately 73.36", "73.364", True),
        ("approximately 73.36", "66.1", False),
        ("around 2", "2.07", True),
        ("around 2", "2.6", False),
    ],
)
def test_words_before_a_number_bound_it_on_both_sides(printed, here, within):
    qualifier, number = printed.rsplit(" ", 1)
    row = compare(here, printed=number, qualifier=qualifier)
    assert row["within"] is within and row["published"] == printed
    assert row["tolerance_from"] == f'printed as "{qualifier}"'


def test_a_number_in_thousands_may_be_cut_or_rounded():
    assert compare("1128313", printed="1128000", step=1000)["within"]
    assert not compare("1129100", printed="1128000", step=1000)["within"]


def test_words_are_compared_as_they_are():
    assert compare("insecta", printed="Insecta")["status"] == "reproduced"
    assert compare("Collembola", printed="Insecta")["status"] == "differs"


def test_simulated_specimens_are_compared_and_not_judged():
    rows = [{"size": "small", "mean": "12"}]
    row = compare("12", known=facts(rows, sources={"mine": "simulated"}))
    assert (row["status"], row["within"]) == ("not judged", False)
    assert row["difference"] == -85.86 and row["reason"] == "simulated specimens"


# Joining


def test_every_variant_of_a_number_has_its_row():
    rows = [
        {"size": "small", "recipe": "paper", "mean": "97.86", "std": "0.2", "seeds": "3"},
        {"size": "small", "recipe": "released", "mean": "96", "std": "", "seeds": "1"},
        {"size": "large", "recipe": "paper", "mean": "99", "std": "", "seeds": "3"},
    ]
    found = ledger([(ENTRY, CELL)], facts(rows))
    assert found["variant"].to_list() == ["recipe paper", "recipe released"]
    assert found["seeds"].to_list() == [3, 1] and found["std"].to_list() == [0.2, None]
    assert found["status"].to_list() == ["reproduced", "differs"]
    assert found["footnotes"].unique().to_list() == ["a note | another"]
    counted = summary(found, {}).row(0, named=True)
    assert (counted["numbers"], counted["reproduced"], counted["differs"]) == (1, 1, 0)


def test_numbers_of_a_dataset_of_another_format_are_not_compared():
    rows = [{"size": "small", "mean": "97.86"}]
    found = ledger([(ENTRY, CELL)], facts(rows, formats={"mine": "folder", "b": "bioscan1m"}))
    assert found["status"].to_list() == ["not run"]


def test_detectors_are_compared_whatever_the_datasets():
    rows = pl.DataFrame([{"size": "small", "mean": "97.86"}])
    known = facts(tables={("bioscan1m_table5", "detect"): rows}, sources={"detect": "published"})
    assert ledger([(ENTRY, CELL)], known)["status"].to_list() == ["reproduced"]


def test_what_is_not_run_says_why():
    def why(known: Facts) -> str:
        return ledger([(ENTRY, CELL)], known)["reason"].item()

    assert why(facts(formats={})) == "the run has no dataset of the format of BIOSCAN-1M"
    assert why(facts()) == "the run makes no bioscan1m_table5"
    other = facts([{"size": "large", "mean": "1"}, {"size": "medium", "mean": "2"}])
    assert why(other) == "bioscan1m_table5 of the run has no size 'small', but 'large', 'medium'"
    many = facts([{"size": f"{number}", "mean": "1"} for number in range(7)])
    assert why(many).endswith("no size 'small', but '0', '1', '2', '3', '4' and 2 others")
    empty = facts([{"size": "small", "mean": ""}])
    assert why(empty) == "bioscan1m_table5 of the run has no such row, or no number there"


def test_a_number_that_nothing_comparable_can_be_made_of_is_shown_and_not_judged():
    row = compare("0", rule={"unjudged": "the records are not public"})
    assert (row["status"], row["value"], row["within"]) == ("not judged", "0", False)
    assert row["reason"] == "the records are not public"


def test_a_number_of_the_text_is_gathered_from_a_table():
    rule = {"table": "scores", "column": "ami", "where": {"space": ["a", "b"]}, "take": "median"}
    rows = [{"space": name, "ami": value} for name, value in (("a", "70"), ("b", "90"), ("c", "1"))]
    known = facts(tables={("scores", "mine"): pl.DataFrame(rows)})
    about = {"rule": rule, "printed": "80", "qualifier": "e.g."}
    row = compare("", known=known, **about)
    assert (row["value"], row["status"], row["difference"]) == ("80", "reproduced", 0)
    rows = known.tables["scores", "mine"].filter(space="c")
    row = compare("", known=facts(tables={("scores", "mine"): rows}), **about)
    assert row["status"] == "not run"
    assert row["reason"] == "scores of the run has no space ['a', 'b'], but 'c'"
    assert compare("", known=facts(), **about)["reason"] == "the run makes no scores"


def test_a_number_that_is_printed_once_for_several_rows_is_compared_once():
    rows = [
        {"model": "a", "pooling": "masked", "split": split, "tokens": "7 B"} for split in ("x", "y")
    ]
    cell = {"keys": {"model": "a"}, "column": "tokens", "printed": "7 B"}
    found = ledger([(ENTRY, replace(CELL, **cell))], facts(rows))
    assert found.select("variant", "value", "status").rows() == [
        ("model a, pooling masked", "7 B", "reproduced")
    ]


def test_what_is_not_computed_says_why():
    row = compare("97.86", rule="a cost of the authors' machines")
    assert (row["status"], row["value"]) == ("not computed", None)
    assert row["reason"] == "a cost of the authors' machines"


# Settings


@pytest.mark.parametrize(
    ("rule", "used", "printed", "status"),
    [
        ({"setting": "a.rate"}, [0.0001], "1e-4", "as printed"),
        ({"setting": "a.rate"}, [0.0001, 0.1], "1e-4", "set otherwise"),
        ({"setting": "a.rate", "is": ["ce", "focal"]}, ["focal", "ce"], "both", "as printed"),
        ({"setting": "a.rate", "is": ["ce", "focal"]}, ["ce"], "both", "set otherwise"),
        ({"setting": "a.rate", "any_of": ["x", "y"]}, ["y"], "x", "as printed"),
        ({"setting": "a.other"}, [1], "1", "not run"),
        ({"fixed": "always", "of": "a.rate"}, [1], "Yes", "as printed"),
        ({"fixed": "always", "of": "a.rate"}, [], "Yes", "not run"),
        ({"setting": "a.rate"}, [PUBLISHED_SPLITS], "1", "not run"),
        ({"fixed": "always", "of": "a.rate"}, [PUBLISHED_SPLITS], "Yes", "not run"),
        ({"setting": "a.rate"}, [PUBLISHED_SPLITS, 1], "1", "as printed"),
    ],
)
def test_settings_in_use_are_judged_in_every_run(rule, used, printed, status):
    known = facts(settings={"a.rate": used}, sources={"mine": "simulated"})
    assert compare("", known=known, rule=rule, printed=printed)["status"] == status


CHOICES = {
    "s.recipe.nesterov": {"paper": False, "released": True},
    "s.recipe.normalise": {"released": False},
}


@pytest.mark.parametrize(
    ("nesterov", "normalise", "follows"),
    [
        (False, True, "paper"),
        (True, False, "released code (s.recipe.nesterov; s.recipe.normalise)"),
        (False, False, "paper, released code (s.recipe.normalise)"),
        (None, True, "neither (s.recipe.nesterov is None)"),
    ],
)
def test_a_number_says_whether_it_follows_the_paper_or_the_released_code(
    nesterov, normalise, follows
):
    rows = [{"size": "small", "recipe": "x", "mean": "97"}]
    settings = {
        "s.recipe(x).nesterov": [nesterov],
        "s.recipe(x).normalise": [normalise],
        "s.recipe.nesterov": [False, True],
    }
    entry = Entry(title="Table 5", choices=list(CHOICES))
    known = facts(rows, settings=settings, choices=CHOICES)
    assert compare("97", entry, known)["follows"] == follows


def test_numbers_of_published_splits_follow_neither_paper_nor_code():
    settings = {
        "s.rules": ["paper", PUBLISHED_SPLITS],
        "s(mine).rules": [PUBLISHED_SPLITS],
        "s(other).rules": ["paper"],
    }
    rows = pl.DataFrame([{"size": "small", "mean": "97"}])
    entry, names = Entry(title="Table 5", choices=["s.rules"]), ("mine", "other")
    known = facts(
        tables={("bioscan1m_table5", name): rows for name in names},
        formats=dict.fromkeys(names, "bioscan1m"),
        sources=dict.fromkeys(names, "published"),
        settings=settings,
        choices={"s.rules": {"paper": "paper", "released": "released"}},
    )
    found = ledger([(entry, CELL)], known)
    assert found["follows"].to_list() == [PUBLISHED_SPLITS, "paper"]


# Summary


def test_each_number_of_a_table_is_counted_once_by_its_status():
    cells = [
        (ENTRY, CELL),
        (ENTRY, replace(CELL, keys={"size": "large"})),
        (ENTRY, replace(CELL, keys={"size": "medium"}, rule="not made")),
    ]
    rows = [{"size": "small", "mean": "97.86"}]
    counted = summary(ledger(cells, facts(rows)), {"bioscan1m_table5": "1M Table 5"})
    row = counted.row(0, named=True)
    assert (row["title"], row["numbers"], row["within"]) == ("1M Table 5", 3, 1)
    assert [row[name] for name in STATUSES] == [1, 0, 0, 0, 0, 1, 1]


# All published numbers


def test_a_run_with_the_published_numbers_reproduces_each_and_nothing_else():
    """The run's tables are the papers' cells, each in a row of its keys."""
    for name, entry in ENTRIES.items():
        cells = [
            (entry, cell)
            for cell in printed_cells(name, entry, read(name))
            if cell.rule is None or (isinstance(cell.rule, dict) and "unjudged" in cell.rule)
        ]
        rows: dict[tuple, dict[str, str]] = {}
        for _, cell in cells:
            row = rows.setdefault((cell.paper, *cell.keys.values()), dict(cell.keys))
            row[cell.column] = cell.printed
        names = {"bioscan1m": "small", "bioscan5m": "large"}
        table = (entry.made_in or [name])[0]
        tables = {
            (table, dataset): pl.DataFrame(of_paper, infer_schema_length=None).fill_null("")
            for paper, dataset in names.items()
            if (of_paper := [row for key, row in rows.items() if key[0] == paper])
        }
        known = facts(
            tables=tables,
            formats={dataset: paper for paper, dataset in names.items()},
            sources=dict.fromkeys(names.values(), "published"),
            choices={name: {} for name in entry.choices},
        )
        found = ledger(cells, known)
        assert found.height == len(cells), name
        unjudged = [cell.rule is not None for _, cell in cells]
        expected = ["not judged" if apart else "reproduced" for apart in unjudged]
        assert found["status"].to_list() == expected, name


# The numbers that the tables of this workflow have


#: Tables whose rows are named by taxa or regions, which a small run has not.
OF_TAXA = ("bioscan1m_orders", "bioscan5m_tableA8")


def described() -> dict[str, pl.DataFrame]:
    """The tables that describe a dataset, of a record in each split, written and read as text."""
    words = {name: "a" for name, kind in SCHEMA.items() if kind == pl.String()}
    experiments = dict.fromkeys(EXPERIMENTS, "train")
    rows = [
        {**words, **experiments, "class": "Insecta", "split": split, "species_set": name}
        for split, name in SPECIES_SETS.items()
    ]
    records = pl.DataFrame(rows, schema={**SCHEMA, "species_set": pl.String})
    made = {name: make(records) for name, make in TABLES.items()}
    return {
        name: pl.read_csv(table.write_csv().encode(), infer_schema=False).fill_null("")
        for name, table in made.items()
    }


def test_every_compared_number_of_the_records_is_in_a_table_that_the_run_makes():
    """The keys and column of each printed cell are those of the table that is named for it."""
    tables = described()
    missing = []
    for name, entry in ENTRIES.items():
        made_in = [table for table in entry.made_in or [name] if table in tables]
        if not made_in or name in OF_TAXA:
            continue
        for cell in printed_cells(name, entry, read(name)):
            of_paper = [table for table in made_in if table.startswith(cell.paper)]
            # Counts of the cleaning, which are not judged, are made by another stage.
            if cell.rule is None and not any(has(tables[table], cell) for table in of_paper):
                missing.append((name, *cell.keys.values(), cell.column))
    assert not missing


def has(table: pl.DataFrame, cell: Cell) -> bool:
    keys = {name: value for name, value in cell.keys.items() if name in table.columns}
    return bool(keys) and cell.column in table.columns and table.filter(**keys).height > 0
