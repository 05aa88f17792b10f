"""Specimens, witnesses and references of a run."""

from typing import Any

import pytest

from bioscan.core.config import read_yaml
from bioscan.core.errors import InputError
from bioscan.identify.command import with_specimens
from tests.unit.configs import ROOT, example, layout


def identify(**settings: Any):
    given = {"specimens": "mine", "references": "small5m", **settings}
    return layout(example(identify={k: v for k, v in given.items() if v is not None}))


def test_specimens_are_in_no_products_of_other_stages():
    found = identify()
    assert found.run.studied == ["small1m", "small5m"]
    files = [
        path for stage in found.stages if stage.name != "identify" for path in stage.products()
    ]
    assert files and not [path for path in files if "/mine/" in path]


def test_a_run_that_identifies_nothing_has_no_products():
    found = layout(example())
    assert found.identify.products() == list(found.identify.witnesses) == []
    assert found.run.studied == list(found.run.datasets)


def test_the_page_lies_with_the_specimens_and_tables_with_the_references():
    assert identify().identify.products() == [
        "results/example/mine/report/identified.html",
        "results/example/small5m/report/identify_calibration.html",
        "results/example/small5m/report/identify_novelty.html",
    ]


def test_specimens_may_be_left_to_the_command_line():
    found = layout(example(identify={"references": "small5m"}))
    assert found.identify.products() == [
        "results/example/small5m/report/identify_calibration.html",
        "results/example/small5m/report/identify_novelty.html",
    ]
    assert found.run.studied == ["small1m", "small5m", "mine"]


def test_an_experiment_may_be_a_rank_of_the_dataset_that_is_classified():
    config = example(identify={"specimens": "mine", "references": "small5m"})
    config["classify"] |= {"dataset": "small5m", "grid": [{"ranks": ["genus"], "seeds": [0]}]}
    config["identify"]["experiments"] = ["genus"]
    assert list(layout(config).identify.witnesses) == ["barcode", "image, genus"]
    config["identify"]["experiments"] = ["large_insect_order"]
    with pytest.raises(InputError, match="expected one of genus"):
        layout(config)


def test_real_specimens_that_simulated_ones_name_are_known():
    """Unless they are simulated themselves: a name means nothing for an insect of one's own."""
    assert identify().identify.facts["simulated"] is True
    simulated = {"like": "small5m", "seed": 1}
    assert identify(simulate=simulated).identify.facts["simulated"] is False


def test_each_witness_has_its_files():
    experiments = ["large_insect_order"]
    found = identify(experiments=experiments).identify
    assert list(found.witnesses) == ["barcode", "image, large_insect_order"]
    assert found.calibrations("json", found.asked) == [
        "results/example/small5m/identify/calibration/barcodes.json",
        "results/example/small1m/identify/calibration/classifier_large_insect_order.json",
    ]
    assert found.evidence("mine")[1].endswith("evidence/classifier_large_insect_order.parquet")


def test_how_good_answers_are_does_not_depend_on_the_specimens():
    demo = layout("demo").identify
    config = read_yaml(ROOT / "config/demo.yaml")
    barcodes = layout(with_specimens({**config, "barcodes": "b.fasta"})).identify
    assert barcodes.witnesses == demo.witnesses == demo.asked
    assert list(barcodes.asked) == ["barcode", "barcode in the learned space"]
    # No classifier is trained for barcodes alone.
    assert barcodes.products() == ["results/demo/specimens/report/identified.html"]
    assert barcodes.taught_by(barcodes.asked) == ["bioscan5m"]
    without = layout(with_specimens({**config, "images": "wells"})).identify
    assert without.asked == demo.asked


@pytest.mark.parametrize("name", ["full", "benchmarks"])
def test_the_models_of_both_papers_identify_specimens(name):
    config = read_yaml(ROOT / f"config/{name}.yaml")
    found = layout(with_specimens({**config, "barcodes": "b.fasta"})).identify
    assert len(found.experiments) == 6
    assert list(found.asked) == ["barcode", "barcode in the learned space"]


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"specimens": "none"}, "identify.specimens is 'none'"),
        ({"references": "small1m"}, "identify.references is 'small1m'"),
        ({"references": "mine"}, "identify.references is 'mine'"),
        ({"experiments": ["small_none"]}, "identify.experiments is 'small_none'"),
        ({"model": "none"}, "identify.model is 'none'"),
        ({"region": "none.csv"}, "identify.region is 'none.csv'"),
        ({"simulate": {"like": "mine"}}, "identify.simulate.like is 'mine'"),
        (
            {"specimens": None, "simulate": {"like": "small5m"}},
            "identify.specimens is not given, expected one of small1m, small5m, mine",
        ),
    ],
)
def test_what_does_not_exist_is_refused(settings, fault):
    with pytest.raises(InputError, match=fault):
        identify(**settings)


def test_the_demo_has_all_witnesses():
    found = layout("demo").identify
    assert list(found.witnesses) == [
        "barcode",
        "image, large_insect_order",
        "image, large_diptera_family",
        "nearest images",
        "nearest barcodes of the image",
        "barcode in the learned space",
    ]
    assert found.taught_by(found.asked) == ["bioscan5m", "bioscan1m"]
    assert found.simulated["seed"] == 343 and found.simulated["looks"] == 1
    assert found.embeddings("image_to_dna", 1, "bioscan5m", "labelled") == (
        "results/demo/bioscan5m/embeddings/image_dna_seed0_dna/labelled.npy"
    )
    assert found.aligned_weights() == [
        "results/demo/bioscan5m/retrieve/models/image_dna/seed0/model.safetensors"
    ]
