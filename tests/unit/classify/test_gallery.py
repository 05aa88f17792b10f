"""Suspects as a page."""

import re
from base64 import b64decode
from html.parser import HTMLParser

import polars as pl
import pytest

from bioscan.classify import gallery
from bioscan.classify.gallery import build_gallery


def table(*rows: dict) -> pl.DataFrame:
    """Suspects as `list_suspects` gives them, from what differs in each."""
    plain = {
        "processid": "A1",
        "split": "test",
        "label": "Diptera",
        "prediction": "Coleoptera",
        "probability": 0.97,
        "seeds": 3,
        "kind": "wrong label",
        "hints": None,
        "sharpness": 0.213,
        "contrast": 120.4,
        "size": 340,
        "score": 0.98765,
        "shard": 0,
        "row": 0,
    }
    schema = {"hints": pl.String, "size": pl.Int32, "score": pl.Float32}
    kinds = pl.DataFrame([plain], schema_overrides=schema).schema
    return pl.DataFrame([plain | row for row in rows], schema=kinds)


def page(*rows: dict) -> str:
    return build_gallery(
        table(*rows), lambda shard, row: f"jpeg {shard} {row}".encode(), "demo: suspects", "all.csv"
    )


def text(html: str) -> str:
    """The text that a reader sees, with single spaces."""
    seen = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", seen).replace("&nbsp;", " ").split())


def section(html: str, heading: str) -> str:
    return next(part for part in html.split("<section>") if part.startswith(f"<h2>{heading}"))


def test_a_card_says_what_there_is_to_know():
    card = text(page({"hints": "blurred; small", "kind": "bad photograph"}))
    assert "label Diptera , taken for Coleoptera (97.0 %) blurred; small" in card
    assert "sharpness 0.21, contrast 120, 340 px, box 0.9876 A1, test" in card


def test_what_is_not_known_is_left_out():
    assert "contrast 120 A1" in text(page({"size": None, "score": None}))


def test_each_kind_has_its_section():
    html = page({"processid": "L"}, {"processid": "B", "kind": "bad photograph"})
    assert re.findall('alt="(.)"', section(html, "May be a wrong label")) == ["L"]
    assert re.findall('alt="(.)"', section(html, "Looks like a bad photograph")) == ["B"]


def test_an_empty_section_says_so():
    html = page({"kind": "unsure"})
    assert html.count("There is none.") == 2
    assert "all.csv lists all suspects, 1; also those not shown" in text(html)
    assert "models are unsure, 1." in text(html)


def test_the_image_is_in_the_page():
    html = page({"shard": 2, "row": 7})
    (data,) = re.findall('src="data:image/jpeg;base64,([^"]+)"', html)
    assert b64decode(data) == b"jpeg 2 7"


def test_the_page_needs_nothing_beside_it():
    html = page({})
    assert re.findall(r"https?:|<script|<link|@import|url\(", html) == []
    assert all(source.startswith("data:") for source in re.findall('src="([^"]*)', html))


def test_only_the_surest_are_shown_and_all_are_counted(monkeypatch):
    monkeypatch.setattr(gallery, "SHOWN", 2)
    html = page(*({"processid": name} for name in "ABC"))
    assert re.findall('alt="(.)"', html) == ["A", "B"]
    assert "the 2 surest of 3" in html


@pytest.mark.parametrize("name", ["label", "prediction", "processid", "split", "hints"])
def test_text_stays_text(name):
    html = page({name: '<script>"&'})
    assert "<script>" not in html
    assert "&lt;script&gt;&quot;&amp;" in html


@pytest.mark.parametrize(
    ("probability", "shown"), [(1.0, "100.0"), (0.99999, "99.9"), (0.5, "50.0"), (0.456, "45.6")]
)
def test_nothing_less_than_certain_is_a_hundred_percent(probability, shown):
    assert f"({shown} %)" in text(page({"probability": probability}))


def test_every_element_is_closed():
    stack = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "img"):
                stack.append(tag)

        def handle_endtag(self, tag):
            assert stack.pop() == tag

    Balance().feed(page({}, {"kind": "bad photograph", "hints": "faint"}))
    assert stack == []
