"""Image classifiers: backbones, preprocessing, and their files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from bioscan.core.errors import InputError
from bioscan.encoders.image import (
    Backbone,
    Classifier,
    build_backbone,
    load_classifier,
    normalisation,
    preprocessing_sizes,
    save_classifier,
)

#: timm's smallest models.
SMALL = {"test_resnet": {}, "test_vit": {"img_size": 32}}


CLASSES = ["Diptera", "Hemiptera", "Other"]


#: Unlike those of any pretrained weights, so that a default differs.
UNUSUAL = {"mean": [0.6, 0.4, 0.3], "std": [0.1, 0.3, 0.6]}


def small_classifier(name: str = "test_resnet", classes: int = 3, **options: Any) -> Classifier:
    torch.manual_seed(0)
    return Classifier(build_backbone(Backbone(name, options), classes, None), **UNUSUAL)


# Backbones


@pytest.mark.parametrize("name", SMALL)
def test_a_backbone_has_a_head_for_the_classes(name):
    backbone = build_backbone(Backbone(name, SMALL[name]), 7, None).eval()
    assert backbone(torch.zeros(2, 3, 32, 32)).shape == (2, 7)


@pytest.mark.parametrize("name", SMALL)
def test_pretrained_weights_are_kept_but_for_the_head(name, tmp_path):
    pretrained = build_backbone(Backbone(name, SMALL[name]), 1000, None)
    save_file(pretrained.state_dict(), tmp_path / "model.safetensors")
    backbone = build_backbone(Backbone(name, SMALL[name]), 7, tmp_path / "model.safetensors")
    kept = backbone.state_dict()
    head = f"{backbone.pretrained_cfg['classifier']}."
    body = [key for key in kept if not key.startswith(head)]
    assert len(body) == len(kept) - 2
    for key in body:
        assert torch.equal(kept[key], pretrained.state_dict()[key]), key


def test_a_classifier_of_ones_own_is_the_start_of_another(tmp_path):
    """Its arguments and normalisation are kept; its head, for other classes, is not."""
    own = small_classifier("test_vit", img_size=48)
    save_classifier(own, {"label_names": CLASSES}, (64, 48), tmp_path)
    backbone = build_backbone(Backbone("test_vit", {}), 7, tmp_path / "model.safetensors").eval()
    assert backbone(torch.zeros(2, 3, 48, 48)).shape == (2, 7)
    before, after = own.backbone.state_dict(), backbone.state_dict()
    kept = [name for name in before if not name.startswith("head.")]
    assert kept and all(torch.equal(after[name], before[name]) for name in kept)
    for key, values in normalisation(backbone, True).items():
        assert values == pytest.approx(UNUSUAL[key])


def test_the_config_may_change_the_arguments_of_ones_own_classifier(tmp_path):
    save_classifier(small_classifier("test_vit", img_size=48), {}, (64, 48), tmp_path)
    options = {"img_size": 48, "drop_rate": 0.3}
    backbone = build_backbone(Backbone("test_vit", options), 7, tmp_path / "model.safetensors")
    assert backbone.head_drop.p == 0.3


def test_a_head_of_the_same_size_is_left_out_too(tmp_path):
    pretrained = build_backbone(Backbone("test_resnet", {}), 3, None)
    save_file(pretrained.state_dict(), tmp_path / "model.safetensors")
    backbone = build_backbone(Backbone("test_resnet", {}), 3, tmp_path / "model.safetensors")
    assert not torch.equal(backbone.fc.weight, pretrained.fc.weight)


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (
            lambda state: {"strange": torch.zeros(1)},
            "not the weights of test_resnet (conv1.0.weight is missing",
        ),
        (
            lambda state: {**state, "strange": torch.zeros(1)},
            "not the weights of test_resnet (strange is unexpected)",
        ),
        (
            lambda state: {**state, "conv1.0.weight": torch.zeros(1)},
            "not the weights of test_resnet (conv1.0.weight is (1,), expected",
        ),
    ],
)
def test_weights_of_another_model_are_one_clear_line(make, fault, tmp_path):
    path = tmp_path / "model.safetensors"
    save_file(make(build_backbone(Backbone("test_resnet", {}), 3, None).state_dict()), path)
    with pytest.raises(InputError) as error:
        build_backbone(Backbone("test_resnet", {}), 3, path)
    assert str(error.value).startswith(f"{path}: {fault}")
    assert "\n" not in str(error.value)


def test_another_file_than_safetensors_is_one_clear_line(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(InputError) as error:
        build_backbone(Backbone("test_resnet", {}), 3, path)
    assert str(error.value).startswith(f"{path}: not a whole file of weights")


@pytest.mark.parametrize(
    ("name", "options"), [("resnet_of_nobody", {}), ("test_resnet", {"no_such_option": 1})]
)
def test_a_model_that_timm_does_not_know_is_one_clear_line(name, options):
    with pytest.raises(InputError) as error:
        build_backbone(Backbone(name, options), 3, None)
    assert str(error.value).startswith(f"config: timm makes no '{name}' with {options} (")
    assert "\n" not in str(error.value)


# Classifiers


@pytest.mark.parametrize("name", SMALL)
def test_images_are_normalised_as_they_were_for_the_pretrained_weights(name):
    backbone = build_backbone(Backbone(name, SMALL[name]), 3, None)
    backbone.pretrained_cfg = {**backbone.pretrained_cfg, "mean": (0.1, 0.2, 0.3)}
    found = normalisation(backbone, normalise=True)
    assert found == {"mean": [0.1, 0.2, 0.3], "std": list(backbone.pretrained_cfg["std"])}


def test_values_are_normalised_channel_by_channel():
    classifier = Classifier(nn.Identity(), mean=[0.5, 0.25, 0.2], std=[0.5, 0.25, 0.1])
    white = torch.full((1, 3, 1, 1), 255, dtype=torch.uint8)
    assert classifier(white).flatten().tolist() == pytest.approx([1, 3, 8])


def test_without_normalisation_values_are_from_0_to_1():
    backbone = build_backbone(Backbone("test_resnet", {}), 3, None)
    classifier = Classifier(nn.Identity(), **normalisation(backbone, normalise=False))
    values = torch.arange(0, 256, dtype=torch.uint8).repeat(3, 1)[None, :, None]
    torch.testing.assert_close(classifier(values), values / 255)


@pytest.mark.parametrize("name", SMALL)
def test_the_order_in_memory_does_not_change_the_logits(name):
    torch.manual_seed(0)
    backbone = build_backbone(Backbone(name, SMALL[name]), 3, None).eval()
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.inference_mode():
        plain = backbone(images / 255)
        classifier = Classifier(backbone, **normalisation(backbone, normalise=False))
        torch.testing.assert_close(classifier(images), plain, rtol=1e-4, atol=1e-5)
    kernels = [weight for weight in classifier.parameters() if weight.dim() == 4]
    assert kernels
    for kernel in kernels:
        assert kernel.is_contiguous(memory_format=torch.channels_last)


# Files


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


def describe(**more: Any) -> dict[str, Any]:
    return {"label_names": CLASSES, **more}


@pytest.mark.parametrize("name", SMALL)
def test_a_saved_classifier_gives_the_same_logits(name, folder):
    before = small_classifier(name, **SMALL[name]).eval()
    save_classifier(before, describe(), (36, 32), folder)
    after, _ = load_classifier(folder)
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    assert torch.equal(after.eval()(images), before(images))


def test_the_description_of_a_classifier_is_saved_with_it(folder):
    more = {
        "experiment": "small_insect_order",
        "training_samples": [5, 2, 1],
        "training": {"epochs": 1},
    }
    save_classifier(small_classifier(), describe(**more), (36, 32), folder)
    _, config = load_classifier(folder)
    assert config["architecture"] == "test_resnet" and config["num_classes"] == 3
    assert {key: config[key] for key in ("label_names", *more)} == describe(**more)
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors"}


#: Loads published models as anyone may, and prints their answers. (`argv`: image, folders.)
STRANGER = """
import importlib.util, json, sys
import timm, torch
from PIL import Image
assert importlib.util.find_spec("bioscan") is None
found = []
for folder in sys.argv[2:]:
    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
    with torch.inference_mode():
        logits = model(transform(Image.open(sys.argv[1]).convert("RGB"))[None])
    found.append([model.pretrained_cfg["label_names"], logits[0].tolist()])
print(json.dumps(found))
"""


def test_whoever_has_timm_can_use_a_classifier_without_this_repository(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    classifiers = {
        224: small_classifier("test_resnet").eval(),
        112: small_classifier("test_vit", img_size=112).eval(),
    }
    for crop_size, classifier in classifiers.items():
        save_classifier(classifier, describe(), (256, crop_size), tmp_path / str(crop_size))
    done = subprocess.run(
        [sys.executable, "-c", STRANGER, "image.png", *map(str, classifiers)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for (crop_size, classifier), (names, logits) in zip(classifiers.items(), found, strict=True):
        edge = (256 - crop_size) // 2
        square = torch.tensor(pixels[edge:-edge, edge:-edge]).permute(2, 0, 1)
        assert names == CLASSES
        assert logits == pytest.approx(classifier(square[None])[0].tolist(), rel=1e-4, abs=1e-5)


sizes_of_squares = st.integers(16, 2048).flatmap(
    lambda image: st.tuples(st.just(image), st.integers(16, image))
)


@settings(max_examples=60)
@given(sizes_of_squares)
@example((256, 224))
@example((128, 112))
@example((64, 48))
@example((50, 28))
@example((32, 32))
def test_the_sizes_are_those_that_were_saved_to_us_and_to_timm(folder, sizes):
    save_classifier(small_classifier(), describe(), sizes, folder)
    config = json.loads((folder / "config.json").read_text())
    assert preprocessing_sizes(config) == sizes
    model = timm.create_model(f"local-dir:{folder}")
    steps = timm.data.create_transform(**timm.data.resolve_model_data_config(model)).transforms
    assert (steps[0].size, steps[1].size) == (sizes[0], (sizes[1], sizes[1]))
