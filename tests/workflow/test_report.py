"""The report in a browser."""

import re
from pathlib import Path

import pytest

from tests.workflow.browser import CHROMIUM, Seen, open_report
from tests.workflow.runs import TINY, snakemake

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def report(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    run = snakemake(finished, *TINY, "--report", str(path))
    assert run.returncode == 0, run.stdout
    return path


@pytest.fixture(scope="module")
def seen(report: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return open_report(report, tmp_path_factory.mktemp("browser"))


def test_every_entry_of_the_report_opens(seen: Seen):
    entries = seen.found["entries"]
    assert len(entries) > 50
    kinds = {".html": "page", ".png": "picture"}
    assert entries == {path: kinds[Path(path).suffix] for path in entries}


def test_nothing_is_fetched_and_the_console_stays_silent(seen: Seen):
    assert seen.requests == []
    assert seen.messages == []


def test_the_report_opens_with_what_ran_and_not_with_a_graph_of_rules(seen: Seen):
    opening = seen.found["opening"]
    assert opening["text"].startswith("Run tiny")
    assert 0 <= opening["top"] < 100 and opening["width"] > 700
    assert opening["graph"] >= opening["bottom"]
    assert len(opening["pictures"]) == 2 and min(opening["pictures"]) > 500
    numbers = re.search(r"papers print ([\d,]+) numbers", opening["text"])
    assert numbers and int(numbers[1].replace(",", "")) > 1_800


def test_the_links_of_the_opening_lead_to_its_pages_and_chapters(seen: Seen):
    links = seen.found["opening"]["links"]
    pages = {"All of them": "ledger", "Costs of every rule": "costs"}
    chapters = [name for name, _ in seen.found["chapters"]]
    assert links == {
        **{text: f"results/tiny/overview/report/{name}.html" for text, name in pages.items()},
        **{name: name for name in chapters},
    }


def test_what_is_fetched_and_what_goes_wrong_would_be_seen(report: Path, tmp_path: Path):
    """In a page of an entry too, which is a document of its own."""
    inner = "data:text/html,<link rel=stylesheet href=http://example.com/a.css>"
    faults = f'<iframe src="{inner}"></iframe><script>throw Error("of a test")</script>'
    text = report.read_text().replace('<div id="app">', f'{faults}<div id="app">', 1)
    (tmp_path / "faulty.html").write_text(text)
    seen = open_report(tmp_path / "faulty.html", tmp_path)
    assert seen.requests == ["http://example.com/a.css"]
    assert any("of a test" in message for message in seen.messages)
