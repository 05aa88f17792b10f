"""Barcodes of specimens against those of references: search, and the queries that calibrate it."""

import logging
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np
import polars as pl

from bioscan.core.alignment import ExactSearch
from bioscan.core.errors import first_ten
from bioscan.core.records import RANKS
from bioscan.core.sequences import AMBIGUOUS
from bioscan.core.spelling import near
from bioscan.identify.division import divided
from bioscan.identify.evidence import ALIGNED, weigh_references

log = logging.getLogger("bioscan.identify")

#: Splits whose queries calibrate, and those that evaluate: known species, and unseen ones.
CALIBRATING, EVALUATED = ("val", "val_unseen"), ("test", "test_unseen")

#: Ranks whose taxa are taken out of the references in turn, so that queries of them are unknown.
HELD_OUT_RANKS = ("species", "genus", "family", "order", "class", "phylum")

#: The share of the taxa of a rank that are taken out for the queries of a split, and how many
#: queries these have at least, if half of the taxa have as many.
HELD_OUT_SHARE, HELD_OUT_QUERIES = 0.25, 50

#: Letters at which whole barcodes are cut, as of reads that end early, and how many queries of a
#: kind at most. Below 300 letters, new species are hardly told from known ones.
LENGTHS, CUT_QUERIES = (150, 300), 200

#: Letters of a whole barcode, and the share of them that one has which counts as whole.
WHOLE, NEARLY = 658, 0.9

#: Share of letters for two or more nucleotides above which a barcode is read from two templates or
#: more: GenBank and BOLD accept 1 % (Hanner 2009, data standards for BARCODE records).
MAX_AMBIGUOUS = 0.01

#: Letters A, C, G, T without which a barcode is compared with nothing, and an alignment does not
#: count.
MIN_LETTERS = 100

#: Share of the letters of the shorter sequence without which an alignment does not count: a barcode
#: that holds a piece of another, or of another marker, may align to references over that alone.
MIN_ALIGNED = 0.5

#: Why a barcode is not compared, and what is amiss with one that is.
MIXED = "letters for two nucleotides: read from a mixture"
SHORT = f"fewer than {MIN_LETTERS} letters were read"
UNLIKE = "aligns to no reference over half its length: no barcode of this gene?"


class Queries(NamedTuple):
    """Queries and the references that they are compared with.

    Attributes:
        kind: the split; `val without genus`, where genera are taken out of the references; or one
            of these with `cut at 300` behind it.
        queries, keys: rows of sequences.parquet; the sequences of queries may be cut.
    """

    kind: str
    queries: pl.DataFrame
    keys: pl.DataFrame


def known_queries(table: pl.DataFrame, seed: int = 0) -> Iterator[Queries]:
    """The queries whose labels are known, the references being those of `train`.

    Beside those of the splits: queries of `val` and of `test` whose taxon is taken out of the
    references, at each rank of which the references have several. The taxa that are taken out for
    `test` are others than those for `val`. A name that is such a taxon's misspelt is taken out with
    it: a reference of that name is of the taxon, and to find it would be right.

    Args:
        table: processid, split, RANKS and any other columns; `divided` where it has no queries.
        seed: of the choice of taxa.
    """
    table = divided(table)
    keys = table.filter(split="train")
    misspelt: set[str] = set()
    for rank in HELD_OUT_RANKS:
        taken: list[str] = []
        for split in (CALIBRATING[0], EVALUATED[0]):
            queries = table.filter(split=split).drop_nulls(rank)
            taxa = _taken_out(queries, keys, rank, taken, seed)
            taken += taxa
            likewise = _misspelt(taxa, keys, rank)
            misspelt |= set(likewise)
            left = keys.filter(~pl.col(rank).is_in([*taxa, *likewise]).fill_null(False))
            found = queries.filter(pl.col(rank).is_in(taxa))
            if found.height and left[rank].count():
                yield Queries(f"{split} without {rank}", found, left)
    for split in (*CALIBRATING, *EVALUATED):
        yield Queries(split, table.filter(split=split), keys)
    if misspelt:
        log.warning(
            "names of references that differ by a letter or two from one that is taken out for the "
            "calibration, so that they are taken for the same name misspelt: %d (%s)",
            len(misspelt),
            first_ten(sorted(misspelt)),
        )


def _misspelt(taxa: Sequence[str], keys: pl.DataFrame, rank: str) -> list[str]:
    """Names of genera or species of the references that may be one of `taxa` misspelt.

    Those of other families are none. Higher ranks have few names, whose spelling cleaning corrects.
    """
    if rank not in ("genus", "species"):
        return []
    names = keys.select("family", rank).drop_nulls().unique(maintain_order=True)
    taken = pl.col(rank).is_in(list(taxa))
    pairs = names.filter(taken).join(names.filter(~taken), on="family", suffix="_other")
    alike = pairs.filter(near(pairs[rank], pairs[f"{rank}_other"]))
    return alike[f"{rank}_other"].unique().sort().to_list()


def _taken_out(
    queries: pl.DataFrame, keys: pl.DataFrame, rank: str, taken: Sequence[str], seed: int
) -> list[str]:
    """Taxa of a rank that are taken out of the references for some queries.

    Their order is that of a checksum of their names, so it is the same whatever others there are.
    """
    known = keys[rank].drop_nulls().unique()
    counts = queries.filter(pl.col(rank).is_in(known.implode())).group_by(rank).len()
    sizes = {name: size for name, size in counts.iter_rows() if name not in taken}
    order = sorted(sizes, key=lambda name: (crc32(f"{seed} {rank} {name}".encode()), name))
    share, most = round(HELD_OUT_SHARE * len(known)), len(known) // 2
    chosen: list[str] = []
    for name in order[:most]:
        enough = sum(sizes[one] for one in chosen) >= HELD_OUT_QUERIES
        if enough and len(chosen) >= share:
            break
        chosen.append(name)
    return chosen


def cut_queries(asked: Queries, seed: int = 0) -> Iterator[Queries]:
    """Some of the queries, cut short: of the splits, and of species that are taken out.

    Args:
        asked: whose queries have a `sequence`.
        seed: of the choice of queries.
    """
    if " without " in asked.kind and not asked.kind.endswith("without species"):
        return
    rows = np.random.default_rng(seed).permutation(asked.queries.height)[:CUT_QUERIES]
    for length in LENGTHS:
        sequence = pl.col("sequence").str.slice(0, length)
        cut = asked.queries[np.sort(rows)].with_columns(sequence)
        yield Queries(f"{asked.kind} cut at {length}", cut, asked.keys)


def examine_barcodes(sequences: pl.DataFrame) -> pl.DataFrame:
    """Count the letters of barcodes, and say which are compared with nothing.

    Args:
        sequences: processid and sequence (trimmed), which may be null.

    Returns:
        processid, sequence, letters (A, C, G, T) and `fault` (null: none), one row per barcode.
    """
    present = sequences.drop_nulls("sequence")
    sequence = pl.col("sequence")
    counted = present.with_columns(
        letters().alias("letters"),
        sequence.str.count_matches(f"[{AMBIGUOUS}]").cast(pl.Int64).alias("ambiguous"),
    )
    mixed = pl.col("ambiguous") > MAX_AMBIGUOUS * (pl.col("letters") + pl.col("ambiguous"))
    fault = (
        pl.when(pl.col("letters") < MIN_LETTERS)
        .then(pl.lit(SHORT))
        .when(mixed)
        .then(pl.lit(MIXED))
        .alias("fault")
    )
    return counted.with_columns(fault).select("processid", "sequence", "letters", "fault")


def weigh_barcodes(
    search: ExactSearch, queries: pl.DataFrame, keys: pl.DataFrame, threads: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the nearest references of barcodes say.

    Args:
        search: of `keys`.
        queries: processid and sequence.
        keys: processid, sequence and RANKS.

    Returns:
        Of `evidence.weigh_references`; and the references, as it takes them. An alignment counts
        where it has MIN_LETTERS, and MIN_ALIGNED of those of the query or of the reference.
    """
    ids, sequences = (queries[name].to_list() for name in ("processid", "sequence"))
    hits = search.search(ids, sequences, ALIGNED.reach, threads)
    query, key = (
        table.select(pl.col("processid").alias(side), letters().alias(f"{side}_letters"))
        for side, table in (("query", queries), ("key", keys))
    )
    shorter = pl.min_horizontal("query_letters", "key_letters")
    counted = (
        hits.join(query, on="query", maintain_order="left")
        .join(key, on="key", maintain_order="left")
        .filter((pl.col("aligned") >= MIN_LETTERS) & (pl.col("aligned") >= MIN_ALIGNED * shorter))
        .select(
            "query",
            "key",
            pl.col("score").alias("nearness"),
            (1 - pl.col("identity")).alias("distance"),
            "aligned",
        )
    )
    return weigh_references(counted, keys, ALIGNED), counted


def letters() -> pl.Expr:
    """The number of letters A, C, G, T of each `sequence`."""
    return pl.col("sequence").str.replace_all("[^ACGT]+", "").str.len_bytes().cast(pl.Int64)


def build_search(keys: pl.DataFrame) -> ExactSearch:
    """A search among references: processid and sequence."""
    return ExactSearch(keys["processid"].to_list(), keys["sequence"].to_list())


def references(sequences: pl.DataFrame) -> pl.DataFrame:
    """The barcodes that specimens are compared with: those of all splits that have a label.

    Args:
        sequences: barcode/sequences.parquet.
    """
    labelled = sequences.filter(pl.any_horizontal(pl.col(RANKS[2:]).is_not_null()))
    return labelled.unique(["sequence", *RANKS], maintain_order=True)
