"""The settings that a run uses."""

from bioscan.report.settings import used_settings
from tests.unit.configs import example, layout


def of(config, *overlays):
    return used_settings(layout(config, *overlays).run.config)


def test_settings_of_the_full_run_are_those_of_the_papers():
    found = of("full")
    assert found["classify.recipe.optimizer"] == ["sgd"]
    assert found["classify.epochs.small"] == [100] and found["classify.epochs.large"] == [30]
    assert found["classify.seeds_per_model"] == [3]
    assert found["barcode.search.k"] == [2, 4, 6, 8]
    assert found["barcode.evaluated"] == ["8-4-4"]
    assert found["retrieve.tuning"] == ["lora"]
    assert found["bioscan1m.sizes.small"] == [50_000]


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
