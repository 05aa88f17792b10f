"""Several rows of one processid."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from bioscan.ingest.notes import Notes

#: What the notes say of the rows of a processid that has a longer one.
FURTHER_ROWS = "further rows of a processid: the one with the longest barcode is kept"

#: Which of the rows of one processid is kept: the first, or the one with the most letters A, C, G,
#: T (the first of several).
Keep = Literal["first", "longest"]


class Written:
    """The rows that were written, by which repeated processids are found at the end.

    A row takes 14 bytes, its name a hash; names are compared where hashes are equal. Its number in
    the file, which a reason names, takes four more: only where the first is kept.

    Args:
        keep: which of the rows of one processid is kept.
    """

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._rows: list[np.ndarray] = [np.empty(0, np.uint32)]
        self._numbers: list[np.ndarray] = [np.empty(0, np.uint32)]
        self._hashes: list[np.ndarray] = [np.empty(0, np.uint64)]
        self._letters: list[np.ndarray] = [np.empty(0, np.uint16)]

    def add(self, rows: pl.DataFrame) -> None:
        """Note rows that were written: row, row_number, processid, letters, dna_barcode."""
        self._rows.append(rows["row"].to_numpy())
        if self._keep == "first":
            self._numbers.append(rows["row_number"].fill_null(0).to_numpy())
        self._hashes.append(_hashes(rows["processid"]).to_numpy())
        # One more than there are, as 0 stands for a row without a barcode.
        letters = rows.select(
            pl.when(pl.col("dna_barcode").is_not_null()).then(pl.col("letters") + 1).otherwise(0)
        ).to_series()
        self._letters.append(letters.clip(0, np.iinfo(np.uint16).max).cast(pl.UInt16).to_numpy())

    def repeated(self, table: Path) -> pl.DataFrame:
        """The written rows of which another of the same processid is kept.

        Args:
            table: the Parquet file that they were written to.

        Returns:
            place (in the table), row, processid, in the order of the table; where the first is
            kept, its number in the file, and that of the row itself: first_number, row_number (0:
            unknown).
        """
        hashes = np.concatenate(self._hashes)
        ordered = np.sort(hashes)
        twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        suspects = np.flatnonzero(np.isin(hashes, twice)) if twice.size else np.empty(0, np.int64)
        rows = pl.DataFrame(
            {
                "place": suspects.astype(np.int64),
                "row": np.concatenate(self._rows)[suspects],
                "processid": _names(table, suspects),
                "letters": np.concatenate(self._letters)[suspects],
            },
            schema_overrides={"processid": pl.String},
        )
        if self._keep == "first":
            numbers = pl.Series(np.concatenate(self._numbers)[suspects], dtype=pl.UInt32)
            rows = rows.with_columns(row_number=numbers).with_columns(
                first_number=pl.col("row_number").first().over("processid")
            )
        kept = rows.select("place").filter(_kept(rows, self._keep))
        return rows.drop("letters").join(kept, on="place", how="anti", maintain_order="left")

    def short(self, min_letters: int, without: pl.Series) -> int:
        """How many barcodes have fewer informative letters, without the rows at some places."""
        letters = np.concatenate(self._letters)
        is_short = (letters > 0) & (letters <= min_letters)
        return int(is_short.sum() - is_short[without.to_numpy()].sum())


def keep_longest(frames: Iterable[pl.DataFrame], notes: Notes) -> Iterator[pl.DataFrame]:
    """Of several rows of a processid, keep the one with the most letters.

    This needs no memory where they stand together, as they do in the exports of BOLD: the rows of
    the last processid of a frame wait for the next. Others remain, and `Written` finds them.

    Args:
        frames: processid, letters and other columns; no processid is null.
        notes: gets the number of the others (FURTHER_ROWS).
    """
    waiting: pl.DataFrame | None = None
    for frame in frames:
        rows = frame if waiting is None else pl.concat([waiting, frame])
        if not rows.height:
            continue
        is_kept = ~rows["processid"].is_duplicated()
        if not is_kept.all():
            several = rows.select("processid", "letters").filter(~is_kept)
            is_kept = is_kept.scatter((~is_kept).arg_true(), _kept(several, "longest"))
            notes.add(FURTHER_ROWS, "processid", count=rows.height - is_kept.sum())
            rows = rows.filter(is_kept)
        is_last = rows["processid"] == rows["processid"][-1]
        waiting = rows.filter(is_last)
        yield rows.filter(~is_last)
    if waiting is not None:
        yield waiting


def _hashes(names: pl.Series) -> pl.Series:
    return names.hash()


def _kept(rows: pl.DataFrame, keep: Keep) -> pl.Series:
    """Whether a row is the one of its processid that is kept."""
    if keep == "first":
        return rows["processid"].is_first_distinct()
    is_longest = pl.col("letters") == pl.col("letters").max().over("processid")
    return rows.select(
        is_longest & pl.struct("processid", is_longest.alias("is_longest")).is_first_distinct()
    ).to_series()


def _names(table: Path, places: np.ndarray) -> list[str]:
    """The processids at some places of a Parquet file, in their order."""
    names: list[str] = []
    if not places.size:
        return names
    start = 0
    with pq.ParquetFile(table) as groups:
        for number in range(groups.num_row_groups):
            end = start + groups.metadata.row_group(number).num_rows
            here = places[np.searchsorted(places, start) : np.searchsorted(places, end)] - start
            if here.size:
                column = groups.read_row_group(number, columns=["processid"])["processid"]
                names += column.take(here).to_pylist()
            start = end
    return names
