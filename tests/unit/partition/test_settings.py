"""Partition settings from the config."""

import dataclasses

import pytest

from bioscan.partition.settings import PartitionSettings

CONFIG = {
    "method": "recompute",
    "rules": "released",
    "barcode_key": "written",
    "seed": 7,
    "sizes": {"large": None, "medium": 20, "small": 10},
    "families": 2,
    "min_barcode_letters": 200,
}


def test_settings_hold_every_key_of_the_config():
    assert dataclasses.asdict(PartitionSettings(**CONFIG)) == CONFIG


def test_absent_keys_take_the_values_of_the_papers():
    settings = PartitionSettings("published")
    assert (settings.rules, settings.barcode_key, settings.seed) == ("paper", "stripped", 0)
    assert settings.sizes == {"large": None, "medium": 200_000, "small": 50_000}
    assert settings.families == 40


def test_an_unknown_key_is_refused():
    with pytest.raises(TypeError, match="colour"):
        PartitionSettings(**CONFIG, colour="red")
