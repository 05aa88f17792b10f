"""DNABERT-2 and DNABERT-S: a BERT with linear attention biases and gated layers (MosaicBERT).

transformers has no such model. Its plain BERT takes these weights without an error and is wrong, as
it has other feed-forward layers, and knows positions by vectors that these weights lack.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedTokenizerFast

from bioscan.core.errors import InputError
from bioscan.core.weights import CONFIG, read_config
from bioscan.encoders.checkpoints import built, load_strictly, read_checkpoint, tensors
from bioscan.encoders.dna_encoder import DnaEncoder, Pooling, as_read, pad
from bioscan.encoders.kmers import Tokens

#: Weights beside the encoder's: heads of pretraining and classification.
_IGNORED = ("cls.", "classifier.", "pooler.")

_SPECIAL = {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "cls", "sep", "pad", "mask")}

#: By this key of config.json a BERT with linear attention biases is known.
_MARK = "alibi_starting_size"


@dataclass(frozen=True)
class DnaBert2Config:
    """The values of config.json that shape the encoder; defaults are those of DNABERT-2-117M."""

    vocab_size: int = 4096
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.0


def attention_slopes(heads: int) -> list[float]:
    """How much an attention score falls per position, for each head (Press et al. 2022).

    2^(-8/n), 2^(-16/n), … for n heads; where n is no power of two, those of the next lower power,
    and then every other one of the next higher.
    """
    power = 2 ** math.floor(math.log2(heads))
    if power == heads:
        return [2 ** (-8 * (head + 1) / heads) for head in range(heads)]
    return attention_slopes(power) + attention_slopes(2 * power)[::2][: heads - power]


class _Attention(nn.Module):
    """Self-attention, with the dense layer and the norm behind it."""

    def __init__(self, config: DnaBert2Config) -> None:
        super().__init__()
        size = config.hidden_size
        self.heads, self.dropout = config.num_attention_heads, config.attention_probs_dropout_prob
        # The names are those of the published weights.
        self.self = nn.ModuleDict({"Wqkv": nn.Linear(size, 3 * size)})
        self.output = nn.ModuleDict(
            {
                "dense": nn.Linear(size, size),
                "LayerNorm": nn.LayerNorm(size, eps=config.layer_norm_eps),
            }
        )
        self.hidden_dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        n, t, size = hidden.shape
        qkv = self.self["Wqkv"](hidden).view(n, t, 3, self.heads, size // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=bias.to(query.dtype),
            dropout_p=self.dropout if self.training else 0.0,
        )
        attended = self.output["dense"](attended.transpose(1, 2).reshape(n, t, size))
        return self.output["LayerNorm"](self.hidden_dropout(attended) + hidden)


class _GatedLayers(nn.Module):
    """GEGLU: the first half of a layer gates the second (Shazeer 2020)."""

    def __init__(self, config: DnaBert2Config) -> None:
        super().__init__()
        size, inner = config.hidden_size, config.intermediate_size
        self.gated_layers = nn.Linear(size, 2 * inner, bias=False)
        self.wo = nn.Linear(inner, size)
        self.layernorm = nn.LayerNorm(size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        gates, values = self.gated_layers(hidden).chunk(2, dim=-1)
        inner = self.dropout(functional.gelu(gates) * values)
        return self.layernorm(self.wo(inner) + hidden)


class _Layer(nn.Module):
    def __init__(self, config: DnaBert2Config) -> None:
        super().__init__()
        self.attention = _Attention(config)
        self.mlp = _GatedLayers(config)

    def forward(self, hidden: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return self.mlp(self.attention(hidden, bias))


class _Bert(nn.Module):
    """Token ids → hidden states. Positions are known by the distance of two tokens alone."""

    def __init__(self, config: DnaBert2Config) -> None:
        super().__init__()
        size = config.hidden_size
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(config.vocab_size, size),
                "token_type_embeddings": nn.Embedding(config.type_vocab_size, size),
                "LayerNorm": nn.LayerNorm(size, eps=config.layer_norm_eps),
            }
        )
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.encoder = nn.ModuleDict(
            {"layer": nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))}
        )
        slopes = torch.tensor(attention_slopes(config.num_attention_heads))
        self.register_buffer("slopes", slopes, persistent=False)

    def forward(self, ids: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
        """
        Args:
            ids: (n, t).
            attention: (n, t) bool, which positions are attended to.
        """
        first_type = self.embeddings["token_type_embeddings"].weight[0]
        hidden = self.embeddings["word_embeddings"](ids) + first_type
        hidden = self.dropout(self.embeddings["LayerNorm"](hidden))
        bias = self._bias(ids.shape[1]).masked_fill(~attention[:, None, None], -torch.inf)
        for layer in self.encoder["layer"]:
            hidden = layer(hidden, bias)
        return hidden

    def _bias(self, t: int) -> torch.Tensor:
        """(1, heads, t, t) falls of the attention score with the distance of two positions."""
        positions = torch.arange(t, device=self.slopes.device)
        distances = (positions[:, None] - positions).abs()
        return -(self.slopes[:, None, None] * distances)[None]


class DnaBert2(DnaEncoder):
    """DNABERT-2 or DNABERT-S, and the byte-pair encoding that its tokens are of."""

    def __init__(self, config: DnaBert2Config, tokenizer: PreTrainedTokenizerFast) -> None:
        super().__init__()
        self.bert = _Bert(config)
        self.tokenizer = tokenizer
        self.dimension = config.hidden_size

    def tokenize(self, sequences: Sequence[str], pooling: Pooling = "masked") -> Tokens:
        """Each sequence stands between [CLS] and [SEP]; a letter but A, C, G, T is [UNK]."""
        texts = as_read(sequences, pooling)
        rows = self.tokenizer(texts)["input_ids"] if texts else []
        special = (self.tokenizer.cls_token_id, self.tokenizer.sep_token_id)
        return pad(rows, special, self.tokenizer.pad_token_id, pooling)

    def forward(self, tokens: Tokens) -> torch.Tensor:
        return self.bert(tokens.ids, tokens.attention)


def load_dnabert2(path: Path) -> DnaBert2:
    """DNABERT-2 or DNABERT-S from a file of weights.

    Args:
        path: safetensors or a pickle, with config.json and tokenizer.json beside it.

    Raises:
        InputError: it is another model, or cut short.
    """
    config = read_config(path.with_name(CONFIG))
    if _MARK not in config:
        raise InputError(
            f"{path}: its config has no {_MARK!r}, so it is no DNABERT-2 or DNABERT-S; name the "
            "weights of one"
        )
    shape = DnaBert2Config(
        **{f.name: config[f.name] for f in fields(DnaBert2Config) if f.name in config}
    )
    tokenizer = _read_tokenizer(path.with_name("tokenizer.json"))
    encoder = built(lambda: DnaBert2(shape, tokenizer), path)
    if len(tokenizer) > shape.vocab_size:
        raise InputError(
            f"{path}: {shape.vocab_size} tokens, but tokenizer.json beside it has {len(tokenizer)}"
        )
    state = tensors(read_checkpoint(path), path, prefixes=("bert.",))
    load_strictly(encoder.bert, state, path, "DNABERT-2", _IGNORED)
    return encoder


def _read_tokenizer(path: Path) -> PreTrainedTokenizerFast:
    try:
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(path), **_SPECIAL)
    except Exception as error:  # the library of tokenizers raises bare ones
        reason = "no such file" if not path.is_file() else str(error).splitlines()[0]
        raise InputError(f"{path}: not a tokenizer ({reason}); fetch it again") from error
    return tokenizer
