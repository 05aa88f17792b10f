"""Configs with detectors, for the tests of this stage."""

from typing import Any

from tests.unit.configs import example


def detectors(**more: dict[str, Any]) -> dict[str, Any]:
    """The example with more detectors."""
    config = example()
    config["detect"]["detectors"] |= more
    for dataset in config["datasets"].values():
        dataset["detector"] = "small"
    return config
