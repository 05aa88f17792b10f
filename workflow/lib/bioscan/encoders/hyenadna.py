"""HyenaDNA: long convolutions in place of attention (Nguyen et al. 2023, Poli et al. 2023)."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bioscan.core.errors import InputError
from bioscan.core.weights import CONFIG, read_config
from bioscan.encoders.checkpoints import State, built, load_strictly, read_checkpoint, tensors
from bioscan.encoders.dna_encoder import DnaEncoder, Pooling, as_read, pad
from bioscan.encoders.kmers import Tokens

#: Ids: special tokens, and one per letter.
_CLS, _SEP, _PAD, _UNKNOWN = 0, 1, 4, 6
_IDS = np.full(256, _UNKNOWN, np.int64)
_IDS[list(b"ACGTN")] = range(7, 12)

_FREQUENCY = "implicit_filter.1.freq"

#: Windows of the filters: shares of the longest sequence after which the fastest and the slowest
#: have fallen to a hundredth, and what they do not fall below.
_FAST_DECAY, _SLOW_DECAY, _TARGET, _SHIFT = 0.3, 1.5, 1e-2, 0.05


@dataclass(frozen=True)
class HyenaConfig:
    """The values of config.json that shape the encoder; defaults are those of tiny-1k-seqlen."""

    vocab_size: int = 12
    pad_vocab_size_multiple: int = 8
    d_model: int = 128
    d_inner: int = 512
    n_layer: int = 2
    emb_dim: int = 5
    filter_order: int = 64
    num_inner_mlps: int = 2
    short_filter_order: int = 3
    max_seq_len: int = 1026
    activation_freq: float = 10.0
    hyena_order: int = 2
    embed_dropout: float = 0.1
    hyena_dropout: float = 0.0
    layer_norm_epsilon: float = 1e-5


def long_convolution(values: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """Causal convolution along the last axis, as a product of Fourier transforms.

    Args:
        values: (n, d, t).
        kernel: (d, t): the first weight is that of a position itself.
    """
    t = values.shape[-1]
    # Twice as long, so that what leaves at one end does not enter at the other. Half precision has
    # no transforms.
    spectrum = torch.fft.rfft(values.float(), n=2 * t) * torch.fft.rfft(kernel.float(), n=2 * t)
    return torch.fft.irfft(spectrum, n=2 * t)[..., :t].to(values.dtype)


class _Filter(nn.Module):
    """A small network from a position to the weights of the kernel there."""

    def __init__(self, config: HyenaConfig) -> None:
        super().__init__()
        size, inner = config.d_model, config.filter_order
        self.bias = nn.Parameter(torch.randn(size))
        times = torch.linspace(0, 1, config.max_seq_len)[:, None]
        bands = (config.emb_dim - 1) // 2
        angles = 2 * math.pi * torch.arange(config.max_seq_len)[:, None] / config.max_seq_len
        angles = angles * torch.linspace(1e-4, bands - 1, bands)
        positions = torch.cat([times, angles.cos(), -angles.sin()], dim=-1)
        # The names and shapes are those of the published weights.
        self.pos_emb = nn.ParameterDict({"z": positions[None]})
        self.pos_emb.register_buffer("t", times[None])
        widths = [config.emb_dim, *[inner] * (config.num_inner_mlps + 1)]
        self.linear = [f"{2 * number}" for number in range(len(widths))]
        layers = [nn.Linear(before, inner) for before in widths[:-1]]
        layers.append(nn.Linear(inner, size, bias=False))
        self.implicit_filter = nn.ModuleDict(zip(self.linear, layers, strict=True))
        # The sines between all layers share one frequency.
        frequency = torch.full((1, inner), float(config.activation_freq))
        self.implicit_filter["1"] = nn.ParameterDict({"freq": frequency})
        decays = [math.log(_TARGET) / share for share in (_SLOW_DECAY, _FAST_DECAY)]
        self.modulation = nn.Module()
        self.modulation.register_buffer("deltas", torch.linspace(*decays, size)[None, None])

    def forward(self, t: int) -> torch.Tensor:
        """(d, t) kernel."""
        layers = self.implicit_filter
        hidden = self.pos_emb["z"][0, :t]
        for name in self.linear[:-1]:
            hidden = torch.sin(layers["1"]["freq"] * layers[name](hidden))
        kernel = layers[self.linear[-1]](hidden)
        window = torch.exp(-self.pos_emb.t[0, :t] * self.modulation.deltas[0].abs())
        return (kernel * (window + _SHIFT)).T


class _Operator(nn.Module):
    """Hyena of order 2: two gates around a long convolution."""

    def __init__(self, config: HyenaConfig) -> None:
        super().__init__()
        size, order = config.d_model, config.short_filter_order
        self.in_proj = nn.Linear(size, 3 * size)
        self.short_filter = nn.Conv1d(3 * size, 3 * size, order, padding=order - 1, groups=3 * size)
        self.filter_fn = _Filter(config)
        self.out_proj = nn.Linear(size, size)
        self.dropout = nn.Dropout(config.hyena_dropout)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        t = hidden.shape[1]
        projected = self.short_filter(self.in_proj(hidden).transpose(1, 2))[..., :t]
        outer, inner, values = projected.chunk(3, dim=1)
        gated = self.dropout(values * inner)
        mixed = long_convolution(gated, self.filter_fn(t)) + gated * self.filter_fn.bias[:, None]
        return self.out_proj((mixed * outer).transpose(1, 2))


class _Block(nn.Module):
    def __init__(self, config: HyenaConfig) -> None:
        super().__init__()
        size = config.d_model
        self.mixer = _Operator(config)
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.mlp = nn.ModuleDict(
            {"fc1": nn.Linear(size, config.d_inner), "fc2": nn.Linear(config.d_inner, size)}
        )

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        hidden = hidden + self.mixer(self.norm1(hidden))
        inner = functional.gelu(self.mlp["fc1"](self.norm2(hidden)), approximate="tanh")
        return hidden + self.mlp["fc2"](inner)


class HyenaDna(DnaEncoder):
    """HyenaDNA: a token per nucleotide, each of which sees those before it.

    Padding is on the right, so it changes nothing.
    """

    def __init__(self, config: HyenaConfig) -> None:
        super().__init__()
        multiple = config.pad_vocab_size_multiple
        tokens = math.ceil(config.vocab_size / multiple) * multiple
        self.backbone = nn.ModuleDict(
            {
                "embeddings": nn.ModuleDict(
                    {"word_embeddings": nn.Embedding(tokens, config.d_model)}
                ),
                "layers": nn.ModuleList(_Block(config) for _ in range(config.n_layer)),
                "ln_f": nn.LayerNorm(config.d_model, eps=config.layer_norm_epsilon),
            }
        )
        self.dropout = nn.Dropout(config.embed_dropout)
        self.dimension = config.d_model

    def tokenize(self, sequences: Sequence[str], pooling: Pooling = "masked") -> Tokens:
        """Each sequence stands between [CLS] and [SEP]; a letter but A, C, G, T, N is [UNK]."""
        rows = [
            [_CLS, *_IDS[list(text.encode("ascii", "replace"))].tolist(), _SEP]
            for text in as_read(sequences, pooling)
        ]
        return pad(rows, (_CLS, _SEP), _PAD, pooling)

    def forward(self, tokens: Tokens) -> torch.Tensor:
        hidden = self.dropout(self.backbone["embeddings"]["word_embeddings"](tokens.ids))
        for block in self.backbone["layers"]:
            hidden = block(hidden)
        return self.backbone["ln_f"](hidden)


def load_hyenadna(path: Path) -> HyenaDna:
    """HyenaDNA from a file of weights.

    Args:
        path: safetensors as converted for transformers, with config.json beside it.

    Raises:
        InputError: it is another model, or cut short.
    """
    if path.suffix == ".ckpt":
        raise InputError(
            f"{path}: a checkpoint that runs code when it is read, so it is not; name "
            "hyenadna-tiny-1k-hf, the same weights as safetensors"
        )
    config = read_config(path.with_name(CONFIG))
    if config.get("model_type") != "hyenadna":
        raise InputError(
            f"{path}: its config is one of {config.get('model_type')!r}, expected 'hyenadna'"
        )
    names = [field.name for field in fields(HyenaConfig)]
    shape = HyenaConfig(**{name: config[name] for name in names if name in config})
    if shape.hyena_order != 2:
        raise InputError(f"{path}: hyena_order is {shape.hyena_order!r}, only 2 is read")
    encoder = built(lambda: HyenaDna(shape), path)
    state = _with_one_frequency(tensors(read_checkpoint(path), path, prefixes=("hyena.",)))
    load_strictly(encoder, state, path, "HyenaDNA", ignored=("lm_head.", "score."))
    return encoder


def _with_one_frequency(state: State) -> State:
    """Weights without the other names of the frequency that all sines of a filter share.

    Files hold it under one of them or under all.
    """
    return {re.sub(r"\bimplicit_filter\.\d+\.freq$", _FREQUENCY, k): v for k, v in state.items()}
