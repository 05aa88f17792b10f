"""Barcodes as they come from old or poorly read specimens."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

#: Kinds of damage → amounts: letters that are left; shares of letters that are unread (N), or read
#: as another. The first amount of each is the whole barcode.
AMOUNTS: dict[str, tuple[float, ...]] = {
    "length": (660, 500, 400, 300, 200, 100),
    "unread": (0, 0.05, 0.1, 0.2, 0.4),
    "substituted": (0, 0.01, 0.02, 0.05, 0.1, 0.2),
}

#: In the place of a kind, for queries that have no barcode.
WHOLE = "none"

#: Letter → the others.
_OTHERS = {letter: "ACGT".replace(letter, "") for letter in "ACGT"}


def draw_queries(
    queries: pl.DataFrame, images: pl.DataFrame, number: int, seed: int
) -> pl.DataFrame:
    """Queries that have a barcode and an image, at most `number` of each split, drawn at random.

    Args:
        queries: processid, split and barcode.
        images: processid of the samples that have an image.
    """
    both = queries.drop_nulls("barcode").join(images, on="processid", how="semi")
    return (
        both.sort("split", "processid")
        .with_columns(pl.int_range(pl.len()).shuffle(seed).over("split").alias("turn"))
        .filter(pl.col("turn") < number)
        .drop("turn")
    )


def damage(sequences: Sequence[str], kind: str, amount: float, seed: int) -> list[str]:
    """Barcodes with one kind of damage.

    Letters are drawn at random, the same ones for every amount, so that more damage adds to less;
    an N stays what it is. N at the end are left out, as unread letters are (5M §A5.1), but for the
    first letter.

    Args:
        sequences: trimmed barcodes.
        kind, amount: of AMOUNTS.
        seed: of the letters.
    """
    rng = np.random.default_rng(seed)
    return [_KINDS[kind](sequence, amount, rng) for sequence in sequences]


def _cut(sequence: str, amount: float, rng: np.random.Generator) -> str:
    return _trimmed(sequence[: int(amount)])


def _unread(sequence: str, amount: float, rng: np.random.Generator) -> str:
    drawn = rng.random(len(sequence)) < amount
    letters = ("N" if hit else letter for letter, hit in zip(sequence, drawn, strict=True))
    return _trimmed("".join(letters))


def _substituted(sequence: str, amount: float, rng: np.random.Generator) -> str:
    drawn = rng.random(len(sequence)) < amount
    which = rng.integers(3, size=len(sequence))
    return "".join(
        _OTHERS[letter][place] if hit and letter in _OTHERS else letter
        for letter, hit, place in zip(sequence, drawn, which, strict=True)
    )


def _trimmed(sequence: str) -> str:
    return sequence.rstrip("N") or sequence[:1]


_KINDS: dict[str, Callable[[str, float, np.random.Generator], str]] = {
    "length": _cut,
    "unread": _unread,
    "substituted": _substituted,
}
