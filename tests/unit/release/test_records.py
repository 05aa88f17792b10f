"""The released records, and the columns that a release adds."""

from pathlib import Path

import polars as pl
import pytest

from bioscan.release.records import (
    is_released,
    read_batches,
    read_released,
    release_columns,
    splits_of,
    with_sizes_mm,
)


def test_a_record_is_released_if_it_is_in_every_package():
    packages = [pl.Series(["A", "B"]), pl.Series(["B", "C"])]
    assert is_released(pl.Series(["A", "B", "C"]), packages).to_list() == [False, True, False]


def test_all_records_are_released_where_there_is_no_package():
    assert is_released(pl.Series(["A", "B"]), []).to_list() == [True, True]


RECORDS = pl.DataFrame(
    [
        ("B", "val", 0.5, 9.0, None),
        ("A", "val", None, None, 700.0),
        ("C", "val", 0.3, 3.0, None),
    ],
    schema={
        "processid": pl.String,
        "split": pl.String,
        "area_fraction": pl.Float64,
        "scale_factor": pl.Float64,
        "image_measurement_value": pl.Float64,
    },
    orient="row",
)
BOXES = pl.DataFrame(
    {
        "processid": ["A", "B"],
        "area_fraction": [0.1, 0.2],
        "scale_factor": [1.0, 2.0],
        "pixels": [500, 600],
    }
)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ("measured", [(0.2, 2.0, 600.0), (0.1, 1.0, 700.0), (None, None, None)]),
        ("published", [(0.5, 9.0, 600.0), (0.1, 1.0, 700.0), (0.3, 3.0, None)]),
    ],
)
def test_sizes_are_measured_or_as_published_in_the_order_of_the_records(sizes, expected):
    packages = [pl.Series(["A", "B"])]
    found = release_columns(RECORDS, BOXES, packages, sizes)
    sized = found.select("area_fraction", "scale_factor", "image_measurement_value")
    assert sized.rows() == expected
    assert found["chunk"].to_list() == [None] * 3
    assert found["released"].to_list() == [True, True, False]


def test_without_boxes_the_sizes_are_those_of_the_source():
    found = release_columns(RECORDS, None, [])
    assert found["area_fraction"].to_list() == [0.5, None, 0.3]


def test_batches_hold_the_released_records_in_order_with_their_places(tmp_path: Path):
    RECORDS.write_parquet(tmp_path / "records.parquet")
    places = pl.DataFrame({"processid": ["A", "B"], "shard": [1, 0], "row": [4, 2]})
    places.write_parquet(tmp_path / "index.parquet")
    released = read_released(tmp_path / "records.parquet", None, [tmp_path / "index.parquet"])
    (batch,) = read_batches(released, tmp_path / "index.parquet")
    assert batch.select("processid", "shard", "row").rows() == [("B", 0, 2), ("A", 1, 4)]


def test_splits_are_counted_in_the_order_of_the_paper():
    splits = ["val", None, "pretrain", "val"]
    assert list(splits_of(pl.LazyFrame({"split": splits})).items()) == [
        ("pretrain", 1), ("val", 2), (None, 1),
    ]  # fmt: skip


def test_sizes_in_mm_follow_from_the_boxes(tmp_path: Path):
    boxes = pl.DataFrame({"processid": ["A"], "x0": [0], "y0": [0], "x1": [20], "y1": [10]})
    boxes.write_parquet(tmp_path / "boxes.parquet")
    found = with_sizes_mm(RECORDS.lazy(), tmp_path / "boxes.parquet", 0.1).collect()
    assert found["processid"].to_list() == ["B", "A", "C"]
    assert found["box_length_mm"].to_list() == [None, 2.0, None]
    assert found["area_mm2"].to_list() == [None, pytest.approx(7.0), None]
