"""The detector: loading, what is trained, and boxes."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import DetrConfig, DetrForObjectDetection, RTDetrConfig, RTDetrResNetConfig

from bioscan.core.errors import InputError
from bioscan.detect.engine import in_torch
from bioscan.detect.model import (
    Scaling,
    batch_images,
    load_detector,
    prepare,
    save_detector,
    scaling_of,
)
from bioscan.detect.normalisation import MEAN, STD
from tests.unit.detect.settings import SETTINGS

# Loading


def test_without_weights_it_is_randomly_initialised(tiny_detector):
    torch.manual_seed(0)
    first = load_detector(tiny_detector).class_labels_classifier.weight
    second = load_detector(tiny_detector).class_labels_classifier.weight
    assert first.shape == (2, 16)  # insect, and no object
    assert not torch.equal(first, second)


@pytest.fixture
def coco_weights(tiny_config, tmp_path):
    """Weights whose head is for the 91 classes of COCO."""
    config = DetrConfig(**{**tiny_config.to_dict(), "num_labels": 91})
    model = DetrForObjectDetection(config)
    model.save_pretrained(tmp_path)
    return model, tmp_path


def test_a_head_for_other_classes_is_replaced(coco_weights):
    _, folder = coco_weights
    model = load_detector(folder)
    assert model.class_labels_classifier.weight.shape == (2, 16)
    assert model.config.num_labels == 1


def test_all_other_weights_are_kept(coco_weights):
    published, folder = coco_weights
    kept = load_detector(folder).state_dict()
    for name, weight in published.state_dict().items():
        if "class_labels_classifier" not in name:
            assert torch.equal(kept[name], weight), name


def test_weights_of_another_model_are_one_clear_line(coco_weights):
    _, folder = coco_weights
    weights = load_file(folder / "model.safetensors")
    lost = "model.input_projection.bias"
    save_file({k: v for k, v in weights.items() if k != lost}, folder / "model.safetensors")
    with pytest.raises(InputError) as error:
        load_detector(folder)
    assert str(error.value) == (
        f"{folder}/model.safetensors: not the weights of its config.json, 1 are missing or of "
        f"another shape: {lost}"
    )


def test_a_file_that_holds_no_weights_is_one_clear_line(tiny_config, tmp_path):
    tiny_config.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1")
    with pytest.raises(InputError, match=r"model\.safetensors: not a safetensors file"):
        load_detector(tmp_path)


def test_a_missing_config_is_one_clear_line(tmp_path):
    with pytest.raises(InputError) as error:
        load_detector(tmp_path)
    assert str(error.value) == f"{tmp_path}: no config.json of a detector"


def test_a_saved_detector_is_loaded_as_it_was(tiny_detector, tmp_path):
    model = load_detector(tiny_detector).eval()
    save_detector(model, tmp_path)
    image = torch.rand(1, 3, 64, 64)
    for saved, loaded in zip(
        in_torch(model, "cpu")(image),
        in_torch(load_detector(tmp_path), "cpu")(image),
        strict=True,
    ):
        # The organism's pixels are known of a segmentation network alone.
        assert np.array_equal(saved, loaded, equal_nan=True)


def test_saving_leaves_nothing_else_behind(tiny_detector, tmp_path):
    save_detector(load_detector(tiny_detector), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "model.safetensors"}


# Trained parameters


def frozen(model: torch.nn.Module) -> set[str]:
    return {name for name, p in model.named_parameters() if not p.requires_grad}


def test_stem_and_first_stage_of_a_resnet_are_frozen(tiny_detector):
    assert frozen(load_detector(tiny_detector)) == {
        "model.backbone.model.embedder.embedder.convolution.weight",
        "model.backbone.model.encoder.stages.0.layers.0.layer.0.convolution.weight",
        "model.backbone.model.encoder.stages.0.layers.0.layer.1.convolution.weight",
    }


def test_stem_and_first_stage_of_a_timm_resnet_are_frozen(tiny_detector, tmp_path):
    """The published weights (facebook/detr-resnet-50) have one."""
    config = json.loads((tiny_detector / "config.json").read_text())
    config |= {"backbone_config": None, "use_timm_backbone": True, "backbone": "resnet18"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    prefix = "model.backbone.model."
    assert frozen(load_detector(tmp_path)) == {
        f"{prefix}conv1.weight",
        *(f"{prefix}layer1.{block}.conv{n}.weight" for block in (0, 1) for n in (1, 2)),
    }


def test_all_of_another_backbone_is_trained(tiny_detector, tmp_path):
    config = json.loads((tiny_detector / "config.json").read_text())
    config["backbone_config"] = {
        "model_type": "convnext",
        "depths": [1, 1],
        "hidden_sizes": [8, 16],
        "num_stages": 2,
        "out_features": ["stage2"],
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert frozen(load_detector(tmp_path)) == set()


# Preprocessing


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1024, 768), (1067, 800)),  # × 800 / 768
        ((2880, 2160), (1067, 800)),
        ((768, 1024), (800, 1067)),
        ((2000, 500), (1333, 333)),  # the longer side decides: × 1333 / 2000
        ((100_000, 10), (1333, 1)),
    ],
)
def test_the_shorter_side_is_fitted_unless_the_longer_grows_too_long(size, fitted):
    assert Scaling(shortest=800, longest=1333, fixed=False).size(*size) == fitted


def test_a_fixed_size_is_kept_whatever_the_aspect():
    scaling = Scaling(shortest=240, longest=320, fixed=True)
    assert scaling.size(1024, 768) == scaling.size(100, 900) == (320, 240)


def test_detr_sees_images_in_their_aspect(tiny_detector):
    scaling = scaling_of(
        load_detector(tiny_detector), replace(SETTINGS, shortest_edge=50, longest_edge=70)
    )
    assert scaling == Scaling(50, 70, fixed=False)


@pytest.fixture(scope="module")
def rt_detr(tmp_path_factory):
    """A folder with the config of a small RT-DETR."""
    folder = tmp_path_factory.mktemp("rt_detr")
    backbone = RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    RTDetrConfig(
        backbone_config=backbone,
        encoder_in_channels=[8, 16, 16],
        encoder_hidden_dim=16,
        encoder_ffn_dim=16,
        encoder_attention_heads=2,
        d_model=16,
        num_queries=5,
        decoder_in_channels=[16, 16, 16],
        decoder_ffn_dim=16,
        decoder_layers=1,
        decoder_attention_heads=2,
    ).save_pretrained(folder)
    return folder


def test_rt_detr_sees_images_in_one_size(rt_detr):
    scaling = scaling_of(load_detector(rt_detr), SETTINGS)
    assert scaling == Scaling(64, 96, fixed=True)


def test_a_size_that_rt_detr_cannot_take_is_one_clear_line(rt_detr):
    with pytest.raises(InputError) as error:
        scaling_of(load_detector(rt_detr), replace(SETTINGS, longest_edge=100))
    assert str(error.value) == (
        "config: a detector's longest_edge is 100, expected a multiple of 32 "
        "for one of type rt_detr"
    )


def test_all_of_rt_detr_is_trained(rt_detr):
    assert frozen(load_detector(rt_detr)) == set()


def test_rt_detr_finds_a_box(rt_detr):
    boxes, scores, pixels = in_torch(load_detector(rt_detr), "cpu")(torch.zeros(1, 3, 64, 96))
    assert boxes.shape == (1, 4) and scores.shape == (1,)
    assert np.isnan(pixels).all()


def test_an_image_is_scaled_and_normalised():
    pixels = np.full((60, 80, 3), [255, 0, 51], dtype=np.uint8)
    prepared = prepare(pixels, (40, 30))
    assert prepared.shape == (3, 30, 40)
    expected = (torch.tensor([1.0, 0.0, 0.2]).view(3, 1, 1) - MEAN) / STD
    torch.testing.assert_close(prepared, expected.expand(3, 30, 40))


def test_a_batch_is_padded_at_the_right_and_below():
    batch = batch_images([torch.ones(3, 2, 4), torch.ones(3, 3, 1)])
    assert batch["pixel_mask"].tolist() == [
        [[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]],
        [[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]],
    ]
    mask = batch["pixel_mask"][:, None].expand(2, 3, 3, 4)
    assert torch.equal(batch["pixel_values"], mask.float())
