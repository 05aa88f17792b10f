"""Image encoders and their preprocessing."""

import json
from dataclasses import asdict

import pytest
import timm
import torch
from safetensors.torch import save_file

from bioscan.core.errors import InputError
from bioscan.encoders.image import Backbone, Classifier, build_backbone, save_classifier
from bioscan.encoders.image_encoder import Preprocessing, build_image_encoder
from tests.unit.schemas import definition

#: The encoders of 5M §4.3, at the size of their weights.
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CLIP = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


@pytest.mark.parametrize(
    ("name", "projection", "dimension", "expected"),
    [
        ("resnet50.tv2_in1k", False, 2048, Preprocessing(232, 224, "bilinear", *IMAGENET)),
        ("resnet50_clip.openai", True, 1024, Preprocessing(248, 224, "bicubic", *CLIP)),
        ("vit_base_patch16_224.mae", False, 768, Preprocessing(248, 224, "bicubic", *IMAGENET)),
        (
            "vit_base_patch16_clip_quickgelu_224.openai",
            True,
            512,
            Preprocessing(248, 224, "bicubic", *CLIP),
        ),
    ],
)
def test_an_encoder_prepares_images_as_its_weights_were_trained(
    name, projection, dimension, expected
):
    with torch.device("meta"):
        network = build_backbone(Backbone(name), 0, None, projection)
    found = timm.data.resolve_model_data_config(network, use_test_size=True)
    encoder = build_image_encoder_on_meta(Backbone(name, projection=projection))
    assert encoder.preprocessing == expected
    assert found["mean"] == expected.mean
    assert encoder.dimension == dimension


def build_image_encoder_on_meta(backbone: Backbone):
    """Without memory for its weights."""
    with torch.device("meta"):
        return build_image_encoder(backbone, None)


@pytest.mark.parametrize(
    ("backbone", "size"),
    [
        (Backbone("test_resnet"), 160),
        (Backbone("test_vit", {"img_size": 48}), 48),
        (Backbone("test_vit", {"img_size": 48}, projection=True), 48),
    ],
)
def test_an_embedding_has_the_dimension_of_the_encoder(backbone, size):
    encoder = build_image_encoder(backbone, None)
    assert encoder.preprocessing.crop == size
    images = torch.zeros(2, 3, size, size, dtype=torch.uint8)
    assert encoder.model(images).shape == (2, encoder.dimension)
    assert not encoder.model.training


def test_a_random_encoder_is_the_same_each_time():
    images = torch.randint(0, 255, (2, 3, 160, 160), dtype=torch.uint8)
    first, second = (build_image_encoder(Backbone("test_resnet"), None).model for _ in "12")
    assert torch.equal(first(images), second(images))


def test_the_config_may_change_the_preprocessing():
    """The released code of 5M §4.3 scales all images to 224 pixels, bilinearly."""
    released = {"resize": 224, "crop": 224, "interpolation": "bilinear", "normalise": "imagenet"}
    assert set(released) == set(definition("preprocessing")["properties"])
    encoder = build_image_encoder(Backbone("test_resnet", preprocessing=released), None)
    assert encoder.preprocessing == Preprocessing(224, 224, "bilinear", *IMAGENET)
    assert encoder.model.mean.flatten().tolist() == pytest.approx(IMAGENET[0])


def test_ones_own_classifier_prepares_images_as_it_was_trained(tmp_path):
    network = build_backbone(Backbone("test_resnet"), 3, None)
    own = {"mean": [0.6, 0.4, 0.3], "std": [0.1, 0.3, 0.6]}
    save_classifier(Classifier(network, **own), {}, (64, 48), tmp_path)
    encoder = build_image_encoder(Backbone("test_resnet"), tmp_path / "model.safetensors")
    found = asdict(encoder.preprocessing)
    assert (found["resize"], found["crop"], found["interpolation"]) == (64, 48, "bilinear")
    assert found["mean"] == pytest.approx(own["mean"])
    trained = network.state_dict()
    kept = encoder.model.backbone.state_dict()
    assert kept and all(torch.equal(kept[name], trained[name]) for name in kept)


def test_a_crop_larger_than_the_image_is_one_clear_line():
    backbone = Backbone("test_resnet", preprocessing={"resize": 100})
    with pytest.raises(InputError) as error:
        build_image_encoder(backbone, None)
    assert str(error.value) == (
        "config: encoders: images for 'test_resnet' are scaled to 100 pixels and cropped to 160; "
        "expected a `resize` of at least 160"
    )


def test_a_model_that_squashes_its_images_is_one_clear_line(tmp_path):
    network = build_backbone(Backbone("test_resnet"), 3, None)
    save_file(network.state_dict(), tmp_path / "model.safetensors")
    config = {"architecture": "test_resnet", "pretrained_cfg": {"crop_mode": "squash"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="by crop mode 'squash' and interpolation 'bilinear'"):
        build_image_encoder(Backbone("test_resnet"), tmp_path / "model.safetensors")
