"""BarcodeBERT: BERT on k-mers that do not overlap (Millan Arias et al. 2023)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BertConfig, BertModel

from bioscan.core.errors import InputError
from bioscan.core.weights import CONFIG, read_config
from bioscan.encoders.checkpoints import (
    State,
    built,
    load_strictly,
    model_values,
    read_checkpoint,
    tensors,
)
from bioscan.encoders.dna_encoder import DnaEncoder, Pooling
from bioscan.encoders.kmers import BARCODEBERT, CLIBD, KmerTokenizer, Tokens

#: Of the released code: nucleotides of the longest sequence that positions are made for, and the
#: fewest positions.
_LONGEST, _POSITIONS = 1536, 512

#: Width of a head of BERT; a bare state dict does not say how many heads there are.
_HEAD = 64

#: Weights beside the encoder's: heads, and a buffer that older releases of transformers saved.
_IGNORED = ("cls.", "classifier.", "pooler.", "embeddings.position_ids")


def bert_config(
    k: int,
    layers: int,
    heads: int,
    hidden_size: int = 768,
    special_tokens: Sequence[str] = BARCODEBERT,
) -> BertConfig:
    """The architecture of BarcodeBERT: "8-4-4" is k = 8, 4 layers and 4 heads.

    `num_labels` are the k-mers, the classes of BertForTokenClassification.
    """
    return BertConfig(
        vocab_size=len(special_tokens) + 4**k,
        hidden_size=hidden_size,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=4 * hidden_size,
        max_position_embeddings=max(_POSITIONS, math.ceil(_LONGEST / k)),
        num_labels=4**k,
    )


class BarcodeBert(DnaEncoder):
    """BERT, and the k-mers that its vocabulary is made of."""

    def __init__(self, config: BertConfig) -> None:
        """
        Raises:
            InputError: the vocabulary is none of k-mers.
        """
        super().__init__()
        self.tokenizer = _tokenizer(config.vocab_size)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dimension = config.hidden_size

    def tokenize(self, sequences: Sequence[str], pooling: Pooling = "masked") -> Tokens:
        """All positions are averaged if `released`, and all are attended to."""
        tokens = self.tokenizer.encode(sequences)
        if pooling == "masked":
            return tokens
        everywhere = np.ones_like(tokens.mask)
        return Tokens(tokens.ids, everywhere, everywhere)

    def forward(self, tokens: Tokens) -> torch.Tensor:
        return self.bert(tokens.ids, attention_mask=tokens.attention).last_hidden_state


def _tokenizer(vocabulary_size: int) -> KmerTokenizer:
    for special_tokens in (BARCODEBERT, CLIBD):
        k = round(math.log(max(vocabulary_size - len(special_tokens), 1), 4))
        if k and 4**k + len(special_tokens) == vocabulary_size:
            return KmerTokenizer(k, special_tokens)
    raise InputError(
        f"a BERT of {vocabulary_size} tokens is no BarcodeBERT, which has 4^k k-mers and "
        f"{len(BARCODEBERT)} or {len(CLIBD)} special tokens"
    )


def load_barcodebert(path: Path) -> BarcodeBert:
    """BarcodeBERT from a file of weights.

    Args:
        path: safetensors of BertForMaskedLM or BertForTokenClassification, with config.json beside
            them; or a released pickle: one with `bert_config` and `model`, or bare weights, which
            are those of a BERT of heads of 64.

    Raises:
        InputError: it is another model, or cut short.
    """
    found = read_checkpoint(path)
    if "bert_config" in found:
        config, weights = found["bert_config"], found.get("model", {})
    else:
        beside = path.with_name(CONFIG)
        config, weights = read_config(beside) if beside.is_file() else None, found
    state = _encoder(tensors(weights, path))
    values = _shapes(state, path) if config is None else _checked(config, path)
    encoder = built(lambda: BarcodeBert(BertConfig(**values)), path)
    load_strictly(encoder.bert, state, path, "BarcodeBERT", _IGNORED)
    return encoder


def _encoder(state: State) -> State:
    """Weights without the prefixes of data-parallel training and of the model with its head."""
    plain = {name.removeprefix("module."): value for name, value in state.items()}
    return {name.removeprefix("bert."): value for name, value in plain.items()}


def _checked(config: Any, path: Path) -> dict[str, Any]:
    if not isinstance(config, Mapping):
        raise InputError(f"{path}: its bert_config is {config!r}, expected values by name")
    if config.get("model_type", "bert") != "bert" or "alibi_starting_size" in config:
        kind = "DNABERT-2" if "alibi_starting_size" in config else config["model_type"]
        raise InputError(f"{path}: its config is one of {kind!r}, expected a BERT of k-mers")
    return model_values(config)


def _shapes(state: State, path: Path) -> dict[str, Any]:
    """The architecture of bare weights, from their shapes."""
    try:
        vocabulary_size, hidden_size = state["embeddings.word_embeddings.weight"].shape
        positions, _ = state["embeddings.position_embeddings.weight"].shape
        intermediate_size, _ = state["encoder.layer.0.intermediate.dense.weight"].shape
    except (KeyError, ValueError) as error:
        raise InputError(f"{path}: not the weights of BarcodeBERT ({error} is missing)") from error
    layers = {name.split(".")[2] for name in state if name.startswith("encoder.layer.")}
    return {
        "vocab_size": vocabulary_size,
        "hidden_size": hidden_size,
        "num_hidden_layers": len(layers),
        "num_attention_heads": max(hidden_size // _HEAD, 1),
        "intermediate_size": intermediate_size,
        "max_position_embeddings": positions,
    }
