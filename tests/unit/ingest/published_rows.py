"""Rows as published, and their way into the canonical records."""

import csv
import zipfile
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.core.published import BIOSCAN1M_COLUMNS, BIOSCAN5M_MEMBER
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.core.records import BIOSCAN5M_SCHEMA, EXPERIMENTS, SCHEMA
from bioscan.ingest.notes import Notes
from bioscan.ingest.records import write_records
from bioscan.ingest.tables import read_bioscan1m, read_bioscan5m

#: A row as BIOSCAN-5M publishes it, missing values empty.
ROW_5M = dict.fromkeys(BIOSCAN5M_SCHEMA, "") | {
    "processid": "A1",
    "sampleid": "BIOUG1-A01",
    "taxon": "Diptera",
    "phylum": "Arthropoda",
    "class": "Insecta",
    "order": "Diptera",
    "coord-lat": "10.5",
    "inferred_ranks": "0",
    "split": "pretrain",
    "index_bioscan_1M_insect": "150502.0",
    "chunk": "00",
}

#: A row as BIOSCAN-1M publishes it.
ROW_1M = dict.fromkeys(BIOSCAN1M_COLUMNS, "not_classified") | {
    "sampleid": "BIOUG1-A01",
    "processid": "A1",
    "uri": "BOLD:AAA0001",
    "name": "Diptera",
    "phylum": "Arthropoda",
    "class": "Insecta",
    "order": "Diptera",
    "nucraw": "ACGT",
    "image_file": "5351601.jpg",
    "chunk_number": "113",
    **dict.fromkeys(EXPERIMENTS, "no_split"),
    "large_insect_order": "validation",
}

Ingested = tuple[pl.DataFrame, list[tuple[str | None, str]], int]


def written(path: Path, *rows: dict[str, str], separator: str = ",") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def zipped(path: Path, *members: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for member in members:
            archive.writestr(member, data)
    return path


def as_published(csv: Path) -> Path:
    """A CSV in a zip, as BIOSCAN-5M publishes it."""
    return zipped(csv.with_suffix(".zip"), BIOSCAN5M_MEMBER, data=csv.read_bytes())


def ingest(table: Iterable[pl.DataFrame], folder: Path) -> Ingested:
    """The canonical records, the quarantined rows, and the number of all rows."""
    records = folder / "out" / "raw.parquet"
    quarantined, total = write_records(table, Path("the source"), records, Notes())
    assert dict(quarantined.schema) == QUARANTINE_SCHEMA
    assert [path.name for path in (folder / "out").iterdir()] == ["raw.parquet"]
    records = pl.read_parquet(records)
    assert dict(records.schema) == SCHEMA
    return records, quarantined.rows(), total


def ingest_5m(folder: Path, *rows: dict[str, str]) -> Ingested:
    return ingest(read_bioscan5m(as_published(written(folder / "a.csv", *rows))), folder)


def ingest_1m(folder: Path, *rows: dict[str, str]) -> Ingested:
    return ingest(read_bioscan1m(written(folder / "a.tsv", *rows, separator="\t")), folder)


def refused(folder: Path, table: Iterable[pl.DataFrame]) -> str:
    """The one-line message with which a table is refused; no records are left."""
    with pytest.raises(InputError) as error:
        write_records(table, Path("the source"), folder / "out" / "raw.parquet", Notes())
    assert list((folder / "out").iterdir()) == []
    assert "\n" not in str(error.value)
    return str(error.value)
