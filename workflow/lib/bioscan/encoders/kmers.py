"""Barcodes as tokens: k-mers that do not overlap, with the published vocabularies."""

from collections.abc import Iterable, Sequence
from itertools import product, repeat
from typing import NamedTuple

import numpy as np

from bioscan.core.sequences import MAX_LENGTH

#: Special tokens by id, before the k-mers in lexicographic order: those of BarcodeBERT, and those
#: of its first models with 5-mers, which CLIBD uses. The latter put a token with id 0 before each
#: sequence, although [CLS] is 1.
BARCODEBERT = ("[MASK]", "[UNK]")
CLIBD = ("[MASK]", "[CLS]", "[UNK]")
PREPENDED = 0

#: Number of each base by its letter, in either case; all else, and the null bytes that pad, is
#: unknown.
_BASES = "ACGT"
UNKNOWN = 4
_NUMBERS = bytearray([UNKNOWN] * 256)
for _number, _letters in enumerate((b"Aa", b"Cc", b"Gg", b"TtUu")):
    for _letter in _letters:
        _NUMBERS[_letter] = _number

#: Letters are looked up one or two at a time. In these tables, the number of what is no base is so
#: low that no sum with others is positive; floats are exact up to 4^12.
_NO_BASE = -(4.0**12)
_ONE = np.array([n if n < UNKNOWN else _NO_BASE for n in _NUMBERS], np.float32)
#: The index of a pair is that of its bytes, the first one being the lower.
_TWO = np.maximum(4 * _ONE + _ONE[:, None], _NO_BASE).ravel()
_LOOKUP = {1: (_ONE, "<u1"), 2: (_TWO, "<u2")}

#: Sequences that are encoded at a time: so many fit into the cache of a processor.
_BLOCK = 64


def _as_text(sequences: Iterable[str], starts: Iterable[int] = repeat(0)) -> bytes:
    """Sequences one behind the other, each cut at 660 letters and padded with null bytes.

    Any letter that is not ASCII becomes one question mark.
    """
    padded = [
        sequence[start : start + MAX_LENGTH].ljust(MAX_LENGTH, "\0")
        for sequence, start in zip(sequences, starts, strict=False)
    ]
    return "".join(padded).encode("ascii", "replace")


def base_numbers(sequences: Iterable[str]) -> np.ndarray:
    """(n, 660) uint8 numbers of the bases: A, C, G, T from 0, and UNKNOWN, also behind the end."""
    text = _as_text(sequences).translate(_NUMBERS)
    return np.frombuffer(text, np.uint8).reshape(-1, MAX_LENGTH)


class Tokens(NamedTuple):
    """A batch of tokenised sequences, as arrays of numpy or as tensors.

    Attributes:
        ids: (n, t) int64.
        mask: (n, t), over which positions embeddings are averaged: those of the sequence, neither
            padding nor special tokens.
        attention: (n, t), which positions the encoder attends to.
    """

    ids: np.ndarray
    mask: np.ndarray
    attention: np.ndarray


class KmerTokenizer:
    """Cuts sequences into k-mers that do not overlap.

    A sequence is cut at 660 nucleotides and padded to as many with N, so that each has ⌊660/k⌋
    tokens. A k-mer with any letter but A, C, G, T (in either case; U is T) is [UNK]; so is padding,
    and a last k-mer that the end of the sequence cuts off.
    """

    def __init__(self, k: int, special_tokens: Sequence[str] = BARCODEBERT) -> None:
        """
        Args:
            k: nucleotides per token.
            special_tokens: `BARCODEBERT` or `CLIBD`.
        """
        self.k = k
        self.special_tokens = tuple(special_tokens)
        self.mask_id = self.special_tokens.index("[MASK]")
        self.unknown_id = self.special_tokens.index("[UNK]")
        self.prepends = "[CLS]" in self.special_tokens
        self.kmers = MAX_LENGTH // k
        #: Tokens per sequence.
        self.length = self.kmers + self.prepends

    @property
    def vocabulary_size(self) -> int:
        return len(self.special_tokens) + 4**self.k

    def vocabulary(self) -> list[str]:
        """All tokens by id."""
        return [*self.special_tokens, *map("".join, product(_BASES, repeat=self.k))]

    def encode(self, sequences: Sequence[str], offsets: np.ndarray | None = None) -> Tokens:
        """Tokens of sequences.

        Args:
            sequences: n sequences of any length and letters.
            offsets: (n,) nucleotides that are left out before each sequence is cut into k-mers.

        Returns:
            (n, length). Padding and a last k-mer that is cut off are neither attended to nor
            averaged, as in the released code; a sequence without a whole k-mer keeps its first
            position, so that it has an average. A prepended token is attended to.
        """
        n = len(sequences)
        starts = [0] * n if offsets is None else offsets.tolist()
        left = np.array([*map(len, sequences)], np.int64) - starts
        lengths = left.clip(0, MAX_LENGTH)
        ids = np.empty((n, self.kmers), np.int64)
        for at in range(0, n, _BLOCK):
            block = slice(at, at + _BLOCK)
            ids[block] = self._ids(_as_text(sequences[block], starts[block]))
        mask = np.arange(self.kmers) < np.maximum(lengths // self.k, 1)[:, None]
        if not self.prepends:
            return Tokens(ids, mask, mask)
        first = np.zeros((n, 1), dtype=bool)
        return Tokens(
            np.hstack([np.full_like(first, PREPENDED, dtype=np.int64), ids]),
            np.hstack([first, mask]),
            np.hstack([~first, mask]),
        )

    def _ids(self, text: bytes) -> np.ndarray:
        """(n, t) ids of the k-mers of n sequences, as floats."""
        width = 1 if self.k % 2 else 2
        numbers, letters = _LOOKUP[width]
        rows = np.frombuffer(text, letters).reshape(-1, MAX_LENGTH // width)
        parts = rows[:, : self.kmers * self.k // width].reshape(-1, self.k // width)
        # As floats, a processor multiplies many at a time.
        weights = (4.0**width) ** np.arange(self.k // width)[::-1]
        places = numbers.take(parts) @ weights.astype(np.float32)
        # The id of the unknown token is below those of all k-mers.
        ids = np.maximum(places + len(self.special_tokens), self.unknown_id)
        return ids.reshape(-1, self.kmers)
