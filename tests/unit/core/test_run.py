"""The parts of a run that its stages share."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from bioscan.core.run import any_of
from tests.unit.configs import PACKAGED, ROOT, example, fault, layout


class Wildcards(SimpleNamespace):
    """Like Snakemake's: attributes with their names."""

    def items(self):
        return vars(self).items()


def test_results_are_named_after_the_run():
    run = layout(example()).run
    assert run.results == "results/example"
    assert run.path("{dataset}/a.csv", dataset="mine") == "results/example/mine/a.csv"


def test_datasets_are_chosen_by_format_and_source():
    run = layout(example()).run
    assert run.having(source="simulated") == ["small1m", "small5m"]
    assert run.having(source="simulated", format="bioscan5m") == ["small5m"]
    assert run.having(source="published") == []


def test_own_files_in_a_published_format_are_of_own_specimens_unless_said_to_be_copies():
    own = {"format": "bioscan1m", "source": "own", "table": "my/1m.tsv", "archives": 1}
    changed = example()
    changed["datasets"] |= {"wells": own, "copy": {**own, "copy_of_published": True}}
    run = layout(changed).run
    assert {name: run.specimens_of(name) for name in run.datasets} == {
        "small1m": "simulated",
        "small5m": "simulated",
        "mine": "own",
        "wells": "own",
        "copy": "published",
    }
    assert run.measured_boxes("wells") and not run.measured_boxes("copy")


@pytest.mark.parametrize("dataset", ["mine", "small1m"])
def test_only_own_files_in_a_published_format_can_be_copies(dataset):
    assert f"config: datasets.{dataset}." in fault(f"datasets/{dataset}/copy_of_published", True)


def test_published_barcodes_all_count_and_ones_own_from_100_letters():
    changed = example()
    changed["datasets"]["other"] = changed["datasets"]["mine"] | {"min_barcode_letters": 150}
    run = layout(changed).run
    found = {name: run.min_barcode_letters(name) for name in run.datasets}
    assert found == {"small1m": 0, "small5m": 0, "mine": 100, "other": 150}


def test_shards_have_four_digits():
    run = layout(example()).run
    assert run.shards("small1m") == ["0000", "0001", "0002"]
    boxes = run.all_shards("results/{dataset}/{kind}/{shard}.parquet")
    assert boxes(Wildcards(dataset="mine", kind="boxes")) == ["results/mine/boxes/0000.parquet"]


def test_weights_may_be_a_folder_of_the_repository():
    folder = "config/detectors/rt_detr"
    assert f"{folder}/config.json" in layout(example()).run.weights(folder)


def test_without_a_name_there_are_no_weights():
    assert layout(example()).run.weights(None) == []


def test_files_of_the_repository_are_found_from_elsewhere(monkeypatch, tmp_path):
    run = layout(example()).run
    monkeypatch.chdir(tmp_path)
    assert Path(run.own("config/full.yaml")).resolve() == ROOT / "config/full.yaml"


def test_published_values_are_found_by_the_name_of_the_table():
    run = layout(example()).run
    assert run.published("bioscan1m_table5") == ["config/published/bioscan1m_table5.csv"]
    assert run.published("ranks") == []


def test_a_constraint_of_no_names_matches_nothing():
    assert re.fullmatch(any_of(["a", "b"]), "b")
    assert not re.match(any_of([]), "")


def test_datasets_of_packages_or_of_records_alone_are_not_cropped():
    config = example()
    config["datasets"] |= PACKAGED
    run = layout(config).run
    assert run.cropped == ["small1m", "small5m", "mine"]
    assert run.packaged == ["given"]
    assert run.packages("given") == ["original_256", "cropped_256"]
    assert run.packages("mine") == ["original_256", "cropped_256"]
    run.datasets["records"] = {"format": "bold", "source": "own", "table": "my/export.tsv"}
    assert "records" not in run.cropped + run.packaged
    assert run.packages("records") == []


def test_packages_are_those_of_any_dataset():
    config = example(image={"packages": ["cropped"]})
    config["datasets"] |= PACKAGED
    del config["classify"]
    assert layout(config).run.all_packages == ["cropped", "original_256", "cropped_256"]
