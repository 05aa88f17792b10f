"""Configs of clusters, for the tests of what a run clusters."""

from typing import Any

ENCODERS = {
    "resnet": {"timm": "test_resnet"},
    "vit": {"timm": "test_vit"},
    "counts": {"dna": "kmer_counts", "k": 4},
    "dnabert2": {"dna": "dnabert2", "weights": "dnabert-2"},
}


def block(**changes: Any) -> dict[str, Any]:
    return {"datasets": ["small5m"], **changes}
