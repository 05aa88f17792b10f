"""Runs from the blocks of a config."""

from bioscan.classify.runs import expand_runs, experiments, of_experiment, of_one_setup

BLOCK = {
    "tasks": ["insect_order", "diptera_family"],
    "sizes": ["small"],
    "losses": ["ce"],
    "packages": ["original_256", "cropped_256"],
    "recipe": "paper",
    "seeds": [0],
}
CLASSIFY = {"backbones": ["resnet", "vit"], "grid": [BLOCK], "ablation": []}


def test_a_block_without_backbones_has_all_of_them():
    runs = expand_runs(CLASSIFY, "grid", "bioscan1m")
    assert len(runs) == 2 * 2 * 2  # tasks, backbones, packages
    assert runs[0] == {
        "experiment": "small_insect_order",
        "backbone": "resnet",
        "loss": "ce",
        "package": "original_256",
        "recipe": "paper",
        "seed": 0,
    }


def test_without_a_block_there_is_no_run():
    assert expand_runs(CLASSIFY, "ablation", "bioscan1m") == []


def test_the_experiments_of_other_datasets_are_ranks():
    block = {**BLOCK, "ranks": ["genus", "order"], "packages": ["cropped_256"]}
    runs = expand_runs(CLASSIFY | {"grid": [block]}, "grid", "folder")
    assert [(run["experiment"], run["backbone"]) for run in runs] == [
        ("genus", "resnet"),
        ("genus", "vit"),
        ("order", "resnet"),
        ("order", "vit"),
    ]


def test_runs_are_chosen_by_experiment_and_by_setup():
    runs = expand_runs(CLASSIFY, "grid", "bioscan1m")
    assert experiments(runs) == ["small_insect_order", "small_diptera_family"]
    chosen = of_one_setup(of_experiment(runs, "small_diptera_family"))
    assert [(run["backbone"], run["package"]) for run in chosen] == [
        ("resnet", "original_256"),
        ("vit", "original_256"),
    ]
    assert of_one_setup([]) == []
