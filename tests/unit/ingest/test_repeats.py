"""Of several rows of a processid one is kept, and all others are found."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from bioscan.ingest import repeats
from bioscan.ingest.notes import Notes
from bioscan.ingest.repeats import FURTHER_ROWS, Keep, Written, keep_longest


def rows(start: int, *named: tuple[str, int]) -> pl.DataFrame:
    """Rows with a processid and a barcode of so many letters; none if 0."""
    frame = pl.DataFrame(named, ["processid", "letters"], orient="row").with_row_index("row", start)
    return frame.with_columns(
        row_number=pl.col("row") + 2, dna_barcode=pl.when(pl.col("letters") > 0).then(pl.lit("A"))
    )


def written(path: Path, *frames: pl.DataFrame, keep: Keep = "first") -> Written:
    """The rows in a Parquet file, with a row group for each frame."""
    found = Written(keep)
    with pq.ParquetWriter(path, frames[0].to_arrow().schema) as writer:
        for frame in frames:
            found.add(frame)
            writer.write_table(frame.to_arrow())
    return found


FRAMES = (
    rows(0, ("A", 3), ("B", 0), ("C", 2)),
    rows(5, ("A", 5), ("B", 0)),
    rows(9, ("D", 1), ("A", 5)),
)


@pytest.mark.parametrize(("keep", "places"), [("first", [3, 4, 6]), ("longest", [0, 4, 6])])
def test_repeated_rows_are_found_by_their_place_and_row(
    tmp_path: Path, keep: Keep, places: list[int]
):
    path = tmp_path / "a.parquet"
    found = written(path, *FRAMES, keep=keep).repeated(path)
    everything = pl.concat(FRAMES).with_row_index("place").select("place", "row", "processid")
    assert found.select(everything.columns).equals(
        everything.filter(pl.col("place").is_in(places)), null_equal=False
    )


def test_a_repeated_row_knows_the_number_of_the_first(tmp_path: Path):
    path = tmp_path / "a.parquet"
    unnumbered = rows(20, ("E", 1), ("E", 1)).with_columns(row_number=pl.lit(None, pl.UInt32))
    found = written(path, *FRAMES, unnumbered).repeated(path)
    numbers = found.select("processid", "row_number", "first_number").rows()
    assert numbers == [("A", 7, 2), ("B", 8, 3), ("A", 12, 2), ("E", 0, 0)]


def test_names_that_share_a_hash_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        repeats, "_hashes", lambda names: (names.str.len_chars() * 0).cast(pl.UInt64)
    )
    found = written(tmp_path / "a.parquet", *FRAMES).repeated(tmp_path / "a.parquet")
    assert found["place"].to_list() == [3, 4, 6]


def test_without_a_repeated_name_nothing_is_repeated(tmp_path: Path):
    found = written(tmp_path / "a.parquet", rows(0, ("A", 1), ("B", 1)))
    assert found.repeated(tmp_path / "a.parquet").height == 0


def test_short_barcodes_are_counted_without_rows_that_go(tmp_path: Path):
    found = written(tmp_path / "a.parquet", *FRAMES)
    assert found.short(4, pl.Series([], dtype=pl.Int64)) == 3  # A 3, C 2, D 1
    assert found.short(4, pl.Series([0])) == 2
    assert found.short(0, pl.Series([], dtype=pl.Int64)) == 0


def test_rows_that_stand_together_leave_one_across_frames():
    notes = Notes()
    frames = [
        rows(0, ("A", 2), ("A", 3), ("B", 1)),
        rows(3, ("B", 4)),
        rows(4),
        rows(4, ("B", 4), ("C", 0)),
    ]
    kept = pl.concat(keep_longest([frame.cast(frames[0].schema) for frame in frames], notes))
    assert kept["row"].to_list() == [1, 3, 5]
    assert notes.table().rows() == [(FURTHER_ROWS, "processid", "", 3)]
