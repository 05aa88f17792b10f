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

#: Latitude and longitude in one field, as BOLD has them: "(47.37,8.54)"; also with decimal commas.
_NUMBER, _COMMAS = r"([+-]?\d+(?:\.\d*)?)", r"([+-]?\d+(?:,\d*)?)"
_COORD = rf"^[(\[]?\s*{_NUMBER}\s*[,; ]\s*{_NUMBER}\s*[)\]]?$"
_COORD_COMMAS = rf"^[(\[]?\s*{_COMMAS}\s*(?:;|, )\s*{_COMMAS}\s*[)\]]?$"

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


def split_coord(rows: pl.DataFrame) -> pl.DataFrame:
    """`coord-lat` and `coord-lon` of `coord`, which is dropped, in a table that has neither.

    A text that is no such pair becomes `coord-lat`, which says so where it is quarantined.
    """
    if "coord" not in rows.columns:
        return rows
    if {"coord-lat", "coord-lon"} & set(rows.columns):
        return rows.drop("coord")
    coord = pl.col("coord")
    parts = {
        name: pl.coalesce(
            coord.str.extract(_COORD, group),
            coord.str.extract(_COORD_COMMAS, group).str.replace(",", ".", literal=True),
        )
        for group, name in ((1, "coord-lat"), (2, "coord-lon"))
    }
    rows = rows.with_columns(**parts)
    return rows.with_columns(pl.coalesce("coord-lat", "coord").alias("coord-lat")).drop("coord")


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
    rows = rows.with_columns(
        species=pl.coalesce(
            "species",
            pl.when(genus.is_not_null()).then(genus + " " + pl.col("specificEpithet")),
            pl.when(is_species).then(name),
        )
    ).with_columns(
        subspecies=pl.coalesce(
            "subspecies",
            pl.concat_str(
                pl.col("species").str.extract(r"^(\S+ +\S+)"), "infraspecificEpithet", separator=" "
            ),
        )
    )
    parts = pl.col("species").str.extract_groups(r"^(\S+) +(\p{Ll}[\p{Ll}-]+.*)$").struct
    qualifier = pl.col("identificationQualifier")
    doubted = pl.format("{} {} {}", parts.field("1"), qualifier, parts.field("2"))
    rows = rows.with_columns(
        species=pl.coalesce(pl.when(qualifier.str.contains(_DOUBT)).then(doubted), "species")
    )
    unused = rows.select((name.is_not_null() & pl.col("species").is_null()).sum()).item()
    if unused:
        notes.add("names a higher taxon, and no species is read", "scientificName", count=unused)
        log.warning(
            "%s: scientificName names a higher taxon in %d rows, from which nothing is read; the "
            "columns order, family and genus do",
            source,
            unused,
        )
    kept = {name for name in ("species", "subspecies") if rows[name].null_count() < rows.height}
    kept |= set(rows.columns) - set(terms) - set(lacking)
    return rows.select(name for name in rows.columns if name in kept)


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
