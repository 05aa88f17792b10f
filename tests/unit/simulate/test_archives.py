"""Simulated archives look like the published ones, and their annotations match the images."""

import hashlib
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pycocotools import mask as coco_mask

from bioscan.core.formats import Format
from bioscan.core.images import decode
from bioscan.core.records import SPLITS
from bioscan.simulate.archives import (
    annotation,
    photograph_specimens,
    specimens,
    write_annotated,
    write_zip,
)
from bioscan.simulate.community import Community
from bioscan.simulate.conditions import CONDITION_RATES
from bioscan.simulate.records import simulate
from bioscan.simulate.settings import WellSettings

SIZE = (128, 96)
COMMUNITY = Community(
    specimens=300, seed=3, species=40, labelled={"genus": 0.8, "species": 0.7}, part_size=120
)


# ---- members


def members(format: Format) -> list[str]:
    return specimens(COMMUNITY, format)["member"].to_list()


def test_members_of_1m_lie_in_numbered_parts():
    # bioscan/images/original_full/part{chunk_number}/{image_file}
    pattern = r"bioscan/images/original_full/part(\d)/BIOUG\d+-[A-H]\d\d\.jpg"
    parts = [int(re.fullmatch(pattern, member)[1]) for member in members("bioscan1m")]
    assert parts == [1] * 120 + [2] * 120 + [3] * 60


def test_members_of_5m_lie_by_split_and_chunk():
    # bioscan5m/images/{imgtype}/{split}/{chunk}/{processid}.jpg, the chunk from MD5
    digits = {"pretrain": 2, "train": 1, "other_heldout": 1}
    seen = set()
    for member in members("bioscan5m"):
        *front, name = member.split("/")
        split, *chunk = front[3:]
        assert front[:3] == ["bioscan5m", "images", "original_full"]
        checksum = hashlib.md5(name.removesuffix(".jpg").encode()).hexdigest()
        assert chunk == ([checksum[: digits[split]]] if split in digits else [])
        seen.add(split)
    assert seen <= set(SPLITS)
    assert {"pretrain", "train", "test"} <= seen


@pytest.mark.parametrize("format", ["bioscan1m", "bioscan5m"])
def test_each_record_has_a_member_of_its_own(format: Format):
    rows = specimens(COMMUNITY, format)
    names = [Path(member).name for member in rows["member"]]
    frame = pl.concat(simulate(COMMUNITY, format))
    files = frame["image_file"] if format == "bioscan1m" else frame["processid"] + ".jpg"
    assert names == files.to_list()
    assert len(set(names)) == 300
    assert rows["position"].to_list() == list(range(300))


def test_only_specimens_with_a_photograph_have_a_member_and_their_positions_stay():
    everyone = specimens(COMMUNITY, "bioscan5m")
    some = specimens(replace(COMMUNITY, photographs=80), "bioscan5m")
    assert some.height == 80
    assert some.equals(everyone.filter(pl.col("position").is_in(some["position"].implode())))


def test_a_specimen_has_the_same_photograph_in_whichever_part():
    rows = specimens(COMMUNITY, "bioscan1m").head(6)
    everything = dict(photograph_specimens(rows, SIZE, CONDITION_RATES, 3))
    part = dict(photograph_specimens(rows.slice(4), SIZE, CONDITION_RATES, 3))
    assert len(part) == 2
    for member, taken in part.items():
        assert np.array_equal(taken.image, everything[member].image)


# ---- zips


def images(count: int) -> list[tuple[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    return [(f"part1/{n}.jpg", rng.integers(0, 256, (30, 40, 3), np.uint8)) for n in range(count)]


def test_a_zip_holds_the_images_stored(tmp_path: Path):
    write_zip(images(3), tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["part1/0.jpg", "part1/1.jpg", "part1/2.jpg"]
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert decode(archive.read("part1/0.jpg")).shape == (30, 40, 3)


def test_a_zip_has_the_same_bytes_whenever_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_zip(images(2), tmp_path / "a.zip")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    write_zip(images(2), tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


# ---- annotated wells


@pytest.fixture(scope="module")
def wells(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    folder = tmp_path_factory.mktemp("wells")
    write_annotated(
        WellSettings(40, 5, SIZE, "release"), folder / "images.zip", folder / "instances.json"
    )
    return json.loads((folder / "instances.json").read_text()), folder / "images.zip"


def test_every_image_is_listed_with_its_size(wells: tuple[dict[str, Any], Path]):
    coco, archive = wells
    with zipfile.ZipFile(archive) as file:
        assert [image["file_name"] for image in coco["images"]] == file.namelist()
        for image in coco["images"]:
            shape = decode(file.read(image["file_name"])).shape
            assert shape == (image["height"], image["width"], 3) == (96, 128, 3)
    assert [image["id"] for image in coco["images"]] == list(range(40))
    assert coco["categories"] == [{"id": 0, "name": "insect"}]


def test_some_wells_are_empty_and_have_no_annotation(wells: tuple[dict[str, Any], Path]):
    coco, _ = wells
    annotated = [annotation["image_id"] for annotation in coco["annotations"]]
    assert len(set(annotated)) == len(annotated)
    # 28 % of the hard photographs are empty: 40 wells, give or take three standard deviations.
    assert 40 * 0.28 - 9 < 40 - len(annotated) < 40 * 0.28 + 9


def test_boxes_bound_their_masks_inside_the_image(wells: tuple[dict[str, Any], Path]):
    for found in wells[0]["annotations"]:
        x, y, width, height = found["bbox"]
        assert 0 <= x < x + width <= SIZE[0]
        assert 0 <= y < y + height <= SIZE[1]
        assert 0 < found["area"] <= width * height
        assert coco_mask.toBbox(found["segmentation"]).tolist() == found["bbox"]


def test_annotations_are_the_masks_and_boxes_of_the_specimens():
    rows = specimens(COMMUNITY, "bioscan5m").head(12)
    for number, (_, taken) in enumerate(
        photograph_specimens(rows, SIZE, {"whole": 1, "fragmented": 1}, 3)
    ):
        found = annotation(number, taken)
        x0, y0, x1, y1 = taken.box
        assert found["bbox"] == [x0, y0, x1 - x0, y1 - y0]
        assert found["area"] == np.count_nonzero(taken.mask)
        assert np.array_equal(coco_mask.decode(found["segmentation"]), taken.mask)


def test_the_specimen_in_the_image_is_where_its_box_is(wells: tuple[dict[str, Any], Path]):
    # Specimens are darker than the pale well around them.
    coco, archive = wells
    darker = []
    with zipfile.ZipFile(archive) as file:
        for found in coco["annotations"]:
            pixels = decode(file.read(coco["images"][found["image_id"]]["file_name"]))
            mask = coco_mask.decode(found["segmentation"])
            darker.append(pixels[mask > 0].mean() < pixels[mask == 0].mean())
    assert np.mean(darker) > 0.8


def test_the_same_seed_gives_the_same_wells(tmp_path: Path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        settings = WellSettings(4, seed, SIZE, "release")
        write_annotated(settings, tmp_path / f"{name}.zip", tmp_path / f"{name}.json")
    a, b, c = ((tmp_path / f"{name}.zip").read_bytes() for name in "abc")
    assert a == b
    assert a != c
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
