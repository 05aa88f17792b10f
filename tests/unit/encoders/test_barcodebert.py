"""BarcodeBERT, from each of the formats in which it was published."""

import argparse
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import BertForMaskedLM, BertForTokenClassification

from bioscan.core.errors import InputError
from bioscan.encoders.barcodebert import BarcodeBert, bert_config, load_barcodebert
from bioscan.encoders.kmers import CLIBD, KmerTokenizer
from tests.unit.encoders.published import (
    BARCODES,
    assert_half_precision_is_close,
    assert_padding_changes_nothing,
    embeddings,
    randomise,
)


def small_config(k: int = 4, special_tokens=("[MASK]", "[UNK]")):
    """Of heads of 64, as those of a bare state dict must be."""
    return bert_config(k, layers=2, heads=2, hidden_size=128, special_tokens=special_tokens)


def pretrained(config, kind=BertForMaskedLM):
    torch.manual_seed(0)
    model = kind(config).eval()
    randomise(model.bert)
    return model


def as_folder(model, folder: Path) -> Path:
    model.save_pretrained(folder)
    return folder / "model.safetensors"


def as_released(model, folder: Path) -> Path:
    """The later pickles: weights of data-parallel training, the config, and the options."""
    path = folder / "k4_4_4.pt"
    state = {f"module.{name}": weight for name, weight in model.state_dict().items()}
    config = argparse.Namespace(k_mer=4, data_dir="data", lr=1e-4)
    torch.save({"model": state, "bert_config": model.config.to_dict(), "config": config}, path)
    return path


def as_first_released(model, folder: Path) -> Path:
    """The first pickles: bare weights, with a buffer that transformers no longer saves."""
    path = folder / "model_41.pth"
    state = {f"module.{name}": weight for name, weight in model.state_dict().items()}
    state["module.bert.embeddings.position_ids"] = torch.arange(512)[None]
    torch.save(state, path)
    return path


@pytest.mark.parametrize(
    ("kind", "special_tokens", "write"),
    [
        (BertForMaskedLM, ("[MASK]", "[UNK]"), as_folder),
        (BertForTokenClassification, ("[MASK]", "[UNK]"), as_folder),
        (BertForTokenClassification, ("[MASK]", "[UNK]"), as_released),
        (BertForMaskedLM, CLIBD, as_first_released),
    ],
)
def test_each_published_format_gives_the_hidden_states_of_its_model(
    kind, special_tokens, write, tmp_path
):
    model = pretrained(small_config(4, special_tokens), kind)
    encoder = load_barcodebert(write(model, tmp_path)).eval()
    assert encoder.dimension == 128
    tokens = KmerTokenizer(4, special_tokens).encode(BARCODES)
    assert (encoder.tokenize(BARCODES).ids == tokens.ids).all()
    mask = torch.tensor(tokens.mask)
    with torch.inference_mode():
        hidden = model.bert(
            torch.tensor(tokens.ids), attention_mask=torch.tensor(tokens.attention).long()
        ).last_hidden_state
    means = torch.stack([rows[kept].mean(0) for rows, kept in zip(hidden, mask, strict=True)])
    torch.testing.assert_close(embeddings(encoder, BARCODES), means, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("special_tokens", [("[MASK]", "[UNK]"), CLIBD])
def test_released_pooling_averages_and_attends_to_all_positions(special_tokens, tmp_path):
    model = pretrained(small_config(4, special_tokens))
    encoder = load_barcodebert(as_folder(model, tmp_path)).eval()
    ids = torch.tensor(KmerTokenizer(4, special_tokens).encode(BARCODES).ids)
    with torch.inference_mode():
        expected = model.bert(ids).last_hidden_state.mean(1)
    found = embeddings(encoder, BARCODES, "released")
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(found, embeddings(encoder, BARCODES), atol=1e-2)


def test_the_letters_of_the_padding_change_nothing():
    encoder = BarcodeBert(small_config()).eval()
    randomise(encoder.bert)
    assert_padding_changes_nothing(encoder)
    short = [barcode + "N" * 40 for barcode in ("ACGTACGT", "TTTTACGA")]
    trimmed = [barcode.rstrip("N") for barcode in short]
    assert torch.equal(embeddings(encoder, trimmed), embeddings(encoder, trimmed[::-1]).flip(0))
    assert not torch.allclose(embeddings(encoder, short), embeddings(encoder, trimmed), atol=1e-3)


def test_8_4_4_has_the_published_shape():
    config = bert_config(8, layers=4, heads=4)
    assert (config.vocab_size, config.num_labels) == (65_538, 65_536)
    assert (config.hidden_size, config.intermediate_size) == (768, 3072)
    assert (config.num_hidden_layers, config.num_attention_heads) == (4, 4)
    assert config.max_position_embeddings == 512
    assert bert_config(2, 4, 4).max_position_embeddings == 768


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as error:
        load_barcodebert(path)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{path}: ")


def test_a_bert_of_words_is_refused(tmp_path):
    config = small_config()
    config.vocab_size = 30_522
    message = refusal(as_folder(BertForMaskedLM(config), tmp_path))
    assert "a BERT of 30522 tokens is no BarcodeBERT" in message


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"model_type": "esm"}, "its config is one of 'esm', expected a BERT of k-mers"),
        ({"alibi_starting_size": 512}, "its config is one of 'DNABERT-2', expected a BERT"),
        ({"hidden_size": "wide"}, "its config makes no model ("),
        ({"num_attention_heads": 3}, "its config makes no model ("),
        ({"num_hidden_layers": 3}, "not the weights of BarcodeBERT (encoder.layer.2."),
        ({"num_hidden_layers": 1}, "not the weights of BarcodeBERT (encoder.layer.1."),
        ({"intermediate_size": 7}, "not the weights of BarcodeBERT (encoder.layer.0.intermediate"),
    ],
)
def test_a_config_of_another_model_is_one_clear_line(values, fault, tmp_path):
    path = as_folder(BertForMaskedLM(small_config()), tmp_path)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), **values}))
    assert refusal(path).startswith(fault)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ({"bert_config": {}, "model": 3}, "expected tensors by name, found 'int'"),
        ({"bert_config": {}}, "expected tensors by name, found none"),
        (
            {"bert_config": 3, "model": {"a": torch.zeros(1)}},
            "its bert_config is 3, expected values",
        ),
        ({"epoch": 3}, "expected tensors by name, found epoch"),
    ],
)
def test_a_pickle_without_its_parts_is_one_clear_line(found, fault, tmp_path):
    path = tmp_path / "k4_4_4.pt"
    torch.save(found, path)
    assert refusal(path).startswith(fault)


def test_bare_weights_of_another_model_are_one_clear_line(tmp_path):
    path = tmp_path / "model.safetensors"
    save_file({"conv1.weight": torch.zeros(1)}, path)
    fault = "not the weights of BarcodeBERT ('embeddings.word_embeddings.weight' is missing)"
    assert refusal(path) == fault


def test_half_precision_is_close():
    encoder = BarcodeBert(small_config()).eval()
    randomise(encoder.bert)
    assert_half_precision_is_close(encoder)
