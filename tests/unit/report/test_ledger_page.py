"""The page of the ledger."""

import re

import polars as pl

from bioscan.report.ledger import SCHEMA, summary
from bioscan.report.ledger_page import (
    JUDGED,
    NONE_MADE,
    OTHERS,
    SETTINGS,
    explain,
    ledger_page,
)

ROW = {
    "table": "bioscan1m_table5",
    "source": "1M <Table> 5",
    "row": "order",
    "column": "mean",
    "published": "1128313",
    "published_std": 0.5,
    "value": "1000",
    "std": 0.25,
    "seeds": 3,
    "difference": -1127313.0,
    "tolerance": 0.5,
    "within": False,
    "status": "differs",
    "follows": "paper",
    "footnotes": "a note; with a semicolon | another",
}


def ledger_of(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(SCHEMA) | ROW | row for row in rows], schema=SCHEMA)


def page(*rows: dict) -> str:
    found = ledger_of(*rows)
    return ledger_page(found, summary(found, {"bioscan1m_table5": "1M <Table> 5"}), "mine")


def test_numbers_are_grouped_and_carry_their_deviations_and_seeds():
    text = page({})
    assert "1,128,313 ± 0.5" in text and "−1,127,313" in text
    assert '1,000 ± 0.25 <span class="dim">n 3</span>' in text


def test_each_table_is_in_the_summary_and_leads_to_its_numbers():
    text = page({})
    assert '<a href="#bioscan1m_table5">1M &lt;Table&gt; 5</a>' in text
    # Within the part that opens and closes, which a browser opens to go there.
    assert re.search(r'</summary><a id="bioscan1m_table5"></a>', text)
    assert "<Table>" not in text


def test_footnotes_are_listed_once_and_whole():
    text = page({}, {"row": "family"})
    assert text.count("<li>a note; with a semicolon</li>") == text.count("<li>another</li>") == 1


def test_the_keys_of_a_row_are_named_where_they_are_numbers():
    text = page({"row": "task: insect_order, average: micro, k: 1"})
    assert '<td class="of">insect_order, micro, k: 1</td>' in text


def test_reasons_and_words_are_shown():
    text = page({"status": "not computed", "reason": "of <another> dataset", "value": None})
    assert "of &lt;another&gt; dataset" in text
    assert "not public" in page({"status": "not judged", "reason": "not public"})
    assert '<span class="words">AdamW</span>' in page({"value": "AdamW"})


def test_a_number_that_is_not_judged_says_whether_it_is_within_the_tolerance():
    assert "not judged, outside" in page({"status": "not judged"})
    assert "not judged, within" in page({"status": "not judged", "within": True})


def test_the_page_says_what_a_run_can_say():
    """Of numbers on the papers' specimens, on others, or none, whatever its settings."""
    simulated = {"dataset": "mine", "status": "not judged", "reason": "simulated specimens"}
    judged = {"dataset": "mine", "status": "reproduced"}
    unjudged = {"dataset": "mine", "status": "not judged", "reason": "the records are not public"}
    setting = {"dataset": None, "status": "as printed"}
    assert explain(ledger_of(judged, unjudged, setting)) == f"{JUDGED} {SETTINGS}"
    assert explain(ledger_of(simulated, setting)) == f"{OTHERS} {SETTINGS}"
    assert explain(ledger_of(simulated, judged)) == f"{JUDGED} {OTHERS} {SETTINGS}"
    assert explain(ledger_of(setting)) == f"{NONE_MADE} {SETTINGS}"
    assert NONE_MADE in page(setting)
