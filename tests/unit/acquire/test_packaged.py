"""Weights of packages become models in timm's format."""

from pathlib import Path

import pytest
import timm
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file

from bioscan.acquire.packaged import BLOCKS, PACKAGED, timm_name, write_packaged


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("_conv_stem.weight", "conv_stem.weight"),
        ("_bn1.running_var", "bn2.running_var"),
        ("_fc.bias", "classifier.bias"),
        ("_blocks.0._project_conv.weight", "blocks.0.0.conv_pw.weight"),
        ("_blocks.4._depthwise_conv.weight", "blocks.2.1.conv_dw.weight"),
        ("_blocks.15._bn2.bias", "blocks.6.0.bn3.bias"),
    ],
)
def test_a_tensor_has_its_name_in_timm(name: str, expected: str):
    assert timm_name(name) == expected


def test_the_blocks_are_those_of_timm():
    blocks = timm.create_model("tf_efficientnet_lite0").blocks
    found = [(stage, place) for stage, inner in enumerate(blocks) for place in range(len(inner))]
    assert found == BLOCKS


def test_every_name_of_timm_is_given_once(tmp_path: Path):
    write_packaged("efficientnet-lite0", tmp_path)
    expected = timm.create_model("tf_efficientnet_lite0").state_dict()
    found = load_file(tmp_path / "model.safetensors")
    assert {name: tensor.shape for name, tensor in found.items()} == {
        name: tensor.shape for name, tensor in expected.items()
    }


def test_the_weights_know_what_they_see():
    """A checkerboard is a crossword puzzle, class 918 of ImageNet."""
    model = PACKAGED["efficientnet-lite0"]().eval()
    config = timm.data.resolve_model_data_config(model)
    transform = timm.data.create_transform(**config)
    image = Image.new("RGB", (256, 256), "white")
    draw = ImageDraw.Draw(image)
    for left in range(0, 256, 32):
        for top in range(0, 256, 32):
            if (left + top) // 32 % 2:
                draw.rectangle((left, top, left + 31, top + 31), "black")
    with torch.inference_mode():
        assert model(transform(image)[None]).argmax().item() == 918
