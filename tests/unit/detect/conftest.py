"""A detector and images small enough to work with in tests."""

from pathlib import Path

import numpy as np
import pytest
from transformers import DetrConfig, ResNetConfig

from bioscan.core.images import encode
from tests.unit.threads import one_thread  # noqa: F401 (a fixture)


@pytest.fixture(scope="session")
def tiny_config() -> DetrConfig:
    """A DETR with a ResNet backbone and 5 queries, 17,500 parameters."""
    backbone = ResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage4"],
    )
    return DetrConfig(
        backbone_config=backbone,
        use_timm_backbone=False,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_queries=5,
        dropout=0.0,
    )


@pytest.fixture(scope="session")
def tiny_detector(tiny_config, tmp_path_factory) -> Path:
    """A folder with the config of the tiny detector."""
    folder = tmp_path_factory.mktemp("tiny_detector")
    tiny_config.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def well():
    """Makes the JPEG of a grey well with a dark rectangle (x, y, width, height) in it."""

    def make(size: tuple[int, int], box: tuple[int, int, int, int] = (0, 0, 0, 0)) -> bytes:
        pixels = np.full((size[1], size[0], 3), 200, dtype=np.uint8)
        x, y, w, h = box
        pixels[y : y + h, x : x + w] = 40
        return encode(pixels, quality=90)

    return make
