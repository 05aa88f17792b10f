"""Barcodes as tokens: k-mers that do not overlap, with the published vocabularies."""

from collections.abc import Iterable, Sequence
from itertools import product
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

#: Sequences that are encoded at a time: so many fit into the cache of a processor.
_BLOCK = 64


def as_bytes(sequences: Iterable[str]) -> list[bytes]:
    """Sequences cut at 660 letters, in ASCII: any other letter becomes one question mark."""
    return [sequence[:MAX_LENGTH].encode("ascii", "replace") for sequence in sequences]


def base_numbers(cut: Sequence[bytes]) -> np.ndarray:
    """(n, 660) uint8 numbers of the bases: A, C, G, T from 0, and UNKNOWN, also behind the end.

    Args:
        cut: of `as_bytes`.
    """
    # numpy copies bytes into a matrix and pads them with null bytes, faster than any loop.
    text = np.array(cut, dtype=f"S{MAX_LENGTH}").tobytes().translate(_NUMBERS)
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
        lengths = np.empty(n, np.int64)
        ids = np.empty((n, self.kmers), np.int64)
        for at in range(0, n, _BLOCK):
            block = slice(at, at + _BLOCK)
            pairs = zip(sequences[block], starts[block], strict=True)
            cut = as_bytes(sequence[start:] for sequence, start in pairs)
            lengths[block] = [*map(len, cut)]
            ids[block] = self._ids(cut)
        mask = np.arange(self.kmers) < np.maximum(lengths // self.k, 1)[:, None]
        if not self.prepends:
            return Tokens(ids, mask, mask)
        first = np.zeros((n, 1), dtype=bool)
        return Tokens(
            np.hstack([np.full_like(first, PREPENDED, dtype=np.int64), ids]),
            np.hstack([first, mask]),
            np.hstack([~first, mask]),
        )

    def _ids(self, cut: Sequence[bytes]) -> np.ndarray:
        """(n, t) ids of the k-mers of sequences of at most 660 letters, as floats."""
        bases = base_numbers(cut)[:, : self.kmers * self.k].reshape(-1, self.k)
        # As floats, which are exact up to 4^12, a processor multiplies many at a time.
        weights = 4.0 ** np.arange(self.k)[::-1].astype(np.float32)
        ids = bases.astype(np.float32) @ weights + len(self.special_tokens)
        ids[np.flatnonzero(bases == UNKNOWN) // self.k] = self.unknown_id
        return ids.reshape(-1, self.kmers)
