"""The page of identified specimens."""

import re

from bioscan.identify import page
from bioscan.identify.page import build_page
from bioscan.identify.specimens import STATUSES
from tests.unit.identify.examples import identified

MODELS = {
    "run": "r",
    "references": "all",
    "confidence": 0.95,
    "sha256": {"a.bin": "ab" * 32},
    "simulated": False,
}


def built(**models: object) -> str:
    crops, photographs = {"known": b"JPEG"}, {"known": b"whole", "empty": b"whole"}
    return build_page(identified(), crops.get, photographs.get, MODELS | models, "New ones")


def test_each_specimen_is_a_card_with_its_crop_or_else_its_photograph():
    html = built()
    assert html.count("<article") == 9
    assert html.count("data:image/jpeg;base64,SlBFRw==") == 1
    assert html.count("data:image/jpeg;base64,d2hvbGU=") == 1
    assert html.count("the whole photograph") == 1
    assert html.count("no photograph</div>") == 7


def test_the_page_opens_with_how_many_need_a_look():
    html = built()
    assert "<b>6 of 9</b> need a look." in html
    assert html.count('<article class="look"') == 6


def test_a_card_begins_with_the_specimen_and_has_advice():
    card = built().split("<article")[1]
    assert re.match(r'[^>]*data-status="conflict"[^>]*><header>swapped<span>conflict', card)
    assert "check whether the tube was swapped" in card


def test_names_by_simulated_models_are_said_to_mean_nothing_for_real_specimens():
    assert page.SIMULATED in built(simulated=True)
    assert page.SIMULATED not in built()


def test_a_remark_that_the_advice_has_is_not_repeated():
    card = next(c for c in built().split("<article") if "<header>empty" in c)
    assert card.count("found no insect") == 1
    assert "Noted: no barcode" in card


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


def test_each_bar_has_its_rank_its_label_and_whether_it_is_sure():
    html = built()
    assert re.search(r'<tr class="unsure"><td>species</td><td>Aus bus</td><td>.*? 1 %</td>', html)
    assert re.search(r'<tr class=""><td>genus</td><td>Aus</td><td>.*? 97 %</td>', html)


def test_distances_are_counts_of_letters():
    assert "26 of 650 letters differ" in built()


def test_a_name_that_is_hardly_possible_has_no_bar(monkeypatch):
    monkeypatch.setattr(page, "SMALLEST", 0.02)
    assert '<tr class="unsure"><td>species</td><td>Aus bus</td>' in built()  # of 50 %
    assert not re.search(r"<td>Aus bus</td><td>[^/]*/span> 1 %", built())
