"""From the config to paths."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from snakemake.utils import validate

from bioscan.core.errors import InputError
from bioscan.describe.tables import TABLES as MAKERS
from bioscan.layout import ARCHIVE, METADATA, PUBLISHED, SECTIONS, TABLES, Layout

ROOT = Path(__file__).parents[2]
CATALOGUE = yaml.safe_load((ROOT / "config/catalogue.yaml").read_text())


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    """Paths are relative to the working directory."""
    monkeypatch.chdir(ROOT)


def layout(config: dict[str, Any] | str) -> Layout:
    """The layout of a config, or of one of config/*.yaml, with its defaults filled in."""
    if isinstance(config, str):
        config = yaml.safe_load((ROOT / f"config/{config}.yaml").read_text())
    validate(config, str(ROOT / "workflow/schemas/config.schema.yaml"))
    return Layout(config, CATALOGUE, ROOT)


def example(**changes: Any) -> dict[str, Any]:
    """A small config of a simulated 1M, a simulated 5M and an own folder."""
    simulate = {"specimens": 10}
    of_1m = {"format": "bioscan1m", "source": "simulated", "archives": 2, "simulate": simulate}
    of_5m = {"format": "bioscan5m", "source": "simulated", "archives": 1, "simulate": simulate}
    own = {"format": "folder", "source": "own", "path": "my/wells", "table": "my/labels.csv"}
    return {
        "run": "example",
        "datasets": {"small1m": {**of_1m, "shards": 3}, "small5m": of_5m, "mine": own},
        "detector": {
            "weights": "config/detectors/small",
            "sets": {
                "drawn": {"simulate": {"wells": 4, "seed": 1}},
                "hand": {"annotations": "my/coco.json", "photographs": "my/photographs"},
            },
            "train": ["drawn", "hand"],
            "validate": "hand",
        },
        "classify": {
            "dataset": "small1m",
            "backbones": {"resnet": {"timm": "test_resnet"}, "vit": {"timm": "test_vit"}},
            "sizes": ["large"],
            "seeds": [0, 1],
        },
        **changes,
    }


# The configs that come with the workflow


def test_the_full_reproduction_trains_72_classifiers():
    runs = layout("full").runs
    assert len(runs) == 2 * 3 * 2 * 2 * 3  # tasks, sizes, backbones, losses, seeds
    assert len({tuple(run.values()) for run in runs}) == 72


def test_the_full_reproduction_has_the_published_archives():
    full = layout("full")
    of_1m, of_5m = full.archives("bioscan1m"), full.archives("bioscan5m")
    folder = "results/full/bioscan1m/source"
    assert len(of_1m) == 113
    assert of_1m[0] == f"{folder}/bioscan_images_original_full_part1.zip"
    assert of_1m[-1] == f"{folder}/bioscan_images_original_full_part113.zip"
    assert [Path(path).name for path in of_5m] == [
        f"BIOSCAN_5M_original_full.0{n}.zip" for n in range(1, 6)
    ]


def test_the_full_reproduction_starts_from_published_weights():
    full = layout("full")
    assert full.weights("detr-resnet-50") == [
        "results/full/weights/detr-resnet-50/config.json",
        "results/full/weights/detr-resnet-50/model.safetensors",
    ]
    assert full.backbone_weights("resnet50") == ["results/full/weights/resnet50/model.safetensors"]


def test_the_demo_downloads_nothing_that_it_needs():
    demo = layout("demo")
    needed = [*demo.weights(demo.config["detector"]["weights"]), *demo.training_sets("coco")]
    for dataset in demo.datasets:
        needed += demo.metadata(dataset) + demo.archives(dataset)
    for backbone in demo.config["classify"]["backbones"]:
        needed += demo.backbone_weights(backbone)
    downloads = {f"{demo.results}/{path}" for path in demo.artefacts}
    assert not downloads & set(needed)


@pytest.mark.parametrize("name", ["full", "demo"])
def test_every_published_table_is_a_file(name):
    config = layout(name)
    for table in PUBLISHED:
        (path,) = config.published(table)
        assert (ROOT / path).is_file()
    # What no paper prints as a table, and what the classifiers measure.
    assert {*config.described, "bioscan1m_table5"} == {*PUBLISHED, "columns"}


# Paths


def test_everything_lies_below_the_results_of_the_run():
    config = layout(example())
    assert config.results == "results/example"
    assert all(path.startswith("results/example/") for path in config.targets())


@pytest.mark.parametrize(
    ("dataset", "format"), [("small1m", "bioscan1m"), ("small5m", "bioscan5m")]
)
def test_simulated_metadata_has_the_published_name(dataset, format):
    (path,) = layout(example()).metadata(dataset)
    assert path == f"results/example/{dataset}/source/{METADATA[format]}"


def test_simulated_archives_have_the_published_names():
    folder = "results/example/small1m/source"
    assert layout(example()).archives("small1m") == [
        f"{folder}/{ARCHIVE['bioscan1m'].format(n=n)}" for n in (1, 2)
    ]


def test_an_own_folder_is_read_where_it_lies():
    config = layout(example())
    assert config.metadata("mine") == ["my/labels.csv"]
    assert config.archives("mine") == []
    assert config.photographs("mine") == config.folder("mine") == ["my/wells"]


def test_an_own_folder_needs_no_table():
    changed = example()
    del changed["datasets"]["mine"]["table"]
    assert layout(changed).metadata("mine") == []


def test_only_a_folder_is_a_folder():
    assert layout(example()).folder("small1m") == []


def test_datasets_are_chosen_by_format_and_source():
    config = layout(example())
    assert config.having(source="simulated") == ["small1m", "small5m"]
    assert config.having(source="simulated", format="bioscan5m") == ["small5m"]
    assert config.having(source="published") == []


def test_shards_have_four_digits():
    config = layout(example())
    assert config.shards("small1m") == ["0000", "0001", "0002"]
    assert config.sharded("boxes/{shard}.parquet", "mine") == ["boxes/0000.parquet"]
    assert config.packs("small5m", "cropped") == ["results/example/small5m/packs/cropped/0000.h5"]


def test_annotated_sets_are_simulated_or_the_users():
    config = layout(example())
    folder = "results/example/detector/sets/drawn"
    assert config.training_sets("coco") == [f"{folder}/instances.json", "my/coco.json"]
    assert config.training_sets("photographs") == [f"{folder}/photographs.zip", "my/photographs"]
    assert config.simulated_sets == ["drawn"]


def test_weights_may_be_a_folder_of_the_repository():
    assert "config/detectors/small/config.json" in layout(example()).weights(
        "config/detectors/small"
    )


def test_a_backbone_may_start_from_nothing():
    assert layout(example()).backbone_weights("resnet") == []


def test_files_of_the_repository_are_found_from_elsewhere(monkeypatch, tmp_path):
    config = layout(example())
    monkeypatch.chdir(tmp_path)
    assert Path(config.own("config/full.yaml")).resolve() == ROOT / "config/full.yaml"


def test_a_table_of_an_own_folder_has_no_published_values():
    config = layout(example())
    assert config.tables("mine") == ["ranks", "geography", "columns", "splits"]
    assert config.published("ranks") == []


def test_tables_and_figures_are_those_of_all_datasets_once():
    config = layout(example())
    assert config.described.count("columns") == 1
    assert {"bioscan1m_table2", "bioscan5m_tableA14", "splits"} <= set(config.described)
    assert {"bioscan1m_figure2", "bioscan5m_figureA10", "classes"} <= set(config.drawn)


def test_every_table_can_be_made():
    assert set(MAKERS) == {name for names in TABLES.values() for name in names}


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("bioscan1m_table1", "1 Records"),
        ("bioscan1m_table3", "3 Splits"),
        ("bioscan1m_table5", "4 Classification"),
        ("bioscan5m_figureA1", "1 Records"),
        ("splits", "3 Splits"),
    ],
)
def test_tables_and_figures_have_a_section_in_the_report(name, section):
    assert SECTIONS[name] == section


def test_a_format_without_datasets_matches_nothing():
    config = layout(example())
    assert re.fullmatch(config.only("bioscan1m"), "small1m")
    assert not re.match(layout("demo").only("folder"), "")


# Downloads


def test_what_may_be_downloaded_is_in_the_catalogue():
    config = layout("full")
    metadata = f"bioscan1m/source/{METADATA['bioscan1m']}"
    assert config.artefacts[metadata] == CATALOGUE["data"][METADATA["bioscan1m"]]
    assert config.artefacts["weights/resnet50/model.safetensors"]["sources"]
    assert config.artefacts["detector/sets/IW-150-val/instances.json"] == {}
    # An archive without an entry has no source, but may still be had by hand.
    assert config.artefacts[f"bioscan5m/source/{ARCHIVE['bioscan5m'].format(n=5)}"] == {}


def test_simulated_and_own_data_are_not_downloaded():
    paths = layout(example()).artefacts
    assert {path.split("/")[0] for path in paths} == {"weights", "detector"}


# Classification runs


def test_runs_are_all_combinations():
    runs = layout(example()).runs
    assert len(runs) == 2 * 1 * 2 * 2 * 2
    assert runs[0] == {
        "experiment": "large_insect_order",
        "backbone": "resnet",
        "loss": "ce",
        "package": "cropped_256",
        "seed": 0,
    }


def test_runs_of_one_experiment():
    runs = layout(example()).runs_of("large_diptera_family")
    assert len(runs) == 8
    assert {run["experiment"] for run in runs} == {"large_diptera_family"}


def test_each_run_has_a_folder_of_its_own():
    config = layout(example())
    files = config.run_files("metrics.json", config.runs)
    folder = "results/example/small1m/classify"
    assert files[0] == f"{folder}/large_insect_order/resnet/ce/cropped_256/seed0/metrics.json"
    assert len(set(files)) == len(config.runs)


def test_settings_of_a_run_hold_what_shapes_it_and_nothing_else():
    settings = layout(example()).training_settings(SimpleNamespace(loss="focal", seed="1"))
    assert settings["loss"] == "focal" and settings["seed"] == 1
    assert settings["epochs"] == 100 and settings["optimizer"] == "sgd"  # defaults
    assert not settings.keys() & {"backbones", "sizes", "tasks", "seeds", "losses", "dataset"}


def test_settings_of_the_detector_leave_out_where_its_sets_come_from():
    settings = layout(example()).detector_settings
    assert settings["epochs"] == 10 and settings["threshold"] == 0.5
    assert not settings.keys() & {"sets", "train", "validate", "weights"}


def test_without_classification_nothing_is_classified():
    changed = example()
    del changed["classify"]
    config = layout(changed)
    assert config.runs == []
    assert not any("confusion" in path or "table5" in path for path in config.targets())


def test_targets_name_each_dataset_and_experiment():
    targets = layout(example()).targets()
    assert len(targets) == len(set(targets))
    assert {
        "results/example/detector/report/detector.html",
        "results/example/small1m/report/bioscan1m_table3.html",
        "results/example/small5m/report/bioscan5m_table3.html",
        "results/example/small5m/figures/bioscan5m_figureA1.png",
        "results/example/mine/report/splits.html",
        "results/example/mine/packs/cropped_256/index.parquet",
        "results/example/small1m/report/bioscan1m_table5.html",
        "results/example/small1m/figures/confusion_large_diptera_family.png",
    } <= set(targets)


# Mistakes


def change(config: dict, path: str, value: Any) -> dict:
    """Set one key, given its path."""
    *parents, last = path.split("/")
    place = config
    for key in parents:
        place = place[key]
    place[last] = value
    return config


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("detector/train", ["lost"], "detector.train is 'lost', expected one of drawn, hand"),
        ("detector/validate", "lost", "detector.validate is 'lost', expected one of drawn, hand"),
        (
            "detector/sets/lost",
            {"acquire": True},
            "detector.sets.lost is 'lost', expected one of IP-1000, IW-1000, NWC-837, IW-150-val",
        ),
        (
            "detector/weights",
            "lost",
            "detector.weights is 'lost', which is neither in config/catalogue.yaml "
            "nor a folder with a config.json",
        ),
        ("classify/dataset", "small5m", "classify.dataset is 'small5m', expected one of small1m"),
        (
            "classify/package",
            "cropped",
            "classify.package is 'cropped', expected one of original_256, cropped_256",
        ),
        (
            "classify/backbones/vit/weights",
            "lost",
            "classify.backbones.vit.weights is 'lost', expected one of detr-resnet-50, resnet50, "
            "vit_base_patch16_224",
        ),
    ],
)
def test_an_unknown_name_is_one_clear_line(path, value, fault):
    with pytest.raises(InputError) as error:
        layout(change(example(), path, value))
    assert str(error.value) == f"config: {fault}"


def test_without_a_1m_dataset_there_is_none_to_name():
    changed = example()
    del changed["datasets"]["small1m"]
    with pytest.raises(InputError, match="expected one of none"):
        layout(changed)
