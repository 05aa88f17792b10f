"""Encoders that are trained for species."""

import json

import pytest
import torch

from bioscan.core.errors import InputError
from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.species import SpeciesClassifier, load_finetuned, save_species_classifier

CNN = DnaEncoderSettings("cnn")
BERT = DnaEncoderSettings("barcodebert", k=2, layers=1, heads=1, hidden_size=8)


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(1)
    classifier = SpeciesClassifier(build_dna_encoder(CNN, None), classes=3)
    save_species_classifier(classifier, {"species": ["Aus bus", "Aus cus", "Xus yus"]}, tmp_path)
    return classifier, tmp_path


def test_an_encoder_gets_the_weights_that_it_was_trained_to(saved):
    classifier, folder = saved
    torch.manual_seed(2)
    encoder = load_finetuned(build_dna_encoder(CNN, None), folder / "model.safetensors")
    tokens = encoder.tokenize(["ACGT" * 100])
    tensors = type(tokens)(*(torch.from_numpy(array) for array in tokens))
    expected = classifier.encoder.eval()(tensors)
    torch.testing.assert_close(encoder(tensors), expected)
    assert json.loads((folder / "config.json").read_text())["species"][2] == "Xus yus"


def test_another_encoder_is_refused(saved):
    with pytest.raises(InputError, match="not the weights of a classifier of this encoder"):
        load_finetuned(build_dna_encoder(BERT, None), saved[1] / "model.safetensors")


def test_weights_cut_short_are_one_clear_line(saved):
    path = saved[1] / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError) as error:
        load_finetuned(build_dna_encoder(CNN, None), path)
    assert str(error.value).startswith(f"{path}: not a whole file of weights (")
    assert "\n" not in str(error.value)


def test_logits_are_one_per_species(saved):
    classifier, _ = saved
    tokens = classifier.encoder.tokenize(["ACGT" * 100, "GGTT" * 30])
    tensors = type(tokens)(*(torch.from_numpy(array) for array in tokens))
    assert classifier.eval()(tensors).shape == (2, 3)
