"""The nearest keys of barcodes by alignment.

The score is blastn's: a match 1, a mismatch -2, a base of a gap -2.5, of the best local alignment
(megablast's defaults), so a truncated barcode still matches; a letter other than A, C, G and T
counts 0. Any two sequences align somewhere, by chance over a dozen letters or two: an alignment
that scores less than MIN_SCORE is none.

Aligning all pairs would take 50 µs each. Here the score of the letters on common columns
(`core.columns`), a matrix product, chooses the candidates: it differs from the aligned score only
by gaps, by ends that the local alignment leaves out and by letters beyond the columns, so all keys
that may be near the best one are aligned (Smith-Waterman, parasail). Queries that lie on no
columns, as those of another marker, are aligned to all keys, and such keys to all queries that they
may suit.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import parasail
import polars as pl

from bioscan.core.columns import LETTERS, UNKNOWN, Columns, plain, reverse_complement

#: The keys of the best score of each query, and those within a distance of it that was asked for:
#: ids; score; identity (share of equal letters); whether they are of opposite strands; aligned, the
#: letters that the identity is a share of.
HITS_SCHEMA: dict[str, pl.DataType] = {
    "query": pl.String(),
    "key": pl.String(),
    "score": pl.Float64(),
    "identity": pl.Float64(),
    "reverse": pl.Boolean(),
    "aligned": pl.Int64(),
}

#: Scores of a match, a mismatch and a base of a gap, doubled to be whole.
MATCH, MISMATCH, GAP = 2, -4, 5

#: The lowest score of an alignment, in letters that match: the word size of megablast. Sequences
#: that have nothing in common reach it in two of a hundred thousand searches among 325,000 barcodes
#: (0.46 · letters · letters of the keys · exp(-1.28 · score) alignments are expected, Karlin and
#: Altschul 1990, with blastn's constants of these scores).
MIN_SCORE = 28

_SCORES = parasail.matrix_create(LETTERS, MATCH, MISMATCH)

#: The same of each letter of a key (or an unknown one) with the four of a query.
_POINTS = np.vstack([3 * np.eye(4) - 2, np.zeros(4)]).astype(np.float32)

#: Keys are aligned whose score on the columns is as near to the best one: so many points, and so
#: large a share of what the best one misses of a perfect match.
MARGIN, SLACK = 18, 0.15

#: Queries, and keys, of one matrix product; and scores that are held at a time, 4 bytes each, so
#: that memory does not grow with the keys: of two million, 128 queries are searched at once.
_QUERIES, _KEYS = 1024, 8192
_SCORES_HELD = 1 << 28


class ExactSearch:
    """Keys to which queries are aligned."""

    def __init__(self, ids: Sequence[str], sequences: Sequence[str]) -> None:
        """
        Args:
            ids: of the keys, in the order of ties.
            sequences: their barcodes.
        """
        self._ids = np.array(ids, dtype=object)
        self._sequences = [plain(sequence) for sequence in sequences]
        self.columns = Columns(self._sequences)
        self._placed = self.columns.place(self._sequences)
        self._known = _known(self._sequences)
        self._beyond = self._known - (self._placed.letters != UNKNOWN).sum(axis=1)
        for row in np.flatnonzero(self._placed.reverse & self._placed.found):
            self._sequences[row] = reverse_complement(self._sequences[row])

    def search(
        self, ids: Sequence[str], sequences: Sequence[str], within: float = 0, threads: int = 1
    ) -> pl.DataFrame:
        """The nearest keys of each query.

        Args:
            ids: of the queries.
            sequences: their barcodes.
            within: points below the best score of a query down to which keys are kept.
            threads: number of alignments at a time.

        Returns:
            HITS_SCHEMA, in the order of the queries, then of the keys. A query that aligns to no
            key has no row.
        """
        size = max(1, min(_QUERIES, _SCORES_HELD // max(1, len(self._sequences))))
        blocks = [slice(start, start + size) for start in range(0, len(ids), size)]
        parts = [self._search(ids[rows], sequences[rows], within, threads) for rows in blocks]
        return pl.concat([pl.DataFrame(schema=HITS_SCHEMA), *parts])

    def _search(
        self, ids: Sequence[str], sequences: Sequence[str], within: float, threads: int
    ) -> pl.DataFrame:
        queries = [plain(sequence) for sequence in sequences]
        placed = self.columns.place(queries)
        candidates = self._candidates(placed.letters, _known(queries), within)

        def align(row: int) -> tuple[np.ndarray, np.ndarray, bool]:
            """Keys, their scores, and whether the other strand was aligned."""
            strands = [bool(placed.reverse[row])] if placed.found[row] else [False, True]
            keys = candidates[row] if placed.found[row] else np.arange(len(self._sequences))
            found = [(keys, self._scores(queries[row], keys, other), other) for other in strands]
            return max(found, key=lambda strand: strand[1].max(initial=0))

        with ThreadPoolExecutor(threads) as pool:
            aligned = list(pool.map(align, range(len(queries))))
        rows, keys, scores, other = [], [], [], []
        for row, (of_query, points, strand) in enumerate(aligned):
            best = points.max(initial=0)
            kept = (points >= best - MATCH * within) & (points >= MATCH * MIN_SCORE)
            keys.append(of_query[kept])
            scores.append(points[kept])
            rows.append(np.full(kept.sum(), row))
            other.append(np.full(kept.sum(), strand))
        rows, keys, scores, other = map(np.concatenate, (rows, keys, scores, other))
        reverse = other != (self._placed.reverse & self._placed.found)[keys]
        equal, compared = _equal_letters(placed.letters[rows], self._placed.letters[keys])
        for hit in np.flatnonzero(~(placed.found[rows] & self._placed.found[keys])):
            query = queries[rows[hit]]
            query = reverse_complement(query) if other[hit] else query
            equal[hit], compared[hit] = _equal_aligned(query, self._sequences[keys[hit]])
        found = {
            "query": np.array(ids, dtype=object)[rows],
            "key": self._ids[keys],
            "score": scores / MATCH,
            "identity": equal / np.maximum(1, compared),
            "reverse": reverse,
            "aligned": compared,
        }
        return pl.DataFrame(found, HITS_SCHEMA)

    def _candidates(
        self, letters: np.ndarray, known: np.ndarray, within: float
    ) -> list[np.ndarray]:
        """The keys that each query is aligned to, in their order.

        Args:
            letters: of the queries on the columns.
            known: number of known letters of each query.
        """
        hot = (letters[:, :, None] == np.arange(4)).reshape(len(letters), -1).astype(np.float32)
        scores = np.empty((len(letters), len(self._sequences)), np.float32)
        for start in range(0, len(self._sequences), _KEYS):
            keys = slice(start, start + _KEYS)
            np.matmul(hot, _points(self._placed.letters[keys]).T, out=scores[:, keys])
        best = scores.max(axis=1)
        placed = (letters != UNKNOWN).sum(axis=1)
        missing = placed - best
        # What both have beyond the columns, as of a longer piece of the gene, may match too.
        longer = np.flatnonzero(known > placed)
        scores[longer] += np.minimum((known - placed)[longer, None], self._beyond)
        near = scores >= (best - (MARGIN + within + SLACK * missing))[:, None]
        # A key that lies on no columns scores its known letters at most.
        lost = ~self._placed.found
        near[:, lost] = self._known[lost] >= best[:, None] - MARGIN - within
        return [np.flatnonzero(row) for row in near]

    def _scores(self, query: str, keys: np.ndarray, other: bool) -> np.ndarray:
        """The doubled scores of a query, or of its other strand, with some keys."""
        if not query:
            return np.zeros(len(keys), np.int64)
        query = reverse_complement(query) if other else query
        profile = parasail.profile_create_16(query, _SCORES)
        align = parasail.sw_striped_profile_16
        return np.array(
            [align(profile, self._sequences[key], GAP, GAP).score for key in keys], np.int64
        )


def _known(sequences: Sequence[str]) -> np.ndarray:
    """The number of known letters of plain sequences."""
    return np.array([len(sequence) - sequence.count("N") for sequence in sequences], np.int64)


def _points(letters: np.ndarray) -> np.ndarray:
    """What each letter of a query would score with keys, float32 (n, 4 · columns)."""
    return _POINTS.take(letters, axis=0).reshape(len(letters), -1)


def _equal_letters(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The equal letters in the columns where both are known, and the number of these, (n,)."""
    known = (first != UNKNOWN) & (second != UNKNOWN)
    return (known & (first == second)).sum(axis=1), known.sum(axis=1)


def _equal_aligned(query: str, key: str) -> tuple[int, int]:
    """The equal letters in the best local alignment, and its known letters, gaps included."""
    first, _, second = aligned(query, key)
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if "N" not in (a, b)]
    return sum(a == b for a, b in pairs), len(pairs)


def aligned(query: str, key: str) -> tuple[str, str, str]:
    """The best local alignment of two plain sequences, as three lines of text.

    Returns:
        The query, a line with `|` where letters are equal, and the key; gaps are `-`.
    """
    trace = parasail.sw_trace_scan_16(query, key, GAP, GAP, _SCORES).traceback
    equal = ("|" if a == b else " " for a, b in zip(trace.query, trace.ref, strict=True))
    return trace.query, "".join(equal), trace.ref
