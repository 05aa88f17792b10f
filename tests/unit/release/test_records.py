"""The released records, and the columns that a release adds."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bioscan.core.errors import InputError
from bioscan.core.formats import Format
from bioscan.release import records
from bioscan.release.records import (
    BOX_SIZES,
    is_released,
    read_batches,
    read_released,
    release_columns,
    require_parts,
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


def test_batches_hold_the_released_records_in_order_with_their_places(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(records, "READ", 20)
    monkeypatch.setattr(records, "BATCH", 7)
    names = [f"P{n}" for n in range(100)]
    table = pl.DataFrame({"processid": names, "split": "val"}).with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in (*BOX_SIZES, "image_measurement_value")
    )
    table.write_parquet(tmp_path / "records.parquet", row_group_size=9)
    # Every third image is missing, and the others are packed in the reverse order.
    packed = [n for n in reversed(range(100)) if n % 3]
    index = tmp_path / "index.parquet"
    places = {"processid": [f"P{n}" for n in packed], "shard": packed, "row": range(len(packed))}
    pl.DataFrame(places).write_parquet(index)
    given = ("bioscan5m", tmp_path / "records.parquet", None, [index], "measured", index)
    batches = list(read_batches(*given))
    # 13 or 14 of 20 records are released.
    assert [batch.height for batch in batches] == [7, 6] * 2 + [7, 7] + [7, 6] * 2
    found = pl.concat(batches)
    assert_frame_equal(found, read_released(*given).collect())
    assert found.select("processid", "shard", "row").rows() == [
        (f"P{n}", n, packed.index(n)) for n in range(100) if n % 3
    ]


@pytest.mark.parametrize(
    ("format", "column", "fault"),
    [
        (
            "bioscan5m",
            "split",
            "2 record(s) lack split, by which released images are named (processid 'B', 'C'); add "
            "them to the source, or set partition.method to recompute",
        ),
        (
            "bioscan1m",
            "image_part",
            "2 record(s) lack image_file or image_part, by which released images are named "
            "(processid 'B', 'C'); add image_file and chunk_number to the source",
        ),
    ],
)
def test_images_that_cannot_be_named_are_one_clear_line_in_every_format(
    tmp_path: Path, format: Format, column: str, fault: str
):
    path, index = tmp_path / "records.parquet", tmp_path / "index.parquet"
    named = RECORDS.with_columns(image_file=pl.lit("a.jpg"), image_part=1)
    bare = pl.when(pl.col("processid") == "A").then(column)
    named.with_columns(bare.alias(column)).write_parquet(path)
    RECORDS.select("processid").write_parquet(index)
    with pytest.raises(InputError) as error:
        read_released(format, path, None, [index])
    assert str(error.value) == f"{path}: {fault}"
    # One that is not released needs no name, nor do records alone.
    pl.DataFrame({"processid": ["A"]}).write_parquet(index)
    assert read_released(format, path, None, [index]).collect().height == 1
    assert read_released(format, path, None, []).collect().height == 3


def test_parts_beyond_the_zips_are_one_clear_line():
    parts = pl.LazyFrame({"processid": ["A", "B", "C"], "image_part": [2, 3, 0]})
    require_parts(parts.head(1), 2, Path("r.parquet"))
    with pytest.raises(InputError) as error:
        require_parts(parts, 2, Path("r.parquet"))
    assert str(error.value) == (
        "r.parquet: 2 record(s) lie in none of the parts 1 to 2 (processid 'B' in part 3, 'C' in "
        "part 0); set `archives` of the dataset to the number of parts"
    )


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
