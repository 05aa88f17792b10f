"""Which detectors are used, and how they are evaluated."""

import pytest

from bioscan.core.errors import InputError
from tests.unit.configs import PACKAGED, example, fault, layout
from tests.unit.detect.configs import detectors


def test_a_dataset_names_its_detector_or_has_the_only_one():
    assert layout(example()).detect.detector_of("mine") == "small"
    config = detectors(other={"weights": "config/detectors/rt_detr_wells"})
    config["datasets"]["mine"]["detector"] = "other"
    assert layout(config).detect.detector_of("mine") == "other"
    assert layout(config).detect.detector_of("small1m") == "small"


def test_each_detector_is_evaluated_on_each_group_of_sets():
    detect = layout(detectors(other={"weights": "config/detectors/rt_detr_wells"})).detect
    assert detect.metrics() == [
        f"results/example/detect/metrics/{name}.json"
        for name in ("small/hand", "small/drawn+hand", "other/hand", "other/drawn+hand")
    ]
    assert detect.tables == ["detectors"]


def test_a_dataset_has_the_boxes_of_its_detector_in_each_group_of_sets():
    config = detectors(other={"weights": "config/detectors/rt_detr_wells"})
    config["datasets"]["mine"]["detector"] = "other"
    detect = layout(config).detect
    folder = "results/example/detect/metrics"
    for dataset, detector in (("mine", "other"), ("small1m", "small")):
        assert detect.evaluated(dataset) == [
            f"{folder}/{detector}/hand.parquet",
            f"{folder}/{detector}/drawn+hand.parquet",
        ]


def test_the_full_reproduction_crops_each_dataset_with_its_published_detector():
    full = layout("full")
    detect = full.detect
    assert [detect.detector_of(name) for name in full.run.datasets] == list(full.run.datasets)
    assert detect.detectors.trained == detect.tables == []
    weights = "results/full/weights"
    assert detect.reads() == [
        f"{weights}/bioscan5m-crop-tool/BIOSCAN_5M_crop_tool_checkpoint.ckpt",
        f"{weights}/bioscan1m-crop-tool/BIOSCAN_Insect_crop_tool_checkpoint.ckpt",
    ]


def test_with_the_annotations_there_are_the_tables_that_compare_detectors():
    full = layout("full", "detectors_from_annotations")
    detect = full.detect
    assert detect.tables == ["detectors", "bioscan1m_tableA5", "bioscan5m_tableA7"]
    # 5M §A4.1: the detector of BIOSCAN-5M starts from that of BIOSCAN-1M.
    assert detect.detectors.starts_from("bioscan5m") == detect.detectors.model("bioscan1m")
    assert [detect.detector_of(name) for name in full.run.datasets] == list(full.run.datasets)


def test_a_run_that_crops_nothing_needs_no_detector():
    config = example(datasets=PACKAGED)
    del config["detect"], config["classify"]
    detect = layout(config).detect
    assert detect.products() == detect.targets() == detect.reads() == []
    assert detect.boxes("given") == []


def test_a_run_that_crops_needs_a_detector():
    config = example()
    del config["detect"]
    with pytest.raises(InputError) as error:
        layout(config)
    assert str(error.value) == (
        "config: datasets.small1m needs a detector, and there is none; describe one in "
        "detect.detectors, as the README does for your own specimens"
    )


def test_without_evaluation_there_is_no_table():
    config = example()
    config["detect"]["evaluate_on"] = []
    assert layout(config).detect.tables == []


def test_tables_and_boxes_are_targets():
    detect = layout(example()).detect
    products = [
        "results/example/detect/report/detectors.html",
        "results/example/small5m/figures/bioscan5m_figureA2.png",
    ]
    assert detect.products() == products
    assert detect.targets() == [
        *products,
        "results/example/small1m/boxes.parquet",
        "results/example/small5m/boxes.parquet",
        "results/example/mine/boxes.parquet",
    ]


@pytest.mark.parametrize(
    ("path", "value", "message"),
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
            "model.safetensors, and the detector has no training set (train)",
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
    ],
)
def test_an_unknown_name_is_one_clear_line(path, value, message):
    assert fault(path, value) == f"config: {message}"
