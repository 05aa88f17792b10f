"""Training sets and initial weights of detectors."""

from tests.unit.configs import layout
from tests.unit.detect.configs import detectors


def test_the_full_reproduction_starts_from_published_weights():
    assert layout("full").detect.detectors.starts_from("ip100") == [
        "results/full/weights/detr-resnet-50/config.json",
        "results/full/weights/detr-resnet-50/model.safetensors",
    ]


def test_the_demo_downloads_no_weights():
    demo = layout("demo").detect.detectors
    needed = [path for name in demo for path in demo.starts_from(name)]
    assert all(path.startswith("config/detectors/") for path in needed)


def test_a_detector_may_start_from_another():
    found = layout(
        detectors(
            finer={"weights": "small", "train": ["hand"]},
            same={"weights": "finer"},
        )
    ).detect.detectors
    folder = "results/example/detect/models"
    of_small = [f"{folder}/small/config.json", f"{folder}/small/model.safetensors"]
    assert found.starts_from("finer") == found.model("small") == of_small
    assert found.model("finer")[1] == f"{folder}/finer/model.safetensors"
    # A detector without training sets is the one that it starts from.
    assert found.model("same") == found.model("finer")
    assert found.trained == ["small", "finer"]


def test_settings_of_a_detector_leave_out_its_inputs():
    settings = layout(detectors()).detect.detectors.settings("small")
    assert settings["epochs"] == 10 and settings["threshold"] == 0.5
    assert not settings.keys() & {"train", "weights"}
