"""Reading and counting records."""

import polars as pl
import pytest

from bioscan.core.records import RANKS, SCHEMA, SPLITS
from bioscan.core.sizes import SIZES_MM
from bioscan.describe.counts import (
    COUNTED_COLUMNS,
    MEASURED_COLUMNS,
    PHOTOGRAPH_COLUMNS,
    count_attributes,
    count_categories,
    count_overlaps,
    photographed,
    read_records,
)


def test_records_are_read_as_categories_and_numbers(tmp_path):
    frame = pl.DataFrame(schema=SCHEMA).clear(3)
    frame = frame.with_columns(
        species=pl.Series(["Aus bus", None, "Aus bus"]), dna_barcode=pl.Series(["AC", "AC", "NAC"])
    )
    frame.write_parquet(tmp_path / "records.parquet")
    read = read_records(tmp_path / "records.parquet")
    assert set(read.columns) == {
        *(name for name in COUNTED_COLUMNS if name in SCHEMA),
        *MEASURED_COLUMNS,
        "dna_barcode",
    }
    assert read["species"].dtype == pl.Categorical
    assert read["species"].to_list() == ["Aus bus", None, "Aus bus"]
    assert read["dna_barcode"].dtype.is_integer()
    one, same, other = read["dna_barcode"]
    assert one == same != other


SIZED = {
    "processid": ["A", "B", "C"],
    "image_measurement_value": [100.0, None, None],
    "area_fraction": [None, 0.5, None],
    "scale_factor": [None, None, None],
}
BOXES = pl.DataFrame(
    {
        "processid": ["B", "A"],
        "x0": [0, 5], "y0": [0, 5], "x1": [40, 25], "y1": [30, 65],
        "pixels": [400, 700],
        "area_fraction": [0.1, 0.2],
        "scale_factor": [1.0, 2.0],
    }
)  # fmt: skip


def test_sizes_that_the_source_lacks_are_those_of_the_boxes(tmp_path):
    blank = pl.DataFrame(schema=SCHEMA).clear(3)
    frame = blank.with_columns(pl.Series(n, v, SCHEMA[n]) for n, v in SIZED.items())
    frame.write_parquet(tmp_path / "records.parquet")
    BOXES.write_parquet(tmp_path / "boxes.parquet")
    read = read_records(tmp_path / "records.parquet", tmp_path / "boxes.parquet", 0.5)
    sizes = read.select(*MEASURED_COLUMNS[2:], *SIZES_MM).rows()
    assert sizes == [
        (100.0, 0.2, 2.0, 30.0, 25.0),  # the box is 60 pixels high
        (400.0, 0.5, 1.0, 20.0, 100.0),
        (None, None, None, None, None),
    ]
    read = read_records(tmp_path / "records.parquet", tmp_path / "boxes.parquet")
    assert not set(SIZES_MM) & set(read.columns)


def test_photographs_are_those_of_the_index(tmp_path):
    frame = pl.DataFrame(schema=SCHEMA).clear(3)
    frame = frame.with_columns(processid=pl.Series(["A", "B", "C"]))
    frame.write_parquet(tmp_path / "records.parquet")
    index = pl.DataFrame({"processid": ["C", "A"], "width": [1024, 768], "height": [768, 576]})
    index.write_parquet(tmp_path / "images.parquet")
    read = read_records(tmp_path / "records.parquet", images=tmp_path / "images.parquet")
    assert read.select("photograph", *PHOTOGRAPH_COLUMNS).rows() == [
        (True, 768, 576),
        (False, None, None),
        (True, 1024, 768),
    ]
    assert photographed(read).height == 2
    # Of published metadata each record has one.
    assert photographed(read_records(tmp_path / "records.parquet")).height == 3


def test_an_attribute_of_two_columns_needs_both():
    frame = pl.DataFrame({"a": [1, 1, 2, None], "b": [1, 1, 1, 1]})
    row = count_attributes(frame, {"both": ["a", "b"]}, decimals=1).row(0, named=True)
    assert (row["categories"], row["labelled"], row["unlabelled"]) == (2, 3, 1)
    assert (row["labelled_percent"], row["imbalance_ratio"]) == (75.0, 2.0)


def test_groups_without_records_have_no_categories():
    frame = pl.DataFrame({rank: ["a", "b"] for rank in RANKS} | {"split": ["train", "train"]})
    counted = count_categories(frame, "split", ["train", "test"])
    assert counted.select("split", "species").rows() == [("train", 2), ("test", 0), ("overall", 2)]


@pytest.mark.parametrize(
    ("first", "second", "shared"), [("train", "train", 2), ("train", "val", 1)]
)
def test_categories_shared_by_splits_are_counted(first, second, shared):
    frame = pl.DataFrame(
        {"genus": ["Aus", "Bus", "Aus", None], "split": ["train", "train", "val", "test"]}
    )
    overlaps = count_overlaps(frame, "genus")
    assert overlaps[SPLITS.index(first), SPLITS.index(second)] == shared
