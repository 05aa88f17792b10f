"""Which models are released, and where they come from."""

import pytest

from bioscan.release.about import LICENCES
from bioscan.release.models import binding_licence, read_models
from bioscan.release.trained import _data, files_of, trained_models
from tests.unit.configs import CATALOGUE, example, layout


def models(config: str | dict) -> dict[str, dict]:
    stages = layout(config)
    trains = (stages.classify, stages.detect, stages.barcode, stages.retrieve)
    return {model["name"]: model for model in trained_models(stages.run, *trains)}


def test_the_full_run_releases_what_the_1m_project_did():
    found = models("full")
    classifiers = [name for name in found if name.startswith("classifier_")]
    assert set(classifiers) == {
        f"classifier_{size}_{task}"
        for size in ("small", "medium", "large")
        for task in ("insect_order", "diptera_family")
    }
    for name in classifiers:
        # Two backbones, two losses and three seeds, of which one is released.
        assert len(found[name]["candidates"]) == 12
        starts = {weights for c in found[name]["candidates"] for weights in c["start"]}
        assert starts == {"resnet50", "vit_base_patch16_224"}
        assert found[name]["data"] == {"BIOSCAN-1M": LICENCES["CC BY-NC-SA 4.0"]}


def test_shared_spaces_name_the_weights_of_all_their_encoders():
    found = models("full")["shared_space_5M_image_dna_text"]
    (candidate,) = found["candidates"]
    assert candidate["start"] == {
        "vit_base_patch16_224": LICENCES["Apache 2.0"],
        "barcodebert-5mer": LICENCES["MIT"],
        "bert-small": LICENCES["MIT"],
    }
    assert candidate["folder"] == "results/full/bioscan5m/retrieve/models/5M_image_dna_text/seed0"


def test_dna_encoders_that_are_pretrained_here_start_from_nothing():
    found = models("demo")["dna_encoder_6-1-4"]
    (candidate,) = found["candidates"]
    assert candidate.get("start", {}) == {}
    assert candidate["run"]["k"] == 6


def test_detectors_that_crop_nothing_are_not_released():
    # The demo's are used as they are.
    assert not [name for name in models("demo") if name.startswith("crop_tool")]


def test_the_crop_tool_says_where_it_started_and_what_it_learnt():
    config = example()
    config["detect"]["sets"]["hand"] = {"annotations": "my/coco.json", "images": "my/images"}
    found = models(config)["crop_tool_small"]
    assert found["data"] == {
        "annotated images drawn": LICENCES["CC0 1.0"], "annotated images hand": None,
    }  # fmt: skip
    (candidate,) = found["candidates"]
    # The project's own weights.
    assert candidate["start"] == {"config/detectors/rt_detr": LICENCES["MIT"]}
    assert candidate["metrics"] == [
        "results/example/detect/metrics/small/hand.json",
        "results/example/detect/metrics/small/drawn+hand.json",
    ]


def test_a_detector_names_the_licences_of_what_it_started_from():
    config = example()
    small = config["detect"]["detectors"]["small"]
    small |= {"weights": "config/detectors/fpn_lite0", "encoder": "efficientnet-lite0"}
    (candidate,) = models(config)["crop_tool_small"]["candidates"]
    assert candidate["start"] == {
        "config/detectors/fpn_lite0": LICENCES["MIT"],
        "efficientnet-lite0": LICENCES["Apache 2.0"],
    }


@pytest.mark.parametrize("spelling", ["{}", "{}/", "./{}"])
def test_shipped_weights_that_began_as_those_of_others_have_their_licence(spelling):
    config, weights = example(), spelling.format("config/detectors/lite0_wells")
    config["detect"]["detectors"]["small"]["weights"] = weights
    (candidate,) = models(config)["crop_tool_small"]["candidates"]
    assert candidate["start"] == {weights: LICENCES["Apache 2.0"]}


def test_weights_whose_licence_is_not_stated_are_named_without_one():
    config = example()
    config["detect"]["detectors"]["small"]["weights"] = "bioscan1m-crop-tool"
    (candidate,) = models(config)["crop_tool_small"]["candidates"]
    assert candidate["start"] == {"bioscan1m-crop-tool": None}


def test_the_catalogue_has_the_licence_of_all_weights_but_those_that_state_none():
    without = {name for name, entry in CATALOGUE["weights"].items() if "licence" not in entry}
    assert without == {"bioscan1m-crop-tool", "bioscan5m-crop-tool"}


def test_all_files_of_the_candidates_are_taken():
    found = list(models("demo").values())
    files = files_of(found)
    assert len(files) == len(set(files))
    candidates = [c for model in found for c in model["candidates"]]
    assert sum(path.endswith("model.safetensors") for path in files) == len(candidates)


def test_models_of_own_specimens_are_trained_on_these_by_their_title():
    config = example()
    config["datasets"]["mine"]["archives"] = 1
    config["datasets"]["mine"] |= {"format": "bioscan1m", "table": "my/metadata.tsv"}
    del config["datasets"]["mine"]["path"]
    config["classify"]["dataset"] = "mine"
    config["release"] = {
        "packages": ["cropped_256"],
        "about": {"mine": {"title": "Moths of my garden", "licence": "CC BY 4.0"}},
    }
    own = {"Moths of my garden": LICENCES["CC BY 4.0"]}
    assert models(config)["classifier_large_insect_order"]["data"] == own
    config["datasets"]["mine"]["copy_of_published"] = True
    config["release"]["about"] = {}
    published = {"BIOSCAN-1M": LICENCES["CC BY-NC-SA 4.0"]}
    assert models(config)["classifier_large_insect_order"]["data"] == published


def test_a_folder_is_not_called_after_the_files_that_it_is_released_in():
    config = example()
    assert _data(layout(config).run, "mine") == {"mine": None}


def test_the_licence_of_the_shared_spaces_of_the_full_run_is_the_strictest():
    (model,) = read_models([models("full")["shared_space_5M_image_dna_text"]])
    licences = [*model.candidates[0].start.values(), *model.data.values()]
    assert binding_licence(licences) == LICENCES["CC BY 3.0"]
