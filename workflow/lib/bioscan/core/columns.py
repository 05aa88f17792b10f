"""Barcodes on common columns: where each base of a barcode lies in the gene.

Barcodes of one marker are pieces of the same stretch of a gene, and nearly all without insertions
or deletions. So one offset per barcode puts it on the columns of a consensus, and a gapped
alignment is needed only where a window of it disagrees with the consensus.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import parasail

#: Codes of letters: A, C, G, T, and all others, which are unknown.
LETTERS = "ACGT"
UNKNOWN = 4
_CODES = np.full(256, UNKNOWN, np.int8)
_CODES[list(LETTERS.encode())] = range(4)
_COMPLEMENT = str.maketrans("ACGTN", "TGCAN")
_OTHER = re.compile(f"[^{LETTERS}]")

#: Share of the known letters that equal the consensus, below which a barcode lies on no columns.
#: Barcodes of insects share 67 % or more (99 % of 6,744 real ones), random offsets 35 to 40 %.
MIN_SHARE = 0.55

#: Letters on the columns that a barcode needs for that: of fewer, some offset shares as many by
#: chance.
MIN_LETTERS = 100

#: A window of so many columns that shares less than half its letters hints at an insertion or
#: deletion.
WINDOW = 60

#: Scores of the gapped alignments to the consensus: lenient on differences, so that they reach the
#: ends, and strict on gaps. With an opening of 10, two gaps that make up for each other appeared in
#: most of the distant Hymenoptera among 108,656 real barcodes.
_LENIENT = parasail.matrix_create(LETTERS, 2, -2)
_OPEN, _EXTEND = 24, 1
_STEPS = re.compile(r"(\d+)([=XID])")


def plain(sequence: str) -> str:
    """A sequence in the letters A, C, G, T and N, which stands for all others."""
    return _OTHER.sub("N", sequence)


def reverse_complement(sequence: str) -> str:
    """The other strand of a plain sequence."""
    return sequence.translate(_COMPLEMENT)[::-1]


def encode(sequences: Sequence[str]) -> np.ndarray:
    """Codes of the letters, int8 (n, longest), with unknown letters after the end."""
    longest = max(map(len, sequences), default=0)
    text = "".join(sequence.ljust(longest, "N") for sequence in sequences)
    return _CODES[np.frombuffer(text.encode(), np.uint8)].reshape(len(sequences), longest)


@dataclass(frozen=True)
class Placed:
    """Barcodes on the columns of a consensus.

    Attributes:
        letters: codes, int8 (n, columns); insertions are left out.
        share: of the known letters that equal the consensus, (n,).
        reverse: whether the other strand was placed, (n,).
        gapped: whether an insertion or deletion is inside, (n,).
        shifted: whether they shift the reading frame to the end, (n,).
    """

    letters: np.ndarray
    share: np.ndarray
    reverse: np.ndarray
    gapped: np.ndarray
    shifted: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """Whether the barcode lies on the columns at all, (n,)."""
        return (self.share >= MIN_SHARE) & ((self.letters != UNKNOWN).sum(axis=1) >= MIN_LETTERS)


class Columns:
    """The columns of the barcodes of a data set."""

    def __init__(self, sequences: Sequence[str]) -> None:
        """The consensus of the barcodes of the commonest length.

        Args:
            sequences: plain, at least one.
        """
        lengths = np.array([len(sequence) for sequence in sequences])
        commonest = np.bincount(lengths).argmax()
        codes = encode([s for s in sequences if len(s) == commonest])
        counts = np.stack([(codes == code).sum(axis=0) for code in range(4)])
        self.consensus = "".join(LETTERS[code] for code in counts.argmax(axis=0))
        self._codes = encode([self.consensus])[0]
        self._profile = parasail.profile_create_16(self.consensus, _LENIENT)

    def __len__(self) -> int:
        return len(self.consensus)

    def place(self, sequences: Sequence[str], block: int = 4096) -> Placed:
        """Put barcodes on the columns, whichever strand they are of.

        Args:
            sequences: plain.
        """
        parts = [
            self._place(sequences[start : start + block])
            for start in range(0, max(1, len(sequences)), block)
        ]
        names = [field.name for field in fields(Placed)]
        return Placed(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def _place(self, sequences: Sequence[str]) -> Placed:
        placed = self._place_strand(sequences)
        lost = np.flatnonzero(~placed.found)
        if lost.size:
            other = self._place_strand([reverse_complement(sequences[row]) for row in lost])
            better = other.share > placed.share[lost]
            for field in fields(Placed):
                getattr(placed, field.name)[lost[better]] = getattr(other, field.name)[better]
            placed.reverse[lost[better]] = True
        return placed

    def _place_strand(self, sequences: Sequence[str]) -> Placed:
        codes = encode(sequences)
        letters = self._shifted(codes, np.zeros(len(codes), np.int64))
        # Most barcodes begin at the first column.
        elsewhere = np.flatnonzero(self._share(letters, codes) < 2 * MIN_SHARE - 0.5)
        for rows in np.array_split(elsewhere, max(1, elsewhere.size // 256)):
            letters[rows] = self._shifted(codes[rows], self._offsets(codes[rows]))
        gapped = self._broken(letters) | (self._share(letters, codes) < MIN_SHARE)
        shifted = np.zeros(len(codes), bool)
        for row in np.flatnonzero(gapped):
            aligned, gaps = self._align(sequences[row], codes[row])
            gapped[row], shifted[row] = bool(gaps), sum(gaps) % 3 > 0
            if gaps:
                letters[row] = aligned
        share = self._share(letters, codes)
        return Placed(letters, share, np.zeros(len(codes), bool), gapped, shifted)

    def _share(self, letters: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Share of the known letters of each that equal the consensus; those beyond it are no loss.

        At least half of the letters, or of the columns, have to lie on the columns.
        """
        equal = (letters == self._codes).sum(axis=1)
        known = (codes != UNKNOWN).sum(axis=1)
        least = np.minimum(known, len(self)) / 2
        return equal / np.maximum(1, np.maximum((letters != UNKNOWN).sum(axis=1), least))

    def _shifted(self, codes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """The letters of each at its offset: the column of its first letter."""
        if not codes.shape[1]:
            return np.full((len(codes), len(self)), UNKNOWN, np.int8)
        positions = np.arange(len(self)) - offsets[:, None]
        inside = (positions >= 0) & (positions < codes.shape[1])
        taken = np.take_along_axis(codes, positions.clip(0, codes.shape[1] - 1), axis=1)
        return np.where(inside, taken, np.int8(UNKNOWN))

    def _offsets(self, codes: np.ndarray) -> np.ndarray:
        """The offset of each at which most letters equal the consensus (cross-correlation)."""
        size = codes.shape[1] + len(self)
        spectrum = sum(
            np.fft.rfft((codes == code).astype(np.float32), size).conj()
            * np.fft.rfft((self._codes == code).astype(np.float32), size)
            for code in range(4)
        )
        offsets = np.rint(np.fft.irfft(spectrum, size)).argmax(axis=1)
        return np.where(offsets >= len(self), offsets - size, offsets)

    def _broken(self, letters: np.ndarray) -> np.ndarray:
        """Whether a window of each shares less than half its known letters with the consensus."""
        width = min(WINDOW, len(self))
        known = _windows(letters != UNKNOWN, width)
        equal = _windows(letters == self._codes, width)
        return ((known >= width // 2) & (2 * equal < known)).any(axis=1)

    def _align(self, sequence: str, codes: np.ndarray) -> tuple[np.ndarray, list[int]]:
        """The letters of one by a gapped alignment that reaches an end, and its gaps' lengths.

        Those of insertions are positive, those of deletions negative.
        """
        row = np.full(len(self), UNKNOWN, np.int8)
        if not sequence:
            return row, []
        cigar = parasail.sg_trace_scan_profile_16(self._profile, sequence, _OPEN, _EXTEND).cigar
        steps = [(int(n), step) for n, step in _STEPS.findall(cigar.decode.decode())]
        column, position = cigar.beg_query, cigar.beg_ref
        for count, step in steps:
            if step in "=X":
                row[column : column + count] = codes[position : position + count]
            column += count if step != "D" else 0
            position += count if step != "I" else 0
        signs = {"D": 1, "I": -1}
        return row, [signs[step] * count for count, step in steps[1:-1] if step in signs]


def _windows(flags: np.ndarray, width: int) -> np.ndarray:
    """The number of flags in each window of a row, (n, columns - width + 1)."""
    sums = np.pad(flags.cumsum(axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    return sums[:, width:] - sums[:, : -width or None]
