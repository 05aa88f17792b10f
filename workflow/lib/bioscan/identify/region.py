"""The species of a region, to which answers are restricted."""

import logging
from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError, first_ten, why_not_opened
from bioscan.core.records import RANKS

log = logging.getLogger("bioscan.identify")

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


def allowed_labels(path: Path, records: pl.DataFrame) -> dict[str, set[str]]:
    """The labels that may be answered at each rank: those of the lineages of the listed species.

    Of a species that no record has, they are those of its genus. Species of which not even the
    genus is known are counted in a warning.

    Args:
        path: as in `read_region`.
        records: RANKS of the references.

    Raises:
        InputError: as `read_region`; or not even a genus of the listed species is known.
    """
    region = read_region(path)
    genera = {name.split(" ")[0] for name in region}
    known = records.filter(pl.col("genus").is_in(genera) | pl.col("species").is_in(region))
    found = {rank: set(known[rank].drop_nulls()) for rank in RANKS}
    found["species"] &= set(region)
    found["genus"] |= {name.split(" ")[0] for name in found["species"]}
    if known.is_empty():
        raise InputError(
            f"{path}: no reference is of a listed species, nor of its genus ({first_ten(region)}); "
            "expected names as the references have them"
        )
    missing = [name for name in region if name not in found["species"]]
    lost = [name for name in missing if name.split(" ")[0] not in found["genus"]]
    if missing:
        log.warning(
            "%s: no reference is of %d of %d species, nor of the genus of %d (%s)",
            path,
            *(len(missing), len(region), len(lost), first_ten(missing)),
        )
    return found
