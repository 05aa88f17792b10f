"""COCO files, and photographs as DETR's samples."""

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from bioscan.core.errors import InputError
from bioscan.detect.annotations import AnnotatedPhotographs, read_coco
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
SMALL = Scaling(shortest=30, longest=100, fixed=False)


@pytest.fixture
def coco(tmp_path) -> Path:
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(COCO))
    return path


@pytest.fixture
def photographs(well) -> dict[str, bytes]:
    return {"full.jpg": well((80, 60), (20, 12, 40, 30)), "empty.jpg": well((80, 60))}


@pytest.fixture(params=["zip", "folder"])
def source(request, tmp_path, photographs) -> Path:
    path = tmp_path / f"photographs_{request.param}"
    if request.param == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in photographs.items():
                archive.writestr(name, data)
    else:
        path.mkdir()
        for name, data in photographs.items():
            (path / name).write_bytes(data)
    return path


def test_wells_without_a_box_are_kept(coco):
    full, empty = read_coco(coco)
    assert (full.image_id, full.file_name, full.size) == (7, "full.jpg", (80, 60))
    assert full.boxes.tolist() == [[20, 12, 40, 30]]
    assert (empty.image_id, empty.boxes.shape) == (3, (0, 4))


def test_all_boxes_of_a_photograph_are_read(coco):
    twice = {**COCO, "annotations": [*COCO["annotations"], {"image_id": 7, "bbox": [0, 0, 1, 2]}]}
    coco.write_text(json.dumps(twice))
    assert read_coco(coco)[0].boxes.tolist() == [[20, 12, 40, 30], [0, 0, 1, 2]]


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
        "\0\xff",
    ],
)
def test_what_is_not_coco_is_one_clear_line(coco, text):
    coco.write_text(text, encoding="latin-1")
    with pytest.raises(InputError) as error:
        read_coco(coco)
    assert str(error.value).startswith(f"{coco}: not a COCO annotation file")
    assert "\n" not in str(error.value)


def test_boxes_become_centre_and_size_in_fractions(coco, source):
    pixels, labels = AnnotatedPhotographs([(coco, source)], SMALL)[0]
    assert pixels.shape == (3, 30, 40)
    # Centre (40, 27) and size (40, 30) of 80 × 60.
    np.testing.assert_allclose(labels["boxes"], [[0.5, 0.45, 0.5, 0.5]])
    assert labels["class_labels"].tolist() == [0]
    assert labels["boxes"].dtype == torch.float32
    assert labels["class_labels"].dtype == torch.int64


def test_the_box_lies_on_the_insect(coco, source):
    pixels, _ = AnnotatedPhotographs([(coco, source)], SMALL)[0]
    dark = pixels.mean(0) < 0
    ys, xs = torch.nonzero(dark, as_tuple=True)
    # At half the size: 10 to 30 across, 6 to 21 down.
    assert (xs.min(), xs.max() + 1, ys.min(), ys.max() + 1) == (10, 30, 6, 21)


def test_an_empty_well_has_no_box(coco, source):
    _, labels = AnnotatedPhotographs([(coco, source)], SMALL)[1]
    assert labels["boxes"].shape == (0, 4)
    assert labels["class_labels"].shape == (0,)


def test_the_draw_of_the_training_sampler_is_unused(coco, source):
    wells = AnnotatedPhotographs([(coco, source)], SMALL)
    assert torch.equal(wells[0, 12345][0], wells[0][0])


def test_several_sets_follow_one_another(coco, source):
    wells = AnnotatedPhotographs([(coco, source), (coco, source)], SMALL)
    assert len(wells) == 4
    assert torch.equal(wells[2][0], wells[0][0])


def test_it_can_be_handed_to_another_process(coco, source):
    wells = AnnotatedPhotographs([(coco, source)], SMALL)
    first = wells[0][0]
    assert torch.equal(pickle.loads(pickle.dumps(wells))[0][0], first)


def test_a_missing_photograph_is_named(coco, source):
    coco.write_text(json.dumps(COCO).replace("full.jpg", "lost.jpg"))
    with pytest.raises(InputError) as error:
        AnnotatedPhotographs([(coco, source)], SMALL)[0]
    assert str(error.value).startswith(f"{source}: cannot read lost.jpg")


def test_a_broken_photograph_is_named(coco, tmp_path):
    (tmp_path / "full.jpg").write_bytes(b"no photograph")
    with pytest.raises(InputError) as error:
        AnnotatedPhotographs([(coco, tmp_path)], SMALL)[0]
    assert str(error.value) == f"{tmp_path}: cannot read full.jpg (not a photograph)"


def test_a_damaged_archive_is_named(coco, tmp_path):
    (tmp_path / "photographs.zip").write_bytes(b"no zip")
    with pytest.raises(InputError, match=r"photographs\.zip: cannot read full\.jpg"):
        AnnotatedPhotographs([(coco, tmp_path / "photographs.zip")], SMALL)[0]
