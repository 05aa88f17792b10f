"""The page of queries and their nearest keys."""

import re

import polars as pl
import pytest

from bioscan.core.nearest import NEAREST_SCHEMA
from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve import gallery
from bioscan.retrieve.gallery import agreement, build_page, choose_queries

SCHEMA = {"processid": pl.String, "split": pl.String, **dict.fromkeys(TEXT_RANKS, pl.String)}


def specimens(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, SCHEMA, orient="row")


QUERIES = specimens(
    ("q1", "test", "O", "F", "Aus", "Aus bus"),
    ("q2", "test_unseen", "O", "F", "Aus", "Aus <cus>"),
    ("q3", "val", "O", "F", "Aus", "Aus dus"),
)
KEYS = specimens(
    ("k1", "train", "O", "F", "Aus", "Aus bus"),
    ("k2", "train", "O", "F", "Aus", None),
    ("k3", "train", "O", "F", "Bus", "Bus bus"),
    ("k4", "train", "O", None, None, None),
)
NEAREST = pl.DataFrame(
    [
        (query, place, f"k{place}", 1 - place / 10)
        for query in ("q1", "q2")
        for place in (1, 2, 3, 4)
    ],
    NEAREST_SCHEMA,
    orient="row",
)


def page(image=lambda processid: processid.encode()) -> str:
    return build_page(choose_queries(QUERIES), NEAREST, KEYS, image, "a & b", "Images to barcodes.")


@pytest.mark.parametrize(
    ("key", "rank"), [("k1", "species"), ("k2", "genus"), ("k3", "family"), ("k4", None)]
)
def test_a_key_agrees_at_the_lowest_rank_at_which_both_have_one_label(key, rank):
    queries = QUERIES.row(0, named=True)
    assert agreement(queries, KEYS.filter(processid=key).row(0, named=True)) == rank
    assert (
        agreement(queries | {"genus": None, "species": None}, KEYS.row(1, named=True)) == "family"
    )


def test_keys_stand_beside_their_query_in_order_in_the_frames_of_their_agreement():
    rows = re.findall(r'<div class="row">.*?</div></figcaption></figure></div>', page(), re.S)
    assert len(rows) == 2
    assert re.findall(r'class="id">(\w+)<', rows[0]) == ["q1", "k1", "k2", "k3", "k4"]
    colours = [gallery.FRAMES[rank][0] for rank in ("species", "genus", "family")]
    assert re.findall(r"border-color:(#\w+)", rows[0]) == colours
    # The unseen species has the genus of two keys.
    assert re.findall(r"border-color:(#\w+)", rows[1]) == [colours[1], colours[1], colours[2]]
    assert "0.900, same species" in rows[0]
    assert "<b>O</b>" in rows[0]


def test_names_and_titles_are_written_as_text():
    html = page()
    assert "<cus>" not in html
    assert "Aus &lt;cus&gt;" in html
    assert "<title>a &amp; b</title>" in html
    assert "http" not in html


def test_a_specimen_without_image_says_so():
    html = page(lambda processid: None if processid == "k1" else b"x")
    assert html.count("no image") == 2
    assert html.count("<img") == 8


def test_each_query_is_of_another_species_and_there_are_not_too_many(monkeypatch):
    monkeypatch.setattr(gallery, "QUERIES", 3)
    many = specimens(
        *[(f"q{n:02}", "test", "O", "F", "G", f"G s{n // 4}") for n in range(40)],
        ("x", "test", "O", "F", "G", None),
    )
    chosen = choose_queries(many)
    assert chosen.height == chosen["species"].n_unique() == 3
    assert chosen.equals(choose_queries(many.reverse()))


def test_without_queries_the_page_says_so():
    html = build_page(QUERIES.clear(), NEAREST.clear(), KEYS, lambda _: None, "t", "i")
    assert html.count("There is none.") == 2
