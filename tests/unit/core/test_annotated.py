"""Annotated sets of a run."""

import zipfile
from pathlib import Path

import pytest

from bioscan.core.annotated import AnnotatedSets, read_annotated
from bioscan.core.errors import InputError

SETS = AnnotatedSets(
    {
        "drawn": {"simulate": {"wells": 4, "seed": 1}},
        "hand": {"annotations": "my/coco.json", "images": "my/images"},
        "IW-150": {"acquire": True},
    },
    "results/example",
)


def test_sets_are_the_users_or_lie_in_the_results():
    folder = "results/example/detect/sets"
    names = ["drawn", "hand", "IW-150"]
    assert SETS.coco(names) == [
        f"{folder}/drawn/instances.json",
        "my/coco.json",
        f"{folder}/IW-150/instances.json",
    ]
    assert SETS.images(names) == [
        f"{folder}/drawn/images.zip",
        "my/images",
        f"{folder}/IW-150/images.zip",
    ]


def test_sets_are_chosen_by_their_source():
    assert SETS.having("simulate") == ["drawn"]
    assert SETS.having("acquire") == ["IW-150"]


def test_a_file_is_read_from_a_folder_or_a_zip_that_is_opened_once(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"loose")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.jpg", b"packed")
    opened: dict[Path, zipfile.ZipFile] = {}
    assert read_annotated(tmp_path, "a.jpg", opened) == b"loose"
    for _ in range(2):
        assert read_annotated(tmp_path / "b.zip", "a.jpg", opened) == b"packed"
    assert list(opened) == [tmp_path / "b.zip"]
    for images in (tmp_path, tmp_path / "b.zip", tmp_path / "lost.zip"):
        with pytest.raises(InputError) as error:
            read_annotated(images, "lost.jpg", opened)
        assert str(error.value).startswith(f"{images}: cannot read lost.jpg (")
