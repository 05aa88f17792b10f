"""Nucleotide Transformer v2: ESM of transformers with gated feed-forward layers.

Plain ESM has another feed-forward layer, so it does not take these weights.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from transformers import EsmConfig, EsmModel, EsmTokenizer

from bioscan.core.errors import InputError, why_not_opened
from bioscan.core.weights import CONFIG, read_config
from bioscan.encoders.checkpoints import (
    built,
    load_strictly,
    model_values,
    read_checkpoint,
    tensors,
)
from bioscan.encoders.dna_encoder import DnaEncoder, Pooling, as_read, pad
from bioscan.encoders.kmers import Tokens

#: Weights beside the encoder's: heads, and what older releases of transformers saved: a buffer,
#: vectors of positions, which an ESM that rotates them never reads, and the frequencies of the
#: rotations once per layer, which follow from the config.
_POSITIONS = "embeddings.position_embeddings."
_IGNORED = ("lm_head.", "contact_head.", "pooler.", "embeddings.position_ids", _POSITIONS)
_FREQUENCIES = "rotary_embeddings.inv_freq"


class GatedLayer(nn.Module):
    """SwiGLU without biases: the first half of a layer gates the second (Shazeer 2020)."""

    def __init__(self, hidden_size: int, intermediate_size: int) -> None:
        super().__init__()
        self.dense = nn.Linear(hidden_size, 2 * intermediate_size, bias=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        gates, values = self.dense(hidden).chunk(2, dim=-1)
        return functional.silu(gates) * values


def gated_esm(config: EsmConfig) -> EsmModel:
    """ESM with gated feed-forward layers, and without the head that predicts contacts."""
    esm = EsmModel(config, add_pooling_layer=False)
    del esm.contact_head
    for layer in esm.encoder.layer:
        layer.intermediate = GatedLayer(config.hidden_size, config.intermediate_size)
        layer.output.dense = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)
    return esm


class NucleotideTransformer(DnaEncoder):
    """Nucleotide Transformer v2, and its tokens: 6-mers, and single letters where none fits."""

    def __init__(self, config: EsmConfig, tokenizer: EsmTokenizer) -> None:
        super().__init__()
        self.esm = gated_esm(config)
        self.tokenizer = tokenizer
        self.dimension = config.hidden_size

    def tokenize(self, sequences: Sequence[str], pooling: Pooling = "masked") -> Tokens:
        """Each sequence begins with <cls>."""
        texts = as_read(sequences, pooling)
        rows = self.tokenizer(texts)["input_ids"] if texts else []
        special = (self.tokenizer.cls_token_id,)
        return pad(rows, special, self.tokenizer.pad_token_id, pooling)

    def forward(self, tokens: Tokens) -> torch.Tensor:
        return self.esm(tokens.ids, attention_mask=tokens.attention).last_hidden_state


def load_nucleotide_transformer(path: Path) -> NucleotideTransformer:
    """Nucleotide Transformer v2 from a file of weights.

    Args:
        path: with config.json and vocab.txt beside it.

    Raises:
        InputError: it is another model, or cut short.
    """
    config = read_config(path.with_name(CONFIG))
    if config.get("model_type") != "esm":
        raise InputError(
            f"{path}: its config is one of {config.get('model_type')!r}, expected 'esm', as that "
            "of Nucleotide Transformer v2"
        )
    if config.get("position_embedding_type") != "rotary":
        raise InputError(
            f"{path}: its position_embedding_type is {config.get('position_embedding_type')!r}, "
            "expected 'rotary', as that of Nucleotide Transformer v2; v1 is another model"
        )
    tokenizer = _read_tokenizer(path.with_name("vocab.txt"))
    encoder = built(
        lambda: NucleotideTransformer(EsmConfig(**model_values(config)), tokenizer), path
    )
    if len(tokenizer) != encoder.esm.config.vocab_size:
        raise InputError(
            f"{path}: {encoder.esm.config.vocab_size} tokens, but vocab.txt beside it has "
            f"{len(tokenizer)}"
        )
    state = dict(tensors(read_checkpoint(path), path, prefixes=("esm.",)))
    old = [name for name in state if name.endswith(f".attention.self.{_FREQUENCIES}")]
    for name in old:
        state[_FREQUENCIES] = state.pop(name)
    load_strictly(encoder.esm, state, path, "Nucleotide Transformer v2", _IGNORED)
    return encoder


def _read_tokenizer(path: Path) -> EsmTokenizer:
    try:
        # Unlike ESM, it ends a sequence with nothing.
        return EsmTokenizer(str(path), eos_token=None)
    except (OSError, ValueError) as error:
        reason = why_not_opened(error) if isinstance(error, OSError) else str(error)
        raise InputError(f"{path}: not a vocabulary ({reason}); fetch it again") from error
