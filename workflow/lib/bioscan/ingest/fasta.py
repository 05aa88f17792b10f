"""Barcodes in FASTA, as sequencers and BOLD write them."""

import gzip
import re
from pathlib import Path
from typing import IO

import polars as pl

from bioscan.core.errors import InputError
from bioscan.ingest.notes import Notes

#: The columns that a file has.
HEADER = ["processid", "dna_barcode"]

#: What ends the identifier of a sequence: a space, or the mark of BOLD (`id|species|marker`).
_REST = re.compile(r"[\s|].*", re.DOTALL)


def is_fasta(path: Path) -> bool:
    """Whether a file, plain or compressed by gzip, begins as FASTA does."""
    with _opened(path) as file:
        return file.read(1) == b">"


def read_fasta(path: Path, notes: Notes) -> pl.DataFrame:
    """The sequences of a file.

    Args:
        path: plain, or compressed by gzip.
        notes: gets how often a header says more than the identifier.

    Returns:
        Columns "0" (identifier) and "1" (sequence, null where there is none), `row_number`, the
        line of the header, and `reason`, null.

    Raises:
        InputError: it is no text.
    """
    rows: list[tuple[str, list[str], int]] = []
    lines: list[str] = []
    longer = 0
    with _opened(path) as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8").strip()
            except UnicodeDecodeError as error:
                raise InputError(
                    f"{path}: line {number} is {raw[:40]!r}, expected text in UTF-8"
                ) from error
            if not line.startswith(">"):
                lines.append(line)
                continue
            lines = []
            name = line[1:].strip()
            short = _REST.sub("", name)
            longer += short != name
            rows.append((short, lines, number))
    if longer:
        notes.add("header of FASTA cut behind the identifier", HEADER[0], count=longer)
    found = [(name or None, "".join(parts) or None, number) for name, parts, number in rows]
    schema = {"0": pl.String, "1": pl.String, "row_number": pl.UInt32}
    return pl.DataFrame(found, schema, orient="row").with_columns(reason=pl.lit(None, pl.String))


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")
