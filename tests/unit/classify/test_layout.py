"""The runs of the classification experiments."""

from typing import Any

import pytest

from bioscan.classify.layout import Layout
from bioscan.core.errors import InputError
from tests.unit.configs import PACKAGED, example, fault, layout


def classify(**changes: Any) -> Layout:
    """The layout of the example with other settings of its classification experiments."""
    config = example()
    config["classify"] |= changes
    return layout(config).classify


# The configs that come with the workflow


def test_the_full_reproduction_trains_72_classifiers_and_4_for_the_ablation():
    full = layout("full").classify
    grid, ablation = ({tuple(run.values()) for run in runs} for runs in (full.grid, full.ablation))
    # Tasks, sizes, backbones, losses, seeds.
    assert len(full.grid) == len(grid) == 2 * 3 * 2 * 2 * 3
    assert len(full.ablation) == len(ablation) == 2 * 2  # tasks, packages
    assert not grid & ablation


def test_the_full_reproduction_trains_fewer_epochs_on_large_subsets():
    """1M §5: fewer than the 100 of Table 4."""
    full = layout("full").classify
    recipes = {(run["experiment"].split("_")[0], run["recipe"]) for run in full.grid}
    assert recipes == {("small", "paper"), ("medium", "paper"), ("large", "paper_large")}
    large, small = (full.settings(name, "ce", "0") for name in ("paper_large", "paper"))
    assert large == {**small, "epochs": 30}


def test_the_full_reproduction_has_the_ablation_of_table_a6():
    """1M §A7.3.3: ResNet-50, cross-entropy, Small, 100 and 40 epochs with Adam."""
    full = layout("full").classify
    names = ("experiment", "backbone", "loss", "package", "recipe", "seed")
    assert [tuple(run[name] for name in names) for run in full.ablation] == [
        (f"small_{task}", "resnet50", "ce", package, recipe, 0)
        for task, recipe in (("insect_order", "adamw_100"), ("diptera_family", "adamw_40"))
        for package in ("original_256", "cropped_256")
    ]
    for recipe, epochs in (("adamw_100", 100), ("adamw_40", 40)):
        settings = full.settings(recipe, "ce", "0")
        assert (settings["optimizer"], settings["epochs"]) == ("adamw", epochs)


def test_the_full_reproduction_starts_from_published_weights():
    assert layout("full").classify.reads() == [
        f"results/full/weights/{name}/model.safetensors"
        for name in ("resnet50", "vit_base_patch16_224")
    ]


def test_the_benchmarks_train_what_the_full_reproduction_trains():
    full, benchmarks = (layout(name).run.config for name in ("full", "benchmarks"))
    for key in ("encoders", "classify"):
        assert benchmarks[key] == full[key]


def test_a_dataset_of_packages_may_be_classified():
    config = example(datasets=PACKAGED)
    config["classify"] |= {"dataset": "given", "grid": [{"packages": ["original_256"]}]}
    del config["detect"]
    assert {run["package"] for run in layout(config).classify.grid} == {"original_256"}


def test_a_package_that_a_dataset_does_not_come_in_is_one_clear_line():
    config = example(datasets=PACKAGED)
    config["classify"] |= {"dataset": "given", "grid": [{"packages": ["cropped"]}]}
    del config["detect"]
    with pytest.raises(InputError) as error:
        layout(config)
    assert str(error.value) == (
        "config: classify.grid.packages is 'cropped', expected one of original_256, cropped_256"
    )


def test_the_weights_of_the_models_that_are_trained_are_read():
    config = example()
    config["encoders"] |= {
        "resnet": {"timm": "resnet50", "weights": "resnet50"},
        "vit": {"timm": "vit_base_patch16_224", "weights": "vit_base_patch16_224"},
    }
    config["classify"]["grid"] = [{"backbones": ["vit"]}]
    assert layout(config).classify.reads() == [
        "results/example/weights/vit_base_patch16_224/model.safetensors"
    ]


def test_the_demo_trains_once_what_both_its_grid_and_its_ablation_have():
    demo = layout("demo").classify
    grid = demo.files("metrics.json", demo.grid)
    ablation = demo.files("metrics.json", demo.ablation)
    # Tasks, backbones, losses; a second seed of one model; a pretrained backbone.
    assert len(grid) == 2 * 2 * 2 + 1 + 1
    assert len(ablation) == 2 * 2  # tasks, packages
    assert set(ablation) - set(grid) == {path for path in ablation if "original_256" in path}
    assert len(set(ablation) & set(grid)) == 2


# Runs


def test_runs_are_all_combinations():
    runs = layout(example()).classify.grid
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
    found = layout(config).classify
    assert len(found.grid) == 2 * 3 * 2 * 2 * 3  # tasks, sizes, backbones, losses, seeds
    assert found.ablation == []


def test_a_backbone_more_is_an_encoder_and_its_name():
    config = example()
    config["encoders"]["convnext"] = {"timm": "test_convnext"}
    config["classify"]["backbones"].append("convnext")
    before, after = layout(example()).classify.grid, layout(config).classify.grid
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
    found = layout(example()).classify
    files = found.files("metrics.json", found.grid)
    folder = "results/example/small1m/classify"
    assert files[0] == f"{folder}/large_insect_order/resnet/ce/cropped_256/paper/seed0/metrics.json"
    assert len(set(files)) == len(found.grid)


def test_runs_that_differ_in_their_recipe_or_package_have_other_folders():
    block = {"sizes": ["small"], "seeds": [0], "packages": ["original_256", "cropped_256"]}
    found = classify(grid=[block, {**block, "recipe": "released"}])
    assert len(set(found.files("", found.grid))) == 2 * 2 * 2 * 2 * 2


def test_what_is_drawn_of_an_experiment_has_one_package_and_recipe():
    small = {"sizes": ["small"], "seeds": [0]}
    found = classify(
        grid=[
            {**small, "packages": ["original_256", "cropped_256"], "recipe": "released"},
            {**small, "packages": ["original_256"]},
            {"sizes": ["large"], "seeds": [0]},
        ]
    )
    assert found.grid_of("small_diptera_family") == [
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
    assert {run["recipe"] for run in found.grid_of("large_insect_order")} == {"paper"}


def test_curves_are_drawn_of_the_grid_and_the_ablation_of_its_own_runs():
    block = {"sizes": ["large"], "backbones": ["vit"], "losses": ["ce"], "seeds": [0]}
    found = classify(ablation=[{**block, "packages": ["original_256", "cropped_256"]}])
    name = "large_insect_order"
    assert found.drawn_together("curves", name) == found.grid_of(name)
    ablation = found.drawn_together("ablation", name)
    assert [(run["backbone"], run["package"]) for run in ablation] == [
        ("vit", "original_256"),
        ("vit", "cropped_256"),
    ]
    assert {run["experiment"] for run in ablation} == {name}


# Settings


def test_a_backbone_may_be_randomly_initialised():
    assert layout(example()).classify.reads() == []


def test_there_is_always_the_recipe_of_the_paper():
    """1M Table 4; the focal loss as released."""
    assert classify(recipes={"mine": {}}).settings("paper", "focal", "1") == {
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


def settings_of(found: Layout, recipe: str) -> dict[str, Any]:
    return found.settings(recipe, "focal", "1")


def test_there_is_always_the_recipe_of_the_released_code():
    found = classify(recipes={"mine": {}})
    beyond = {"nesterov": True, "decay_epochs": [20, 25], "normalise": False}
    assert settings_of(found, "released") == {**settings_of(found, "paper"), **beyond}


def test_a_recipe_says_what_differs_from_that_of_the_paper():
    found = classify(recipes={"mine": {"epochs": 7, "focal_alpha": "inverse_frequency"}})
    changed = {"epochs": 7, "focal_alpha": "inverse_frequency"}
    assert settings_of(found, "mine") == {**settings_of(found, "paper"), **changed}


# Targets


def test_without_classification_nothing_is_classified():
    changed = example()
    del changed["classify"]
    found = layout(changed)
    assert found.classify.dataset is None
    assert found.classify.grid == found.classify.ablation == []
    assert found.classify.products() == []
    classified = set(layout(example()).products()) - set(found.products())
    # Confusion, accuracy, Figure A4, curves and suspects of two experiments, and four tables.
    assert len(classified) == 2 * 5 + 4
    assert set(found.products()) < set(layout(example()).products())


def test_an_ablation_has_a_table_and_a_figure_of_each_of_its_experiments():
    block = {"tasks": ["insect_order"], "sizes": ["small", "medium"]}
    more = set(classify(ablation=[block]).products()) - set(layout(example()).products())
    assert more == {
        "results/example/small1m/report/bioscan1m_tableA6.html",
        "results/example/small1m/figures/ablation_small_insect_order.png",
        "results/example/small1m/figures/ablation_medium_insect_order.png",
    }


def test_a_folder_is_classified_by_rank():
    found = classify(dataset="mine", grid=[{"ranks": ["genus"], "losses": ["ce"], "seeds": [0]}])
    assert [(run["experiment"], run["backbone"]) for run in found.grid] == [
        ("genus", "resnet"),
        ("genus", "vit"),
    ]
    assert set(found.products()) == {
        "results/example/mine/report/classifiers.html",
        "results/example/mine/figures/accuracy_genus.png",
        "results/example/mine/figures/confusion_genus.png",
        "results/example/mine/figures/curves_genus.png",
        "results/example/mine/report/suspects_genus.html",
    }


# Mistakes


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "classify/dataset",
            "lost",
            "classify.dataset is 'lost', expected one of small1m, small5m, mine",
        ),
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
            "classify/backbones",
            ["lost"],
            "classify.backbones is 'lost', expected one of resnet, vit",
        ),
    ],
)
def test_an_unknown_name_is_one_clear_line(path, value, message):
    assert fault(path, value) == f"config: {message}"


def test_an_encoder_of_dna_classifies_no_images():
    config = example()
    config["encoders"]["cnn"] = {"dna": "cnn"}
    config["classify"]["backbones"] = ["cnn"]
    with pytest.raises(InputError) as error:
        layout(config)
    expected = "config: classify.backbones is 'cnn', expected one of resnet, vit"
    assert str(error.value) == expected


def test_a_dataset_without_photographs_is_not_classified():
    changed = example()
    changed["datasets"]["mine"] = {"format": "bold", "source": "own", "table": "bold.tsv"}
    changed["classify"]["dataset"] = "mine"
    with pytest.raises(InputError) as error:
        layout(changed)
    expected = "config: classify.dataset is 'mine', expected one of small1m, small5m"
    assert str(error.value) == expected


def test_only_1m_has_the_ablation_of_its_table():
    with pytest.raises(InputError) as error:
        classify(dataset="mine", ablation=[{}])
    assert str(error.value) == (
        "config: classify.ablation is Table A6 of BIOSCAN-1M, and classify.dataset is 'mine', of "
        "format folder; name its packages in classify.grid"
    )
