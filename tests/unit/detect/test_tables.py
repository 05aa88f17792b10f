"""The tables of the detectors' metrics."""

import json

import polars as pl
import pytest

from bioscan.detect.tables import evaluated_detectors, published_rows

EVALUATED = [
    ("both", ["IP-1000", "IW-1000"], ["IP-100-val", "IW-150-val"]),
    ("both", ["IP-1000", "IW-1000"], ["NWC-100-val"]),
    ("masks", ["IP-1000", "IW-1000"], ["NWC-100-val"]),
    ("shipped", [], ["NWC-100-val"]),
]


@pytest.fixture
def evaluated(tmp_path) -> pl.DataFrame:
    paths = []
    for n in range(4):
        paths.append(tmp_path / f"{n}.json")
        lost = None if n == 3 else 0.1234
        found = {"images": n, "ap_75": 0.9123 - n / 10, "ar_50_95": 0.5, "insects_lost": lost}
        paths[-1].write_text(json.dumps(found))
    return evaluated_detectors(paths, EVALUATED)


def test_one_row_per_detector_and_group_of_sets(evaluated):
    assert evaluated.rows() == [
        ("both", "IP-1000 + IW-1000", "IP-100-val + IW-150-val", 0, 0.912, 0.5, 0.123),
        ("both", "IP-1000 + IW-1000", "NWC-100-val", 1, 0.812, 0.5, 0.123),
        ("masks", "IP-1000 + IW-1000", "NWC-100-val", 2, 0.712, 0.5, 0.123),
        ("shipped", None, "NWC-100-val", 3, 0.612, 0.5, None),
    ]


def test_a_published_table_has_its_own_rows(evaluated):
    rows = [
        ("IP-1000 + IW-1000", "NWC-100-VAL", "AR", "0.50:0.95", 0.485),
        ("IP-1000 + IW-1000", "NWC-100-VAL", "AP", "0.75", 0.257),
        ("IP-1000 + IW-1000", "IP-100-VAL + IW-150-VAL", "AP", "0.75", 0.922),
        ("IP-100", "NWC-100-VAL", "AP", "0.75", 0.1),
    ]
    columns = ["training_data", "val_set", "metric", "iou", "value"]
    found = published_rows(evaluated, pl.DataFrame(rows, schema=columns, orient="row"))
    assert found.columns == columns
    assert [row[:4] for row in found.rows()] == [row[:4] for row in rows]
    # The first of two detectors with the same training data; null where there is none.
    assert found["value"].to_list() == [0.5, 0.812, 0.912, None]
