"""The map to move about in."""

import json
import re
from base64 import b64decode

import numpy as np
import polars as pl

from bioscan.cluster import explorer
from bioscan.cluster.explorer import build_explorer, choose_crops, take_specimens
from bioscan.core.images import decode

SPECIMENS = pl.DataFrame(
    {
        "processid": ["A", "B", "C", "D"],
        "row": [0, 1, 1, 2],
        "family": ["Phoridae", "Sciaridae", "Sciaridae", None],
        "species": ["x </script><b>", None, None, None],
        "subfamily": ["unused"] * 4,
        "genus": [None] * 4,
        "seen": [True, False, None, None],
        "hdbscan": [0, 7, 7, -1],
    },
    {
        **dict.fromkeys(("processid", "family", "species", "subfamily", "genus"), pl.String()),
        "row": pl.UInt32(),
        "seen": pl.Boolean(),
        "hdbscan": pl.Int32(),
    },
)
POINTS = np.array([[0, 0], [10, 5], [5, 0]], dtype=np.float32)


def square(grey: int) -> np.ndarray:
    return np.full((explorer.SIDE, explorer.SIDE, 3), grey, dtype=np.uint8)


def page(specimens: pl.DataFrame = SPECIMENS, **crops: np.ndarray) -> str:
    return build_explorer(specimens, POINTS, crops, "demo: <lite0>", 9, {})


def data(html: str) -> dict:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    return json.loads(text)


def column(html: str, name: str) -> dict:
    return next(given for given in data(html)["columns"] if given["name"] == name)


def test_points_keep_their_aspect_with_y_upwards():
    held = data(page())
    assert held["id"] == ["A", "B", "C", "D"]
    assert held["x"] == [0, 10000, 10000, 5000]
    assert held["y"] == [7500, 2500, 2500, 7500]


def test_a_single_place_is_in_the_middle():
    held = data(build_explorer(SPECIMENS, np.ones((3, 2)), {}, "demo", 4, {}))
    assert held["x"] == held["y"] == [5000] * 4


def test_the_most_frequent_values_come_first_and_missing_ones_are_negative():
    families = column(page(), "family")
    assert families["values"] == ["Sciaridae", "Phoridae"]
    assert families["codes"] == [1, 0, 0, -1]
    assert column(page(), "species in training")["codes"] == [1, 0, -1, -1]


def test_noise_is_in_no_cluster():
    clusters = column(page(), "cluster by HDBSCAN")
    assert clusters == {
        "name": "cluster by HDBSCAN", "values": ["7", "0"], "codes": [1, 0, 0, -1]
    }  # fmt: skip


def test_columns_without_any_value_and_others_are_left_out():
    assert [given["name"] for given in data(page())["columns"]] == [
        "family",
        "species",
        "species in training",
        "cluster by HDBSCAN",
    ]


def test_names_cannot_end_the_script():
    html = page()
    assert "</script><b>" not in html
    assert column(html, "species")["values"] == ["x </script><b>"]
    assert "<h1>demo: &lt;lite0&gt;</h1>" in html


def test_a_name_is_never_taken_for_a_place_to_fill():
    html = page(SPECIMENS.with_columns(family=pl.lit("@@DATA@@")))
    assert column(html, "family")["values"] == ["@@DATA@@"]


def test_crops_lie_in_one_sheet():
    html = page(C=square(60), A=square(200))
    assert data(html)["crop"] == [1, -1, 0, -1]
    (sheet,) = re.findall(r'id="sheet">data:image/jpeg;base64,(.*?)</script>', html)
    pixels = decode(b64decode(sheet))
    side = explorer.SIDE
    assert pixels.shape == (side, explorer.ACROSS * side, 3)
    assert abs(int(pixels[side // 2, side // 2, 0]) - 60) < 4
    assert abs(int(pixels[side // 2, side + side // 2, 0]) - 200) < 4


def test_nothing_is_fetched():
    html = page(A=square(9))
    assert "http" not in html
    assert re.findall(r'(?:src|href)="([^"]*)"', html) == ["data:,"]


def test_the_page_says_what_it_leaves_out():
    assert "4 of 9 specimens, at even distances in their order; without crops." in page()
    assert "; 1 of them with a crop of 96 pixels (1,000 at most" in page(A=square(9))


def test_photographs_without_labels_have_a_map():
    bare = page(SPECIMENS.select("processid", "row"), A=square(9))
    assert data(bare)["columns"] == []


def test_a_dataset_without_splits_has_none_to_colour_by():
    whole = SPECIMENS.select("processid", "row", "hdbscan", split=pl.lit("all"))
    assert [given["name"] for given in data(page(whole))["columns"]] == ["cluster by HDBSCAN"]
    divided = whole.with_columns(split=pl.Series(["test", "test", "test_unseen", "test"]))
    assert column(page(divided), "split")["values"] == ["test", "test_unseen"]


def test_specimens_are_taken_at_even_distances(monkeypatch):
    monkeypatch.setattr(explorer, "SPECIMENS", 3)
    many = pl.DataFrame({"processid": [str(n) for n in range(9)]})
    assert take_specimens(many)["processid"].to_list() == ["0", "4", "8"]
    assert take_specimens(many.head(3)).height == 3


def test_every_cluster_has_a_crop_before_any_has_two(monkeypatch):
    monkeypatch.setattr(explorer, "CROPS", 3)
    assert set(choose_crops(SPECIMENS, "hdbscan")) == {"A", "B", "D"}


def test_values_in_colour_come_first_in_the_same_order_on_all_maps():
    coloured = {"family": ["Muscidae", "Phoridae"], "species": ["Aus bus"]}
    html = build_explorer(SPECIMENS, POINTS, {}, "demo", 4, coloured)
    families = column(html, "family")
    assert families["values"] == ["Muscidae", "Phoridae", "Sciaridae"]
    assert families["codes"] == [1, 2, 2, -1]
