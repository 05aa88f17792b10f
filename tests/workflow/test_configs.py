"""The configs, and what is said of broken ones."""

import re
import shutil

import pytest
import yaml

from tests.workflow.runs import ROOT, snakemake


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


def test_the_full_reproduction_is_planned(tmp_path):
    config = str(ROOT / "config" / "full.yaml")
    run = snakemake(ROOT, "--dry-run", "--directory", str(tmp_path), "--configfile", config)
    assert run.returncode == 0, run.stdout
    counts = jobs(run.stdout)
    assert counts["train_classifier"] == 72 + 4  # 1M §5: 24 trials with 3 seeds each; Table A6
    assert 500 < counts["total"] < 3000
    assert not list(tmp_path.rglob("*.zip"))


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
    chain = ["fetch_artefact", "ingest_records", "partition_records", "train_detector"]
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
