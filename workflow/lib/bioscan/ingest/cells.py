"""The cells of people's own tables, as the canonical record has them."""

import logging
from pathlib import Path

import polars as pl

from bioscan.core.published import CHUNK_DIGITS
from bioscan.core.records import RANKS, SCHEMA
from bioscan.ingest.missing import BLANK
from bioscan.ingest.notes import Notes

log = logging.getLogger(__name__)

#: A number as spreadsheets shorten a long one: the name that it was is lost.
SHORTENED = r"^\d+([.,]\d+)?E\+\d{2,}$"

_PLACE = ("coord-lat", "coord-lon")

#: Latitude and longitude in one field, as BOLD has them: "(47.37,8.54)"; also with decimal commas.
_NUMBER, _COMMAS = r"([+-]?\d+(?:\.\d*)?)", r"([+-]?\d+(?:,\d*)?)"
_COORD = rf"^[(\[]?\s*{_NUMBER}\s*[,; ]\s*{_NUMBER}\s*[)\]]?$"
_COORD_COMMAS = rf"^[(\[]?\s*{_COMMAS}\s*(?:;|, )\s*{_COMMAS}\s*[)\]]?$"

#: Terms of Darwin Core from which nothing is read: the column that they would fill, why not, and
#: what would do.
_UNREAD = {
    "scientificName": (
        "species",
        "names a higher taxon",
        "the columns order, family and genus do",
    ),
    "specificEpithet": ("species", "has no genus beside it", "a column genus would do"),
    "infraspecificEpithet": ("subspecies", "has no species beside it", "a column species would do"),
}

#: A name of a species at least: a genus, perhaps a subgenus, and an epithet, or a placeholder with
#: a numeral. A capital behind the first word is an author: "Sciaridae Billberg, 1820".
_SPECIES = r"^\S+ +(\([^)]+\) +)?(×|[a-z]|\S*\d)"
_DOUBT = r"(?i)^\(?(?:\?|(?:cfr?|conf|aff|nr|near|prox|agg|complex|group|gr|sp|indet)\b)"
_AUTHOR = r"^\S+ +(van|von|de|del|della|der|den|da|di|du|la|le|ter|zu|et|ex|in|and)\b"


def stripped(rows: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Cells without white space around them; empty ones are null."""
    for column in rows.select(pl.col(pl.String).exclude("reason")):
        bare = column.str.strip_chars(BLANK)
        changed = (bare != column).sum()
        if changed:
            notes.add("white space around the cell taken away", column.name, count=changed)
            rows = rows.with_columns(bare)
    return rows.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep())


def split_coord(rows: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """`coord-lat` and `coord-lon` of `coord`, which is dropped, in the rows that have neither.

    A text that is no such pair becomes `coord-lat`, which says so where it is quarantined.
    """
    if "coord" not in rows.columns:
        return rows
    lacking = [name for name in _PLACE if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
    coord = pl.when(pl.all_horizontal(pl.col(_PLACE).is_null())).then("coord")
    given, read = rows.select(given=pl.col("coord").count(), read=coord.count()).row(0)
    notes.add("read as latitude and longitude", "coord", count=read)
    notes.add("passed over, as the row has coordinates", "coord", count=given - read)
    parts = {
        name: pl.coalesce(
            coord.str.extract(_COORD, group),
            coord.str.extract(_COORD_COMMAS, group).str.replace(",", ".", literal=True),
        )
        for group, name in enumerate(_PLACE, start=1)
    }
    parts["coord-lat"] = pl.coalesce(parts["coord-lat"], coord)
    return rows.with_columns(
        pl.coalesce(name, part).alias(name) for name, part in parts.items()
    ).drop("coord")


def decimal_commas(rows: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Numbers with a decimal comma, with a point.

    A column is read so where every comma could be one: no cell has a point beside it or two commas,
    no other cell has a point, and the digits behind it are not always three, as they would be with
    a separator of thousands. (A coordinate has no thousands.) Elsewhere it stays, and is no number.
    """
    for name, dtype in SCHEMA.items():
        if name not in rows.columns or not dtype.is_float():
            continue
        cells = rows[name].str.replace("−", "-", literal=True)
        commas = cells.str.contains(",", literal=True).fill_null(False)
        read = cells.filter(commas)
        if read.is_empty():
            rows = rows.with_columns(cells)
            continue
        is_decimal = read.str.contains(r"^[+-]?\d+,\d+$").all()
        is_thousands = read.str.contains(r"^[+-]?[1-9]\d{0,2},\d{3}$").all()
        has_points = cells.str.contains(".", literal=True).any()
        if is_decimal and not has_points and (not is_thousands or name.startswith("coord")):
            rows = rows.with_columns(cells.str.replace(",", ".", literal=True))
            notes.add("read with a decimal comma", name, count=read.len())
    return rows


def name_species(rows: pl.DataFrame, source: Path, notes: Notes) -> pl.DataFrame:
    """`species` and `subspecies` of the terms of Darwin Core, which are dropped.

    The species of a row is its `species`, else genus and specificEpithet, else its scientificName
    where that is the name of a species. With an infraspecificEpithet follows the subspecies. An
    identificationQualifier that is a doubt ("cf.") stands before the epithet.
    """
    terms = (
        *("scientificName", "specificEpithet", "infraspecificEpithet", "taxonRank"),
        "identificationQualifier",
    )
    given = [name for name in terms if name in rows.columns]
    if not given:
        return rows
    lacking = [
        name for name in (*terms, "species", "genus", "subspecies") if name not in rows.columns
    ]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
    name = pl.col("scientificName")
    higher = pl.col("taxonRank").str.to_lowercase().is_in([*RANKS[:-1], "kingdom", "tribe"])
    is_species = (
        name.str.contains(_SPECIES) & ~name.str.contains(_AUTHOR) & ~higher.fill_null(False)
    )
    genus = pl.coalesce("genus", pl.when(is_species).then(name.str.extract(r"^(\S+)")))
    of_epithet = genus + " " + pl.col("specificEpithet")
    rows = _filled(rows, "species", "specificEpithet", of_epithet, notes)
    rows = _filled(rows, "species", "scientificName", pl.when(is_species).then(name), notes)
    species = pl.col("species").str.extract(r"^(\S+ +\S+)")
    of_infra = species + " " + pl.col("infraspecificEpithet")
    rows = _filled(rows, "subspecies", "infraspecificEpithet", of_infra, notes)
    parts = pl.col("species").str.extract_groups(r"^(\S+) +(\p{Ll}[\p{Ll}-]+.*)$").struct
    qualifier = pl.col("identificationQualifier")
    doubted = pl.format("{} {} {}", parts.field("1"), qualifier, parts.field("2"))
    doubted = pl.when(qualifier.str.contains(_DOUBT)).then(doubted)
    count = rows.select(doubted.count()).item()
    notes.add("a doubt that stands before the epithet", "identificationQualifier", count=count)
    rows = rows.with_columns(species=pl.coalesce(doubted, "species"))
    for term, (rank, why, remedy) in _UNREAD.items():
        unread = rows.select((pl.col(term).is_not_null() & pl.col(rank).is_null()).sum()).item()
        notes.add(f"{why}, and no {rank} is read", term, count=unread)
        if unread:
            log.warning(
                "%s: %s %s in %d rows, from which nothing is read; %s",
                *(source, term, why, unread, remedy),
            )
    kept = {name for name in ("species", "subspecies") if rows[name].null_count() < rows.height}
    kept |= set(rows.columns) - set(terms) - set(lacking)
    return rows.select(name for name in rows.columns if name in kept)


def _filled(rows: pl.DataFrame, rank: str, term: str, value: pl.Expr, notes: Notes) -> pl.DataFrame:
    """The label of a rank, from a term of Darwin Core where the row has none."""
    filled = rows.with_columns(pl.coalesce(rank, value).alias(rank))
    count = rows[rank].null_count() - filled[rank].null_count()
    notes.add("read from another column", rank, term, count)
    return filled


def whole_chunks(rows: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """The chunk of BIOSCAN-5M as text: programs make "0.0" or "0" of "00", and "3.0" of "3"."""
    if not {"chunk", "split"} <= set(rows.columns):
        return rows
    chunk = pl.col("chunk")
    digits = pl.col("split").replace_strict(CHUNK_DIGITS, default=0, return_dtype=pl.UInt32)
    is_short = (digits == 2) & (chunk.str.len_bytes() == 1)
    # Hardly ever, so this is found before anything is made anew.
    if not rows.select((chunk.str.ends_with(".0") | is_short).any()).item():
        return rows
    whole = chunk.str.replace(r"^(\d+)\.0$", "$1")
    padded = pl.when(digits == 2).then(whole.str.zfill(2)).otherwise(whole)
    read = rows.select(pl.when(whole.str.contains(r"^\d+$")).then(padded).otherwise(chunk))
    changed = (read.to_series() != rows["chunk"]).sum()
    notes.add("number read as the name of a folder", "chunk", count=changed)
    return rows.with_columns(read.to_series().alias("chunk"))
