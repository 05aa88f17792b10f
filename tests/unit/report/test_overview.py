"""The opening of the report."""

import re

import polars as pl
import pytest

from bioscan.report.costs import SCHEMA as COSTS
from bioscan.report.ledger import SCHEMA, summary
from bioscan.report.overview import Dataset, overview

PAGES = {"ledger": "results/mine/overview/report/ledger.html", "costs": "results/mine/c.html"}


def dataset(**given) -> Dataset:
    known = {
        "name": "wells",
        "format": "bioscan5m",
        "source": "simulated",
        "records": 12_345,
        "images": 678,
        "package": "cropped_256",
        "set_aside": 9,
        "detector": "masks",
        "strip": b"jpeg",
    }
    return Dataset(**known | given)


def page(*datasets: Dataset, none: bool = False, costs: pl.DataFrame | None = None) -> str:
    row = {
        "table": "t",
        "source": "T",
        "row": "a",
        "column": "value",
        "dataset": "wells",
        "status": "not judged",
        "reason": "simulated specimens",
    }
    rows = pl.DataFrame(
        [dict.fromkeys(SCHEMA) | row, dict.fromkeys(SCHEMA) | row | {"row": "b"}], schema=SCHEMA
    )
    return overview(
        "mine",
        [] if none else datasets or [dataset()],
        {"1 Overview": {"page": 2}, "2 Records": {"table": 14, "figure": 4}},
        rows,
        summary(rows, {}),
        pl.DataFrame(schema=COSTS) if costs is None else costs,
        PAGES,
    )


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL))


def test_it_says_what_ran_and_on_what():
    text = words(page())
    what = "12,345 records and 678 images of simulated specimens, in the format of BIOSCAN-5M."
    assert what in text
    alone = dataset(format="bold", source="own", images=None, strip=None)
    assert "12,345 records of specimens of your own." in words(page(alone))
    # Labels may be as entered, and nothing may be trained.
    assert "cleaned" not in text and "trained" not in text
    assert "wells simulated specimens BIOSCAN-5M 12,345 678 images of cropped_256 9 masks" in text


def test_the_ledger_is_counted_and_what_it_can_say_is_said():
    text = words(page())
    assert "The papers print 2 numbers" in text and "not judged 2" in text
    assert "says nothing of the papers" in text


def test_a_dataset_without_images_has_no_strip():
    text = page(dataset(images=None, strip=None, detector=None))
    assert "<img" not in text and "12,345 – 9 –" in words(text)
    assert page().count("<img") == 1


def test_a_run_without_a_dataset_says_so():
    assert "Detectors alone" in page(none=True)


def test_the_costliest_rules_come_first():
    rows = [("classify", "train", 2, 7200, 5400, 9000, 4000), ("image", "crop", 1, 3, 3, 3, None)]
    costs = pl.DataFrame(rows, schema=COSTS, orient="row")
    text = words(page(costs=costs))
    assert "3 jobs took 2.0 h one after the other, the largest 4.0 GB" in text
    assert "train classify 2 2.0 h 4.0 GB crop image 1 3.0 s –" in text
    assert "no benchmarks" in words(page())


def test_its_links_work_in_the_report_and_by_itself():
    text = page()
    assert 'href="report/ledger.html"' in text
    assert f"results['{PAGES['ledger']}'].data_uri" in text
    assert "app.showCategory('2 Records')" in text


def test_its_style_is_bound_to_itself():
    """It stands within Snakemake's report, whose other pages it must not change."""
    (style,) = re.findall(r"<style>(.*?)</style>", page(), re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", style)
    assert selectors
    for selector in selectors:
        for part in selector.split(","):
            assert re.search(r"\.overview|#rulegraph", part), part


@pytest.mark.parametrize("source", ["published", "own"])
def test_names_are_text(source):
    text = page(dataset(name="<u>", source=source, format="folder"))
    assert "<u>" not in text and "&lt;u&gt;" in text and "as in" not in text
