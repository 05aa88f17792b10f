"""DNABERT-2: its layers beside a slow reference, its files, and what it must never be taken for."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForMaskedLM

from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.dna_encoder import to_tensors
from bioscan.encoders.dnabert2 import DnaBert2, DnaBert2Config, attention_slopes
from tests.unit.encoders.published import (
    BARCODES,
    assert_half_precision_is_close,
    assert_padding_changes_nothing,
    barcode,
    embeddings,
    length_of_safetensors,
    published_length,
    refusal,
)

SPECIAL = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
CONFIG = {
    "model_type": "bert",
    "architectures": ["BertForMaskedLM"],
    "auto_map": {"AutoModel": "bert_layers.BertModel"},
    "alibi_starting_size": 512,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "vocab_size": 64,
    "type_vocab_size": 2,
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.0,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
}


def write_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    texts = [barcode(length) for length in range(180, 200)]
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=64, special_tokens=SPECIAL, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def published_shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published weights."""
    d, inner, tokens = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    shapes = {
        "bert.embeddings.word_embeddings.weight": (tokens, d),
        "bert.embeddings.token_type_embeddings.weight": (2, d),
        "bert.embeddings.LayerNorm.weight": (d,),
        "bert.embeddings.LayerNorm.bias": (d,),
    }
    for number in range(config["num_hidden_layers"]):
        layer = f"bert.encoder.layer.{number}"
        shapes |= {
            f"{layer}.attention.self.Wqkv.weight": (3 * d, d),
            f"{layer}.attention.self.Wqkv.bias": (3 * d,),
            f"{layer}.attention.output.dense.weight": (d, d),
            f"{layer}.attention.output.dense.bias": (d,),
            f"{layer}.attention.output.LayerNorm.weight": (d,),
            f"{layer}.attention.output.LayerNorm.bias": (d,),
            f"{layer}.mlp.gated_layers.weight": (2 * inner, d),
            f"{layer}.mlp.wo.weight": (d, inner),
            f"{layer}.mlp.wo.bias": (d,),
            f"{layer}.mlp.layernorm.weight": (d,),
            f"{layer}.mlp.layernorm.bias": (d,),
        }
    return shapes | {
        "cls.predictions.transform.dense.weight": (d, d),
        "cls.predictions.transform.dense.bias": (d,),
        "cls.predictions.transform.LayerNorm.weight": (d,),
        "cls.predictions.transform.LayerNorm.bias": (d,),
        "cls.predictions.decoder.bias": (tokens,),
    }


def published_state() -> dict[str, torch.Tensor]:
    """Weights by their published names and shapes."""
    generator = torch.Generator().manual_seed(0)
    shapes = published_shapes(CONFIG)
    return {k: torch.randn(shape, generator=generator) * 0.4 for k, shape in shapes.items()}


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    write_tokenizer(tmp_path)
    save_file(published_state(), tmp_path / "model.safetensors")
    return tmp_path


@pytest.fixture
def encoder(folder) -> DnaBert2:
    return build_dna_encoder(DnaEncoderSettings("dnabert2"), folder / "model.safetensors")


# The layers


def normalised(row: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (row - row.mean()) / np.sqrt(row.var() + 1e-12) * w + b


def by_loops(state: dict[str, np.ndarray], ids: list[int], slopes: list[float]) -> np.ndarray:
    """Hidden states, one position, head and pair at a time."""
    rows = [
        normalised(
            state["embeddings.word_embeddings.weight"][number]
            + state["embeddings.token_type_embeddings.weight"][0],
            state["embeddings.LayerNorm.weight"],
            state["embeddings.LayerNorm.bias"],
        )
        for number in ids
    ]
    heads = len(slopes)
    for layer in range(CONFIG["num_hidden_layers"]):
        w = {
            k.removeprefix(f"encoder.layer.{layer}."): v
            for k, v in state.items()
            if k.startswith(f"encoder.layer.{layer}.")
        }
        qkv = [w["attention.self.Wqkv.weight"] @ r + w["attention.self.Wqkv.bias"] for r in rows]
        d = len(rows[0])
        size = d // heads
        after = []
        for i, row in enumerate(rows):
            context = []
            for head in range(heads):
                at = slice(head * size, (head + 1) * size)
                query = qkv[i][:d][at]
                scores = [
                    query @ qkv[j][d : 2 * d][at] / math.sqrt(size) - slopes[head] * abs(i - j)
                    for j in range(len(rows))
                ]
                shares = np.exp(np.array(scores) - max(scores))
                shares /= shares.sum()
                context.extend(sum(s * qkv[j][2 * d :][at] for j, s in enumerate(shares)).tolist())
            dense = w["attention.output.dense.weight"] @ np.array(context)
            dense = dense + w["attention.output.dense.bias"]
            attended = normalised(
                row + dense,
                w["attention.output.LayerNorm.weight"],
                w["attention.output.LayerNorm.bias"],
            )
            gated = w["mlp.gated_layers.weight"] @ attended
            half = len(gated) // 2
            gelu = np.array([x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in gated[:half]])
            inner = w["mlp.wo.weight"] @ (gelu * gated[half:]) + w["mlp.wo.bias"]
            after.append(
                normalised(inner + attended, w["mlp.layernorm.weight"], w["mlp.layernorm.bias"])
            )
        rows = after
    return np.array(rows)


def test_hidden_states_are_those_of_a_slow_reference(encoder):
    state = {k: v.double().numpy() for k, v in encoder.bert.state_dict().items()}
    tokens = encoder.tokenize([barcode(40)])
    # Those of 3 heads: of 2 heads, and the first of 4.
    expected = by_loops(state, tokens.ids[0].tolist(), [2**-4, 2**-8, 2**-2])
    with torch.inference_mode():
        found = encoder(to_tensors(tokens))[0]
    torch.testing.assert_close(found.double().numpy(), expected, rtol=1e-3, atol=1e-4)


def test_slopes_are_the_published_ones():
    assert attention_slopes(8) == [2.0**-n for n in range(1, 9)]
    root = math.sqrt(0.5)
    twelve = [2.0**-n for n in range(1, 9)] + [root, root / 2, root / 4, root / 8]
    assert attention_slopes(12) == pytest.approx(twelve)


def test_padding_changes_nothing(encoder):
    assert_padding_changes_nothing(encoder)


# Tokens and pooling


def test_sequences_stand_between_special_tokens_that_are_not_averaged(encoder):
    tokens = encoder.tokenize(["ACGTACGT", "ACGTACGTN"])
    assert (tokens.ids[:, 0] == 1).all()
    assert tokens.ids[1][tokens.attention[1]].tolist()[-2:] == [0, 2]  # N is [UNK]
    assert tokens.ids[0, -1] == 3 and not tokens.attention[0, -1]
    real = tokens.mask[1]
    assert not real[0] and real[-2] and not real[-1]


def test_released_pooling_averages_all_but_cls_over_512_positions(encoder):
    text = BARCODES[1].ljust(660, "N")
    rows = encoder.tokenizer([text])["input_ids"]
    ids = torch.tensor([rows[0] + [3] * (512 - len(rows[0]))])
    with torch.inference_mode():
        hidden = encoder.bert(ids, torch.ones_like(ids, dtype=torch.bool))
    found = embeddings(encoder, [BARCODES[1]], "released")
    torch.testing.assert_close(found[0], hidden[0, ids[0] != 1].mean(0), rtol=1e-4, atol=1e-5)


# Files


def test_the_names_and_shapes_are_those_of_the_published_file():
    """To a byte: a file of these tensors is as long as the published one."""
    shapes = published_shapes({**CONFIG, **asdict(DnaBert2Config())})
    embedding = "bert.embeddings.word_embeddings.weight"
    shared = {"format": "pt", "cls.predictions.decoder.weight": embedding}
    assert length_of_safetensors(shapes, shared) == published_length("dnabert-2")


def test_weights_of_the_encoder_alone_and_in_a_pickle_are_read_too(encoder, folder):
    """DNABERT-S is published as a pickle."""
    (folder / "model.safetensors").unlink()
    state = {k.removeprefix("bert."): v for k, v in published_state().items()}
    state = {k: v for k, v in state.items() if "cls." not in k}
    torch.save({**state, "pooler.dense.bias": torch.zeros(24)}, folder / "pytorch_model.bin")
    other = build_dna_encoder(DnaEncoderSettings("dnabert2"), folder / "pytorch_model.bin")
    assert torch.equal(embeddings(other, BARCODES), embeddings(encoder, BARCODES))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("bert.encoder.layer.1.mlp.gated_layers.weight", "is missing"),
        ("bert.embeddings.position_embeddings.weight", "is unexpected"),
        ("bert.encoder.layer.0.intermediate.dense.weight", "is unexpected"),
    ],
)
def test_every_weight_is_accounted_for(name, fault, folder):
    state = published_state()
    if state.pop(name, None) is None:
        state[name] = torch.zeros(3)
    save_file(state, folder / "model.safetensors")
    path = folder / "model.safetensors"
    expected = f"{path}: not the weights of DNABERT-2 ({name.removeprefix('bert.')} {fault})"
    assert refusal("dnabert2", folder) == expected


def test_a_plain_bert_does_not_take_its_weights_nor_it_those_of_a_plain_bert(folder):
    assert "its config is one of 'DNABERT-2', expected a BERT of k-mers" in refusal(
        "barcodebert", folder
    )
    config = {k: v for k, v in CONFIG.items() if k != "alibi_starting_size"}
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": 66}))
    message = refusal("barcodebert", folder)
    assert "not the weights of BarcodeBERT (embeddings.position_embeddings.weight is mis" in message
    assert "its config has no 'alibi_starting_size'" in refusal("dnabert2", folder)
    plain = BertForMaskedLM(
        BertConfig(
            vocab_size=64, hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
            intermediate_size=40,
        )
    )  # fmt: skip
    plain.save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    message = refusal("dnabert2", folder)
    assert "encoder.layer.0.attention.self.Wqkv.weight is missing" in message


def test_a_checkpoint_cut_short_is_one_clear_line(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    assert refusal("dnabert2", folder).startswith(f"{path}: not a whole file of weights (")


@pytest.mark.parametrize("text", [None, "", "{}", "version https://git-lfs.github.com/spec/v1"])
def test_a_tokenizer_that_is_none_is_one_clear_line(text, folder):
    path = folder / "tokenizer.json"
    path.unlink()
    if text is not None:
        path.write_text(text)
    message = refusal("dnabert2", folder)
    assert message.startswith(f"{path}: not a tokenizer (")
    assert ("no such file" in message) == (text is None)


def test_a_tokenizer_of_another_model_is_one_clear_line(folder):
    (folder / "config.json").write_text(json.dumps({**CONFIG, "vocab_size": 20}))
    assert ": 20 tokens, but tokenizer.json beside it has 64" in refusal("dnabert2", folder)


def test_it_learns(encoder):
    encoder.train()
    encoder(to_tensors(encoder.tokenize(BARCODES))).square().mean().backward()
    assert all(weight.grad.isfinite().all() for weight in encoder.parameters())


def test_half_precision_is_close(encoder):
    assert_half_precision_is_close(encoder)
