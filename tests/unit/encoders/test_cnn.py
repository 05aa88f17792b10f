"""The convolutional baseline, with and without its non-linearities."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from bioscan.core.errors import InputError
from bioscan.encoders.cnn import Cnn, load_cnn
from bioscan.encoders.dna_encoder import to_tensors
from tests.unit.encoders.published import (
    BARCODES,
    assert_half_precision_is_close,
    assert_padding_changes_nothing,
    embeddings,
    randomise,
)


def published(non_linear: bool) -> nn.Sequential:
    """The layers as the released code lists them; the functions stand outside of them there."""
    relu, tanh = (nn.ReLU, nn.Tanh) if non_linear else (nn.Identity, nn.Identity)
    layers: list[tuple[str, nn.Module]] = []
    for number, (before, after) in enumerate([(1, 64), (64, 32), (32, 16)], 1):
        layers += [
            (f"conv{number}", nn.Conv2d(before, after, (3, 3), stride=1, padding=1)),
            (f"relu{number}", relu()),
            (f"bn{number}", nn.BatchNorm2d(after)),
            (f"maxpool{number}", nn.MaxPool2d((3, 1))),
        ]
    layers += [("flatten", nn.Flatten()), ("bn4", nn.BatchNorm1d(1920))]
    layers += [("dense1", nn.Linear(1920, 500)), ("tanh", tanh()), ("dense2", nn.Linear(500, 7))]
    network = nn.Sequential()
    for name, layer in layers:
        network.add_module(name, layer)
    randomise(network)
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.abs_().add_(0.5)
    return network.eval()


def one_hot(barcode: str) -> torch.Tensor:
    matrix = torch.zeros(660, 5)
    for row, letter in zip(matrix, barcode, strict=False):
        row["ACGTN".find(letter)] = 1  # -1, any other letter, is the last column too
    return matrix[None, None]


@pytest.mark.parametrize("non_linear", [True, False])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_features_are_those_of_the_published_layers(non_linear, suffix, tmp_path):
    network = published(non_linear)
    path = tmp_path / f"new_model_CNN{suffix}"
    save = torch.save if suffix == ".pth" else save_file
    save(dict(network.state_dict()), path)
    encoder = load_cnn(path, with_nonlinearities=non_linear).eval()
    with torch.inference_mode():
        expected = torch.cat([network[:-1](one_hot(barcode)) for barcode in BARCODES])
    found = embeddings(encoder, BARCODES)
    assert found.shape == (len(BARCODES), 500)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def test_without_non_linearities_the_features_are_others():
    encoders = [Cnn(with_nonlinearities=value).eval() for value in (True, False)]
    encoders[1].load_state_dict(encoders[0].state_dict())
    with_them, without = (embeddings(encoder, BARCODES) for encoder in encoders)
    assert with_them.abs().max() <= 1
    assert not torch.allclose(with_them, without, atol=1e-3)


def test_letters_are_columns_and_padding_is_none():
    tokens = Cnn().tokenize(["ACGTNacgtunR-é", "A" * 700, ""])
    assert tokens.ids[0, :15].tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 3, 4, 4, 4, 4, 5]
    assert (tokens.ids[1] == 0).all() and (tokens.ids[2] == 5).all()
    assert tokens.mask.shape == (3, 1) and tokens.mask.all()
    assert np.array_equal(tokens.attention.sum(1), [14, 660, 0])


def test_sequences_do_not_change_each_other():
    assert_padding_changes_nothing(Cnn().eval())


def test_it_learns():
    """Every weight gets a gradient."""
    encoder = Cnn()
    encoder(to_tensors(encoder.tokenize(BARCODES))).square().sum().backward()
    assert all(weight.grad.abs().sum() > 0 for weight in encoder.parameters())


def test_weights_of_another_model_are_one_clear_line(tmp_path):
    path = tmp_path / "model.safetensors"
    state = dict(published(True).state_dict())
    del state["bn4.weight"]
    save_file({**state, "conv4.weight": torch.zeros(1), "conv1.bias": torch.zeros(3)}, path)
    with pytest.raises(InputError) as error:
        load_cnn(path)
    assert str(error.value) == (
        f"{path}: not the weights of the CNN baseline (bn4.weight is missing, conv4.weight is "
        "unexpected, conv1.bias is (3,), expected (64,))"
    )


def test_half_precision_is_close():
    encoder = Cnn().eval()
    assert_half_precision_is_close(encoder)
