"""The species of a region, to which answers are restricted."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError, why_not_opened

#: Names of the column of species, in order of preference; those of Darwin Core and GBIF's lists.
COLUMNS = ("species", "scientificName", "name", "taxon")


def read_region(path: Path) -> list[str]:
    """The species that a CSV lists, each once.

    A name of more than two words, as with its author, counts by its first two.

    Raises:
        InputError: it cannot be read, has none of COLUMNS, or lists no species.
    """
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = why_not_opened(error) if isinstance(error, OSError) else str(error).split("\n")[0]
        raise InputError(f"{path}: cannot be read as a CSV ({reason})") from error
    column = next((name for name in COLUMNS if name in table.columns), None)
    if column is None:
        raise InputError(
            f"{path}: has the columns {', '.join(map(repr, table.columns))}, expected one of "
            f"{', '.join(COLUMNS)}"
        )
    words = table[column].drop_nulls().str.strip_chars().str.split(" ").list.head(2)
    species = words.filter(words.list.len() == 2).list.join(" ").unique().sort().to_list()
    if not species:
        raise InputError(f"{path}: column {column!r} lists no species (two words)")
    return species


def within(region: Sequence[str]) -> pl.Expr:
    """Whether a reference may be answered, as its species, or its genus without one, is listed."""
    genera = sorted({name.split(" ")[0] for name in region})
    of_genus = pl.col("species").is_null() & (
        pl.col("genus").is_null() | pl.col("genus").is_in(genera)
    )
    return pl.col("species").is_in(list(region)).fill_null(False) | of_genus.fill_null(True)
