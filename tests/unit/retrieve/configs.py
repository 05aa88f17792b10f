"""A config with aligned models."""

from copy import deepcopy
from typing import Any

from tests.unit.configs import change, example

ENCODERS = {
    "vit": {"timm": "test_vit"},
    "resnet": {"timm": "test_resnet"},
    "bert": {"dna": "barcodebert", "k": 4},
    "cnn": {"dna": "cnn"},
    "words": {"text": "bert"},
}
RETRIEVE: dict[str, Any] = {
    "training": {
        "mine": {"dataset": "small5m", "apart_from": "small5m"},
        "listed": {
            "dataset": "small1m",
            "splits": ["no_split"],
            "partitioning": "my/lists.zip",
        },
    },
    "models": {
        "both": {"training": "mine", "encoders": {"image": "vit", "dna": "bert"}, "seeds": [0, 1]},
        "clibd": {
            "training": "listed",
            "encoders": {"image": "vit", "dna": "bert", "text": "words"},
            "recipe": "released",
            "weights": "clibd",
            "file": "1m_image_dna_text.pth",
        },
    },
}


def config(path: str | None = None, value: Any = None) -> dict[str, Any]:
    found = example(encoders=deepcopy(ENCODERS), retrieve=deepcopy(RETRIEVE))
    return found if path is None else change(found, path, value)
