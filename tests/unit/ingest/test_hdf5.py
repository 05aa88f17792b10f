"""The published HDF5 files: every image is located, and is read back bit for bit."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.core.image_index import read_images
from bioscan.core.images import BrokenImage, decode, encode
from bioscan.ingest.hdf5 import list_hdf5
from bioscan.ingest.images import HEAD, list_archive
from bioscan.ingest.matching import match_records
from bioscan.ingest.notes import Notes
from scripts.ingest.index_images import list_images

RNG = np.random.default_rng(0)
PIXELS = {f"{n}.jpg": RNG.integers(0, 256, (20 + n, 30, 3), dtype=np.uint8) for n in range(4)}
JPEGS = {name: encode(pixels, 90) for name, pixels in PIXELS.items()}
#: Bytes at the end that a string type would lose.
JPEGS["2.jpg"] += b"\x00\x00"


def read(found: pl.DataFrame) -> dict[str, bytes | BrokenImage]:
    """The images, read by their rows of the index."""
    return dict(read_images(found.with_columns(processid="image_file")))


def reasons(found: pl.DataFrame) -> dict[str, str | None]:
    return dict(found.select("image_file", "reason").iter_rows())


# ---- BIOSCAN-1M: one dataset per image

#: The ways in which the released code writes a JPEG: numbers, or one string.
WAYS: dict[str, Callable[[bytes], np.ndarray]] = {
    "numbers": lambda jpeg: np.frombuffer(jpeg, np.uint8),
    "string": np.asarray,
}


@pytest.mark.parametrize("group", ["/", "bioscan_dataset"])
@pytest.mark.parametrize("way", WAYS)
def test_images_of_1m_are_read_back(tmp_path: Path, group: str, way: str):
    path = tmp_path / "original_256.hdf5"
    with h5py.File(path, "w") as file:
        for name, jpeg in JPEGS.items():
            file.require_group(group).create_dataset(name, data=WAYS[way](jpeg))
    found = list_hdf5(path, Notes())
    assert found.schema == list_archive(tmp_path / "original_256.hdf5", Notes()).schema
    assert found.select("image_file", "width", "height", "reason").rows() == [
        (name, 30, 20 + n, None) for n, name in enumerate(JPEGS)
    ]
    assert read(found) == JPEGS


@pytest.mark.parametrize("options", [{}, {"chunks": (7, 9, 3), "compression": "gzip"}])
def test_pixels_of_1m_are_read_back(tmp_path: Path, options: dict):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        for name, pixels in PIXELS.items():
            file.create_dataset(name, data=pixels, **options)
    found = list_hdf5(tmp_path / "a.hdf5", Notes())
    assert found.select("width", "height").rows() == [(30, 20 + n) for n in range(4)]
    for name, png in read(found).items():
        assert np.array_equal(decode(png), PIXELS[name])


def test_a_long_header_is_read_to_its_end(tmp_path: Path):
    jpeg = JPEGS["0.jpg"]
    segment = b"\xff\xe1" + (HEAD + 102).to_bytes(2, "big") + bytes(HEAD + 100)
    long = jpeg[:2] + segment + jpeg[2:]
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["a.jpg"] = np.frombuffer(long, np.uint8)
    found = list_hdf5(tmp_path / "a.hdf5", Notes())
    assert found.select("width", "height", "reason").row(0) == (30, 20, None)
    assert read(found) == {"a.jpg": long}


def test_a_dataset_that_is_no_image_costs_only_itself(tmp_path: Path):
    path = tmp_path / "a.hdf5"
    (tmp_path / "secret").write_bytes(JPEGS["1.jpg"])
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.frombuffer(JPEGS["1.jpg"], np.uint8)
    size = len(JPEGS["1.jpg"])
    with h5py.File(path, "w") as file:
        file["good.jpg"] = np.frombuffer(JPEGS["0.jpg"], np.uint8)
        file["text.jpg"] = np.frombuffer(b"processid", np.uint8)
        file["empty.jpg"] = np.zeros(0, np.uint8)
        file["floats.jpg"] = np.zeros((2, 2, 3))
        file["any.jpg"] = "a string of any length"
        file["group.jpg/x"] = 1
        file["soft.jpg"] = h5py.SoftLink("/good.jpg")
        file["link.jpg"] = h5py.ExternalLink("other.h5", "/x")
        file.create_dataset(
            "outside.jpg", (size,), "uint8", external=[(str(tmp_path / "secret"), 0, size)]
        )
        file.create_dataset("bomb.jpg", (20_000, 20_000, 3), "uint8", compression="gzip")
        file["notes"] = "skipped"
    found = reasons(list_hdf5(path, Notes()))
    assert set(found) == set(h5py.File(path)) - {"notes"}
    assert found.pop("good.jpg") is None
    assert found == {
        "text.jpg": "not a photograph",
        "empty.jpg": "empty file",
        "floats.jpg": "not a photograph: float64, shape (2, 2, 3)",
        "any.jpg": "not a photograph: object, shape ()",
        "group.jpg": "not a dataset of this file",
        "soft.jpg": "not a dataset of this file",
        "link.jpg": "not a dataset of this file",
        "outside.jpg": "its bytes are in another file",
        "bomb.jpg": "too large: 1200000000 bytes, at most 200000000",
    }


def test_damaged_bytes_cost_only_themselves(tmp_path: Path):
    path = tmp_path / "a.hdf5"
    with h5py.File(path, "w") as file:
        for name, pixels in PIXELS.items():
            file.create_dataset(name, data=pixels, chunks=True, fletcher32=True)
        damaged = file["1.jpg"].id.get_chunk_info(0).byte_offset
    found = list_hdf5(path, Notes())
    data = bytearray(path.read_bytes())
    data[damaged] ^= 1
    path.write_bytes(data)
    after = read(found)
    assert isinstance(after.pop("1.jpg"), BrokenImage)
    assert reasons(list_hdf5(path, Notes()))["1.jpg"].startswith("damaged HDF5")
    for name, png in after.items():
        assert np.array_equal(decode(png), PIXELS[name])


@pytest.mark.parametrize("keep", [100, 5000])
def test_a_truncated_file_is_one_row_with_the_reason(tmp_path: Path, keep: int):
    path = tmp_path / "a.hdf5"
    with h5py.File(path, "w") as file:
        for name, pixels in PIXELS.items():
            file[name] = pixels
    path.write_bytes(path.read_bytes()[:keep])
    found = list_hdf5(path, Notes())
    assert found.height == 1
    assert found["reason"][0].startswith("not a readable HDF5 file")


# ---- CLIBD: padded rows


def write_rows(group: h5py.Group, jpegs: dict[str, bytes], **ids: list[str]) -> None:
    """Write a group of CLIBD: resizable, in chunks that cut through the rows, as the released code
    does."""
    rows = np.zeros((len(jpegs), 6000), np.uint8)
    for row, jpeg in zip(rows, jpegs.values(), strict=True):
        row[: len(jpeg)] = np.frombuffer(jpeg, np.uint8)
    group.create_dataset("image", data=rows, maxshape=(None, 6000), chunks=(3, 700))
    group.create_dataset("image_mask", data=[len(jpeg) for jpeg in jpegs.values()])
    for name, values in ids.items():
        group[name] = np.array(values, dtype="S")


#: More than are read at a time.
MANY = {f"P{n}-21": JPEGS[f"{n % 4}.jpg"] for n in range(600)}


def test_rows_of_clibd_are_read_back(tmp_path: Path):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        write_rows(file.create_group("val_seen"), MANY, processid=list(MANY))
        file["val_seen/barcode"] = np.array(["ACGT"] * 600, dtype="S")
    found = list_hdf5(tmp_path / "a.hdf5", Notes())
    assert found["image_file"].to_list() == [f"{name}.jpg" for name in MANY]
    assert found["height"].to_list() == [20 + n % 4 for n in range(600)]
    assert read(found) == {f"{name}.jpg": jpeg for name, jpeg in MANY.items()}


@pytest.mark.parametrize(
    ("written", "image_file"),
    [
        ("AACTA161-20.1024px.jpg", "AACTA161-20.jpg"),  # 5M
        ("BIOUG73231-D12.jpg", "BIOUG73231-D12.jpg"),  # 1M
        ("../../etc/a.jpg", "a.jpg"),
    ],
)
def test_rows_of_clibd_have_the_name_of_their_image_file(tmp_path: Path, written, image_file):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        one = {"A": JPEGS["0.jpg"]}
        write_rows(file.create_group("a"), one, processid=["A1-20"], image_file=[written])
    assert list_hdf5(tmp_path / "a.hdf5", Notes())["image_file"].to_list() == [image_file]


def test_rows_in_several_groups_count_once(tmp_path: Path):
    first = {"A": JPEGS["0.jpg"], "B": b"", "C": JPEGS["1.jpg"], "A again": JPEGS["0.jpg"]}
    second = {"B": JPEGS["2.jpg"], "A": JPEGS["3.jpg"], "D": JPEGS["3.jpg"]}
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        write_rows(file.create_group("all_keys"), first, processid=["A", "B", "C", "A"])
        write_rows(file.create_group("train"), second, processid=list(second))
    found = list_hdf5(tmp_path / "a.hdf5", Notes())
    rows = [("A", None), ("B", "empty file"), ("C", None), ("A", None), ("B", None), ("D", None)]
    assert found.select("image_file", "reason").rows() == [(f"{a}.jpg", b) for a, b in rows]
    # A row that is repeated within one group is left to `match_records`.
    assert read(found.filter(pl.col("reason").is_null()))["B.jpg"] == JPEGS["2.jpg"]


@pytest.mark.parametrize("length", [-1, 6001])
def test_an_impossible_length_costs_only_its_row(tmp_path: Path, length: int):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        write_rows(file.create_group("a"), JPEGS, processid=list("abcd"))
        file["a/image_mask"][1] = length
    found = reasons(list_hdf5(tmp_path / "a.hdf5", Notes()))
    assert found == dict.fromkeys(("a.jpg", "c.jpg", "d.jpg")) | {
        "b.jpg": f"{length} bytes long, in a row of 6000"
    }


@pytest.mark.parametrize("fault", ["names", "lengths", "type", "none"])
def test_datasets_that_do_not_match_are_named(tmp_path: Path, fault: str):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        write_rows(file.create_group("val"), JPEGS, processid=list("abcd"))
        replaced = {
            "names": ("processid", np.array([b"a"])),
            "lengths": ("image_mask", np.zeros(3, int)),
            "type": ("image", np.zeros((4, 9))),
            "none": ("processid", None),
        }
        name, data = replaced[fault]
        del file["val"][name]
        if data is not None:
            file["val"][name] = data
    with pytest.raises(InputError, match=r"a\.hdf5: group /val: expected image \(N, W\)"):
        list_hdf5(tmp_path / "a.hdf5", Notes())


# ---- in the image index


def test_hdf5_files_and_zips_are_indexed_together(tmp_path: Path):
    # The content decides on the format, not the name.
    with h5py.File(tmp_path / "a.zip", "w") as file:
        file["0.jpg"] = np.frombuffer(JPEGS["0.jpg"], np.uint8)
        write_rows(file.create_group("val"), {"1": JPEGS["1.jpg"]}, processid=["1"])
    with zipfile.ZipFile(tmp_path / "b.hdf5", "w") as packed:
        packed.writestr("part1/2.jpg", JPEGS["2.jpg"])
    found = pl.concat(list_images(tmp_path / name)[0] for name in ("a.zip", "b.hdf5"))
    records = pl.DataFrame({"processid": list("ABC"), "image_file": ["2.jpg", "1.jpg", "0.jpg"]})
    index, quarantined = match_records(found, records, Notes(), "images")
    assert quarantined.height == 0
    expected = [("C", JPEGS["0.jpg"]), ("B", JPEGS["1.jpg"]), ("A", JPEGS["2.jpg"])]
    assert list(read_images(index)) == expected
    assert list(read_images(index.reverse())) == expected[::-1]
