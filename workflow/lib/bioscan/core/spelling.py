"""When two names may be one name misspelt."""

import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

#: Letters in which a long word may differ from the word it is taken for.
TYPO_LETTERS = 2

#: A word with at least this many letters may differ in TYPO_LETTERS, a shorter one in one:
#: "Aus minor" and "Aus major" differ in two letters and are two species.
LONG_WORD = 8


def near(left: pl.Series, right: pl.Series) -> pl.Series:
    """Whether two names may be one name misspelt, pair by pair.

    They have the same number of words and the same numbers, and differ in one word by one letter
    (dropped, added, changed, or swapped with its neighbour), or in a long word by up to
    TYPO_LETTERS.
    """
    pairs = pl.DataFrame({"pair": range(len(left)), "left": left, "right": right})
    words = pairs.with_columns(pl.col("left", "right").str.split(" "))
    words = words.filter(pl.col("left").list.len() == pl.col("right").list.len())
    words = words.explode("left", "right").filter(pl.col("left") != pl.col("right"))
    lengths = words.select(pl.min_horizontal(pl.col("left", "right").str.len_chars()))
    distance = cpdist(words["left"].to_list(), words["right"].to_list(), scorer=OSA.distance)
    numbers = pl.col("left", "right").str.replace_all(r"\D+", " ")
    words = words.with_columns(
        pl.Series("distance", distance, dtype=pl.Int32),
        pl.when(lengths.to_series() >= LONG_WORD).then(TYPO_LETTERS).otherwise(1).alias("most"),
        numbers.name.suffix("_numbers"),
    )
    alike = words.group_by("pair").agg(
        (
            (pl.len() == 1)
            & (pl.col("distance") <= pl.col("most")).all()
            & (
                pl.col("left_numbers").str.strip_chars()
                == pl.col("right_numbers").str.strip_chars()
            ).all()
        ).alias("near")
    )
    return pairs.join(alike, on="pair", how="left", maintain_order="left")["near"].fill_null(False)
