"""However people write a table of labels, reading and cleaning it gives the same records."""

import unicodedata
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from bioscan.core.records import RANKS
from bioscan.curate.cleaning import CLEANED_COLUMNS, Cleaned, barcode_number, clean
from bioscan.ingest.notes import Notes
from bioscan.ingest.tables import read_folder
from tests.unit.schemas import definition

WORDS = definition("dataset")["properties"]["missing"]["default"]

AUTHORS = [
    *("Linnaeus, 1758", "(Linnaeus, 1758)", "L.", "(Fabricius)", "De Geer, 1776", "MEIGEN, 1804"),
    *(
        "van der Wulp, 1874",
        "Smith & Jones, 1990",
        "Guérin-Méneville, 1844",
        "Müller in Smith, 1900",
    ),
]
INVISIBLE = ["\u200b", "\ufeff", "\u00ad", "\u2060", "\u200e"]

#: Labels with faults of their own: misspellings, placeholders, open names, holes, conflicts.
EPITHETS = [
    "mala",
    "mala",
    "maala",
    "köhleri",
    "c-nigrum",
    "sp.",
    "cf. mala",
    "sp. A1",
    "Malaise12",
]
GENERA = ["Ablabesmyia", "Ablabesmyia", "Ablabesmia", "Tanypus", "Käferia", "microMalaise1", None]
LINEAGE = st.tuples(
    st.sampled_from(["Arthropoda", None]),
    st.sampled_from(["Insecta", "Insecta", "Insectaa", None]),
    st.sampled_from(["Diptera", "Diptera", "Dipteraa", "Coleoptera", None]),
    st.sampled_from(["Chironomidae", "Chironomidae", "Chironmidae", "Sciaridae", None]),
    st.sampled_from(["Tanypodinae", "unassigned Sciaridae", None]),
    st.sampled_from(GENERA),
    st.sampled_from([None, *EPITHETS]),
)
TABLE = st.lists(
    st.tuples(st.sampled_from([None, "ACGT" * 60, "TTGA" * 60]), LINEAGE), min_size=1, max_size=12
)


def cleaned(rows: list[dict]) -> Cleaned:
    """The records of a table in a file, read and cleaned."""
    with TemporaryDirectory() as folder:
        table = Path(folder) / "labels.csv"
        columns = ["processid", "dna_barcode", *RANKS]
        pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String)).write_csv(table)
        frame = pl.concat(read_folder([], table, WORDS, Notes()), how="diagonal")
    for name in (*CLEANED_COLUMNS, "dna_barcode"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.String).alias(name))
    frame = frame.with_columns(barcode_number(), pl.lit(0, pl.UInt8).alias("inferred_ranks"))
    return clean(frame.select("processid", *CLEANED_COLUMNS, "barcode"), 0.9)


def with_authorship(row: dict, random: Random) -> dict:
    """The authorship behind every name that is one."""
    named = {
        rank: name
        for rank, name in row.items()
        if rank in RANKS and name and name.replace("-", "").replace(" ", "").isalpha()
    }
    named.pop("subfamily", None)
    return row | {rank: f"{name} {random.choice(AUTHORS)}" for rank, name in named.items()}


def otherwise_written(row: dict, random: Random) -> dict:
    """The species in another of the ways that people write it."""
    genus, species = row["genus"], row["species"]
    if not species or not genus or not species.startswith(genus + " "):
        return row
    epithet = species.removeprefix(genus + " ")
    ways = [epithet, f"{genus}_{epithet}", f"{genus[0]}. {epithet}", f"{genus} ({genus}) {epithet}"]
    ways += [f"{species} (larva)", f'"{species}"', f"{species} ♀", f"{species} s.str."]
    plain = epithet.replace("-", "").isalpha() and genus.isalpha()
    return row | {"species": random.choice(ways if plain else ways[-3:-1])}


def with_words_for_missing(row: dict, random: Random) -> dict:
    case = random.choice([str, str.lower, str.upper])
    return {name: case(random.choice(WORDS)) if v is None else v for name, v in row.items()}


def in_mixed_unicode(row: dict, random: Random) -> dict:
    def mixed(name: str) -> str:
        name = unicodedata.normalize(random.choice(["NFC", "NFD"]), name)
        place = random.randrange(len(name) + 1)
        return name[:place] + random.choice(["", *INVISIBLE]) + name[place:]

    return {n: mixed(v) if n in RANKS and v else v for n, v in row.items()}


WAYS: list[Callable[[dict, Random], dict]] = [
    otherwise_written,
    with_authorship,
    in_mixed_unicode,
    with_words_for_missing,
]


# One property, as each example reads and cleans two tables.
@settings(max_examples=30, deadline=None)
@given(TABLE, st.sets(st.sampled_from(range(len(WAYS))), min_size=1), st.randoms())
def test_a_table_is_cleaned_alike_however_its_labels_are_written(lineages, ways, random):
    rows = []
    for number, (barcode, (*labels, epithet)) in enumerate(lineages):
        species = f"{labels[-1] or 'Ablabesmyia'} {epithet}" if epithet else None
        values = [f"P{number}", barcode, *labels, species]
        rows.append(dict(zip(["processid", "dna_barcode", *RANKS], values, strict=True)))
    written = rows
    for way in sorted(ways):
        written = [WAYS[way](row, random) for row in written]
    assert_frame_equal(cleaned(written).records, cleaned(rows).records)
