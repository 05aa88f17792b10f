"""Barcodes of specimens and references."""

from itertools import chain

import polars as pl

from bioscan.core.records import RANKS
from bioscan.identify.barcodes import (
    MIXED,
    SHORT,
    build_search,
    cut_queries,
    examine_barcodes,
    known_queries,
    references,
    weigh_barcodes,
)
from tests.unit.mitochondria import Barcodes


def sequences(splits: tuple[str, ...] = ("train", "train", "val", "test")) -> pl.DataFrame:
    """Barcodes of eight species in four genera, and of one species that is unseen."""
    drawn = Barcodes(seed=1)
    rows = []
    for number, members in enumerate(drawn.family(9, len(splits))):
        genus = f"G{number // 2}"
        for member, (barcode, split) in enumerate(zip(members, splits, strict=True)):
            where = "val_unseen" if number == 8 else split
            labels = ("P", "C", "O", f"F{number // 4}", None, genus, f"{genus} s{number}")
            rows.append((f"p{number}{member}", barcode, where, *labels))
    return pl.DataFrame(rows, ["processid", "sequence", "split", *RANKS], orient="row")


def test_taxa_are_taken_out_of_the_references_at_each_rank():
    asked = {queries.kind: queries for queries in known_queries(sequences())}
    for rank in ("species", "genus", "family"):
        queries = asked[f"val without {rank}"]
        gone = set(queries.queries[rank])
        assert gone and not gone & set(queries.keys[rank])


def test_queries_of_all_splits_are_asked_whole_and_cut():
    every = chain(known_queries(sequences()), cut_queries(sequences()))
    asked = {queries.kind: queries for queries in every}
    assert asked["val"].queries.height == 8
    assert asked["val_unseen"].queries.height == 4
    assert asked["test cut at 150"].queries["sequence"].str.len_bytes().to_list() == [150] * 8
    assert set(asked["test"].keys["split"]) == {"train"}


def test_the_nearest_reference_is_of_the_species():
    table = sequences()
    keys, queries = table.filter(split="train"), table.filter(split="test")
    found, hits = weigh_barcodes(build_search(keys), queries, keys, threads=1)
    species = found.filter(rank="species")
    truth = dict(queries.select("processid", "species").iter_rows())
    assert [truth[query] for query in species["query"]] == species["label"].to_list()
    assert species["letters"].to_list() == [330] * 8
    assert hits["distance"].min() >= 0


def test_barcodes_that_are_mixtures_or_too_short_are_named():
    whole = Barcodes().ancestor
    mixed = whole.replace("G", "R")
    given = {"a": whole, "b": mixed, "c": "N" * 200 + whole[:80], "d": None}
    table = pl.DataFrame({"processid": list(given), "sequence": list(given.values())})
    found = examine_barcodes(table)
    assert found.select("processid", "fault").rows() == [("a", None), ("b", MIXED), ("c", SHORT)]


def test_a_region_leaves_its_species_and_what_may_be_one_of_them():
    table = sequences().with_columns(
        pl.when(pl.col("processid") != "p00").then("species").alias("species")
    )
    found = references(table, ["G0 s1"])
    assert set(found["species"].drop_nulls()) == {"G0 s1"}
    assert "p00" in found["processid"]  # of the genus, without a species
    assert references(table).height == table.height


def test_a_reference_without_a_label_is_none():
    table = sequences().with_columns(pl.lit(None, pl.String).alias(rank) for rank in RANKS[2:])
    assert references(table).is_empty()
