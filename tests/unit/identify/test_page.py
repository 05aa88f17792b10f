"""The page of identified specimens."""

import re

from bioscan.identify import page
from bioscan.identify.page import build_page
from bioscan.identify.specimens import STATUSES
from tests.unit.identify.examples import identified

MODELS = {"run": "r", "references": "all", "confidence": 0.95, "sha256": {"a.bin": "ab" * 32}}


def built() -> str:
    return build_page(identified(), {"known": b"JPEG"}.get, MODELS, "New ones")


def test_each_specimen_is_a_card_with_its_photograph_if_it_has_one():
    html = built()
    assert html.count("<article") == 9
    assert html.count("data:image/jpeg;base64,SlBFRw==") == 1
    assert html.count("no crop</div>") == 8


def test_the_page_needs_no_other_file():
    assert not re.findall(r'(?:src|href)="(?!data:)', built())


def test_statuses_that_occur_can_be_filtered():
    html = built()
    assert html.count('name="status"') == len(set(identified()["status"]))
    assert 'value="conflict" checked' in html
    assert set(re.findall(r'data-status="([^"]*)"', html)) <= set(STATUSES)


def test_names_are_escaped():
    assert "Aus &lt;cus&gt;" in built() and "<cus>" not in built()


def test_each_status_is_explained():
    assert set(page.MEANING) == set(STATUSES)


def test_what_the_page_has_no_room_for_is_counted(monkeypatch):
    monkeypatch.setattr(page, "SHOWN", 2)
    html = built()
    assert html.count("<article") == 2
    assert "7 more are in identified.csv alone" in html


def test_each_bar_names_its_label():
    assert "<td>species</td>" in built()
    assert re.search(r"1 %</td><td>Aus bus</td>", built())
