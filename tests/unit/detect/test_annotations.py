"""COCO files, and images as DETR's samples."""

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from pycocotools import mask as coco_mask

from bioscan.core.errors import InputError
from bioscan.detect.annotations import AnnotatedImages, read_coco
from bioscan.detect.model import Scaling

#: Two wells of 80 × 60 pixels; the second is empty.
COCO = {
    "images": [
        {"id": 7, "file_name": "full.jpg", "width": 80, "height": 60},
        {"id": 3, "file_name": "empty.jpg", "width": 80, "height": 60},
    ],
    "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [20, 12, 40, 30]}],
    "categories": [{"id": 1, "name": "insect"}],
}
SMALL = Scaling(shortest=30, longest=100)
#: The insect of the first well, as a mask.
INSECT = np.zeros((60, 80), np.uint8)
INSECT[12:42, 20:60] = 1
CODE = coco_mask.encode(np.asfortranarray(INSECT))


@pytest.fixture
def coco(tmp_path) -> Path:
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(COCO))
    return path


@pytest.fixture
def images(well) -> dict[str, bytes]:
    return {"full.jpg": well((80, 60), (20, 12, 40, 30)), "empty.jpg": well((80, 60))}


@pytest.fixture(params=["zip", "folder"])
def source(request, tmp_path, images) -> Path:
    path = tmp_path / f"images_{request.param}"
    if request.param == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in images.items():
                archive.writestr(name, data)
    else:
        path.mkdir()
        for name, data in images.items():
            (path / name).write_bytes(data)
    return path


def test_wells_without_a_box_are_kept(coco):
    full, empty = read_coco(coco)
    assert (full.file_name, full.size) == ("full.jpg", (80, 60))
    assert full.boxes.tolist() == [[20, 12, 40, 30]]
    assert (empty.file_name, empty.boxes.shape) == ("empty.jpg", (0, 4))


def test_all_boxes_of_an_image_are_read(coco):
    twice = {**COCO, "annotations": [*COCO["annotations"], {"image_id": 7, "bbox": [0, 0, 1, 2]}]}
    coco.write_text(json.dumps(twice))
    assert read_coco(coco)[0].boxes.tolist() == [[20, 12, 40, 30], [0, 0, 1, 2]]


@pytest.mark.parametrize(
    "segmentation",
    [
        [[20, 12, 60, 12, 60, 42, 20, 42]],  # a polygon by its corners
        # Two that make it up.
        [[20, 12, 40, 12, 40, 42, 20, 42], [40, 12, 60, 12, 60, 42, 40, 42]],
        {"size": [60, 80], "counts": CODE["counts"].decode()},
        # Down the columns: 20 of 60 pixels and 12 more, then 30 of each 60.
        {"size": [60, 80], "counts": [20 * 60 + 12, *[30, 30] * 39, 30, 18 + 20 * 60]},
    ],
    ids=["polygon", "polygons", "compressed", "run lengths"],
)
def test_boxes_are_derived_from_masks(coco, segmentation):
    note = {"image_id": 7, "segmentation": segmentation}
    coco.write_text(json.dumps({**COCO, "annotations": [note]}))
    full = read_coco(coco)[0]
    assert full.boxes.tolist() == [[20, 12, 40, 30]]
    assert np.array_equal(coco_mask.decode(full.masks[0]), INSECT)


def test_a_box_that_is_given_holds(coco):
    note = {**COCO["annotations"][0], "bbox": [1, 2, 3, 4], "segmentation": masked()}
    coco.write_text(json.dumps({**COCO, "annotations": [note]}))
    assert read_coco(coco)[0].boxes.tolist() == [[1, 2, 3, 4]]


def masked() -> dict:
    return {"size": [60, 80], "counts": CODE["counts"].decode()}


@pytest.fixture
def coco_of_masks(coco) -> Path:
    coco.write_text(
        json.dumps({**COCO, "annotations": [{"image_id": 7, "segmentation": masked()}]})
    )
    return coco


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(InputError) as error:
        read_coco(tmp_path / "none.json")
    assert str(error.value) == f"{tmp_path / 'none.json'}: No such file or directory"


@pytest.mark.parametrize(
    "text",
    [
        '{"images": [',
        "[]",
        '{"images": []}',
        '{"images": [{"id": 1}], "annotations": []}',
        json.dumps({**COCO, "annotations": [{"image_id": 99, "bbox": [0, 0, 1, 1]}]}),
        json.dumps({**COCO, "annotations": [{"image_id": 7, "bbox": [0, 0, 1]}]}),
        json.dumps({**COCO, "annotations": [{"image_id": 7}]}),
        json.dumps({**COCO, "annotations": [{"image_id": 7, "segmentation": [[]]}]}),
        json.dumps({**COCO, "annotations": [{"image_id": 7, "segmentation": [[1, 2, 3]]}]}),
        json.dumps({**COCO, "annotations": [{"image_id": 7, "segmentation": {"size": [1]}}]}),
        "\0\xff",
    ],
)
def test_another_file_than_coco_is_one_clear_line(coco, text):
    coco.write_text(text, encoding="latin-1")
    with pytest.raises(InputError) as error:
        read_coco(coco)
    assert str(error.value).startswith(f"{coco}: not a COCO annotation file")
    assert "\n" not in str(error.value)


def test_boxes_become_centre_and_size_in_fractions(coco, source):
    pixels, labels = AnnotatedImages([(coco, source)], SMALL)[0]
    assert pixels.shape == (3, 30, 40)
    # Centre (40, 27) and size (40, 30) of 80 × 60.
    np.testing.assert_allclose(labels["boxes"], [[0.5, 0.45, 0.5, 0.5]])
    assert labels["class_labels"].tolist() == [0]
    assert labels["boxes"].dtype == torch.float32
    assert labels["class_labels"].dtype == torch.int64


def test_the_box_lies_on_the_insect(coco, source):
    pixels, _ = AnnotatedImages([(coco, source)], SMALL)[0]
    dark = pixels.mean(0) < 0
    ys, xs = torch.nonzero(dark, as_tuple=True)
    # At half the size: 10 to 30 across, 6 to 21 down.
    assert (xs.min(), xs.max() + 1, ys.min(), ys.max() + 1) == (10, 30, 6, 21)


def test_an_empty_well_has_no_box(coco, source):
    _, labels = AnnotatedImages([(coco, source)], SMALL)[1]
    assert labels["boxes"].shape == (0, 4)
    assert labels["class_labels"].shape == (0,)


def test_the_mask_lies_on_the_insect(coco_of_masks, source):
    pixels, labels = AnnotatedImages([(coco_of_masks, source)], SMALL)[0]
    assert labels["mask"].shape == (1, 30, 40)
    assert torch.equal(labels["mask"][0] > 0.5, pixels.mean(0) < 0)


def test_a_pixel_that_is_half_covered_is_half_the_insects(coco_of_masks, source):
    quarter = Scaling(shortest=15, longest=100)
    _, labels = AnnotatedImages([(coco_of_masks, source)], quarter)[0]
    # At a quarter of the size the mask ends at row 10.5 and column 15.
    assert labels["mask"][0, 10, 10] == pytest.approx(0.5, abs=0.01)
    assert labels["mask"][0, 9, 10] == 1


def test_boxes_alone_are_refused_where_masks_are_needed(coco, source):
    wells = AnnotatedImages([(coco, source)], SMALL)
    with pytest.raises(InputError, match=r"full\.jpg has a box without a mask"):
        wells.require_masks()


def test_masks_and_empty_wells_are_taken_where_masks_are_needed(coco_of_masks, source):
    AnnotatedImages([(coco_of_masks, source)], SMALL).require_masks()


@pytest.mark.parametrize("row", [0, 1])
def test_without_masks_the_mask_is_empty(coco, source, row):
    _, labels = AnnotatedImages([(coco, source)], SMALL)[row]
    assert labels["mask"].shape == (1, 30, 40)
    assert not labels["mask"].any()


def test_by_default_nothing_is_changed_at_random(coco, source):
    wells = AnnotatedImages([(coco, source)], SMALL)
    assert torch.equal(wells[0, 12345][0], wells[0][0])


def test_an_augmentation_seed_always_changes_an_image_in_the_same_way(coco_of_masks, source):
    wells = AnnotatedImages([(coco_of_masks, source)], SMALL, augment=True)
    before = torch.random.get_rng_state()
    first, again, other = wells[0, 5], wells[0, 5], wells[0, 6]
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1]["mask"], again[1]["mask"])
    assert not torch.equal(first[0], other[0])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_without_a_draw_nothing_is_changed(coco_of_masks, source):
    wells = AnnotatedImages([(coco_of_masks, source)], SMALL, augment=True)
    plain = AnnotatedImages([(coco_of_masks, source)], SMALL)
    assert torch.equal(wells[0][0], plain[0][0])


def test_a_changed_mask_stays_on_the_insect_and_the_box_around_it(coco_of_masks, source):
    wells = AnnotatedImages([(coco_of_masks, source)], Scaling(60, 100), augment=True)
    for seed in range(40):
        pixels, labels = wells[0, seed]
        mask = labels["mask"][0] > 0.5
        if not mask.any():  # moved out of the frame
            assert labels["boxes"].shape == (0, 4)
            continue
        ys, xs = torch.nonzero(mask, as_tuple=True)
        x0, x1, y0, y1 = xs.min() / 80, (xs.max() + 1) / 80, ys.min() / 60, (ys.max() + 1) / 60
        expected = [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]
        np.testing.assert_allclose(labels["boxes"][0], expected, atol=1e-6)
        # The insect is darker than all about it.
        assert pixels[:, mask].mean() < pixels[:, ~mask].mean() - 0.5


def test_a_changed_box_without_a_mask_still_holds_the_insect(coco, source):
    wells = AnnotatedImages([(coco, source)], Scaling(60, 100), augment=True)
    for seed in range(40):
        pixels, labels = wells[0, seed]
        if not len(labels["boxes"]):
            continue
        cx, cy, w, h = labels["boxes"][0] * torch.tensor([80, 60, 80, 60])
        assert cx - w / 2 >= 0 and cx + w / 2 <= 80.01 and cy - h / 2 >= 0 and cy + h / 2 <= 60.01
        dark = pixels.mean(0)
        inside = dark[int(cy - h / 4) : int(cy + h / 4) + 1, int(cx - w / 4) : int(cx + w / 4) + 1]
        assert inside.mean() < dark.mean()


def test_several_sets_follow_one_another(coco, source):
    wells = AnnotatedImages([(coco, source), (coco, source)], SMALL)
    assert len(wells) == 4
    assert torch.equal(wells[2][0], wells[0][0])


def test_it_can_be_handed_to_another_process(coco, source):
    wells = AnnotatedImages([(coco, source)], SMALL)
    first = wells[0][0]
    assert torch.equal(pickle.loads(pickle.dumps(wells))[0][0], first)


def test_a_missing_image_is_named(coco, source):
    coco.write_text(json.dumps(COCO).replace("full.jpg", "lost.jpg"))
    with pytest.raises(InputError) as error:
        AnnotatedImages([(coco, source)], SMALL)[0]
    assert str(error.value).startswith(f"{source}: cannot read lost.jpg")


def test_a_broken_image_is_named(coco, tmp_path):
    (tmp_path / "full.jpg").write_bytes(b"no image")
    with pytest.raises(InputError) as error:
        AnnotatedImages([(coco, tmp_path)], SMALL)[0]
    assert str(error.value) == f"{tmp_path}: cannot read full.jpg (not a photograph)"


def test_a_damaged_archive_is_named(coco, tmp_path):
    (tmp_path / "images.zip").write_bytes(b"no zip")
    with pytest.raises(InputError, match=r"images\.zip: cannot read full\.jpg"):
        AnnotatedImages([(coco, tmp_path / "images.zip")], SMALL)[0]
