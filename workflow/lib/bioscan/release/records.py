"""The released records, and their table in the published columns."""

from collections.abc import Sequence

import polars as pl

from bioscan.core.published import BIOSCAN1M_COLUMNS, NO_SPLIT, NOT_CLASSIFIED, chunks
from bioscan.core.records import BIOSCAN5M_SCHEMA, EXPERIMENTS, RANKS

#: The columns of 1M whose missing values are written as NOT_CLASSIFIED: 4 to 13 (1M §A1.2).
_TAXA = ("taxon", *RANKS, "tribe", "subspecies")


def is_released(processid: pl.Series, packages: Sequence[pl.Series]) -> pl.Series:
    """Whether each record has an image in every package.

    The others (without an insect, unreadable, without an image) are in the table of quarantined
    images. Without them all files of a release name the same specimens.

    Args:
        processid: of the records.
        packages: the processids of each package.

    Returns:
        A boolean per record, in their order.
    """
    released = pl.repeat(True, len(processid), eager=True).alias("released")
    for packed in packages:
        released &= processid.is_in(packed.implode())
    return released


def release_columns(
    records: pl.DataFrame, boxes: pl.DataFrame, packages: Sequence[pl.Series]
) -> pl.DataFrame:
    """The columns that a release adds to the records: one row per record, in their order.

    Args:
        records: processid, split.
        boxes: processid, area_fraction, scale_factor.
        packages: the processids of each package.

    Returns:
        area_fraction and scale_factor of the boxes from which the crops were cut, chunk (of the
        current split; null where there is none) and `released`.
    """
    sizes = records.join(boxes, on="processid", how="left", maintain_order="left")
    return sizes.select("area_fraction", "scale_factor").with_columns(
        chunks(records["processid"], records["split"]),
        is_released(records["processid"], packages),
    )


def bioscan1m_table(records: pl.LazyFrame) -> pl.LazyFrame:
    """The 22 columns of BIOSCAN-1M (§A1.2), with its words for missing values.

    The copyright columns of the released file are left out, because the records do not have them.
    """
    missing = dict.fromkeys(_TAXA, NOT_CLASSIFIED) | dict.fromkeys(EXPERIMENTS, NO_SPLIT)
    return records.select(
        pl.col(column).fill_null(missing[column]).alias(name)
        if column in missing
        else pl.col(column).alias(name)
        for name, column in BIOSCAN1M_COLUMNS.items()
    )


def bioscan5m_table(records: pl.LazyFrame) -> pl.LazyFrame:
    """The 23 columns of BIOSCAN-5M (Table A3); missing values are null.

    The index into 1M is written as published, "150502.0".
    """
    return records.select(*BIOSCAN5M_SCHEMA).cast({"index_bioscan_1M_insect": pl.Float64})
