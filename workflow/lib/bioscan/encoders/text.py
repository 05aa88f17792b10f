"""Encoders of text: BERT, and the words of its vocabulary."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import BertConfig, BertModel, BertTokenizer

from bioscan.core.encoders import Pooling
from bioscan.core.errors import InputError, why_not_opened
from bioscan.core.weights import CONFIG, read_config
from bioscan.encoders.checkpoints import (
    built,
    load_strictly,
    model_values,
    read_checkpoint,
    tensors,
)
from bioscan.encoders.kmers import Tokens

VOCABULARY = "vocab.txt"

#: Of a BERT, before its words.
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

#: Weights beside the encoder's.
_IGNORED = ("cls.", "pooler.", "embeddings.position_ids")


@dataclass(frozen=True)
class TextEncoderSettings:
    """An encoder of text as the config describes it.

    Attributes:
        max_tokens: tokens at which a text is cut, with [CLS] and [SEP]; shorter ones are padded.
        layers, heads, hidden_size: of one that is randomly initialised, whose tokens are letters.
    """

    max_tokens: int = 20
    layers: int = 2
    heads: int = 2
    hidden_size: int = 128


class TextEncoder(nn.Module):
    """Texts → tokens → a vector per token.

    Attributes:
        vocabulary: words and parts of words by id.
        max_tokens: of each text.
        dimension: of a vector.
    """

    def __init__(self, config: BertConfig, vocabulary: Sequence[str], max_tokens: int) -> None:
        """
        Raises:
            InputError: the vocabulary is not the model's, or it has fewer positions.
        """
        super().__init__()
        if len(vocabulary) != config.vocab_size:
            raise InputError(
                f"a vocabulary of {len(vocabulary)} words is not that of a BERT with "
                f"{config.vocab_size}; expected the {VOCABULARY} that its weights came with"
            )
        if max_tokens > config.max_position_embeddings:
            raise InputError(
                f"config: encoders: max_tokens is {max_tokens}, and this BERT has "
                f"{config.max_position_embeddings} positions; expected no more"
            )
        self.vocabulary, self.max_tokens = list(vocabulary), max_tokens
        ids = {word: number for number, word in enumerate(vocabulary)}
        self.tokenizer = BertTokenizer(ids)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dimension = config.hidden_size

    def tokenize(self, texts: Sequence[str], pooling: Pooling = "masked") -> Tokens:
        """Tokens of n texts, (n, max_tokens) each. Padding is not attended to.

        Args:
            pooling: `masked` averages the words of the text alone, or special tokens where it has
                none; `released` all positions, padding too, as the released code of 5M §4.4.
        """
        found = self._tokens(
            texts, padding="max_length", truncation=True, max_length=self.max_tokens
        )
        ids, attention = (
            np.array(found[key], np.int64).reshape(-1, self.max_tokens)
            for key in ("input_ids", "attention_mask")
        )
        if pooling == "released":
            return Tokens(ids, np.ones_like(attention, bool), attention.astype(bool))
        mask = ~np.isin(ids, [self.vocabulary.index(t) for t in ("[PAD]", "[CLS]", "[SEP]")])
        empty = ~mask.any(1)
        mask[empty] = attention[empty] > 0
        return Tokens(ids, mask, attention.astype(bool))

    def count_cut(self, texts: Sequence[str]) -> int:
        """How many texts lose their end."""
        return sum(len(ids) > self.max_tokens for ids in self._tokens(texts)["input_ids"])

    def _tokens(self, texts: Sequence[str], **options: Any) -> Mapping[str, list[list[int]]]:
        if not texts:
            return {"input_ids": [], "attention_mask": []}
        return self.tokenizer(list(texts), **options)

    def forward(self, tokens: Tokens) -> torch.Tensor:
        """(n, t, dimension) of tokens as tensors."""
        return self.bert(tokens.ids, attention_mask=tokens.attention).last_hidden_state


def text_settings(given: Mapping[str, Any]) -> TextEncoderSettings:
    """The settings of an encoder of the config."""
    return TextEncoderSettings(**{k: v for k, v in given.items() if k not in ("text", "weights")})


def letters() -> list[str]:
    """A vocabulary of single letters, digits and the marks in names, with which any name is
    written."""
    marks = string.ascii_lowercase + string.digits + ".-_'"
    return [*SPECIAL, *marks, *(f"##{mark}" for mark in marks)]


def build_text_encoder(settings: TextEncoderSettings, weights: Sequence[Path]) -> TextEncoder:
    """An encoder for evaluation, with weights or randomly initialised.

    Args:
        weights: model.safetensors of a BERT, with its config.json and vocab.txt in the same folder;
            none: randomly initialised.

    Raises:
        InputError: a file is missing, or the weights are those of another model.
    """
    if not weights:
        config = BertConfig(
            vocab_size=len(letters()),
            hidden_size=settings.hidden_size,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            intermediate_size=4 * settings.hidden_size,
        )
        return TextEncoder(config, letters(), settings.max_tokens).eval()
    path = weights[0]
    words = path.with_name(VOCABULARY)
    try:
        vocabulary = words.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(
            f"{words}: the vocabulary of the model beside it: {why_not_opened(error)}"
        ) from error
    values = model_values(read_config(path.with_name(CONFIG)))
    encoder = built(
        lambda: TextEncoder(BertConfig(**values), vocabulary, settings.max_tokens), path
    )
    state = tensors(read_checkpoint(path), path, ("bert.",))
    load_strictly(encoder.bert, state, path, "BERT", _IGNORED)
    return encoder.eval()
