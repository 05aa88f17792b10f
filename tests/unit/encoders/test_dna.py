"""Encoders of DNA by name."""

import pytest
import torch
from safetensors.torch import save_file

from bioscan.core.errors import InputError
from bioscan.encoders.barcodebert import BarcodeBert
from bioscan.encoders.cnn import Cnn
from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder, weights_file
from tests.unit.encoders.published import BARCODES, embeddings, refusal


def small(**options) -> DnaEncoderSettings:
    return DnaEncoderSettings("barcodebert", k=4, layers=1, heads=2, hidden_size=32, **options)


def test_encoders_without_weights_are_randomly_initialised():
    bert = build_dna_encoder(small(), None)
    assert isinstance(bert, BarcodeBert) and bert.dimension == 32
    assert (bert.tokenizer.k, bert.bert.config.num_hidden_layers) == (4, 1)
    cnn = build_dna_encoder(DnaEncoderSettings("cnn", with_nonlinearities=False), None)
    assert isinstance(cnn, Cnn) and not cnn.with_nonlinearities


def test_an_encoder_is_ready_for_evaluation():
    encoder = build_dna_encoder(small(), None)
    assert not encoder.training
    assert torch.equal(embeddings(encoder, BARCODES), embeddings(encoder, BARCODES))


def test_weights_have_their_own_shape(tmp_path):
    saved = build_dna_encoder(DnaEncoderSettings("cnn"), None)
    save_file(saved.state_dict(), tmp_path / "model.safetensors")
    for weights in (tmp_path, tmp_path / "model.safetensors"):
        loaded = build_dna_encoder(DnaEncoderSettings("cnn"), weights)
        assert torch.equal(embeddings(loaded, BARCODES), embeddings(saved, BARCODES))


def test_a_name_that_no_architecture_has_is_one_clear_line():
    expected = "config: encoders: no architecture 'dnabert', expected one of barcodebert, "
    assert refusal("dnabert", None).startswith(expected)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (("config.json", "model.safetensors", "pytorch_model.bin"), "model.safetensors"),
        (("config.json", "pytorch_model.bin"), "pytorch_model.bin"),
        (("best.pt",), "best.pt"),
        (("model_41.pth",), "model_41.pth"),
        (("config.json", "weights.ckpt"), "weights.ckpt"),
    ],
)
def test_a_folder_has_one_file_of_weights(files, found, tmp_path):
    for file in files:
        (tmp_path / file).touch()
    assert weights_file(tmp_path) == tmp_path / found


def test_an_encoder_whose_tokenizer_comes_with_its_weights_needs_them():
    for name in ("dnabert2", "nucleotide_transformer"):
        expected = f"config: encoders: {name} has no weights, and its tokenizer comes with them; "
        assert refusal(name, None).startswith(expected)


def test_a_folder_of_several_or_none_is_one_clear_line(tmp_path):
    with pytest.raises(
        InputError, match=r"no file of weights \(expected one of model.safetensors, \*\.safe"
    ):
        weights_file(tmp_path)
    for file in ("b.pt", "a.pt"):
        (tmp_path / file).touch()
    with pytest.raises(InputError, match=r"several files of weights \(a.pt, b.pt\); name one"):
        weights_file(tmp_path)
