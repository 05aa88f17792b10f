"""Barcodes of specimens against those of references: search, and the queries that calibrate it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from bioscan.core.alignment import ExactSearch
from bioscan.core.records import RANKS
from bioscan.core.sequences import AMBIGUOUS
from bioscan.identify.evidence import ALIGNED, weigh_references
from bioscan.identify.region import within

#: Splits whose queries calibrate, and those that evaluate: known species, and unseen ones.
CALIBRATING, EVALUATED = ("val", "val_unseen"), ("test", "test_unseen")

#: Ranks whose taxa are taken out of the references in turn, so that queries of them are unknown,
#: and the share of the taxa.
HELD_OUT_RANKS, HELD_OUT_SHARE = ("species", "genus", "family"), 0.25

#: Letters at which whole barcodes are cut, as of reads that end early, and how many queries of a
#: split at most. Below 300 letters, new species are hardly told from known ones.
LENGTHS, CUT_QUERIES = (150, 300), 200

#: Share of letters for two or more nucleotides above which a barcode is read from two templates or
#: more: GenBank and BOLD accept 1 % (Hanner 2009, data standards for BARCODE records).
MAX_AMBIGUOUS = 0.01

#: Letters A, C, G, T without which a barcode is compared with nothing.
MIN_LETTERS = 100

#: Why a barcode is not compared, and what is amiss with one that is.
MIXED = "letters for two nucleotides: read from a mixture"
SHORT = f"fewer than {MIN_LETTERS} letters were read"
UNLIKE = "aligns to no reference"


class Queries(NamedTuple):
    """Queries and the references that they are compared with.

    Attributes:
        kind: the split; `val without genus`, where genera are taken out of the references; or
            `val cut at 300`.
        queries, keys: rows of sequences.parquet; the sequences of queries may be cut.
    """

    kind: str
    queries: pl.DataFrame
    keys: pl.DataFrame


def known_queries(table: pl.DataFrame, seed: int = 0) -> Iterator[Queries]:
    """The queries whose labels are known, the references being those of `train`.

    Beside those of the splits: queries of `val` whose species, genus or family is taken out of the
    references.

    Args:
        table: split, RANKS and any other columns.
        seed: of the choice of taxa.
    """
    keys = table.filter(split="train")
    rng = np.random.default_rng(seed)
    for rank in HELD_OUT_RANKS:
        queries = table.filter(split="val").drop_nulls(rank)
        taxa = queries[rank].unique().sort().to_numpy()
        chosen = rng.permutation(taxa)[: max(1, round(HELD_OUT_SHARE * len(taxa)))].tolist()
        left = keys.filter(~pl.col(rank).is_in(chosen).fill_null(False))
        found = queries.filter(pl.col(rank).is_in(chosen))
        if found.height and left.height:
            yield Queries(f"val without {rank}", found, left)
    for split in (*CALIBRATING, *EVALUATED):
        yield Queries(split, table.filter(split=split), keys)


def cut_queries(sequences: pl.DataFrame, seed: int = 0) -> Iterator[Queries]:
    """Some queries of the same splits, cut short.

    Args:
        sequences: barcode/sequences.parquet.
        seed: of the choice of queries.
    """
    keys = sequences.filter(split="train")
    rng = np.random.default_rng(seed)
    for split in (*CALIBRATING, *EVALUATED):
        queries = sequences.filter(split=split)
        rows = rng.permutation(queries.height)[:CUT_QUERIES]
        for length in LENGTHS:
            cut = queries[np.sort(rows)].with_columns(pl.col("sequence").str.slice(0, length))
            yield Queries(f"{split} cut at {length}", cut, keys)


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
        sequence.str.replace_all("[^ACGT]+", "").str.len_bytes().cast(pl.Int64).alias("letters"),
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
        keys: processid and RANKS.

    Returns:
        Of `evidence.weigh_references`, with `letters` of the query; and the references, as it takes
        them.
    """
    ids, sequences = (queries[name].to_list() for name in ("processid", "sequence"))
    hits = search.search(ids, sequences, ALIGNED.reach, threads).select(
        "query",
        "key",
        pl.col("score").alias("nearness"),
        (1 - pl.col("identity")).alias("distance"),
    )
    letters = pl.col("sequence").str.replace_all("[^ACGT]+", "").str.len_bytes().alias("letters")
    lengths = queries.select(pl.col("processid").alias("query"), letters)
    evidence = weigh_references(hits, keys, ALIGNED)
    return evidence.join(lengths, on="query", maintain_order="left"), hits


def build_search(keys: pl.DataFrame) -> ExactSearch:
    """A search among references: processid and sequence."""
    return ExactSearch(keys["processid"].to_list(), keys["sequence"].to_list())


def references(sequences: pl.DataFrame, region: Sequence[str] | None = None) -> pl.DataFrame:
    """The barcodes that specimens are compared with: those of all splits that have a label.

    Args:
        sequences: barcode/sequences.parquet.
        region: the species that may be answered. References of other species are left out, and
            those without a species stay where their genus has one of these.
    """
    labelled = sequences.filter(pl.any_horizontal(pl.col(RANKS[2:]).is_not_null()))
    labelled = labelled.unique(["sequence", *RANKS], maintain_order=True)
    return labelled if region is None else labelled.filter(within(region))
