"""Folders of models, and to which library they belong."""

import json
from pathlib import Path

import pytest

from bioscan.core.errors import InputError
from bioscan.core.weights import model_files, read_config, require_library


def write_model(folder: Path, config: object, *files: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    for name in files:
        (folder / name).write_bytes(b"")
    return folder


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """A repository, and a working directory beside it."""
    for name in ("repository", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "repository"


def refusal(name: str, root: Path) -> str:
    with pytest.raises(InputError) as error:
        model_files(name, root, "some.key")
    return str(error.value).removeprefix(f"config: some.key is '{name}', ")


def test_a_folder_is_found_from_anywhere(root):
    absolute = write_model(root.parent / "models" / "a", {}, "model.safetensors")
    write_model(Path("models/b"), {}, "model.safetensors")
    write_model(root / "models" / "c", {})
    assert model_files(str(absolute), root, "key") == [
        absolute / "config.json", absolute / "model.safetensors",
    ]  # fmt: skip
    assert model_files("models/b", root, "key")[1] == Path("models/b/model.safetensors")
    assert model_files("models/c", root, "key") == [root / "models/c/config.json"]


def test_the_working_directory_comes_before_the_repository(root):
    for folder in (Path("models/a"), root / "models/a"):
        write_model(folder, {})
    assert model_files("models/a", root, "key") == [Path("models/a/config.json")]


def test_the_home_folder_may_be_abbreviated(root, monkeypatch):
    monkeypatch.setenv("HOME", str(root.parent))
    write_model(root.parent / "models", {})
    assert model_files("~/models", root, "key") == [root.parent / "models/config.json"]


def test_other_files_of_a_folder_are_not_read(root):
    write_model(Path("mine"), {}, "model.safetensors", "history.csv", "optimizer.pt", ".git")
    assert [path.name for path in model_files("mine", root, "key")] == [
        "config.json", "model.safetensors",
    ]  # fmt: skip


def test_a_checkpoint_is_a_file(root):
    Path("last.ckpt").write_bytes(b"")
    assert model_files("last.ckpt", root, "key") == [Path("last.ckpt")]


def test_what_is_not_there_is_one_clear_line(root):
    expected = "which is neither in config/catalogue.yaml nor a folder with a config.json"
    assert refusal("lost", root) == refusal("lost.ckpt", root) == expected
    Path("file.safetensors").write_bytes(b"")
    assert refusal("file.safetensors", root) == expected


def test_a_folder_without_a_config_is_one_clear_line(root):
    Path("mine").mkdir()
    assert refusal("mine", root) == "a folder without config.json (has nothing)"
    Path("mine/weights.pth").write_bytes(b"")
    assert refusal("mine", root) == "a folder without config.json (has weights.pth)"


@pytest.mark.parametrize("file", ["pytorch_model.bin", "model-00001-of-00002.safetensors"])
def test_weights_in_another_format_are_one_clear_line(root, file):
    write_model(Path("mine"), {}, file)
    assert refusal("mine", root) == (
        f"which has no model.safetensors but {file}; save the weights as one file model.safetensors"
    )


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"architecture": "resnet18"}, "is a model of timm"),
        ({"_model_class": "FPN"}, "is a model of segmentation_models_pytorch"),
        ({}, "has none of architecture, model_type, _model_class"),
    ],
)
def test_a_model_of_another_library_is_one_clear_line(root, config, named):
    path = write_model(Path("mine"), config) / "config.json"
    with pytest.raises(InputError) as error:
        require_library("some.key", "mine", path, "transformers")
    assert str(error.value) == (
        f"config: some.key is 'mine', whose config.json {named}; expected one of transformers"
    )


def test_the_config_of_an_expected_library_is_given(root):
    path = write_model(Path("mine"), {"model_type": "detr"}) / "config.json"
    config = require_library("some.key", "mine", path, "timm", "transformers")
    assert config == {"model_type": "detr"}


@pytest.mark.parametrize("text", ["", "{", "[1]", "version https://git-lfs.github.com/spec/v1"])
def test_a_config_that_is_none_is_one_clear_line(root, text):
    Path("config.json").write_text(text)
    with pytest.raises(InputError, match=r"^config\.json: not the config of a model"):
        read_config(Path("config.json"))
