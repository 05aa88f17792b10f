"""HyenaDNA: its convolutions beside a slow reference, and its files."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.dna_encoder import to_tensors
from bioscan.encoders.hyenadna import HyenaConfig, HyenaDna, long_convolution
from tests.unit.encoders.published import (
    BARCODES,
    assert_half_precision_is_close,
    assert_padding_changes_nothing,
    embeddings,
    refusal,
)

CONFIG = {
    "model_type": "hyenadna",
    "architectures": ["HyenaDNAForCausalLM"],
    "auto_map": {"AutoModel": "modeling_hyena.HyenaDNAModel"},
    "activation_freq": 10,
    "d_inner": 32,
    "d_model": 8,
    "emb_dim": 5,
    "embed_dropout": 0.1,
    "filter_order": 6,
    "hyena_dropout": 0.0,
    "hyena_filter_dropout": 0.0,
    "hyena_order": 2,
    "initializer_range": 0.02,
    "layer_norm_epsilon": 1e-05,
    "max_seq_len": 700,
    "n_layer": 2,
    "num_inner_mlps": 2,
    "pad_token_id": 4,
    "pad_vocab_size_multiple": 8,
    "short_filter_order": 3,
    "torch_dtype": "float32",
    "train_freq": True,
    "use_bias": True,
    "vocab_size": 12,
}
D, INNER, ORDER, LENGTH, BANDS = 8, 32, 6, 700, 2


def published_state() -> dict[str, torch.Tensor]:
    """Weights by their published names and shapes."""
    shapes = {
        "hyena.backbone.embeddings.word_embeddings.weight": (16, D),
        "hyena.backbone.ln_f.weight": (D,),
        "hyena.backbone.ln_f.bias": (D,),
        "lm_head.weight": (16, D),
    }
    for number in range(CONFIG["n_layer"]):
        layer = f"hyena.backbone.layers.{number}"
        filters = f"{layer}.mixer.filter_fn"
        shapes |= {
            f"{layer}.mixer.in_proj.weight": (3 * D, D),
            f"{layer}.mixer.in_proj.bias": (3 * D,),
            f"{layer}.mixer.out_proj.weight": (D, D),
            f"{layer}.mixer.out_proj.bias": (D,),
            f"{layer}.mixer.short_filter.weight": (3 * D, 1, 3),
            f"{layer}.mixer.short_filter.bias": (3 * D,),
            f"{filters}.bias": (D,),
            f"{filters}.implicit_filter.0.weight": (ORDER, 5),
            f"{filters}.implicit_filter.0.bias": (ORDER,),
            f"{filters}.implicit_filter.1.freq": (1, ORDER),
            f"{filters}.implicit_filter.2.weight": (ORDER, ORDER),
            f"{filters}.implicit_filter.2.bias": (ORDER,),
            f"{filters}.implicit_filter.4.weight": (ORDER, ORDER),
            f"{filters}.implicit_filter.4.bias": (ORDER,),
            f"{filters}.implicit_filter.6.weight": (D, ORDER),
            f"{layer}.mlp.fc1.weight": (INNER, D),
            f"{layer}.mlp.fc1.bias": (INNER,),
            f"{layer}.mlp.fc2.weight": (D, INNER),
            f"{layer}.mlp.fc2.bias": (D,),
            f"{layer}.norm1.weight": (D,),
            f"{layer}.norm1.bias": (D,),
            f"{layer}.norm2.weight": (D,),
            f"{layer}.norm2.bias": (D,),
        }
    generator = torch.Generator().manual_seed(0)
    state = {k: torch.randn(shape, generator=generator) * 0.4 for k, shape in shapes.items()}
    times = torch.linspace(0, 1, LENGTH)
    bands = torch.linspace(1e-4, BANDS - 1, BANDS)
    angles = 2 * math.pi * torch.arange(LENGTH)[:, None] / LENGTH * bands
    for number in range(CONFIG["n_layer"]):
        filters = f"hyena.backbone.layers.{number}.mixer.filter_fn"
        z = torch.cat([times[:, None], torch.cos(-angles), torch.sin(-angles)], dim=1)
        state[f"{filters}.pos_emb.z"] = z[None]
        state[f"{filters}.pos_emb.t"] = times[None, :, None].clone()
        slowest, fastest = math.log(1e-2) / 1.5, math.log(1e-2) / 0.3
        state[f"{filters}.modulation.deltas"] = torch.linspace(slowest, fastest, D)[None, None]
    return state


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    save_file(published_state(), tmp_path / "model.safetensors")
    return tmp_path


@pytest.fixture
def encoder(folder) -> HyenaDna:
    return build_dna_encoder(DnaEncoderSettings("hyenadna"), folder / "model.safetensors")


# The layers


def test_a_long_convolution_is_a_sum_over_the_positions_before():
    rng = np.random.default_rng(0)
    values, kernel = rng.normal(size=(2, 3, 50)), rng.normal(size=(3, 50))
    expected = np.zeros_like(values)
    for n in range(2):
        for channel in range(3):
            for t in range(50):
                for before in range(t + 1):
                    expected[n, channel, t] += (
                        kernel[channel, before] * values[n, channel, t - before]
                    )
    found = long_convolution(torch.tensor(values), torch.tensor(kernel))
    torch.testing.assert_close(found.numpy(), expected, rtol=1e-3, atol=1e-4)


def normalised(row: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (row - row.mean()) / np.sqrt(row.var() + 1e-5) * w + b


def by_loops(state: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """Hidden states, one position and channel at a time."""
    rows = [state["hyena.backbone.embeddings.word_embeddings.weight"][number] for number in ids]
    for layer in range(CONFIG["n_layer"]):
        prefix = f"hyena.backbone.layers.{layer}."
        w = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        kernel = []
        for t in range(len(rows)):
            hidden = w["mixer.filter_fn.pos_emb.z"][0, t]
            for number in (0, 2, 4):
                name = f"mixer.filter_fn.implicit_filter.{number}"
                hidden = w[f"{name}.weight"] @ hidden + w[f"{name}.bias"]
                hidden = np.sin(w["mixer.filter_fn.implicit_filter.1.freq"][0] * hidden)
            weights = w["mixer.filter_fn.implicit_filter.6.weight"] @ hidden
            rates = np.abs(w["mixer.filter_fn.modulation.deltas"][0, 0])
            kernel.append(weights * (np.exp(-t / (LENGTH - 1) * rates) + 0.05))
        projected = [
            w["mixer.in_proj.weight"] @ normalised(row, w["norm1.weight"], w["norm1.bias"])
            + w["mixer.in_proj.bias"]
            for row in rows
        ]
        short = []
        for t in range(len(rows)):
            total = w["mixer.short_filter.bias"].copy()
            for back in range(min(3, t + 1)):
                total += w["mixer.short_filter.weight"][:, 0, 2 - back] * projected[t - back]
            short.append(total)
        gated = [row[2 * D :] * row[D : 2 * D] for row in short]
        after = []
        for t, row in enumerate(rows):
            mixed = w["mixer.filter_fn.bias"] * gated[t]
            for back in range(t + 1):
                mixed = mixed + kernel[back] * gated[t - back]
            row = (
                row + w["mixer.out_proj.weight"] @ (mixed * short[t][:D]) + w["mixer.out_proj.bias"]
            )
            inner = w["mlp.fc1.weight"] @ normalised(row, w["norm2.weight"], w["norm2.bias"])
            inner = inner + w["mlp.fc1.bias"]
            cubic = math.sqrt(2 / math.pi) * (inner + 0.044715 * inner**3)
            gelu = 0.5 * inner * (1 + np.tanh(cubic))
            after.append(row + w["mlp.fc2.weight"] @ gelu + w["mlp.fc2.bias"])
        rows = after
    last = [state[f"hyena.backbone.ln_f.{part}"] for part in ("weight", "bias")]
    return np.array([normalised(row, *last) for row in rows])


def test_hidden_states_are_those_of_a_slow_reference(encoder):
    state = {k: v.double().numpy() for k, v in published_state().items()}
    tokens = encoder.tokenize([BARCODES[1]])
    with torch.inference_mode():
        found = encoder(to_tensors(tokens))[0]
    expected = by_loops(state, tokens.ids[0].tolist())
    torch.testing.assert_close(found.double().numpy(), expected, rtol=1e-3, atol=1e-3)


def test_a_randomly_initialised_filter_has_the_published_positions():
    """They follow from the config, and the file holds them too."""
    shape = HyenaConfig(d_model=D, d_inner=INNER, filter_order=ORDER, max_seq_len=LENGTH)
    fresh, published = HyenaDna(shape).state_dict(), published_state()
    for name in ("pos_emb.z", "pos_emb.t", "modulation.deltas"):
        key = f"backbone.layers.1.mixer.filter_fn.{name}"
        torch.testing.assert_close(fresh[key], published[f"hyena.{key}"], rtol=1e-4, atol=1e-5)


def test_padding_changes_nothing(encoder):
    assert_padding_changes_nothing(encoder)


def test_a_position_sees_those_before_it_alone(encoder):
    tokens = [to_tensors(encoder.tokenize([text])) for text in ("ACGTACGTAA", "ACGTACGTTT")]
    with torch.inference_mode():
        first, second = (encoder(each)[0] for each in tokens)
    torch.testing.assert_close(first[:9], second[:9], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(first[9:], second[9:], atol=1e-3)


# Tokens and pooling


def test_each_letter_is_a_token_between_special_ones(encoder):
    tokens = encoder.tokenize(["ACGTNRé", "A"])
    assert tokens.ids.tolist() == [[0, 7, 8, 9, 10, 11, 6, 6, 1], [0, 7, 1, 4, 4, 4, 4, 4, 4]]
    assert tokens.mask[0].astype(int).tolist() == [0, 1, 1, 1, 1, 1, 1, 1, 0]
    assert tokens.mask[1].sum() == 1 and tokens.attention[1].sum() == 3


def test_released_pooling_averages_cls_and_the_padding_with_n(encoder):
    text = BARCODES[1].ljust(660, "N")
    ids = torch.tensor([[0, *("ACGTN".index(letter) + 7 for letter in text), 1]])
    tokens = to_tensors(encoder.tokenize(["A"]))._replace(ids=ids)
    with torch.inference_mode():
        hidden = encoder(tokens)
    found = embeddings(encoder, [BARCODES[1]], "released")
    torch.testing.assert_close(found[0], hidden[0, :-1].mean(0), rtol=1e-4, atol=1e-4)


# Files


def test_the_shared_frequency_may_have_any_of_its_names(encoder, folder):
    state = published_state()
    for name in [name for name in state if name.endswith("filter.1.freq")]:
        frequency = state.pop(name)
        for number in (3, 5):
            state[name.replace("filter.1.", f"filter.{number}.")] = frequency.clone()
    save_file(state, folder / "model.safetensors")
    other = build_dna_encoder(DnaEncoderSettings("hyenadna"), folder / "model.safetensors")
    assert torch.equal(embeddings(other, BARCODES), embeddings(encoder, BARCODES))


@pytest.mark.parametrize(
    "name", ["mixer.filter_fn.implicit_filter.1.freq", "mixer.filter_fn.pos_emb.z", "norm1.bias"]
)
def test_every_weight_is_accounted_for(name, folder):
    state = published_state()
    del state[f"hyena.backbone.layers.1.{name}"]
    path = folder / "model.safetensors"
    save_file(state, path)
    missing = f"(backbone.layers.1.{name} is missing)"
    assert refusal("hyenadna", folder) == f"{path}: not the weights of HyenaDNA {missing}"


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"model_type": "bert"}, "its config is one of 'bert', expected 'hyenadna'"),
        ({"hyena_order": 3}, "hyena_order is 3, only 2 is read"),
        ({"d_model": "wide"}, "its config makes no model ("),
        ({"max_seq_len": 1026}, "filter_fn.pos_emb.z is (1, 700, 5), expected (1, 1026, 5)"),
        ({"n_layer": 1}, "is unexpected and 23 more"),
    ],
)
def test_a_config_of_another_model_is_one_clear_line(values, fault, folder):
    (folder / "config.json").write_text(json.dumps({**CONFIG, **values}))
    assert fault in refusal("hyenadna", folder)


def test_the_checkpoint_that_runs_code_is_not_read(folder):
    path = folder / "weights.ckpt"
    path.write_bytes(b"")
    expected = "a checkpoint that runs code when it is read, so it is not; name hyenadna-tiny-1k-hf"
    assert expected in refusal("hyenadna", path)


def test_a_checkpoint_cut_short_is_one_clear_line(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    assert refusal("hyenadna", folder).startswith(f"{path}: not a whole file of weights (")


def test_without_weights_it_is_the_published_tiny_model():
    encoder = build_dna_encoder(DnaEncoderSettings("hyenadna"), None)
    assert encoder.dimension == 128
    assert embeddings(encoder, BARCODES).isfinite().all()


def test_half_precision_is_close(encoder):
    assert_half_precision_is_close(encoder)
