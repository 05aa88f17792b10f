"""Images are read from packs as they were written, bit for bit."""

import multiprocessing
import os
import pickle
import re
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.core import pack as core_pack
from bioscan.core.errors import InputError
from bioscan.core.pack import BLOCK, PackReader, open_pack, packs_beside
from tests.unit.core.packs import read_processids, write_pack

#: NUL bytes at the end, which HDF5's own strings would lose; and an empty file.
JPEGS = {"A1": b"\xff\xd8one\xff\xd9\x00\x00\x00", "A2": b"", "A3-22": bytes(range(256)) * 9}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "0000.h5"
    write_pack(path, "cropped_256", JPEGS.items(), {"ratio": 1.4, "quality": 75})
    return path


def read_all(path: Path) -> list[bytes]:
    reader = PackReader([path])
    return [reader.read(0, row) for row in range(len(read_processids(path)))]


def test_images_come_back_bit_for_bit(pack: Path):
    assert read_processids(pack) == list(JPEGS)
    assert read_all(pack) == list(JPEGS.values())


@settings(max_examples=25, deadline=None)
@given(images=st.lists(st.tuples(st.from_regex("[A-Z0-9-]{1,9}", fullmatch=True), st.binary())))
def test_any_images_come_back(tmp_path_factory, images: list[tuple[str, bytes]]):
    path = tmp_path_factory.mktemp("packs") / "a.h5"
    write_pack(path, "cropped", images, {})
    assert list(zip(read_processids(path), read_all(path), strict=True)) == images


def test_the_packs_of_an_index_lie_beside_it_in_the_order_of_its_shards(tmp_path: Path):
    index = tmp_path / "index.parquet"
    pl.DataFrame({"shard": [2, 0], "row": [0, 0]}).write_parquet(index)
    (tmp_path / "0007.h5").touch()  # left from more shards
    # The pack of shard 1 is empty and must not shift the others.
    names = ("0000.h5", "0001.h5", "0002.h5")
    assert packs_beside(index) == [tmp_path / name for name in names]


def test_an_empty_index_has_no_packs(tmp_path: Path):
    pl.DataFrame(schema={"shard": pl.UInt32}).write_parquet(tmp_path / "index.parquet")
    assert packs_beside(tmp_path / "index.parquet") == []


def test_a_pack_can_be_empty(tmp_path: Path):
    write_pack(tmp_path / "a.h5", "cropped", [], {})
    assert read_processids(tmp_path / "a.h5") == []
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["jpeg"].shape == (0,)
        assert file["offsets"][:].tolist() == [0]


def test_the_layout_is_as_documented(pack: Path):
    with h5py.File(pack) as file:
        assert dict(file.attrs) == {
            "package": "cropped_256",
            "version": 1,
            "ratio": 1.4,
            "quality": 75,
        }
        assert file["jpeg"].dtype == np.uint8
        assert file["jpeg"].chunks is None  # contiguous
        assert file["offsets"].dtype == np.uint64
        assert file["offsets"][:].tolist() == [0, 10, 10, 2314]


def test_rows_are_read_in_any_order_from_any_pack(tmp_path: Path, pack: Path):
    write_pack(tmp_path / "0001.h5", "cropped_256", [("B1", b"other")], {})
    reader = PackReader([pack, tmp_path / "0001.h5"])
    wanted = [(0, 2), (1, 0), (0, 0), (0, 2)]
    expected = [JPEGS["A3-22"], b"other", JPEGS["A1"], JPEGS["A3-22"]]
    assert [reader.read(*place) for place in wanted] == expected


def test_a_row_beyond_the_pack_is_an_error(pack: Path):
    with pytest.raises(IndexError):
        PackReader([pack]).read(0, 3)
    with pytest.raises(IndexError):
        PackReader([pack]).processid(0, 3)


def test_one_processid_is_read_at_a_time(tmp_path: Path, pack: Path):
    write_pack(tmp_path / "0001.h5", "cropped_256", [("B1-22-Ω", b"other")], {})
    reader = PackReader([pack, tmp_path / "0001.h5"])
    assert [reader.processid(0, row) for row in range(3)] == list(JPEGS)
    assert reader.processid(1, 0) == "B1-22-Ω"


def test_a_chunked_dataset_is_refused(tmp_path: Path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("jpeg", data=np.arange(9, dtype=np.uint8), chunks=(4,))
        file.create_dataset("offsets", data=np.array([0, 9], dtype=np.uint64))
        file.create_dataset("processid", data=np.array([b"A1"]))
    with pytest.raises(InputError, match="not in one piece"):
        PackReader([tmp_path / "a.h5"]).read(0, 0)


def test_a_reader_in_use_can_be_pickled(pack: Path):
    reader = PackReader([pack])
    reader.read(0, 0)
    assert pickle.loads(pickle.dumps(reader)).read(0, 2) == JPEGS["A3-22"]


def test_a_reader_in_use_can_be_forked(pack: Path):
    # As a DataLoader does on Linux.
    reader = PackReader([pack])
    reader.read(0, 0)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(reader.read, (0, 2)) == JPEGS["A3-22"]
    assert reader.read(0, 0) == JPEGS["A1"]


def test_a_reader_opens_nothing_before_it_reads(tmp_path: Path):
    assert PackReader([tmp_path / "none.h5"]).paths == [tmp_path / "none.h5"]


def test_a_pack_that_is_gone_is_named_with_the_way_to_make_it_again(tmp_path: Path):
    with pytest.raises(
        InputError, match=r"0000\.h5: .* it is gone; make it again: snakemake image"
    ):
        PackReader([tmp_path / "0000.h5"]).read(0, 0)


@pytest.mark.parametrize("kind", ["text", "truncated", "other"])
def test_a_file_that_is_not_a_pack_is_named(tmp_path: Path, pack: Path, kind: str):
    path = tmp_path / "bad.h5"
    if kind == "text":
        path.write_text("processid\n")
    elif kind == "truncated":
        path.write_bytes(pack.read_bytes()[:1000])
    elif kind == "other":
        h5py.File(path, "w").close()
    with pytest.raises(InputError, match=r"bad\.h5: not a pack of this workflow"):
        PackReader([path]).read(0, 0)
    with pytest.raises(InputError, match=r"bad\.h5: not a pack of this workflow"):
        PackReader([path]).processid(0, 0)


def test_images_are_copied_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for block in (1, 9, 10, 11, 2314, 2315):
        monkeypatch.setattr(core_pack, "BLOCK", block)
        write_pack(tmp_path / "a.h5", "cropped_256", JPEGS.items(), {})
        assert read_all(tmp_path / "a.h5") == list(JPEGS.values())


def test_writing_holds_no_images_in_memory(tmp_path: Path):
    jpeg = bytes(1 << 20)
    tracemalloc.start()
    try:
        write_pack(tmp_path / "a.h5", "cropped", ((str(n), jpeg) for n in range(128)), {})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * BLOCK < 128 * len(jpeg) / 3


def test_several_packs_are_written_at_once(tmp_path: Path):
    with (
        open_pack(tmp_path / "a.h5", "original_256", {}) as append_a,
        open_pack(tmp_path / "b.h5", "cropped", {}) as append_b,
    ):
        append_a("A1", b"one")
        append_b("A1", b"two")
        append_a("A2", b"three")
        assert not (tmp_path / "a.h5").exists()
    assert read_all(tmp_path / "a.h5") == [b"one", b"three"]
    assert read_all(tmp_path / "b.h5") == [b"two"]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path):
    def interrupted() -> Iterator[tuple[str, bytes]]:
        yield "A1", b"one"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_pack(tmp_path / "a.h5", "cropped", interrupted(), {})
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_at_the_end_leaves_nothing(tmp_path: Path):
    with pytest.raises(TypeError):
        write_pack(tmp_path / "a.h5", "cropped", JPEGS.items(), {"ratio": object()})
    assert list(tmp_path.iterdir()) == []


#: Prints the JPEG of a pack that it writes, and the width of an image in an HDF5 archive.
ON_A_DISK_WITHOUT_LOCKS = """
import fcntl, sys
from pathlib import Path
import h5py, numpy as np
from bioscan.core.images import encode
from bioscan.core.pack import PackReader, open_pack
from bioscan.ingest.hdf5 import list_hdf5
from bioscan.ingest.notes import Notes
from bioscan.core.image_index import read_images

folder = Path(sys.argv[1])
try:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
except OSError:
    print("no locks")
with open_pack(folder / "0000.h5", "cropped", {}) as append:
    append("A1", b"one")
print(PackReader([folder / "0000.h5"]).read(0, 0).decode())
with h5py.File(folder / "images.hdf5", "w", locking=False) as file:
    file["A1.jpg"] = np.frombuffer(encode(np.zeros((24, 32, 3), np.uint8), 75), np.uint8)
found = list_hdf5(folder / "images.hdf5", Notes())
print(found["width"].item(), h5py.is_hdf5(folder / "images.hdf5"))
(_, jpeg), = read_images(found.with_columns(processid="image_file"))
print(len(jpeg) == found["size"].item())
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="no compiler for a disk without locks")
def test_packs_and_archives_need_no_locks(tmp_path: Path):
    source = tmp_path / "locks.c"
    source.write_text(
        "#include <errno.h>\nint flock(int f, int o) { errno = ENOLCK; return -1; }\n"
    )
    library = tmp_path / "locks.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    run = subprocess.run(
        [sys.executable, "-c", ON_A_DISK_WITHOUT_LOCKS, tmp_path],
        env=os.environ | {"LD_PRELOAD": str(library), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert run.stdout.split("\n") == ["no locks", "one", "32 True", "True", ""], run.stderr


def test_no_hdf5_file_is_locked():
    library = Path(core_pack.__file__).parents[1]
    opened = [
        call
        for path in library.rglob("*.py")
        for call in re.findall(r"h5py\.File\([^)]*\)", path.read_text())
    ]
    assert len(opened) >= 4
    assert all("locking=False" in call for call in opened)
