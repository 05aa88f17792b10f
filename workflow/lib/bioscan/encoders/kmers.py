"""Barcodes as tokens: k-mers that do not overlap, with the published vocabularies."""

from collections.abc import Sequence
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from bioscan.core.sequences import MAX_LENGTH

#: Special tokens by id, before the k-mers in lexicographic order: those of BarcodeBERT, and those
#: of its first models with 5-mers, which CLIBD uses. The latter put a token with id 0 before each
#: sequence, although [CLS] is 1.
BARCODEBERT = ("[MASK]", "[UNK]")
CLIBD = ("[MASK]", "[CLS]", "[UNK]")
PREPENDED = 0

#: Number of each base by its letter, in either case; all else, and the null bytes that pad, is
#: infinite, and so is the number of a k-mer that has it.
_BASES = "ACGT"
_NUMBERS = np.full(256, np.inf, np.float32)
for _number, _letters in enumerate((b"Aa", b"Cc", b"Gg", b"TtUu")):
    _NUMBERS[list(_letters)] = _number

#: Sequences that are numbered at a time: so many fit into the cache of a processor.
_BLOCK = 256


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
        starts = [0] * len(sequences) if offsets is None else offsets.tolist()
        # numpy copies bytes into a matrix, cut and padded with null bytes, faster than any loop.
        # A letter outside ASCII becomes one question mark.
        cut = [
            sequence[start : start + MAX_LENGTH].encode("ascii", "replace")
            for sequence, start in zip(sequences, starts, strict=True)
        ]
        kmers = self._ids(np.array(cut, dtype=f"S{MAX_LENGTH}"))
        whole = np.fromiter(map(len, cut), np.int64, len(cut)) // self.k
        mask = np.arange(self.kmers) < np.maximum(whole, 1)[:, None]
        if not self.prepends:
            return Tokens(kmers, mask, mask)
        first = np.zeros((len(cut), 1), dtype=bool)
        return Tokens(
            np.hstack([np.full_like(first, PREPENDED, dtype=np.int64), kmers]),
            np.hstack([first, mask]),
            np.hstack([~first, mask]),
        )

    def _ids(self, cut: np.ndarray) -> np.ndarray:
        """(n, t) int64 ids of the k-mers of sequences as bytes of one length."""
        ids = np.empty((len(cut), self.kmers), np.int64)
        weights = 4.0 ** np.arange(self.k)[::-1].astype(np.float32)
        for at in range(0, len(cut), _BLOCK):
            letters = cut[at : at + _BLOCK].view(np.uint8).reshape(-1, MAX_LENGTH)
            bases = _NUMBERS.take(letters[:, : self.kmers * self.k])
            numbers = bases.reshape(-1, self.kmers, self.k) @ weights
            ids[at : at + _BLOCK] = np.where(
                np.isfinite(numbers), numbers + len(self.special_tokens), self.unknown_id
            )
        return ids


def random_offsets(
    rng: np.random.Generator, count: int, k: int, most: Literal["k", "below_k"] = "k"
) -> np.ndarray:
    """(count,) offsets that augment the sequences of a training.

    Args:
        most: the paper speaks of "at most k nucleotides" (5M §A5.1), `k`; the released code draws
            `below_k`, so that an offset of k, which leaves out a token, does not occur.
    """
    return rng.integers(k, size=count, endpoint=most == "k")
