"""From the merged files of a config to the config that the workflow reads."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config, validate

from bioscan.core.config import validated
from bioscan.core.errors import InputError

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
CONFIGS = ("config/demo.yaml", "config/full.yaml", "config/detector.yaml", "tests/full/full.yaml")


def read(name: str, *overlays: dict[str, Any]) -> dict[str, Any]:
    """A config of the repository with overlays, merged as Snakemake does."""
    config: dict[str, Any] = {}
    for layer in (yaml.safe_load((ROOT / name).read_text()), *overlays):
        update_config(config, layer)
    return config


def overlaid(overlay: dict[str, Any], name: str = "config/demo.yaml") -> dict[str, Any]:
    return validated(read(name, overlay), SCHEMA)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_defaults_are_those_that_snakemake_fills_in(name: str):
    theirs = read(name)
    validate(theirs, str(SCHEMA))
    ours = validated(read(name), SCHEMA)
    assert json.dumps(ours) == json.dumps(theirs)  # so in the same order


def test_the_given_config_stays_as_it_is():
    config = read("config/demo.yaml", {"release": None})
    before = copy.deepcopy(config)
    validated(config, SCHEMA)
    assert config == before


def test_datasets_do_not_share_their_defaults():
    datasets = overlaid({}, "config/full.yaml")["datasets"]
    datasets["bioscan1m"]["partition"]["sizes"]["large"] = 5
    assert datasets["bioscan5m"]["partition"]["sizes"]["large"] is None
    again = overlaid({}, "config/full.yaml")["datasets"]
    assert again["bioscan1m"]["partition"]["sizes"]["large"] is None


def test_an_overlay_changes_one_dataset_where_two_share_an_anchor():
    labelled = {"simulate": {"community": {"labelled": {"species": 0.1}}}}
    datasets = overlaid({"datasets": {"bioscan1m": labelled}})["datasets"]
    shares = {
        name: dataset["simulate"]["community"]["labelled"]["species"]
        for name, dataset in datasets.items()
    }
    assert shares == {"bioscan1m": 0.1, "bioscan5m": 0.6}


@pytest.mark.parametrize("section", ["classify", "release"])
def test_a_null_leaves_out_a_stage(section: str):
    assert section in overlaid({})
    assert section not in overlaid({section: None})


def test_a_null_leaves_out_an_entry():
    config = overlaid({"datasets": {"bioscan5m": None}, "detect": {"detectors": {"rt_detr": None}}})
    assert list(config["datasets"]) == ["bioscan1m"]
    assert list(config["detect"]["detectors"]) == ["masks"]


@pytest.mark.parametrize(
    ("overlay", "path", "default"),
    [
        ({"curate": None}, ("curate", "min_majority"), 0.9),
        ({"image": {"ratio": None}}, ("image", "ratio"), 1.4),
        ({"detect": {"evaluate_on": None}}, ("detect", "evaluate_on"), []),
        ({"datasets": {"bioscan1m": {"shards": None}}}, ("datasets", "bioscan1m", "shards"), 1),
        (
            {"classify": {"recipes": {"small": {"epochs": None}}}},
            ("classify", "recipes", "small", "epochs"),
            100,
        ),
    ],
)
def test_a_null_is_the_default_again(overlay: dict[str, Any], path: tuple[str, ...], default: Any):
    value: Any = overlaid(overlay)
    for key in path:
        value = value[key]
    assert value == default


@pytest.mark.parametrize(
    ("overlay", "path"),
    [
        ({"image": {"aspect": None}}, ("image", "aspect")),
        (
            {"datasets": {"bioscan1m": {"partition": {"sizes": {"medium": None}}}}},
            ("datasets", "bioscan1m", "partition", "sizes", "medium"),
        ),
        (
            {"classify": {"recipes": {"small": {"focal_alpha": None}}}},
            ("classify", "recipes", "small", "focal_alpha"),
        ),
    ],
)
def test_a_null_that_is_a_value_stays(overlay: dict[str, Any], path: tuple[str, ...]):
    # A sibling that is removed makes the config run through the schema twice.
    value: Any = overlaid(overlay | {"release": None})
    for key in path:
        value = value[key]
    assert value is None


def test_a_null_turns_an_annotated_set_into_another_kind():
    mine = {"acquire": None, "annotations": "my/coco.json", "images": "my/images.zip"}
    sets = overlaid({"detect": {"sets": {"IP-100": mine}}}, "config/full.yaml")["detect"]["sets"]
    assert sets["IP-100"] == {"annotations": "my/coco.json", "images": "my/images.zip"}
    assert sets["IP-1000"] == {"acquire": True}


def test_a_key_that_a_null_removes_and_the_schema_requires_is_named():
    with pytest.raises(InputError, match=r"^config: 'detect' is a required property$"):
        overlaid({"detect": None})


@pytest.mark.parametrize(
    ("overlay", "fault"),
    [
        ({"image": {"ratoi": None}}, r"^config: image: .*'ratoi' was unexpected"),
        ({"detect": {"evaluate_on": [None]}}, r"^config: detect\.evaluate_on\[0\]: None is not of"),
        ({"image": {"ratio": 0.5}}, r"^config: image\.ratio: 0\.5 is less than the minimum of 1$"),
        (
            {"datasets": {"bioscan1m": {"simulate": {"community": {"zeal": 1}}}}},
            r"^config: datasets\.bioscan1m\.simulate\.community: .*'zeal' was unexpected",
        ),
        (
            {"datasets": {"bioscan5m": {"simulate": {"community": {"noise": {"case": 2}}}}}},
            r"^config: datasets\.bioscan5m\.simulate\.community\.noise\.case: 2 is greater than",
        ),
    ],
)
def test_a_fault_is_one_line_with_its_key(overlay: dict[str, Any], fault: str):
    with pytest.raises(InputError, match=fault) as error:
        overlaid(overlay)
    assert "\n" not in str(error.value)
