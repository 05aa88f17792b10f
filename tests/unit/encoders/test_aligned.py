"""The files of an aligned model."""

import json

import pytest
import torch

from bioscan.core.errors import InputError
from bioscan.encoders.aligned import load_tower, save_aligned
from tests.unit.encoders.small_towers import images, towers


@pytest.fixture
def saved(tmp_path):
    made = towers()
    made.pop("text")
    save_aligned(made, 8, {"temperature": 0.07}, tmp_path)
    return tmp_path / "model.safetensors", made


def test_a_tower_is_loaded_as_it_was(saved):
    path, made = saved
    found = load_tower(path, "image")
    assert not found.training
    with torch.inference_mode():
        assert torch.equal(found(images(2)), made["image"](images(2)))
    assert json.loads(path.with_name("config.json").read_text())["temperature"] == 0.07


def test_a_modality_that_a_model_lacks_is_refused(saved):
    with pytest.raises(InputError, match="a model without a tower of 'text', it has: image, dna"):
        load_tower(saved[0], "text")


def test_a_model_of_other_sizes_is_refused(saved):
    path, _ = saved
    config = json.loads(path.with_name("config.json").read_text())
    config["dimension"] = 9
    path.with_name("config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"not the weights of the tower of dna .*head.weight"):
        load_tower(path, "dna")


def test_a_file_that_is_cut_short_is_refused(saved):
    path, _ = saved
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="not a whole file of weights"):
        load_tower(path, "dna")


def test_the_config_of_another_model_is_refused(saved):
    path, _ = saved
    path.with_name("config.json").write_text('{"architecture": "resnet50"}')
    with pytest.raises(InputError, match="a model without a tower of 'dna', it has: none"):
        load_tower(path, "dna")
