"""Archives of images, as published."""

import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.core.published import chunks
from bioscan.release.archives import (
    write_archive,
    write_bioscan1m_table,
    write_boxes,
)
from tests.unit.release.exported import Run


def test_members_lie_in_the_published_folders(run: Run, tmp_path: Path):
    with zipfile.ZipFile(run.export(tmp_path / "a.zip")) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    expected = {}
    for record in run.released.iter_rows(named=True):
        processid = record["processid"]
        if run.format == "bioscan1m":
            name = f"bioscan/images/cropped_256/part{record['image_part']}/{record['image_file']}"
        else:
            (chunk,) = chunks(pl.Series([processid]), pl.Series([record["split"]]))
            folder = f"{record['split']}/{chunk}" if chunk else record["split"]
            name = f"bioscan5m/images/cropped_256/{folder}/{processid}.jpg"
        expected[name] = run.jpegs[processid]
    # In the order of the packs.
    assert list(found.items()) == list(expected.items())


def test_images_are_stored_with_a_fixed_date_and_readable_by_all(run: Run, tmp_path: Path):
    with zipfile.ZipFile(run.export(tmp_path / "a.zip")) as archive:
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr >> 16 == 0o644


def test_memory_does_not_grow_with_the_images(tmp_path: Path):
    tracemalloc.start()
    try:
        write_archive(((f"{n}.jpg", bytes(1 << 20)) for n in range(100)), tmp_path / "a.zip")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "a.zip").stat().st_size > 100 << 20
    assert peak < 4 << 20


def test_an_interrupted_export_leaves_nothing(tmp_path: Path):
    def interrupted() -> Iterator[tuple[str, bytes]]:
        yield "a.jpg", b"one"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_archive(interrupted(), tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_would_be_divided_is_one_clear_line(tmp_path: Path):
    table = pl.LazyFrame({"name": ["Diptera", "a\tb"], "uri": ['"x"', None]})
    with pytest.raises(InputError) as error:
        write_bioscan1m_table(table, tmp_path / "m.tsv")
    assert str(error.value) == (
        "m.tsv: column(s) name hold a tab or a line end, which this format cannot; replace them in "
        "the source"
    )
    write_bioscan1m_table(table.head(1), tmp_path / "m.tsv")
    assert (tmp_path / "m.tsv").read_text() == 'name\turi\nDiptera\t"x"\n'


def test_boxes_of_released_records_are_written_in_their_order(tmp_path: Path):
    (tmp_path / "boxes.tsv").write_text("processid\tx0\nB\t2\nA\t1\nC\t3\n")
    for name, processids in (("one", ["A", "B"]), ("two", ["A", "B", "C"])):
        pl.DataFrame({"processid": processids}).write_parquet(tmp_path / name)
    write_boxes(tmp_path / "boxes.tsv", [tmp_path / "one", tmp_path / "two"], tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_text() == "processid\tx0\nB\t2\nA\t1\n"
