"""The typed settings have the keys of the config's schema."""

from dataclasses import fields

from bioscan.detect.settings import DetectorSettings
from tests.unit.schemas import definition


def test_detector_settings_have_the_keys_of_the_schema_but_for_the_weights_and_the_sets():
    names = {field.name for field in fields(DetectorSettings)}
    assert {"weights", "encoder", "train", *names} == set(definition("detector")["properties"])
