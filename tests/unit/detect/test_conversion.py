"""Detectors of the cropping tool: Lightning checkpoints under the names of transformers 4."""

import argparse
import io
import os
import pickle
import re
import sys
import types
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import DetrConfig, DetrForObjectDetection

from bioscan.core.errors import InputError
from bioscan.detect.conversion import convert_checkpoint
from bioscan.detect.engine import in_torch
from bioscan.detect.model import load_detector

#: Names of parameters in transformers 5 → in transformers 4, whose ResNet is timm's.
NAMES_OF_4 = (
    (r"^model\.backbone\.model\.", "model.backbone.conv_encoder.model."),
    (r"\.o_proj\.", ".out_proj."),
    (r"\.mlp\.(fc\d)\.", r".\1."),
)

#: Of the batch normalisation on a shortcut of the ResNet.
COUNTER = "model.model.backbone.conv_encoder.model.layer2.0.downsample.1.num_batches_tracked"


@pytest.fixture(scope="module")
def config() -> DetrConfig:
    """The published architecture in small: a ResNet of timm and 7 queries."""
    return DetrConfig(
        num_labels=1,
        backbone="resnet18",
        d_model=16,
        encoder_layers=2,
        decoder_layers=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_queries=7,
    )


@pytest.fixture(scope="module")
def detector(config) -> DetrForObjectDetection:
    """All of it random: a new one has zeros and ones, and finds the same box everywhere."""
    torch.manual_seed(3)
    model = DetrForObjectDetection(config).eval()
    for name, weight in model.state_dict().items():
        if name.endswith(("bias", "running_mean")):
            weight.normal_(0, 0.1)
        elif weight.ndim == 1:
            weight.uniform_(0.5, 1.5)
        else:
            weight.normal_(0, weight[0].numel() ** -0.5)
    # As far from each other as those of a trained one, or all queries find the same box.
    model.model.query_position_embeddings.weight.data *= 20
    return model


def name_of_4(name: str) -> str:
    for pattern, replacement in NAMES_OF_4:
        name = re.sub(pattern, replacement, name)
    return name


@pytest.fixture
def content(detector) -> dict[str, Any]:
    """What Lightning saves while it trains the module whose attribute `model` is the detector."""
    state = {f"model.{name_of_4(name)}": v.clone() for name, v in detector.state_dict().items()}
    state[COUNTER] = torch.tensor(6000)
    moments = {"step": torch.tensor(6000.0), "exp_avg": torch.zeros(2), "exp_avg_sq": torch.ones(2)}
    return {
        "epoch": 53,
        "global_step": 6000,
        "pytorch-lightning_version": "1.9.4",
        "state_dict": state,
        "loops": {"fit_loop": {"epoch_progress": {"total": {"ready": 54, "completed": 53}}}},
        "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_score": torch.tensor(0.1)}},
        "optimizer_states": [
            {"state": {0: moments}, "param_groups": [{"lr": 1e-4, "params": [0]}]}
        ],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": {"lr": 1e-4, "lr_backbone": 1e-5, "weight_decay": 1e-4},
    }


def refusal(path: Path, config: DetrConfig) -> str:
    folder = path.parent / "converted"
    with pytest.raises(InputError) as error:
        convert_checkpoint(path, config, folder)
    assert not folder.exists() or not list(folder.iterdir())
    message = str(error.value)
    assert message.startswith(f"{path}: ") and "\n" not in message
    return message.removeprefix(f"{path}: ")


def saved(content: Any, tmp_path: Path) -> Path:
    path = tmp_path / "cropping.ckpt"
    torch.save(content, path)
    return path


def test_a_converted_detector_finds_the_same_boxes(content, detector, config, tmp_path):
    folder = tmp_path / "converted"
    convert_checkpoint(saved(content, tmp_path), config, folder)
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors"}
    converted = load_detector(folder).eval()
    images = torch.rand(3, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        before, after = (model(images) for model in (detector, converted))
    for output in ("logits", "pred_boxes"):
        torch.testing.assert_close(getattr(after, output), getattr(before, output))
    assert after.pred_boxes.shape == (3, 7, 4) and after.logits.shape == (3, 7, 2)
    # Boxes and scores as the stage predicts them, and not all the same.
    predicted = [in_torch(model, "cpu")(images) for model in (detector, converted)]
    for expected, found in zip(*predicted, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert np.ptp(before.pred_boxes.numpy(), axis=1).min() > 0.01


def test_every_parameter_and_statistic_arrives(content, detector, config, tmp_path):
    convert_checkpoint(saved(content, tmp_path), config, tmp_path / "converted")
    state = load_detector(tmp_path / "converted").state_dict()
    expected = detector.state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[name], expected[name]) for name in expected)


def test_hyperparameters_as_older_versions_kept_them_are_read(
    content, config, tmp_path, monkeypatch
):
    parsing = types.ModuleType("pytorch_lightning.utilities.parsing")
    parsing.AttributeDict = type("AttributeDict", (dict,), {"__module__": parsing.__name__})
    for name in ("pytorch_lightning", "pytorch_lightning.utilities"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, parsing.__name__, parsing)
    content["hyper_parameters"] = parsing.AttributeDict(
        lr=1e-4, args=argparse.Namespace(data_dir=Path("data/insect"))
    )
    path = saved(content, tmp_path)
    monkeypatch.undo()
    convert_checkpoint(path, config, tmp_path / "converted")
    assert (tmp_path / "converted" / "model.safetensors").is_file()


def test_missing_and_unexpected_parameters_are_named(content, config, tmp_path):
    state = content["state_dict"]
    lost = "model.bbox_predictor.layers.2.bias"
    del state[lost]
    state["model.mask_head.lay1.weight"] = torch.zeros(2)
    message = refusal(saved(content, tmp_path), config)
    assert message == (
        "not a checkpoint of the papers' detector (1 missing: bbox_predictor.layers.2.bias; "
        "1 unexpected: mask_head.lay1.weight)"
    )


def test_the_first_ten_of_many_are_named(content, config, tmp_path):
    state = content["state_dict"]
    for name in [name for name in state if ".decoder.layers.1." in name]:
        del state[name]
    message = refusal(saved(content, tmp_path), config)
    assert re.match(r"not a checkpoint of the papers' detector \(26 missing: ", message)
    assert message.count("model.decoder.layers.1.") == 10


def test_parameters_outside_of_the_module_are_refused(content, config, tmp_path):
    content["state_dict"]["criterion.empty_weight"] = torch.ones(2)
    assert "1 unexpected outside of its module 'model.': criterion.empty_weight" in refusal(
        saved(content, tmp_path), config
    )


def test_a_head_for_other_classes_is_refused(content, config, tmp_path):
    content["state_dict"]["model.class_labels_classifier.weight"] = torch.zeros(92, 16)
    assert "1 of another shape: class_labels_classifier.weight (92, 16), expected (2, 16)" in (
        refusal(saved(content, tmp_path), config)
    )


class Malicious:
    """Writes a file when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return os.system, (f"touch {self.trace}",)


@pytest.mark.parametrize("key", ["hyper_parameters", "state_dict", "callbacks"])
def test_a_pickle_that_would_run_code_is_refused(content, config, tmp_path, key):
    trace = tmp_path / "trace"
    content[key]["bad"] = Malicious(trace)
    message = refusal(saved(content, tmp_path), config)
    assert re.fullmatch(r"holds (posix|nt)\.system, which could run code and is not read", message)
    assert not trace.exists()


def test_a_plain_pickle_is_refused_too(config, tmp_path):
    trace, path = tmp_path / "trace", tmp_path / "old.ckpt"
    path.write_bytes(pickle.dumps({"state_dict": Malicious(trace)}))
    assert refusal(path, config).startswith("not a checkpoint of Lightning")
    assert not trace.exists()


def zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("bioscan/images/1.jpg", b"\xff\xd8")
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"<!DOCTYPE html><title>Google Drive - Quota exceeded</title>", zipped(), b"\x80\x02N."],
    ids=["empty", "a web page", "another zip", "None"],
)
def test_a_file_that_is_no_checkpoint_is_refused(config, tmp_path, data):
    path = tmp_path / "cropping.ckpt"
    path.write_bytes(data)
    assert refusal(path, config).startswith("not a checkpoint of Lightning")


def test_a_truncated_checkpoint_is_refused(content, config, tmp_path):
    path = saved(content, tmp_path)
    path.write_bytes(path.read_bytes()[:-5000])
    assert refusal(path, config).startswith("not a checkpoint of Lightning")


def test_weights_alone_are_refused(content, config, tmp_path):
    message = refusal(saved(content["state_dict"], tmp_path), config)
    assert message == "not a checkpoint of Lightning, it has no state_dict"
