"""Encoders of text."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM

from bioscan.core.errors import InputError
from bioscan.encoders.dna_encoder import embed
from bioscan.encoders.text import (
    SPECIAL,
    TextEncoderSettings,
    build_text_encoder,
    letters,
    text_settings,
)

TEXTS = ["Diptera Sciaridae Bradysia", "Diptera", "Pseudo-scorpion sp. 1a", "Ωλ"]
SMALL = TextEncoderSettings(max_tokens=32, layers=1, heads=2, hidden_size=16)


def random():
    torch.manual_seed(0)
    return build_text_encoder(SMALL, [])


def write_bert(folder, words=(*SPECIAL, "diptera", "dip", "##tera")) -> list:
    """A published BERT with a head, as Hugging Face has it."""
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=40,
    )  # fmt: skip
    torch.manual_seed(0)
    model = BertForMaskedLM(config)
    state = {name: weight.clone() for name, weight in model.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    return [folder / name for name in ("model.safetensors", "config.json", "vocab.txt")]


def test_names_are_written_with_single_letters_where_there_is_no_vocabulary():
    encoder = random()
    found = encoder.tokenize(["Ab-c 1"])
    words = [letters()[number] for number in found.ids[0] if number]
    assert words == ["[CLS]", "a", "##b", "-", "c", "1", "[SEP]"]


def test_padding_and_special_tokens_are_not_averaged():
    encoder = random()
    alone, together = encoder.tokenize(["Diptera"]), encoder.tokenize(TEXTS)
    assert alone.ids.shape == (1, 32)
    assert alone.mask.sum() == len("diptera")
    assert alone.attention.sum() == len("diptera") + 2
    with torch.inference_mode():
        vectors = embed(encoder, together)
        torch.testing.assert_close(embed(encoder, alone)[0], vectors[1], rtol=1e-4, atol=1e-5)
        # Another padding changes nothing.
        short = build_text_encoder(TextEncoderSettings(40, 1, 2, 16), [])
        short.load_state_dict(encoder.state_dict())
        torch.testing.assert_close(embed(short, short.tokenize(TEXTS)), vectors)


def test_the_released_mean_is_over_all_positions():
    tokens = random().tokenize(TEXTS, "released")
    assert tokens.mask.all()
    assert not tokens.attention.all()


def test_a_text_of_unknown_letters_has_a_vector():
    tokens = random().tokenize(["", "Ω"])
    assert tokens.mask.any(axis=1).all()


def test_texts_that_lose_their_end_are_counted():
    encoder = random()
    assert encoder.count_cut(["a" * 30, "a" * 31, "b" * 60]) == 2
    assert encoder.count_cut([]) == 0
    assert len(encoder.tokenize([]).ids) == 0


def test_published_weights_are_loaded_with_their_vocabulary(tmp_path):
    encoder = build_text_encoder(TextEncoderSettings(max_tokens=12), write_bert(tmp_path))
    assert encoder.tokenize(["Diptera"]).ids[0].tolist() == [2, 5, 3, *[0] * 9]
    torch.manual_seed(0)
    config = BertConfig(**json.loads((tmp_path / "config.json").read_text()))
    reference = BertForMaskedLM(config).eval()
    tokens = encoder.tokenize(["Diptera", "dip"])
    ids, attention = torch.as_tensor(tokens.ids), torch.as_tensor(tokens.attention)
    with torch.inference_mode():
        found = encoder(type(tokens)(ids, None, attention))
        expected = reference.bert(ids, attention_mask=attention).last_hidden_state
    torch.testing.assert_close(found, expected)


def test_weights_without_their_vocabulary_are_refused(tmp_path):
    files = write_bert(tmp_path)
    files[2].unlink()
    with pytest.raises(InputError, match=r"vocab.txt: .* no such file"):
        build_text_encoder(SMALL, files)


def test_a_vocabulary_of_another_model_is_refused(tmp_path):
    files = write_bert(tmp_path)
    files[2].write_text("\n".join([*SPECIAL, "diptera"]))
    with pytest.raises(InputError, match=r"vocabulary of 6 words is not that of a BERT with 8"):
        build_text_encoder(TextEncoderSettings(max_tokens=12), files)


def test_more_tokens_than_positions_are_refused(tmp_path):
    with pytest.raises(InputError, match="max_tokens is 41, and this BERT has 40 positions"):
        build_text_encoder(TextEncoderSettings(max_tokens=41), write_bert(tmp_path))


def test_weights_of_other_sizes_are_refused(tmp_path):
    files = write_bert(tmp_path)
    config = json.loads(files[1].read_text()) | {"intermediate_size": 64}
    files[1].write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"not the weights of BERT .*intermediate"):
        build_text_encoder(TextEncoderSettings(max_tokens=12), files)


def test_the_settings_are_those_of_the_config():
    given = {"text": "bert", "weights": "bert-small", "max_tokens": 24}
    assert text_settings(given) == TextEncoderSettings(max_tokens=24)
    assert np.unique(letters()).size == len(letters())
