"""Images of a published package, packed as they are."""

import zlib
from pathlib import Path

import h5py
import numpy as np
import polars as pl

from bioscan.core.images import encode
from bioscan.core.pack import PackReader
from bioscan.image.copying import describe_copies, usable_images
from scripts.image.copy_package import copy_package
from tests.unit.core.indexed import write_images


def jpeg(grey: int) -> bytes:
    return encode(np.full((64, 80, 3), grey, np.uint8), 90)


def copy(folder: Path, shards: int = 1, shard: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The contents and the quarantine of a shard."""
    copy_package(
        index=folder / "images.parquet",
        package="cropped_256",
        shards=shards,
        shard=shard,
        pack=folder / f"{shard}.h5",
        contents=folder / "contents.parquet",
        quarantine=folder / "quarantine.parquet",
    )
    return tuple(pl.read_parquet(folder / f"{n}.parquet") for n in ("contents", "quarantine"))


def test_images_are_copied_to_the_byte(tmp_path):
    images = {f"A{n}": jpeg(20 * n) for n in range(5)}
    write_images(tmp_path, images)
    reader, found = PackReader([tmp_path / "0.h5", tmp_path / "1.h5"]), {}
    for shard in (0, 1):
        contents, quarantine = copy(tmp_path, shards=2, shard=shard)
        assert quarantine.is_empty()
        for package, processid, row, crc in contents.iter_rows():
            assert package == "cropped_256"
            assert reader.processid(shard, row) == processid
            found[processid] = reader.read(shard, row)
            assert zlib.crc32(found[processid]) == crc
    assert found == images


def test_images_that_cannot_be_used_are_set_aside_with_their_reason(tmp_path):
    whole = jpeg(90)
    index = write_images(tmp_path, {"A0": whole, "A1": whole[:200], "A2": whole})
    # As an archive that was damaged after it was indexed.
    rows = pl.read_parquet(index).with_columns(
        crc=pl.when(pl.col("processid") == "A2").then(pl.lit(1, pl.UInt32))
    )
    rows.write_parquet(index)
    contents, quarantine = copy(tmp_path)
    assert contents["processid"].to_list() == ["A0"]
    assert quarantine["processid"].to_list() == ["A1", "A2"]
    broken, damaged = quarantine["reason"]
    assert broken.startswith("unreadable: ")
    assert damaged == "unreadable: damaged archive member: its checksum differs"


def test_a_pack_names_the_files_that_its_images_come_from(tmp_path):
    write_images(tmp_path, {"B": jpeg(1), "A": jpeg(2)})
    copy(tmp_path)
    with h5py.File(tmp_path / "0.h5") as pack:
        assert pack.attrs["copied_from"] == "A.jpg, B.jpg"
        assert pack.attrs["package"] == "cropped_256"


def test_a_shard_without_images_is_an_empty_pack(tmp_path):
    write_images(tmp_path, {"A": jpeg(1)})
    contents, _ = copy(tmp_path, shards=2, shard=0)
    assert contents.is_empty()
    assert describe_copies(pl.read_parquet(tmp_path / "images.parquet").clear()) == {
        "copied_from": ""
    }


def test_each_image_comes_with_its_bytes_or_a_reason():
    good = jpeg(3)
    assert list(usable_images([("A", good)])) == [("A", good, None)]
    ((processid, data, reason),) = usable_images([("A", b"no image")])
    assert (processid, data) == ("A", None)
    assert reason.startswith("unreadable: ")
