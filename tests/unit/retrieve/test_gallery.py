"""The page of queries and their nearest keys."""

import re

import polars as pl
import pytest

from bioscan.core.nearest import NEAREST_SCHEMA
from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve import gallery
from bioscan.retrieve.gallery import (
    agreement,
    build_page,
    choose_images,
    choose_queries,
    nearest_species,
)

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
    shown = nearest_species(NEAREST, KEYS)
    images = {f"k{n}": f"k{n}" for n in range(1, 5)}
    return build_page(choose_queries(QUERIES), shown, images, image, "a & b", "Images to barcodes.")


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
    assert "similarity 0.900, same species" in rows[0]
    assert "1 of the 4 nearest keys" in rows[0]
    assert "<b>O</b>" in rows[0]


def test_names_and_titles_are_written_as_text():
    html = page()
    assert "<cus>" not in html
    assert "Aus &lt;cus&gt;" in html
    assert "<title>a &amp; b</title>" in html
    assert "http" not in html


def test_a_specimen_without_image_says_so():
    html = page(lambda processid: None if processid == "k1" else b"x")
    assert html.count("no specimen of this species has an image") == 2
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
    nearest = nearest_species(NEAREST.clear(), KEYS)
    html = build_page(QUERIES.clear(), nearest, {}, lambda _: None, "t", "i")
    assert html.count("There is none.") == 2


def test_a_species_is_shown_once_by_its_nearest_key(monkeypatch):
    monkeypatch.setattr(gallery, "KEYS", 2)
    keys = specimens(
        ("k1", "train", "O", "F", "Aus", "Aus bus"),
        ("k2", "train", "O", "F", "Aus", "Aus bus"),
        ("k3", "train", "O", "F", "Bus", None),
        ("k4", "train", "O", "F", "Bus", "Bus bus"),
    )
    shown = nearest_species(NEAREST.filter(query="q1"), keys)
    assert shown.select("name", "key", "holds", "of").rows() == [
        ("Aus bus", "k1", 2, 4),
        ("Bus", "k3", 1, 4),
    ]


def test_a_key_without_an_image_is_shown_by_another_of_its_species_which_is_named():
    more = specimens(("k9", "train", "O", "F", "Aus", "Aus bus"), ("k0", "train", *"OFG", None))
    keys = pl.concat([KEYS, more])
    shown = nearest_species(NEAREST, keys)
    images = choose_images(shown, keys, {"k0", "k3", "k9"})
    assert images == {"k1": "k9", "k3": "k3"}
    html = build_page(choose_queries(QUERIES), shown, images, str.encode, "t", "i")
    assert html.count("image of k9, of this species") == 2
    assert "image of k3" not in html
