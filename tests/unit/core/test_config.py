"""From the merged files of a config to the config that the workflow reads."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config, validate

from bioscan.core.config import read_yaml, validated
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
    noise = {"simulate": {"community": {"noise": {"conflict": 0.1}}}}
    datasets = overlaid({"datasets": {"bioscan1m": noise}})["datasets"]
    shares = {
        name: dataset["simulate"]["community"]["noise"]["conflict"]
        for name, dataset in datasets.items()
        if "simulate" in dataset
    }
    assert shares == {"bioscan1m": 0.1, "bioscan5m": 0.05}


@pytest.mark.parametrize("section", ["classify", "release"])
def test_a_null_leaves_out_a_stage(section: str):
    assert section in overlaid({})
    assert section not in overlaid({section: None})


def test_a_null_leaves_out_an_entry():
    config = overlaid({"datasets": {"bioscan5m": None}, "detect": {"detectors": {"rt_detr": None}}})
    assert list(config["datasets"]) == ["bioscan1m", "new"]
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
    mine = {"simulate": None, "annotations": "my/coco.json", "images": "my/images.zip"}
    sets = overlaid({"detect": {"sets": {"wells_val": mine}}})["detect"]["sets"]
    assert sets["wells_val"] == {"annotations": "my/coco.json", "images": "my/images.zip"}
    assert list(sets["wells_train"]) == ["simulate"]


def test_a_key_that_a_null_removes_and_the_schema_requires_is_named():
    with pytest.raises(InputError, match=r"^config: the key 'datasets' is missing$"):
        overlaid({"datasets": None})


# Files


def merged(*files: Path) -> dict[str, Any]:
    """The config of some files, as Snakemake merges them and this project checks it."""
    config: dict[str, Any] = {}
    for file in files:
        update_config(config, yaml.safe_load(file.read_text()))
    return validated(config, SCHEMA, files)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file to write an overlay to, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mine.yaml"


DEMO = ROOT / "config" / "demo.yaml"


def test_a_fault_names_the_last_file_that_has_the_key(mine: Path):
    mine.write_text("datasets: 2024")
    with pytest.raises(InputError) as error:
        merged(DEMO, mine)
    assert str(error.value) == (
        "config: datasets is 2024, expected keys with values (in mine.yaml)"
    )
    mine.write_text("image: {ratio: 2}")
    config = read("config/demo.yaml", {"image": {"quality": 0}})  # as by --config
    with pytest.raises(InputError, match=r"quality is 0, expected at least 1$"):
        validated(config, SCHEMA, [DEMO, mine])


def test_a_missing_key_names_the_file_of_what_lacks_it(mine: Path):
    mine.write_text("datasets: {moths: {format: folder, source: own}}")
    with pytest.raises(InputError) as error:
        merged(DEMO, mine)
    assert str(error.value) == "config: datasets.moths: the key 'path' is missing (in mine.yaml)"


@pytest.mark.parametrize("name", ["2024", "no", "1.5", "~", "2024-01-01"])
def test_a_name_that_yaml_takes_for_something_else_is_shown(mine: Path, name: str):
    mine.write_text(f"datasets: {{{name}: {{format: folder, source: own, path: a}}}}")
    with pytest.raises(InputError) as error:
        merged(DEMO, mine)
    taken = {"no": "false", "~": "null", "2024-01-01": "2024-01-01 (a date)"}.get(name, name)
    assert str(error.value) == (
        f"config: datasets: the key {taken} is not text; begin it with a letter, or put it between "
        "quotation marks (in mine.yaml)"
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("run: a\nimage: {}\nrun: b", "the key 'run' is given twice, in lines 1 and 3; remove one"),
        (
            "datasets:\n  - {a: 1}\n  - {b: 1, c: 2,\n b: 2}",
            "the key 'b' is given twice, in lines 3 and 4; remove one",
        ),
        ("a: 1\n\tb: 2", "line 2 is not YAML: found a tab character that violates indentation"),
        ("a: 1\nb: [\n", "line 3 is not YAML: did not find expected node content"),
        ("a: b: c", "line 1 is not YAML: mapping values are not allowed in this context"),
    ],
)
def test_a_file_that_cannot_be_taken_as_it_is_names_the_line(mine: Path, text: str, fault: str):
    mine.write_text(text)
    with pytest.raises(InputError) as error:
        read_yaml(mine)
    assert str(error.value) == f"{mine}: {fault}"


def test_a_file_of_other_bytes_is_refused(mine: Path):
    mine.write_bytes(b"run: caf\xe9")
    with pytest.raises(InputError, match=r"mine\.yaml: is not YAML: .*"):
        read_yaml(mine)


def test_anchors_and_merges_give_no_key_twice(mine: Path):
    text = """
        first: &first {a: 1, b: &b [x, x]}
        second: &second {<<: *first, a: 2}
        third: {<<: [*second, *first], b: *b, c: *first}
    """
    mine.write_text(text)
    assert read_yaml(mine) == yaml.safe_load(text)


@pytest.mark.parametrize("text", ["", "# nothing", "- a", "5", '{\n\t"run": "a"\n}'])
def test_any_yaml_is_read_as_it_is(mine: Path, text: str):
    mine.write_text(text)
    assert read_yaml(mine) == (json.loads(text) if "{" in text else yaml.safe_load(text))
