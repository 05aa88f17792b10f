"""The settings that a run uses."""

import yaml

from bioscan.core.config import read_yaml
from bioscan.core.formats import PUBLISHED_SPLITS
from bioscan.report.settings import used_settings
from tests.unit.configs import ROOT, example, layout


def of(config, *overlays):
    return used_settings(layout(config, *overlays).run)


def test_settings_of_the_full_run_are_those_of_the_papers():
    found = of("full")
    assert found["classify.recipe.optimizer"] == ["sgd"]
    assert found["classify.epochs.small"] == [100] and found["classify.epochs.large"] == [30]
    assert found["classify.seeds_per_model"] == [3]
    assert found["barcode.search.k"] == [2, 4, 6, 8]
    assert found["barcode.evaluated"] == ["8-4-4"]
    assert found["retrieve.tuning"] == ["lora"]
    # The convolutional baseline has a recipe of its own.
    assert found["barcode.finetuning.epochs"] == [35]


def test_settings_of_splits_are_those_of_datasets_that_are_divided_here():
    full = of("full")
    assert full["bioscan5m.rules"] == full["bioscan1m.sizes.small"] == [PUBLISHED_SPLITS]
    config = read_yaml(ROOT / "config/full.yaml")
    config["datasets"]["bioscan1m"]["partition"] = {"method": "recompute"}
    found = of(config)
    assert found["bioscan1m.sizes.small"] == [50_000]
    assert found["bioscan1m(bioscan1m).rules"] == ["paper"]
    assert found["bioscan5m.rules"] == [PUBLISHED_SPLITS]


#: A folder of insects, whose crops are made by a detector with random weights.
FLIES = {
    "run": "flies",
    "datasets": {"flies": {"format": "folder", "source": "own", "path": "flies", "clean": False}},
    "detect": {"detectors": {"untrained": {"weights": "config/detectors/rt_detr_wells"}}},
}


def test_a_run_has_the_settings_of_what_it_does_alone():
    parts = {name.split(".")[0] for name in of(FLIES)}
    assert parts == {"detect", "image", "folder", "folder(flies)"}
    alone = {"format": "folder", "source": "own", "table": "flies.csv"}
    cleaned = of({"run": "flies", "datasets": {"flies": alone}})
    assert {name.split(".")[0] for name in cleaned} == {"curate", "folder", "folder(flies)"}


def test_the_columns_are_those_of_the_tables_that_are_released():
    assert "bioscan1m.released" in of("full") and "bioscan5m.packages" in of("full")
    # Datasets that come in packages are not released again.
    assert not any(
        name.endswith((".released", ".packages"))
        for name in of("benchmarks")
        if name.startswith("bioscan")
    )
    assert "bioscan5m.released" in of({**FLIES, "release": {"packages": ["cropped_256"]}})


def test_every_choice_between_paper_and_code_is_a_setting_of_a_run():
    found = of("full", "detectors_from_annotations").keys() | of("demo").keys()
    choices = yaml.safe_load((ROOT / "workflow/report/ledger.yaml").read_text())["choices"]
    assert not choices.keys() - found


def test_every_fixed_property_and_setting_of_the_ledger_is_of_some_run():
    """A misspelt name would be "not run" for ever."""
    found = of("full", "detectors_from_annotations").keys() | of("demo").keys()
    entries = yaml.safe_load((ROOT / "workflow/report/ledger.yaml").read_text())["tables"]
    rules = [rule for entry in entries.values() for rule in entry.get("rows", {}).values()]
    named = {rule.get("of") or rule.get("setting") for rule in rules if isinstance(rule, dict)}
    assert not named - found - {None}


def test_a_recipe_that_no_block_names_is_not_in_use():
    config = example()
    config["classify"]["recipes"] = {"fast": {"epochs": 1}, "unused": {"epochs": 7}}
    config["classify"]["grid"][0]["recipe"] = "fast"
    found = of(config)
    assert found["classify.recipe.epochs"] == found["classify.recipe(fast).epochs"] == [1]
    assert not any("unused" in name for name in found)


def test_several_recipes_are_one_setting_with_several_values():
    config = example()
    config["classify"]["recipes"] = {"fast": {"epochs": 1}}
    config["classify"]["grid"] = [
        {"sizes": ["small"], "recipe": "fast"},
        {"sizes": ["large"], "recipe": "paper"},
        {"sizes": ["medium"], "recipe": "paper"},
    ]
    found = of(config)
    assert found["classify.recipe.epochs"] == [1, 100]
    assert found["classify.epochs.small"] == [1] and found["classify.epochs.large"] == [100]


def test_a_detector_that_is_used_as_it_is_has_no_settings_of_a_training():
    assert not any(name.startswith("detect.training") for name in of("full"))
    trained = of("full", "detectors_from_annotations")
    assert trained["detect.training.epochs"] == [10]


def test_stages_that_are_left_out_have_no_settings():
    found = of(example(classify=None))
    assert not any(name.split(".")[0] in ("classify", "barcode", "retrieve") for name in found)


def test_the_settings_of_a_retrieval_model_are_those_of_its_recipe():
    found = of("full")
    assert found["retrieve.recipe(5M_image_dna).normalise"] == [True]
    assert found["retrieve.recipe(5M_image_dna_released).normalise"] == [False]
    assert found["retrieve.recipe.normalise"] == [True, False]
