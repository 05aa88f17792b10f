"""Boxes as they are published."""

import polars as pl
import pytest

from bioscan.detect.boxes import (
    BOXES_SCHEMA,
    published_sizes,
    released_boxes,
    warn_of_unmeasured,
)


@pytest.mark.parametrize(
    ("box", "size", "area_fraction", "scale_factor"),
    [
        ((0, 0, 1024, 768), (1024, 768), 1.0, 3.0),
        # 200 · 300 / 786,432 is 0.07629; 200 / 256 is 0.78125.
        ((100, 50, 300, 350), (1024, 768), 0.0763, 0.7812),
        # 300 · 100 / 6,220,800 is 0.00482; the shorter side is the height.
        ((1000, 1000, 1300, 1100), (2880, 2160), 0.0048, 0.3906),
    ],
)
def test_published_sizes_are_those_of_the_tight_box(box, size, area_fraction, scale_factor):
    assert published_sizes(box, size) == (area_fraction, scale_factor)


def test_the_published_table_holds_the_boxes_and_nothing_else():
    rows = [
        ("A", 1024, 768, 100, 50, 300, 350, 0.9, "ok", None, 0.0763, 0.7812, 9000),
        (
            "B",
            1024,
            768,
            None,
            None,
            None,
            None,
            0.2,
            "no_insect",
            "best score 0.2",
            None,
            None,
            None,
        ),
        (
            "C",
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            "unreadable",
            "empty file",
            None,
            None,
            None,
        ),
    ]
    boxes = pl.DataFrame(rows, schema=BOXES_SCHEMA, orient="row")
    assert released_boxes(boxes).write_csv(separator="\t").splitlines() == [
        "processid\twidth_original\theight_original\tx0\ty0\tx1\ty1\tscale_factor\tarea_fraction",
        "A\t1024\t768\t100\t50\t300\t350\t0.7812\t0.0763",
    ]


@pytest.mark.parametrize(("pixels", "words"), [((None, 5), "in 1 of 2 images"), ((4, 5), "")])
def test_organisms_whose_pixels_are_unknown_are_counted(pixels, words, caplog):
    rows = {"processid": ["A", "B", "C"], "status": ["ok", "ok", "no_insect"]}
    boxes = pl.DataFrame(rows | {"pixels": [*pixels, None]})
    warn_of_unmeasured(boxes)
    assert words in caplog.text and bool(caplog.text) is bool(words)
