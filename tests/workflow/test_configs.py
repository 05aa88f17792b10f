"""The configs, and what is said of broken ones."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from bioscan.acquire.catalogue import find_download
from bioscan.simulate import noise
from bioscan.simulate.annotation import LABELLED
from bioscan.simulate.community import Community
from bioscan.simulate.conditions import CONDITION_RATES, CONDITIONS
from bioscan.simulate.settings import OWN_KEYS
from tests.workflow.docs import described_keys
from tests.workflow.runs import ROOT, snakemake

SCHEMAS = ROOT / "workflow" / "schemas"

#: The files of the repository that are configs: those with the keys `run` and `datasets`.
CONFIGS = [
    path
    for path in sorted([*ROOT.glob("config/*.yaml"), *ROOT.glob("tests/**/*.yaml")])
    if {"run", "datasets"} <= set(re.findall(r"^(\w+):", path.read_text(), re.MULTILINE))
]


def dry_run(tmp_path, config: dict | str) -> str:
    path = tmp_path / "config.yaml"
    path.write_text(config if isinstance(config, str) else yaml.safe_dump(config))
    run = snakemake(ROOT, "--dry-run", "--directory", str(tmp_path), "--configfile", str(path))
    assert run.returncode != 0
    return run.stdout


@pytest.fixture
def tiny() -> dict:
    return yaml.safe_load((ROOT / "tests" / "workflow" / "tiny.yaml").read_text())


def jobs(output: str) -> dict[str, int]:
    table = output.split("Job stats:\n")[1]
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.M)}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The plans of all targets of two configs of the repository."""
    found = {}
    for name in ("full", "benchmarks"):
        folder = tmp_path_factory.mktemp(name)
        config = str(ROOT / "config" / f"{name}.yaml")
        run = snakemake(ROOT, "--dry-run", "--directory", str(folder), "--configfile", config)
        assert run.returncode == 0, run.stdout
        assert not list(folder.rglob("*.zip"))
        found[name] = run.stdout
    return found


def test_the_full_reproduction_is_planned(plans):
    counts = jobs(plans["full"])
    assert counts["train_classifier"] == 72 + 4  # 1M §5: 24 trials with 3 seeds each; Table A6
    assert 500 < counts["total"] < 3000


def test_the_slurm_profile_plans_it_where_there_is_neither_slurm_nor_conda(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    for command in ("bash", "which"):
        (tmp_path / "bin" / command).symlink_to(shutil.which(command))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    profile = ["--profile", str(ROOT / "profiles" / "slurm")]
    run = snakemake(ROOT, "--dry-run", "--directory", str(tmp_path), *profile)
    assert run.returncode == 0, run.stdout
    assert jobs(run.stdout)["train_classifier"] == 72 + 4


@pytest.mark.parametrize(("table", "runs"), [("table5", 72), ("tableA3", 72), ("tableA6", 4)])
def test_the_classifiers_behind_a_table_are_counted(tmp_path, table, runs):
    config = ["--configfile", str(ROOT / "config" / "full.yaml")]
    target = f"results/full/bioscan1m/tables/bioscan1m_{table}.csv"
    run = snakemake(ROOT, "--dry-run", "--directory", str(tmp_path), *config, "--", target)
    counts = jobs(run.stdout)
    assert counts["train_classifier"] == counts["evaluate_classifier"] == runs
    # The whole chain, from the downloads on.
    chain = ["fetch_file", "ingest_records", "partition_records", "convert_detector"]
    assert {*chain, "predict_boxes", "pack_images", "index_package"} <= counts.keys()


def test_the_demo_is_the_default(tmp_path):
    run = snakemake(ROOT, "--dry-run", "--directory", str(tmp_path))
    assert run.returncode == 0, run.stdout
    assert "results/demo/" in run.stdout


def test_an_unknown_key_is_named(tmp_path, tiny):
    tiny["curate"] = {"min_majorty": 0.9}
    assert "min_majorty" in dry_run(tmp_path, tiny)


def test_a_value_out_of_range_is_named(tmp_path, tiny):
    tiny["image"] = {"ratio": 0.5}
    output = dry_run(tmp_path, tiny)
    assert "0.5" in output
    assert "ratio" in output


def test_a_missing_key_is_named(tmp_path, tiny):
    del tiny["datasets"]["bioscan1m"]["simulate"]
    assert "simulate" in dry_run(tmp_path, tiny)


def test_a_dataset_that_is_not_there_is_named(tmp_path, tiny):
    tiny["classify"]["dataset"] = "bioscan2m"
    output = dry_run(tmp_path, tiny)
    assert "classify.dataset is 'bioscan2m', expected one of bioscan1m" in output


def test_weights_that_are_not_there_are_named(tmp_path, tiny):
    tiny["detect"]["detectors"]["masks"]["weights"] = "detr-resnet-51"
    fault = "detect.detectors.masks.weights is 'detr-resnet-51'"
    assert fault in dry_run(tmp_path, tiny)


def test_broken_yaml_is_one_clear_line(tmp_path):
    assert "Config file is not valid JSON or YAML" in dry_run(tmp_path, "run: [")


def test_an_overlay_that_the_readme_shows_is_planned(tmp_path):
    text = (ROOT / "config" / "README.md").read_text()
    overlay = tmp_path / "mine.yaml"
    overlay.write_text(re.search(r"<!-- overlay -->\n```yaml\n(.*?)```", text, re.DOTALL)[1])
    configs = ["--configfile", str(ROOT / "config" / "full.yaml"), str(overlay)]
    run = snakemake(ROOT, "--dry-run", "--directory", str(tmp_path), *configs)
    assert run.returncode == 0, run.stdout
    assert "results/mine/bioscan1m/" in run.stdout
    assert not re.search("results/full/|bioscan5m/|vit_base_patch16_224/ce", run.stdout)
    counts = jobs(run.stdout)
    assert counts["train_classifier"] == 2 * 2 * 2  # tasks, backbones, losses
    assert counts["convert_detector"] == 1


#: Files of the catalogue that only people can fetch. Their pages are checked below.
MANUAL = re.compile(r"BIOSCAN_5M_original_full\.\d\d\.zip|crop_tool_checkpoint\.ckpt$")


def fetched(output: str) -> dict[str, str]:
    """The files that a plan fetches → their keys in the catalogue."""
    names = {"bioscan1m/source": "data/BIOSCAN-1M", "bioscan5m/source": "data/BIOSCAN-5M"}
    found = re.findall(r"^Job \d+: Fetch (\S+)$", output, re.M)
    folders = {path: str(Path(path).parent) for path in found}
    return {
        path: f"{names.get(folder, folder)}/{Path(path).name}" for path, folder in folders.items()
    }


#: Files of the weights of two classifiers, of the image encoders and of those of DNA (5M §4.3).
WEIGHTS = 2 + 11 + 33

#: What multimodal retrieval takes beside these: the partitioning of its training sets, and the
#: weights of two encoders more.
RETRIEVAL = 1 + 4


@pytest.mark.parametrize(
    ("config", "files", "manual"),
    [
        # Metadata, three zips of 1M and 5M each, and the weights of encoders.
        ("benchmarks", 2 + 2 + 4 + WEIGHTS + RETRIEVAL, 0),
        # Metadata, the photographs of both papers, two detectors, and the weights.
        ("full", 2 + 113 + 5 + 2 + WEIGHTS + RETRIEVAL, 5 + 2),
    ],
)
def test_every_file_that_a_plan_needs_has_a_source_or_a_page(plans, config, files, manual):
    catalogue = yaml.safe_load((ROOT / "config" / "catalogue.yaml").read_text())
    needed = fetched(plans[config])
    downloads = {path: find_download(catalogue, key) for path, key in needed.items()}
    assert len(downloads) == files
    without_source = [path for path, download in downloads.items() if not download.sources]
    assert len(without_source) == manual
    assert all(MANUAL.search(path) for path in without_source)
    for path in without_source:
        assert downloads[path].manual.startswith("https://drive.google.com/drive/folders/"), path
    # All other inputs are made by rules, or are files of the repository: the plan is whole.
    assert not any("sets/" in path for path in downloads)
    assert "train_detector" not in jobs(plans[config])


def test_the_benchmarks_crop_nothing(plans):
    counts = jobs(plans["benchmarks"])
    assert counts["train_classifier"] == 72 + 4
    assert counts["copy_package"] == 2 * 16 + 64
    assert not counts.keys() & {"convert_detector", "predict_boxes", "pack_images", "draw_sheet"}


@pytest.mark.parametrize("target", ["all", "acquire"])
def test_without_the_ablation_the_benchmarks_need_46_gb(tmp_path, target):
    text = (ROOT / "config" / "DOWNLOADS.md").read_text()
    overlay = tmp_path / "less.yaml"
    overlay.write_text(re.search(r"```yaml\n(run: benchmarks_46\n.*?)```", text, re.DOTALL)[1])
    configs = ["--configfile", str(ROOT / "config" / "benchmarks.yaml"), str(overlay)]
    run = snakemake(ROOT, target, "--dry-run", "--directory", str(tmp_path), *configs)
    assert run.returncode == 0, run.stdout
    assert len(fetched(run.stdout)) == 2 + 1 + 4 + WEIGHTS + RETRIEVAL
    assert "original_256" not in run.stdout


@pytest.mark.parametrize("target", ["all", "acquire"])
def test_the_annotations_are_fetched_with_their_overlay_alone(tmp_path, target):
    names = ("full", "detectors_from_annotations")
    configs = ["--configfile", *(str(ROOT / "config" / f"{name}.yaml") for name in names)]
    run = snakemake(ROOT, target, "--dry-run", "--directory", str(tmp_path), *configs)
    assert run.returncode == 0, run.stdout
    found = fetched(run.stdout)
    assert len([path for path in found if path.startswith("detect/sets/")]) == 8 * 2
    assert not [path for path in found if "crop-tool" in path]


@pytest.mark.parametrize("target", ["all", "acquire"])
def test_the_workaround_without_a_browser_fetches_no_detector(tmp_path, target):
    text = (ROOT / "config" / "DOWNLOADS.md").read_text()
    overlay = tmp_path / "masks.yaml"
    overlay.write_text(re.search(r"```yaml\n(run: full_masks\n.*?)```", text, re.DOTALL)[1])
    configs = ["--configfile", str(ROOT / "config" / "full.yaml"), str(overlay)]
    run = snakemake(ROOT, target, "--dry-run", "--directory", str(tmp_path), *configs)
    assert run.returncode == 0, run.stdout
    # The photographs of both papers, two tables, and the weights of encoders.
    assert len(fetched(run.stdout)) == 113 + 5 + 2 + WEIGHTS + RETRIEVAL


# The schema, as an editor reads it.


def retrieve(uri: str) -> Resource:
    return Resource.from_contents(yaml.safe_load(Path(uri.removeprefix("file://")).read_text()))


def schema_parts(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of a schema that describes an object, with its place."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield path, node
        for key, value in node.items():
            yield from schema_parts(value, f"{path}/{key}")
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from schema_parts(value, f"{path}/{place}")


def test_the_configs_of_the_repository_are_found():
    names = {str(path.relative_to(ROOT)) for path in CONFIGS}
    assert {f"config/{n}.yaml" for n in ("benchmarks", "demo", "detector", "full")} < names
    assert {
        "tests/workflow/tiny.yaml",
        "tests/full/full.yaml",
        "tests/slurm/disturbed.yaml",
    } < names


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_config_names_its_schema_in_its_first_line_and_obeys_it(path):
    first, rest = path.read_text().split("\n", 1)
    schema = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)[1]
    assert not Path(schema).is_absolute()
    uri = (path.parent / schema).resolve().as_uri()
    validator = Draft202012Validator({"$ref": uri}, registry=Registry(retrieve=retrieve))
    assert uri.endswith("/workflow/schemas/config.schema.yaml")
    assert [error.message for error in validator.iter_errors(yaml.safe_load(rest))] == []


@pytest.mark.parametrize("path", sorted(SCHEMAS.iterdir()), ids=lambda path: path.name)
def test_a_schema_is_valid_and_refuses_unknown_keys(path):
    schema = yaml.safe_load(path.read_text())
    Draft202012Validator.check_schema(schema)
    objects = dict(schema_parts(schema, ""))
    assert objects
    open_places = {
        place for place, part in objects.items() if part.get("additionalProperties") is not False
    }
    # timm's own arguments.
    assert open_places <= {"/$defs/image_encoder/properties/options"}


def test_every_key_is_described_in_sentences():
    for key, meaning, _ in described_keys():
        assert re.match(r"[A-Z`]", meaning), key
        assert meaning.endswith("."), key
        assert len(meaning.split()) >= 4, key


def described(section: str) -> dict[str, str]:
    """The descriptions of the keys right below a section of a simulated dataset."""
    pattern = re.compile(rf"datasets\.<name>\.simulate\.{section}\.(\w+)")
    found = ((pattern.fullmatch(key), meaning) for key, meaning, _ in described_keys())
    return {match[1]: meaning for match, meaning in found if match}


def test_the_described_community_is_that_of_the_simulator():
    defaults = {field.name: field.default for field in fields(Community)}
    for name in OWN_KEYS:
        del defaults[name]  # what the config states, or follows from it, elsewhere
    community = described("community")
    assert community.keys() == defaults.keys()
    for name, default in defaults.items():
        if isinstance(default, bool | float):
            assert f"The default is `{str(default).lower()}`." in community[name]
        elif default is None:
            assert "The default is " in community[name]


def test_the_described_rates_are_those_of_the_simulator():
    assert described("community.labelled") == {
        rank: f"The share of the records labelled to the {rank}{deeper}. Published: {share} (1M), "
        f"{LABELLED['bioscan5m'][rank]} (5M)."
        for rank, share in LABELLED["bioscan1m"].items()
        for deeper in ("" if rank == "species" else " or deeper",)
    }
    kinds = described("community.noise")
    assert tuple(kinds) == noise.KINDS
    for kind, rate in noise.PUBLISHED_RATES.items():
        assert kinds[kind].endswith(f" Published: {rate}.")
    conditions = described("conditions")
    assert tuple(conditions) == CONDITIONS
    for condition, rate in CONDITION_RATES.items():
        assert conditions[condition].endswith(f" Normal release: {rate}.")
