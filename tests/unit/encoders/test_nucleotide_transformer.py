"""Nucleotide Transformer v2: its feed-forward layer beside a slow reference, and its files."""

import json
import math
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import EsmConfig, EsmForMaskedLM

from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.dna_encoder import to_tensors
from bioscan.encoders.nucleotide_transformer import GatedLayer, NucleotideTransformer
from tests.unit.encoders.published import (
    BARCODES,
    assert_half_precision_is_close,
    assert_padding_changes_nothing,
    embeddings,
    length_of_safetensors,
    published_length,
    refusal,
)

#: The published vocabulary: 4,107 tokens.
VOCABULARY = [
    *("<unk>", "<pad>", "<mask>", "<cls>", "<eos>", "<bos>"),
    *map("".join, product("ATCG", repeat=6)),
    *"ATCGN",
]
CONFIG = {
    "model_type": "esm",
    "architectures": ["EsmForMaskedLM"],
    "auto_map": {"AutoModel": "modeling_esm.EsmModel"},
    "add_bias_fnn": False,
    "attention_probs_dropout_prob": 0.0,
    "emb_layer_norm_before": False,
    "esmfold_config": None,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "hidden_size": 32,
    "intermediate_size": 48,
    "is_folding_model": False,
    "layer_norm_eps": 1e-12,
    "mask_token_id": 2,
    "max_position_embeddings": 2050,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "pad_token_id": 1,
    "position_embedding_type": "rotary",
    "tie_word_embeddings": False,
    "token_dropout": False,
    "torch_dtype": "float32",
    "transformers_version": "4.32.0.dev0",
    "use_cache": False,
    "vocab_list": None,
    "vocab_size": 4107,
}


def published_shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published weights."""
    d, inner, layers = (
        config["hidden_size"],
        config["intermediate_size"],
        config["num_hidden_layers"],
    )
    heads = config["num_attention_heads"]
    shapes = {
        "esm.embeddings.word_embeddings.weight": (4107, d),
        # In the published file, and never read.
        "esm.embeddings.position_embeddings.weight": (2050, d),
        "esm.encoder.emb_layer_norm_after.weight": (d,),
        "esm.encoder.emb_layer_norm_after.bias": (d,),
    }
    for number in range(layers):
        layer = f"esm.encoder.layer.{number}"
        for name in ("attention.self.query", "attention.self.key", "attention.self.value"):
            shapes |= {f"{layer}.{name}.weight": (d, d), f"{layer}.{name}.bias": (d,)}
        shapes |= {
            f"{layer}.attention.output.dense.weight": (d, d),
            f"{layer}.attention.output.dense.bias": (d,),
            f"{layer}.attention.LayerNorm.weight": (d,),
            f"{layer}.attention.LayerNorm.bias": (d,),
            f"{layer}.LayerNorm.weight": (d,),
            f"{layer}.LayerNorm.bias": (d,),
            f"{layer}.intermediate.dense.weight": (2 * inner, d),
            f"{layer}.output.dense.weight": (d, inner),
            f"{layer}.attention.self.rotary_embeddings.inv_freq": (d // heads // 2,),
        }
    return shapes | {
        "esm.contact_head.regression.weight": (1, layers * heads),
        "esm.contact_head.regression.bias": (1,),
        "lm_head.dense.weight": (d, d),
        "lm_head.dense.bias": (d,),
        "lm_head.layer_norm.weight": (d,),
        "lm_head.layer_norm.bias": (d,),
        "lm_head.decoder.weight": (4107, d),
        "lm_head.bias": (4107,),
    }


def published_state() -> dict[str, torch.Tensor]:
    """Weights by their published names and shapes, and a buffer that older files have."""
    shapes = published_shapes(CONFIG)
    generator = torch.Generator().manual_seed(0)
    state = {k: torch.randn(shape, generator=generator) * 0.4 for k, shape in shapes.items()}
    state["esm.embeddings.position_ids"] = torch.arange(2050)[None]
    size = CONFIG["hidden_size"] // CONFIG["num_attention_heads"]
    for name in shapes:
        if name.endswith("inv_freq"):
            state[name] = 1 / 10_000 ** (torch.arange(0, size, 2) / size)
    return state


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "vocab.txt").write_text("\n".join(VOCABULARY))
    save_file(published_state(), tmp_path / "model.safetensors")
    return tmp_path


@pytest.fixture
def encoder(folder) -> NucleotideTransformer:
    return build_dna_encoder(
        DnaEncoderSettings("nucleotide_transformer"), folder / "model.safetensors"
    )


# The layers


def test_the_first_half_of_a_layer_gates_the_second():
    layer = GatedLayer(3, 2)
    rows = np.random.default_rng(0).normal(size=(4, 3))
    weight = layer.dense.weight.detach().double().numpy()
    expected = []
    for row in rows:
        inner = [sum(w * x for w, x in zip(line, row, strict=True)) for line in weight]
        silu = [x / (1 + math.exp(-x)) for x in inner[:2]]
        expected.append([gate * value for gate, value in zip(silu, inner[2:], strict=True)])
    found = layer(torch.tensor(rows, dtype=torch.float32))
    assert layer.dense.bias is None
    torch.testing.assert_close(
        found.detach().double().numpy(), np.array(expected), rtol=1e-4, atol=1e-5
    )


def normalised(row: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (row - row.mean()) / np.sqrt(row.var() + 1e-12) * w + b


def rotated(vector: np.ndarray, position: int) -> np.ndarray:
    """Pairs of a vector, half its size apart, turned by angles that grow with the position."""
    half = len(vector) // 2
    out = vector.copy()
    for i in range(half):
        angle = position / 10_000 ** (2 * i / len(vector))
        a, b = vector[i], vector[i + half]
        out[i] = a * math.cos(angle) - b * math.sin(angle)
        out[i + half] = b * math.cos(angle) + a * math.sin(angle)
    return out


def by_loops(state: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """Hidden states, one position, head and pair at a time."""
    rows = [state["esm.embeddings.word_embeddings.weight"][number] for number in ids]
    heads = CONFIG["num_attention_heads"]
    size = CONFIG["hidden_size"] // heads
    for layer in range(CONFIG["num_hidden_layers"]):
        prefix = f"esm.encoder.layer.{layer}."
        w = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        inputs = [
            normalised(row, w["attention.LayerNorm.weight"], w["attention.LayerNorm.bias"])
            for row in rows
        ]
        query, key, value = (
            [
                w[f"attention.self.{n}.weight"] @ row + w[f"attention.self.{n}.bias"]
                for row in inputs
            ]
            for n in ("query", "key", "value")
        )
        after = []
        for i, row in enumerate(rows):
            context = np.zeros_like(row)
            for head in range(heads):
                at = slice(head * size, (head + 1) * size)
                scores = np.array(
                    [
                        rotated(query[i][at], i) @ rotated(key[j][at], j) / math.sqrt(size)
                        for j in range(len(rows))
                    ]
                )
                shares = np.exp(scores - scores.max())
                shares /= shares.sum()
                context[at] = sum(s * value[j][at] for j, s in enumerate(shares))
            dense = w["attention.output.dense.weight"] @ context + w["attention.output.dense.bias"]
            attended = row + dense
            inner = w["intermediate.dense.weight"] @ normalised(
                attended, w["LayerNorm.weight"], w["LayerNorm.bias"]
            )
            half = len(inner) // 2
            gated = inner[:half] / (1 + np.exp(-inner[:half])) * inner[half:]
            after.append(attended + w["output.dense.weight"] @ gated)
        rows = after
    last = [state[f"esm.encoder.emb_layer_norm_after.{part}"] for part in ("weight", "bias")]
    return np.array([normalised(row, *last) for row in rows])


def test_hidden_states_are_those_of_a_slow_reference(encoder):
    state = {k: v.double().numpy() for k, v in published_state().items()}
    tokens = encoder.tokenize([BARCODES[1]])
    with torch.inference_mode():
        found = encoder(to_tensors(tokens))[0]
    expected = by_loops(state, tokens.ids[0].tolist())
    torch.testing.assert_close(found.double().numpy(), expected, rtol=1e-3, atol=1e-3)


def test_padding_changes_nothing(encoder):
    assert_padding_changes_nothing(encoder)


# Tokens and pooling


def test_tokens_are_6_mers_and_single_letters_where_none_fits(encoder):
    tokens = encoder.tokenize(["AAAAAATTTTTTNACGTAG", "AC"])
    names = [VOCABULARY[number] for number in tokens.ids[0]]
    assert names == ["<cls>", "AAAAAA", "TTTTTT", "N", "ACGTAG"]
    assert tokens.mask.astype(int).tolist() == [[0, 1, 1, 1, 1], [0, 1, 1, 0, 0]]
    assert tokens.attention.astype(int).tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]


def test_released_pooling_averages_cls_and_the_padding_with_n(encoder):
    ids = encoder.tokenizer([BARCODES[1].ljust(660, "N")])["input_ids"]
    ids = torch.tensor([ids[0] + [1] * max(0, 512 - len(ids[0]))])
    with torch.inference_mode():
        hidden = encoder.esm(ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    found = embeddings(encoder, [BARCODES[1]], "released")
    torch.testing.assert_close(found[0], hidden[0, ids[0] != 1].mean(0), rtol=1e-4, atol=1e-4)


# Files


def test_the_names_and_shapes_are_those_of_the_published_file():
    """To a byte: a file of these tensors is as long as the published one."""
    sizes = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 12}
    shapes = published_shapes({**CONFIG, **sizes, "num_attention_heads": 16})
    length = length_of_safetensors(shapes, {"format": "pt"})
    assert length == published_length("nucleotide-transformer-v2-50m")


def test_plain_esm_is_refused(folder):
    config = EsmConfig(**{k: v for k, v in CONFIG.items() if k not in ("auto_map", "model_type")})
    save_file(EsmForMaskedLM(config).state_dict(), folder / "model.safetensors")
    message = refusal("nucleotide_transformer", folder)
    assert "encoder.layer.0.intermediate.dense.bias is unexpected" in message
    assert "encoder.layer.0.output.dense.bias is unexpected" in message


@pytest.mark.parametrize(
    "name",
    [
        "esm.encoder.layer.1.output.dense.weight",
        "esm.encoder.emb_layer_norm_after.bias",
        "esm.embeddings.word_embeddings.weight",
    ],
)
def test_every_weight_is_accounted_for(name, folder):
    state = published_state()
    del state[name]
    path = folder / "model.safetensors"
    save_file(state, path)
    missing = f"({name.removeprefix('esm.')} is missing)"
    expected = f"{path}: not the weights of Nucleotide Transformer v2 {missing}"
    assert refusal("nucleotide_transformer", folder) == expected


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("config.json", '{"model_type": "bert"}', "its config is one of 'bert', expected 'esm'"),
        ("config.json", "{}", "its config is one of None, expected 'esm'"),
        (
            "config.json",
            '{"model_type": "esm", "position_embedding_type": "absolute"}',
            "its position_embedding_type is 'absolute', expected 'rotary'",
        ),
        ("vocab.txt", "A\nC", "4107 tokens, but vocab.txt beside it has"),
        ("vocab.txt", None, "not a vocabulary (no such file); fetch it again"),
    ],
)
def test_files_of_another_model_are_one_clear_line(file, text, fault, folder):
    (folder / file).unlink()
    if text is not None:
        (folder / file).write_text(text)
    assert fault in refusal("nucleotide_transformer", folder)


def test_a_checkpoint_cut_short_is_one_clear_line(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    assert refusal("nucleotide_transformer", folder).startswith(f"{path}: not a whole file of wei")


def test_half_precision_is_close(encoder):
    assert_half_precision_is_close(encoder)
