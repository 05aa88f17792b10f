"""Records made by hand, for the tests of this stage."""

import polars as pl

from bioscan.core.records import RANKS
from bioscan.curate.cleaning import Cleaned, barcode_number, clean

FLY = ("Arthropoda", "Insecta", "Diptera", "Sciaridae", "unassigned Sciaridae", "Alpinosciara")
MIDGE = ("Arthropoda", "Insecta", "Diptera", "Chironomidae", "Tanypodinae", "Ablabesmyia")
WASP = ("Arthropoda", "Insecta", "Hymenoptera", "Braconidae", "Helconinae", "Blacus")

SCHEMA = {
    "processid": pl.String,
    **dict.fromkeys([*RANKS, "tribe", "subspecies", "dna_barcode"], pl.String),
    "inferred_ranks": pl.UInt8,
}


def records(*specimens: tuple[str | None, tuple], min_letters: int = 0) -> pl.DataFrame:
    """Records from (barcode, labels from the root down); missing labels at the end are null."""
    rows = []
    for number, (barcode, labels) in enumerate(specimens):
        labels = (*labels, *[None] * (len(RANKS) - len(labels)))
        rows.append((f"P{number:03d}", *labels, None, None, barcode, 0))
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return frame.with_columns(barcode_number(min_letters)).drop("dna_barcode")


def each(*lineages: tuple) -> pl.DataFrame:
    """Records of one barcode each, from their labels."""
    return records(*((f"ACGT{'A' * number}C", labels) for number, labels in enumerate(lineages)))


def labels(frame: pl.DataFrame, row: int = 0) -> tuple:
    return frame.select(RANKS).row(row)


def cleaning(*specimens: tuple[str | None, tuple]) -> Cleaned:
    return clean(records(*specimens), 0.9)


def cleaned(*specimens: tuple[str | None, tuple]) -> pl.DataFrame:
    return cleaning(*specimens).records
