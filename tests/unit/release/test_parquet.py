"""Parquet with the images in it."""

import io
from pathlib import Path

import datasets
import polars as pl
import pyarrow.parquet as pq
import pytest
from PIL import Image

from bioscan.core.pack import PackReader
from bioscan.core.records import SCHEMA
from bioscan.release.fields import fields
from bioscan.release.parquet import ROW_GROUP, write_dataset
from tests.unit.core.packs import write_pack
from tests.unit.release.exported import Run


@pytest.fixture(autouse=True)
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def opened(run: Run, tmp_path: Path) -> datasets.DatasetDict:
    run.export_parquet(tmp_path / "release" / "cropped_256")
    return datasets.load_dataset(str(tmp_path / "release/cropped_256"), cache_dir=tmp_path / "c")


def test_datasets_opens_it_without_a_script(run: Run, tmp_path: Path):
    found = opened(run, tmp_path)
    expected = run.released
    if run.format == "bioscan1m":
        assert list(found) == ["records"]
    else:
        assert set(found) == set(expected["split"])
    seen = {row["processid"]: row for split in found.values() for row in split}
    assert seen.keys() == set(expected["processid"])
    for record in expected.iter_rows(named=True):
        row = seen[record["processid"]]
        # What PIL decodes from the JPEG that was packed.
        packed = Image.open(io.BytesIO(run.jpegs[record["processid"]]))
        assert row["image"].size == (20, 16) and row["image"].tobytes() == packed.tobytes()
        for field in fields(run.format):
            if field.column in ("chunk", "area_fraction", "scale_factor"):
                continue  # made by the release
            if field.column == "image_measurement_value" and record[field.column] is None:
                assert row[field.name] == 1000  # measured
                continue
            assert row[field.name] == record[field.column], field
        if run.format == "bioscan5m":
            assert row["area_fraction"] == pytest.approx(record["index"] / 100 + 0.0001)
            assert row["chunk"] != "x"


def test_the_bytes_are_those_that_were_packed(run: Run, tmp_path: Path):
    for split in opened(run, tmp_path).values():
        for row in split.cast_column("image", datasets.Image(decode=False)):
            assert row["image"]["bytes"] == run.jpegs[row["processid"]]
            # `datasets` keeps the last part of the name.
            assert row["image"]["path"].endswith(".jpg")


def test_splits_are_divided_into_files_and_row_groups(tmp_path: Path):
    count = 3 * ROW_GROUP + 7
    jpegs = [(f"P{n}", bytes([n % 256]) * 100) for n in range(count)]
    write_pack(tmp_path / "0000.h5", "cropped", jpegs, {})
    records = pl.DataFrame({"processid": [name for name, _ in jpegs]}).with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in SCHEMA.items() if name != "processid"
    )
    rows = records.with_columns(
        split=pl.lit("val"), member=pl.lit("a.jpg"), shard=0, row=pl.int_range(count)
    )
    packs = PackReader([tmp_path / "0000.h5"])
    batches = rows.iter_slices(401)
    write_dataset(batches, packs, fields("bioscan5m"), tmp_path / "out", max_bytes=1)
    names = sorted(path.name for path in (tmp_path / "out/data").iterdir())
    assert names == [f"val-{n:05d}-of-00004.parquet" for n in range(4)]
    tables = [pq.read_table(tmp_path / "out/data" / name) for name in names]
    assert [table.num_rows for table in tables] == [ROW_GROUP] * 3 + [7]
    seen = [image["bytes"].as_py() for table in tables for image in table["image"]]
    assert seen == [jpeg for _, jpeg in jpegs]
    # Nothing is left beside it.
    assert {path.name for path in tmp_path.iterdir()} == {"0000.h5", "out"}
