"""The labels of a record as text."""

from typing import Literal

import polars as pl

#: The ranks that a text names, from the root down (5M §4.4).
TEXT_RANKS = ("order", "family", "genus", "species")

#: What stands for a rank without label: nothing, or the published sentinel, as the released code
#: of 5M §4.4 has it.
MissingRanks = Literal["left_out", "not_classified"]


def label_text(missing: MissingRanks) -> pl.Expr:
    """The labels at `TEXT_RANKS`, joined by spaces; null where a record has none of them.

    With "not_classified", a record without any label has a text too.
    """
    if missing == "not_classified":
        ranks = [pl.col(rank).fill_null("not_classified") for rank in TEXT_RANKS]
        return pl.concat_str(ranks, separator=" ").alias("text")
    joined = pl.concat_str(TEXT_RANKS, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias("text")
