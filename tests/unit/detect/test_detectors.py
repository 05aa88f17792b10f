"""Training sets and initial weights of detectors."""

import pytest

from bioscan.core.errors import InputError
from tests.unit.configs import layout
from tests.unit.detect.configs import detectors


def test_the_papers_detectors_start_from_published_weights():
    found = layout("full", "detectors_from_annotations").detect.detectors
    assert found.starts_from("ip100") == [
        "results/full_trained/weights/detr-resnet-50/config.json",
        "results/full_trained/weights/detr-resnet-50/model.safetensors",
    ]


def test_a_published_detector_is_converted_and_used_as_it_is():
    found = layout("full").detect.detectors
    assert found.converted == ["bioscan1m", "bioscan5m"]
    assert found.checkpoint("bioscan1m") == [
        "results/full/weights/bioscan1m-crop-tool/BIOSCAN_Insect_crop_tool_checkpoint.ckpt"
    ]
    assert found.model("bioscan1m") == [
        "results/full/detect/converted/bioscan1m/config.json",
        "results/full/detect/converted/bioscan1m/model.safetensors",
    ]


def test_a_checkpoint_of_ones_own_is_converted_too(tmp_path):
    path = tmp_path / "last.ckpt"
    path.write_bytes(b"")
    found = layout(detectors(tool={"weights": str(path), "train": ["hand"]})).detect.detectors
    assert found.checkpoint("tool") == [str(path)]
    assert found.starts_from("tool")[0] == "results/example/detect/converted/tool/config.json"
    assert found.model("tool")[0] == "results/example/detect/models/tool/config.json"
    assert found.converted == ["tool"]


def test_a_detector_of_ones_own_is_read_where_it_lies(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "detr"}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    found = layout(detectors(own={"weights": str(tmp_path)})).detect.detectors
    assert found.model("own") == [f"{tmp_path}/config.json", f"{tmp_path}/model.safetensors"]


def test_a_classifier_is_no_detector(tmp_path):
    (tmp_path / "config.json").write_text('{"architecture": "resnet18"}')
    with pytest.raises(InputError) as error:
        layout(detectors(own={"weights": str(tmp_path)}))
    assert str(error.value) == (
        f"config: detect.detectors.own.weights is '{tmp_path}', whose config.json is a model of "
        "timm; expected one of transformers or segmentation_models_pytorch"
    )


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


# A pretrained encoder

LITE0 = {"weights": "config/detectors/fpn_lite0", "encoder": "efficientnet-lite0"}


def test_an_encoder_is_read_and_is_no_setting():
    found = layout(detectors(own={**LITE0, "train": ["hand"]})).detect.detectors
    files = [
        "results/example/weights/efficientnet-lite0/config.json",
        "results/example/weights/efficientnet-lite0/model.safetensors",
    ]
    assert found.encoder("own") == files
    assert set(files) <= set(found.reads(["own"]))
    assert not {"encoder", "weights", "train"} & found.settings("own").keys()


def test_without_an_encoder_none_is_read():
    found = layout(detectors(own={"weights": LITE0["weights"], "train": ["hand"]})).detect.detectors
    assert found.encoder("own") == []


def test_an_encoder_of_a_detector_that_is_not_trained():
    own = {"weights": "config/detectors/lite0_wells", "encoder": "efficientnet-lite0"}
    with pytest.raises(InputError) as error:
        layout(detectors(own=own))
    assert str(error.value) == (
        "config: detect.detectors.own.encoder is 'efficientnet-lite0', and the detector has no "
        "training set (train)"
    )


def test_an_encoder_is_one_of_timm(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "detr"}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    own = {"weights": LITE0["weights"], "encoder": str(tmp_path), "train": ["hand"]}
    with pytest.raises(InputError) as error:
        layout(detectors(own=own))
    assert str(error.value).startswith(f"config: detect.detectors.own.encoder is '{tmp_path}'")
    assert str(error.value).endswith("expected one of timm")
