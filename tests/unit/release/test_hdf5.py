"""HDF5 in the layouts of 1M and of CLIBD: what was packed comes out, and ingest reads it."""

import time
from pathlib import Path

import h5py
import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.core.image_index import read_images
from bioscan.core.pack import PackReader
from bioscan.core.records import SCHEMA
from bioscan.ingest.hdf5 import list_hdf5
from bioscan.ingest.notes import Notes
from bioscan.release.hdf5 import GROUPS, TEXTS, write_bioscan1m_hdf5, write_clibd_hdf5
from tests.unit.core.packs import write_pack
from tests.unit.release.exported import Run


def test_1m_has_a_dataset_for_each_image(of_1m: Run, tmp_path: Path):
    with h5py.File(of_1m.export_hdf5(tmp_path / "cropped_256.hdf5")) as file:
        assert list(file) == ["bioscan_dataset"]
        found = {name: data[...].tobytes() for name, data in file["bioscan_dataset"].items()}
    names = of_1m.released.select("image_file", "processid").rows()
    assert found == {image_file: of_1m.jpegs[processid] for image_file, processid in names}


def test_5m_has_a_group_for_each_split(of_5m: Run, tmp_path: Path):
    released = of_5m.released
    with h5py.File(of_5m.export_hdf5(tmp_path / "5m.hdf5")) as file:
        for name, split in GROUPS.items():
            expected = released.filter(split=split)
            group = file[name]
            assert set(group) == {"image", "image_mask", *TEXTS}
            assert [text.decode() for text in group["processid"]] == expected["processid"].to_list()
            assert [text.decode() for text in group["barcode"]] == expected["dna_barcode"].to_list()
            species = expected["species"].fill_null("not_classified").to_list()
            assert [text.decode() for text in group["species"]] == species
            for row, processid in enumerate(expected["processid"]):
                jpeg = of_5m.jpegs[processid]
                assert group["image_mask"][row] == len(jpeg)
                padded = group["image"][row].tobytes()
                assert padded == jpeg.ljust(len(padded), b"\0")


@pytest.mark.parametrize(
    ("view", "splits"),
    [("all_keys", ["train", "key_unseen"]), ("no_split_and_seen_train", ["pretrain", "train"])],
)
def test_groups_that_repeat_others_are_views(of_5m: Run, tmp_path: Path, view, splits):
    path = of_5m.export_hdf5(tmp_path / "5m.hdf5")
    expected = pl.concat(of_5m.released.filter(split=split) for split in splits)
    # Under another name, as after a download.
    with h5py.File(path.rename(tmp_path / "elsewhere.hdf5")) as file:
        group = file[view]
        assert all(dataset.is_virtual for dataset in group.values())
        assert [text.decode() for text in group["processid"]] == expected["processid"].to_list()
        last = expected["processid"][-1]
        jpeg = group["image"][-1, : group["image_mask"][-1]].tobytes()
        assert jpeg == of_5m.jpegs[last]


@pytest.mark.parametrize("format", ["1m", "5m"])
def test_equal_releases_have_equal_bytes_whenever_they_are_made(request, tmp_path: Path, format):
    run: Run = request.getfixturevalue(f"of_{format}")
    before = run.export_hdf5(tmp_path / "before.hdf5").read_bytes()
    time.sleep(1.1)  # HDF5 would note the second
    assert run.export_hdf5(tmp_path / "after.hdf5").read_bytes() == before


def test_padding_takes_no_space(tmp_path: Path):
    write_pack(tmp_path / "0000.h5", "cropped", [("A", bytes(range(200)))], {})
    row = dict.fromkeys(SCHEMA) | {"processid": "A", "split": "val", "shard": 0, "row": 0}
    batch = pl.DataFrame([row], schema=SCHEMA | {"shard": pl.UInt32, "row": pl.UInt32})
    widths = dict.fromkeys(TEXTS, 5) | {"image": 30_000}
    packs = PackReader([tmp_path / "0000.h5"])
    write_clibd_hdf5([batch], packs, {"val": 1}, widths, tmp_path / "out.hdf5")
    with h5py.File(tmp_path / "out.hdf5") as file:
        assert list(file) == ["val_seen"]
        image = file["val_seen/image"]
        assert image.shape == (1, 30_000)
        assert image.id.get_storage_size() < 400


def test_ingest_reads_it_again(run: Run, tmp_path: Path):
    index = list_hdf5(run.export_hdf5(tmp_path / "a.hdf5"), Notes())
    assert index["reason"].null_count() == index.height == run.released.height
    key = "image_file" if run.format == "bioscan1m" else "processid"
    by_file = {
        record[key] if key == "image_file" else f"{record[key]}.jpg": record["processid"]
        for record in run.released.iter_rows(named=True)
    }
    rows = index.with_columns(
        processid=pl.col("image_file").replace_strict(by_file, return_dtype=pl.String)
    )
    assert dict(read_images(rows)) == {p: run.jpegs[p] for p in run.released["processid"]}


def test_two_images_of_one_name_are_one_clear_line(tmp_path: Path):
    write_pack(tmp_path / "0000.h5", "cropped", [("A", b"a"), ("B", b"b")], {})
    rows = pl.DataFrame({"image_file": ["x.jpg", "x.jpg"], "shard": [0, 0], "row": [0, 1]})
    with pytest.raises(InputError, match=r"^out\.hdf5: two images are called 'x\.jpg'"):
        write_bioscan1m_hdf5([rows], PackReader([tmp_path / "0000.h5"]), tmp_path / "out.hdf5")
    assert not (tmp_path / "out.hdf5").exists()
