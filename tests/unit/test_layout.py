"""From the config to paths."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from snakemake.utils import validate

from bioscan.core.errors import InputError
from bioscan.core.records import SPLITS
from bioscan.describe.tables import TABLES as MAKERS
from bioscan.layout import (
    ARCHIVE,
    CLASSIFIER_FIGURES,
    CLASSIFIER_TABLES,
    DETECTOR_TABLES,
    METADATA,
    PUBLISHED,
    SECTIONS,
    TABLES,
    Layout,
)

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
        "detect": {
            "sets": {
                "drawn": {"simulate": {"wells": 4, "seed": 1}},
                "hand": {"annotations": "my/coco.json", "images": "my/images"},
            },
            "evaluate_on": [["hand"], ["drawn", "hand"]],
            "detectors": {
                "small": {"weights": "config/detectors/rt_detr", "train": ["drawn", "hand"]},
            },
        },
        "classify": {
            "dataset": "small1m",
            "backbones": {"resnet": {"timm": "test_resnet"}, "vit": {"timm": "test_vit"}},
            "grid": [{"sizes": ["large"], "seeds": [0, 1]}],
        },
        **changes,
    }


def classify(**changes: Any) -> Layout:
    """The layout of the example with other settings of its classification experiments."""
    config = example()
    config["classify"] |= changes
    return layout(config)


# The configs that come with the workflow


def test_the_full_reproduction_trains_72_classifiers_and_4_for_the_ablation():
    full = layout("full")
    grid, ablation = ({tuple(run.values()) for run in runs} for runs in (full.grid, full.ablation))
    assert (
        len(full.grid) == len(grid) == 2 * 3 * 2 * 2 * 3
    )  # tasks, sizes, backbones, losses, seeds
    assert len(full.ablation) == len(ablation) == 2 * 2  # tasks, packages
    assert not grid & ablation


def test_the_full_reproduction_trains_fewer_epochs_on_large_subsets():
    """1M §5: fewer than the 100 of Table 4."""
    full = layout("full")
    recipes = {(run["experiment"].split("_")[0], run["recipe"]) for run in full.grid}
    assert recipes == {("small", "paper"), ("medium", "paper"), ("large", "paper_large")}
    large, small = (
        full.training_settings(SimpleNamespace(recipe=name, loss="ce", seed="0"))
        for name in ("paper_large", "paper")
    )
    assert large == {**small, "epochs": 30}


def test_the_full_reproduction_has_the_ablation_of_table_a6():
    """1M §A7.3.3: ResNet-50, cross-entropy, Small, 100 and 40 epochs with Adam."""
    full = layout("full")
    names = ("experiment", "backbone", "loss", "package", "recipe", "seed")
    assert [tuple(run[name] for name in names) for run in full.ablation] == [
        (f"small_{task}", "resnet50", "ce", package, recipe, 0)
        for task, recipe in (("insect_order", "adamw_100"), ("diptera_family", "adamw_40"))
        for package in ("original_256", "cropped_256")
    ]
    for recipe, epochs in (("adamw_100", 100), ("adamw_40", 40)):
        settings = full.training_settings(SimpleNamespace(recipe=recipe, loss="ce", seed="0"))
        assert (settings["optimizer"], settings["epochs"]) == ("adamw", epochs)


def test_the_demo_trains_once_what_both_its_grid_and_its_ablation_have():
    demo = layout("demo")
    grid = demo.run_files("metrics.json", demo.grid)
    ablation = demo.run_files("metrics.json", demo.ablation)
    assert len(grid) == 2 * 2 * 2 * 2  # tasks, backbones, losses, seeds
    assert len(ablation) == 2 * 2 * 2  # tasks, packages, seeds
    assert set(ablation) - set(grid) == {path for path in ablation if "original_256" in path}
    assert len(set(ablation) & set(grid)) == 2 * 2


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
    needed = []
    for name in demo.detectors:
        needed += demo.starts_from(name) + demo.training_sets(name, "coco")
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
    # What no paper prints as a table, and what the models measure.
    measured = {*CLASSIFIER_TABLES, *DETECTOR_TABLES}
    assert {*config.described, *measured} == {*PUBLISHED, "columns"}


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
    assert config.images("mine") == config.folder("mine") == ["my/wells"]


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
    folder = "results/example/detect/sets/drawn"
    assert config.training_sets("small", "coco") == [f"{folder}/instances.json", "my/coco.json"]
    assert config.training_sets("small", "images") == [
        f"{folder}/images.zip",
        "my/images",
    ]
    assert config.simulated_sets == ["drawn"]


def detectors(**more: dict[str, Any]) -> dict[str, Any]:
    """The example with more detectors."""
    config = example()
    config["detect"]["detectors"] |= more
    for dataset in config["datasets"].values():
        dataset["detector"] = "small"
    return config


def test_a_detector_may_start_from_another():
    config = layout(
        detectors(
            finer={"weights": "small", "train": ["hand"]},
            same={"weights": "finer"},
        )
    )
    folder = "results/example/detect/models"
    of_small = [f"{folder}/small/config.json", f"{folder}/small/model.safetensors"]
    assert config.starts_from("finer") == config.detector("small") == of_small
    assert config.detector("finer")[1] == f"{folder}/finer/model.safetensors"
    # What learns nothing is what it starts from.
    assert config.detector("same") == config.detector("finer")
    assert config.trained_detectors == ["small", "finer"]


def test_a_dataset_names_its_detector_or_has_the_only_one():
    assert layout(example()).detector_of("mine") == "small"
    config = detectors(other={"weights": "config/detectors/rt_detr_wells"})
    config["datasets"]["mine"]["detector"] = "other"
    assert layout(config).detector_of("mine") == "other"
    assert layout(config).detector_of("small1m") == "small"


def test_each_detector_is_judged_on_each_group_of_sets():
    config = layout(detectors(other={"weights": "config/detectors/rt_detr_wells"}))
    assert config.metrics() == [
        f"results/example/detect/metrics/{name}.json"
        for name in ("small/hand", "small/drawn+hand", "other/hand", "other/drawn+hand")
    ]
    assert config.detector_tables == ["detectors"]


def test_the_full_reproduction_has_the_tables_that_judge_detectors():
    full = layout("full")
    assert full.detector_tables == ["detectors", "bioscan1m_tableA5", "bioscan5m_tableA7"]
    # 5M §A4.1: the detector of BIOSCAN-5M goes on from that of BIOSCAN-1M.
    assert full.starts_from("bioscan5m") == full.detector("bioscan1m")
    assert [full.detector_of(name) for name in full.datasets] == list(full.datasets)


def test_weights_may_be_a_folder_of_the_repository():
    assert "config/detectors/rt_detr/config.json" in layout(example()).weights(
        "config/detectors/rt_detr"
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
        ("bioscan1m_tableA6", "4 Classification"),
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
    assert config.artefacts[metadata] == f"data/BIOSCAN-1M/{METADATA['bioscan1m']}"
    weights = "weights/resnet50/model.safetensors"
    assert config.artefacts[weights] == weights
    annotations = "detect/sets/IW-150-val/instances.json"
    assert config.artefacts[annotations] == "annotations/IW-150-val/instances.json"
    # What the run does not need may be asked for.
    assert "bioscan5m/source/BIOSCAN_5M_cropped_256.zip" in config.artefacts
    assert config.download(metadata) == (
        f"results/downloads/data/BIOSCAN-1M/{METADATA['bioscan1m']}"
    )


def test_an_archive_that_the_catalogue_does_not_know_may_be_had_by_hand():
    changed = example()
    changed["datasets"]["small5m"] |= {"source": "published", "archives": 6}
    archive = ARCHIVE["bioscan5m"].format(n=6)
    assert layout(changed).artefacts[f"small5m/source/{archive}"] == f"data/BIOSCAN-5M/{archive}"


def test_a_download_has_its_licence_beside_it():
    config = layout("full")
    assert config.licence_of("bioscan1m/source/original_256.zip") == [
        "results/full/bioscan1m/source/LICENCE.txt"
    ]
    assert config.licence_of("weights/resnet50/model.safetensors") == [
        "results/full/weights/resnet50/LICENCE.txt"
    ]
    assert config.licence_of("detect/sets/IW-150-val/instances.json") == []


def test_simulated_and_own_data_are_not_downloaded():
    paths = layout(example()).artefacts
    assert {path.split("/")[0] for path in paths} == {"weights"}


# Classification runs


def test_runs_are_all_combinations():
    runs = layout(example()).grid
    assert len(runs) == 2 * 1 * 2 * 2 * 2
    assert runs[0] == {
        "experiment": "large_insect_order",
        "backbone": "resnet",
        "loss": "ce",
        "package": "cropped_256",
        "recipe": "paper",
        "seed": 0,
    }


def test_a_config_without_a_grid_has_the_whole_one():
    config = example()
    del config["classify"]["grid"]
    found = layout(config)
    assert len(found.grid) == 2 * 3 * 2 * 2 * 3  # tasks, sizes, backbones, losses, seeds
    assert found.ablation == []


def test_a_backbone_more_is_one_line_of_config():
    config = example()
    config["classify"]["backbones"]["convnext"] = {"timm": "test_convnext"}
    before, after = layout(example()).grid, layout(config).grid
    assert len(after) == len(before) * 3 // 2
    assert [run for run in after if run["backbone"] != "convnext"] == before


def test_a_block_may_name_some_of_the_backbones():
    blocks = [{"tasks": ["insect_order"], "backbones": ["vit"], "seeds": [5]}]
    runs = classify(grid=blocks).grid
    assert {(run["backbone"], run["seed"]) for run in runs} == {("vit", 5)}
    assert len(runs) == 3 * 2  # sizes, losses


def test_blocks_are_added_up_and_what_two_of_them_name_is_run_once():
    one = {"tasks": ["insect_order"], "sizes": ["small"], "losses": ["ce"], "seeds": [0]}
    runs = classify(grid=[one, {**one, "seeds": [1, 0, 1]}]).grid
    assert [(run["backbone"], run["seed"]) for run in runs] == [
        ("resnet", 0),
        ("vit", 0),
        ("resnet", 1),
        ("vit", 1),
    ]


def test_each_run_has_a_folder_of_its_own():
    config = layout(example())
    files = config.run_files("metrics.json", config.grid)
    folder = "results/example/small1m/classify"
    assert files[0] == f"{folder}/large_insect_order/resnet/ce/cropped_256/paper/seed0/metrics.json"
    assert len(set(files)) == len(config.grid)


def test_runs_that_differ_in_their_recipe_or_package_have_other_folders():
    block = {"sizes": ["small"], "seeds": [0], "packages": ["original_256", "cropped_256"]}
    config = classify(grid=[block, {**block, "recipe": "released"}])
    assert len(set(config.run_files("", config.grid))) == 2 * 2 * 2 * 2 * 2


def test_what_is_drawn_of_an_experiment_has_one_package_and_recipe():
    small = {"sizes": ["small"], "seeds": [0]}
    config = classify(
        grid=[
            {**small, "packages": ["original_256", "cropped_256"], "recipe": "released"},
            {**small, "packages": ["original_256"]},
            {"sizes": ["large"], "seeds": [0]},
        ]
    )
    runs = config.grid_of("small_diptera_family")
    assert runs == [
        {
            "experiment": "small_diptera_family",
            "backbone": backbone,
            "loss": loss,
            "package": "original_256",
            "recipe": "released",
            "seed": 0,
        }
        for backbone in ("resnet", "vit")
        for loss in ("ce", "focal")
    ]
    assert {run["recipe"] for run in config.grid_of("large_insect_order")} == {"paper"}


def test_curves_are_drawn_of_the_grid_and_the_ablation_of_its_own_runs():
    block = {"sizes": ["large"], "backbones": ["vit"], "losses": ["ce"], "seeds": [0]}
    config = classify(ablation=[{**block, "packages": ["original_256", "cropped_256"]}])
    name = "large_insect_order"
    assert config.drawn_together("curves", name) == config.grid_of(name)
    ablation = config.drawn_together("ablation", name)
    assert [(run["backbone"], run["package"]) for run in ablation] == [
        ("vit", "original_256"),
        ("vit", "cropped_256"),
    ]
    assert {run["experiment"] for run in ablation} == {name}


def settings_of(config: Layout, recipe: str) -> dict[str, Any]:
    return config.training_settings(SimpleNamespace(loss="focal", seed="1", recipe=recipe))


def test_there_is_always_the_recipe_of_the_paper():
    """1M Table 4; the focal loss as released."""
    assert settings_of(classify(recipes={"mine": {}}), "paper") == {
        "loss": "focal",
        "seed": 1,
        "image_size": 256,
        "crop_size": 224,
        "normalise": True,
        "epochs": 100,
        "batch_size": 32,
        "device_batch_size": None,
        "precision": "float32",
        "optimizer": "sgd",
        "learning_rate": 0.001,
        "decay_epochs": [],
        "momentum": 0.9,
        "nesterov": False,
        "weight_decay": 0.0001,
        "focal_gamma": 2,
        "focal_alpha": None,
    }


def test_there_is_always_the_recipe_of_the_released_code():
    config = classify(recipes={"mine": {}})
    beyond = {"nesterov": True, "decay_epochs": [20, 25], "normalise": False}
    assert settings_of(config, "released") == {**settings_of(config, "paper"), **beyond}


def test_a_recipe_says_what_differs_from_that_of_the_paper():
    config = classify(recipes={"mine": {"epochs": 7, "focal_alpha": "inverse_frequency"}})
    changed = {"epochs": 7, "focal_alpha": "inverse_frequency"}
    assert settings_of(config, "mine") == {**settings_of(config, "paper"), **changed}


def test_settings_of_a_detector_leave_out_what_it_learns_from():
    settings = layout(example()).detector_settings("small")
    assert settings["epochs"] == 10 and settings["threshold"] == 0.5
    assert not settings.keys() & {"train", "weights"}


def test_without_classification_nothing_is_classified():
    changed = example()
    del changed["classify"]
    config = layout(changed)
    assert config.classified is None
    assert config.grid == config.ablation == []
    assert config.grid_experiments == config.ablation_experiments == []
    classified = set(layout(example()).targets()) - set(config.targets())
    # Of two experiments, and the tables that need no ablation.
    assert len(classified) == 2 * (len(CLASSIFIER_FIGURES) + 1) + len(CLASSIFIER_TABLES) - 1
    assert set(config.targets()) < set(layout(example()).targets())


def test_an_ablation_has_a_table_and_a_figure_of_each_of_its_experiments():
    block = {"tasks": ["insect_order"], "sizes": ["small", "medium"]}
    more = set(classify(ablation=[block]).targets()) - set(layout(example()).targets())
    assert more == {
        "results/example/small1m/report/bioscan1m_tableA6.html",
        "results/example/small1m/figures/ablation_small_insect_order.png",
        "results/example/small1m/figures/ablation_medium_insect_order.png",
    }


def test_targets_name_each_dataset_and_experiment():
    targets = layout(example()).targets()
    assert len(targets) == len(set(targets))
    assert {
        "results/example/detect/report/detectors.html",
        "results/example/small1m/report/bioscan1m_table3.html",
        "results/example/small5m/report/bioscan5m_table3.html",
        "results/example/small5m/figures/bioscan5m_figureA1.png",
        "results/example/mine/report/splits.html",
        "results/example/mine/packs/cropped_256/index.parquet",
        "results/example/small1m/report/bioscan1m_table5.html",
        "results/example/small1m/report/bioscan1m_tableA3.html",
        "results/example/small1m/report/bioscan1m_tableA4.html",
        "results/example/small1m/report/bioscan1m_sectionA64.html",
        "results/example/small1m/report/suspects_large_insect_order.html",
        "results/example/small1m/figures/confusion_large_diptera_family.png",
        "results/example/small1m/figures/accuracy_large_diptera_family.png",
        "results/example/small1m/figures/curves_large_insect_order.png",
    } <= set(targets)


# Releases


def release(*packages: str, archives: int = 2) -> Layout:
    changed = example(image={"packages": list(packages)}, release={"packages": list(packages)})
    changed["datasets"]["small1m"]["archives"] = archives
    return layout(changed)


def test_a_release_of_5m_has_the_archives_of_its_table_a2():
    found = release("cropped", "original_256", "cropped_256").released("small5m")
    assert list(found) == [
        "BIOSCAN_5M_cropped.zip",
        "BIOSCAN_5M_original_256.zip",
        "BIOSCAN_5M_original_256_pretrain.zip",
        "BIOSCAN_5M_original_256_train.zip",
        "BIOSCAN_5M_original_256_eval.zip",
        "BIOSCAN_5M_cropped_256.zip",
        "BIOSCAN_5M_cropped_256_pretrain.zip",
        "BIOSCAN_5M_cropped_256_train.zip",
        "BIOSCAN_5M_cropped_256_eval.zip",
    ]
    whole, *parts = list(found.values())[1:5]
    assert whole == {"package": "original_256", "where": {}}
    assert all(part["package"] == "original_256" for part in parts)
    splits = [split for part in parts for split in part["where"]["split"]]
    assert len(splits) == 8
    assert set(splits) == set(SPLITS)


def test_a_release_of_1m_has_the_published_archives():
    found = release("original_256", "cropped_256", "cropped", archives=113).released("small1m")
    # 113 parts in six zips, 20 in each but the last (1M §A1.1).
    cropped = [f"bioscan_images_cropped_part{n}-{min(n + 19, 113)}.zip" for n in range(1, 113, 20)]
    assert list(found) == ["original_256.zip", "cropped_256.zip", *cropped]
    parts = [part for name in cropped for part in found[name]["where"]["image_part"]]
    assert parts == list(range(1, 114))
    assert "bioscan_images_cropped_part101-113.zip" in found


def test_a_folder_is_released_like_5m():
    config = release("cropped_256")
    assert config.released("mine") == config.released("small5m")
    folder = "results/example/mine/release"
    assert {
        f"{folder}/BIOSCAN_5M_cropped_256_train.zip",
        f"{folder}/{METADATA['bioscan5m']}",
    } <= set(config.targets())


def test_without_a_release_nothing_is_released():
    config = layout(example())
    assert not any("/release/" in path for path in config.targets())
    assert config.released_names == []


# Images of one's own


def test_images_may_be_read_from_other_archives():
    changed = example()
    changed["datasets"]["small5m"] |= {"source": "published", "images": ["my/clibd.hdf5"]}
    config = layout(changed)
    assert config.archives("small5m") == config.images("small5m") == ["my/clibd.hdf5"]
    assert f"small5m/source/{METADATA['bioscan5m']}" in config.artefacts


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
        (
            "detect/detectors/small/train",
            ["lost"],
            "detect.detectors.small.train is 'lost', expected one of drawn, hand",
        ),
        (
            "detect/evaluate_on",
            [["lost"]],
            "detect.evaluate_on is 'lost', expected one of drawn, hand",
        ),
        (
            "detect/sets/lost",
            {"acquire": True},
            "detect.sets.lost is 'lost', expected one of IP-100, IP-1000, IW-150, IW-1000, "
            "NWC-837, IP-100-val, IW-150-val, NWC-100-val",
        ),
        (
            "detect/detectors/small/weights",
            "lost",
            "detect.detectors.small.weights is 'lost', which is neither in config/catalogue.yaml "
            "nor a folder with a config.json",
        ),
        (
            "detect/detectors/small/weights",
            "small",
            "detect.detectors.small.weights is 'small', expected a detector that is named before "
            "it",
        ),
        (
            "detect/detectors/small/train",
            [],
            "detect.detectors.small.weights is 'config/detectors/rt_detr', which has no "
            "model.safetensors, and the detector learns from no set (train)",
        ),
        (
            "datasets/mine/detector",
            "lost",
            "datasets.mine.detector is 'lost', expected one of small",
        ),
        (
            "detect/detectors/other",
            {"weights": "config/detectors/rt_detr_wells"},
            "datasets.small1m.detector is not given, expected one of small, other",
        ),
        ("classify/dataset", "small5m", "classify.dataset is 'small5m', expected one of small1m"),
        (
            "classify/grid",
            [{}, {"packages": ["cropped"]}],
            "classify.grid.packages is 'cropped', expected one of original_256, cropped_256",
        ),
        (
            "classify/grid",
            [{"backbones": ["vit", "lost"]}],
            "classify.grid.backbones is 'lost', expected one of resnet, vit",
        ),
        (
            "classify/grid",
            [{"recipe": "lost"}],
            "classify.grid.recipe is 'lost', expected one of paper, released",
        ),
        (
            "classify/ablation",
            [{"recipe": "lost"}],
            "classify.ablation.recipe is 'lost', expected one of paper, released",
        ),
        (
            "release",
            {"packages": ["cropped"]},
            "release.packages is 'cropped', expected one of original_256, cropped_256",
        ),
        (
            "classify/backbones/vit/weights",
            "lost",
            "classify.backbones.vit.weights is 'lost', expected one of "
            + ", ".join(CATALOGUE["weights"]),
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
