"""The page of clusters."""

import re
from base64 import b64decode

import numpy as np
import polars as pl
import pytest

from bioscan.cluster import gallery
from bioscan.cluster.composition import NOISE, compose_clusters
from bioscan.cluster.gallery import build_gallery, choose_crops
from bioscan.core.images import decode
from tests.unit.cluster.test_composition import specimens

GREY = np.full((gallery.SIDE, gallery.SIDE, 3), 90, dtype=np.uint8)


def page(
    *groups: tuple[int, str | None, str | None, int],
    named: dict | None = None,
    letters: int | None = 650,
    cropped: bool = True,
) -> str:
    """The page of specimens as in `specimens`."""
    found = specimens(*groups).with_columns(letters=pl.lit(letters, pl.Int32))
    clusters = compose_clusters(found, None if named is None else pl.DataFrame(named))
    chosen = choose_crops(found, clusters) if cropped else {}
    crops = {processid: GREY for some in chosen.values() for processid in some}
    return build_gallery(found, clusters, crops, "folder: clusters", "all.csv", ["By HDBSCAN."])


def text(html: str) -> str:
    """The text that a reader sees, with single spaces."""
    seen = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", seen).split())


def order(html: str) -> list[int]:
    return [int(cluster) for cluster in re.findall('<article id="c([0-9]+)"', html)]


def test_a_cluster_says_what_it_lumps_and_splits_and_where_the_others_are():
    html = page((0, "Aus bus", "B1", 5), (0, "Cus dus", "B2", 1), (1, "Cus dus", "B2", 3))
    assert order(html) == [0, 1]
    seen = text(html)
    assert "cluster 0: 6 specimens; 6 with a species lumps 2 species" in seen
    assert "splits Cus dus : 1 of 4 here, the others in 1 (3)" in seen
    assert "lumps 2 BINs" in seen
    assert "splits Cus dus : 3 of 4 here, the others in 0 (1)" in seen
    assert '<a href="#c1">1</a>' in html


def test_a_specimen_at_odds_is_marked():
    html = page((0, "Aus bus", None, 2), (0, "Aus cus", None, 1))
    assert re.findall(r'<figure(| class=odd)><img .*? alt="(\w+)"', html) == [
        ("", "P000"),
        ("", "P001"),
        (" class=odd", "P002"),
    ]


def test_a_crop_is_in_the_page_and_nothing_is_fetched():
    html = page((0, None, None, 1))
    (data,) = re.findall('src="data:image/jpeg;base64,([^"]+)"', html)
    assert np.abs(decode(b64decode(data)).astype(int) - 90).max() < 3
    assert "http" not in html


def test_every_name_has_a_crop_before_any_has_two():
    many = specimens((0, "Aus bus", None, 50), (0, "Aus cus", None, 1))
    chosen = choose_crops(many, compose_clusters(many))
    assert len(chosen[0]) == gallery.CROPS
    assert "P050" in chosen[0]


def test_clusters_that_are_not_shown_have_no_crops_and_are_counted(monkeypatch):
    monkeypatch.setitem(gallery.SECTIONS, "unnamed", ("Not named yet", 1, "Advice."))
    groups = (0, None, None, 2), (1, None, None, 3), (2, None, None, 1)
    many = specimens(*groups)
    assert list(choose_crops(many, compose_clusters(many))) == [1]
    seen = text(page(*groups))
    assert "the first 1 of 3 clusters; the others hold 3 specimens" in seen
    assert "6 specimens, 3 clusters, of which 1 of a single specimen" in seen
    assert "Shown are 1; all.csv lists all" in seen


def test_noise_is_counted_and_no_cluster():
    html = page((0, None, None, 2), (NOISE, None, None, 3))
    assert order(html) == [0]
    assert "3 specimens in no cluster" in text(html)


def test_barcodes_without_images_show_names_bins_and_lengths():
    html = page((0, "Aus bus", "B1", 2), (0, None, "B2", 1), cropped=False)
    assert "<img" not in html
    assert "crops" not in text(html)
    assert "species family BIN letters of the barcode for example" in text(html)
    assert "2 Aus bus A B1 650 P000 1 – – B2 650 P002" in text(html)


def test_photographs_without_labels_show_crops_alone():
    html = page((0, None, None, 3), letters=None)
    assert html.count("<img") == 3
    assert "<table" not in html
    assert "Not named yet (1 cluster)" in text(html)
    assert "There is none." not in text(html)
    assert "red line" not in text(html)
    assert (
        "No specimen has a species or a BIN, so nothing can disagree. Clusters may be of"
        in text(html)
    )


def test_barcodes_without_labels_say_nothing_of_photographs():
    html = page((0, None, None, 3), cropped=False)
    assert "so nothing can disagree." in text(html)
    assert "photographs" not in text(html)


def test_a_bin_alone_can_disagree():
    html = page((0, None, "B1", 2), (0, None, "B2", 1))
    assert "nothing can disagree" not in text(html)
    assert "Names, BINs and clusters disagree (1 cluster)" in text(html)


@pytest.mark.parametrize(
    ("status", "name", "heading"),
    [
        (
            "species",
            "Aus bus",
            "Aus bus (for 90% of its specimens, the nearest labelled key has this name)",
        ),
        ("unknown_species", "Aus", "Unknown species of Aus (for 90% of its specimens"),
        ("new", None, "New: near no labelled key"),
    ],
)
def test_a_cluster_has_the_name_that_keys_give(status, name, heading):
    named = {"cluster": [0], "status": [status], "name": [name], "agreement": [0.9]}
    assert heading in text(page((0, None, None, 1), named=named))


def test_a_cluster_named_otherwise_says_so():
    named = {"cluster": [0], "status": ["species"], "name": ["Cus dus"], "agreement": [0.5]}
    seen = text(page((0, "Aus bus", None, 3), named=named))
    assert (
        "Cus dus (for 50% of its specimens, the nearest labelled key has this name) cluster 0"
        in seen
    )
    assert "labels against this name: 3 specimens" in seen


def test_names_are_text():
    html = page((0, "Aus <b>us", "B&1", 1))
    assert "Aus &lt;b&gt;us" in html
    assert "B&amp;1" in html


def test_names_beyond_those_listed_are_counted():
    groups = [(0, f"Aus species{n:02}", None, 1) for n in range(gallery.NAMES + 3)]
    assert "3 of 3 more names" in text(page(*groups))


def test_names_that_are_equally_common_mark_no_specimen_and_give_no_name():
    html = page((0, "Aus bus", "B1", 2), (0, "Aus cus", "B2", 2))
    assert "class=odd>" not in html
    assert "Undecided between Aus bus , Aus cus (2 of 4 each)" in text(html)
    # The BIN alone has a majority.
    html = page((0, "Aus bus", "B1", 2), (0, "Aus cus", "B1", 1), (0, "Aus cus", "B2", 1))
    assert re.findall(r'<figure(| class=odd)><img .*? alt="(\w+)"', html)[-1] == (
        " class=odd",
        "P003",
    )
    assert html.count("class=odd>") == 1


def test_the_red_line_is_explained_and_means_one_thing():
    html = page((0, "Aus bus", "B1", 2), (0, "Aus cus", "B2", 1))
    assert html.count("A red line") == 1
    red = re.findall(r"([.\w#-]+) \{[^}]*#9c2f1f", html)
    assert red == ["figure.odd", ".odd-key"] or red == [".odd-key", "figure.odd"]
