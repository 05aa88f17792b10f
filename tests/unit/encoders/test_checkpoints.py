"""Files of weights are read whole or not at all, and run no code."""

import argparse
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from bioscan.core.errors import InputError
from bioscan.encoders.checkpoints import built, load_strictly, read_checkpoint, tensors

WEIGHTS = {"linear.weight": torch.randn(3, 300), "linear.bias": torch.randn(3)}


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_checkpoint(path)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("suffix", "save"), [(".safetensors", save_file), (".bin", torch.save), (".pt", torch.save)]
)
def test_weights_come_back_and_a_part_of_them_is_refused(suffix, save, tmp_path):
    path = tmp_path / f"model{suffix}"
    save(WEIGHTS, path)
    found = read_checkpoint(path)
    assert found.keys() == WEIGHTS.keys()
    assert all(torch.equal(found[name], WEIGHTS[name]) for name in WEIGHTS)
    whole = path.read_bytes()
    for size in (len(whole) - 100, len(whole) // 2, 10, 0):
        path.write_bytes(whole[:size])
        message = refusal(path)
        assert message.startswith(("not a whole file of weights (", "not read, as it is no pickle"))
        assert message.endswith(("; fetch it again", "; use the model's safetensors"))


@pytest.mark.parametrize("suffix", [".safetensors", ".bin"])
def test_a_page_in_place_of_weights_is_refused(suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    path.write_text("<html>not found</html>" * 10)
    assert refusal(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    for suffix in (".safetensors", ".bin"):
        assert "no such file" in refusal(tmp_path / f"model{suffix}")


def test_the_options_of_a_command_line_are_read_and_no_other_class(tmp_path):
    path = tmp_path / "model.pt"
    torch.save({"model": WEIGHTS, "config": argparse.Namespace(k_mer=4)}, path)
    assert read_checkpoint(path)["config"].k_mer == 4
    torch.save({"model": WEIGHTS, "config": Path("anything")}, path)
    assert refusal(path).startswith("not read, as it is no pickle of tensors and plain values")


def test_a_pickle_of_something_else_is_named(tmp_path):
    path = tmp_path / "model.pt"
    torch.save([1, 2], path)
    assert refusal(path) == "holds 'list', expected tensors by name"


def test_values_that_are_no_tensors_are_named():
    for found, named in (({}, "none"), ({"epoch": 3, "w": torch.zeros(1)}, "epoch")):
        with pytest.raises(InputError, match=rf"^w\.pt: expected tensors by name, found {named}$"):
            tensors(found, Path("w.pt"))


def test_the_first_prefix_that_fits_is_left_out():
    found = tensors({"bert.bert.a": torch.zeros(1), "b": torch.zeros(1)}, Path("w"), ["x", "bert."])
    assert list(found) == ["bert.a", "b"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"bias": None}, "bias is missing"),
        ({"bais": torch.zeros(3)}, "bais is unexpected"),
        ({"bias": torch.zeros(4)}, r"bias is \(4,\), expected \(3,\)"),
    ],
)
def test_every_name_and_shape_is_accounted_for(change, fault):
    state = {"weight": torch.ones(3, 2), "bias": torch.ones(3), **change}
    state = {name: weight for name, weight in state.items() if weight is not None}
    model = nn.Linear(2, 3)
    with pytest.raises(InputError, match=rf"^w\.bin: not the weights of a line \({fault}\)$"):
        load_strictly(model, state, Path("w.bin"), "a line")


def test_ignored_weights_are_those_of_a_prefix():
    model = nn.Linear(2, 3)
    state = {"weight": torch.ones(3, 2), "bias": torch.ones(3), "head.bias": torch.ones(9)}
    load_strictly(model, state, Path("w"), "a line", ignored=("head.",))
    assert torch.equal(model.weight, state["weight"])


def test_a_config_that_makes_no_model_is_one_clear_line():
    with pytest.raises(InputError, match=r"^w: its config makes no model \(.*\); name the weights"):
        built(lambda: nn.Linear("wide", 3), Path("w"))
