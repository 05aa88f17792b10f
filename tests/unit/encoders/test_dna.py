"""Encoders of DNA by name."""

import torch
from safetensors.torch import save_file

from bioscan.encoders.barcodebert import BarcodeBert
from bioscan.encoders.cnn import Cnn
from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
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
    loaded = build_dna_encoder(DnaEncoderSettings("cnn"), tmp_path / "model.safetensors")
    assert torch.equal(embeddings(loaded, BARCODES), embeddings(saved, BARCODES))


def test_a_name_that_no_architecture_has_is_one_clear_line():
    expected = "config: encoders: no architecture 'dnabert', expected one of barcodebert, "
    assert refusal("dnabert", None).startswith(expected)


def test_an_encoder_whose_tokenizer_comes_with_its_weights_needs_them():
    for name in ("dnabert2", "nucleotide_transformer"):
        expected = f"config: encoders: {name} has no weights, and its tokenizer comes with them; "
        assert refusal(name, None).startswith(expected)
