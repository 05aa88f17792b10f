"""The exact search for the nearest barcode against blastn, in one run."""

from time import perf_counter, process_time

import numpy as np
import polars as pl

from bioscan.barcode.blast import blastn_version, missing_program, search_with_blastn
from bioscan.core.alignment import ExactSearch, aligned
from bioscan.core.columns import plain
from tests.unit.mitochondria import Barcodes

#: Species of a genus, of which the last have no keys, keys of each other one, and queries: the
#: demo's barcodes many times over.
GENERA, SPECIES, UNSEEN, KEYS, QUERIES = 100, 6, 1, 10, 500

#: Differences within and between species, of all bases.
WITHIN, SISTERS, APART = 0.008, 0.06, 0.15

MAX_TARGETS = 500
THREADS = 2


def bench_exact_search_against_blastn() -> None:
    """Queries per second, and how often both find the same species where blastn's is unique.

    Where they differ, the exact search has the better alignment, or the same score.
    """
    keys, queries = _barcodes()
    names = [name for name, _ in keys]
    ids = [f"k{place}" for place in range(len(keys))]
    species = dict(zip(ids, names, strict=True))
    asked = [f"q{place}" for place in range(len(queries))]
    sets = ids, [text for _, text in keys], asked, [text for _, text in queries]
    print(f"\n  {len(keys):,} keys, {len(queries)} queries, {THREADS} threads")

    started = perf_counter(), process_time()
    exact = ExactSearch(*sets[:2]).search(*sets[2:], threads=THREADS)
    seconds = perf_counter() - started[0]
    print(
        f"  exact: {len(queries) / seconds:.0f} queries per second, "
        f"{1000 * (process_time() - started[1]) / len(queries):.1f} ms of a processor each"
    )
    if lost := missing_program():
        print(f"  blastn: {lost} is not installed")
        return
    started = perf_counter()
    found, _ = search_with_blastn(*sets, MAX_TARGETS, THREADS)
    blastn = perf_counter() - started
    print(f"  blastn {blastn_version()}: {len(queries) / blastn:.0f} queries per second")
    print(f"  ratio {blastn / seconds:.1f}")

    both = _species(found, species).join(_species(exact, species), on="query", suffix="_exact")
    unique = both.filter(pl.col("species").list.len() == 1)
    given, sequence = dict(zip(asked, queries, strict=True)), dict(zip(*sets[:2], strict=True))
    known = pl.col("query").replace_strict({q: name in names for q, (name, _) in given.items()})
    for label, part in (("known", unique.filter(known)), ("unseen", unique.filter(~known))):
        same = part.filter(pl.col("species") == pl.col("species_exact"))
        print(f"  {label} species: agreement on {same.height} of {part.height} queries")
        for row in part.join(same, on="query", how="anti").iter_rows(named=True):
            print(f"    blastn {row['score']} {row['species']}, exact {row['score_exact']}")
            for key in (row["key"], row["key_exact"]):
                print(*aligned(plain(given[row["query"]][1]), plain(sequence[key])), sep="\n")
            assert row["score_exact"] >= row["score"]


def _species(hits: pl.DataFrame, species: dict[str, str]) -> pl.DataFrame:
    """The species of the best keys of each query, one of these keys, and their score."""
    named = pl.col("key").replace_strict(species, return_dtype=pl.String)
    return hits.group_by("query").agg(
        named.unique().sort().alias("species"), pl.first("score"), pl.first("key")
    )


def _barcodes() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Keys and queries, each with its species; half of the queries are pieces or damaged."""
    drawn = Barcodes(codons=219)
    keys, queries = [], []
    for genus in range(GENERA):
        ancestor = drawn.relative(drawn.ancestor, APART)
        for number in range(SPECIES):
            root, name = drawn.relative(ancestor, SISTERS), f"{genus}.{number}"
            if number < SPECIES - UNSEEN:
                keys += [(name, drawn.relative(root, WITHIN)) for _ in range(KEYS)]
            queries.append((name, drawn.relative(root, WITHIN)))
    chosen = drawn.random.permutation(len(queries))[:QUERIES]
    given = [queries[place] for place in chosen]
    return keys, [(name, _damaged(text, order)) for order, (name, text) in enumerate(given)]


def _damaged(barcode: str, order: int) -> str:
    forms = {
        1: barcode[65:],
        3: barcode[:-65],
        5: "N" * 65 + barcode[65:],
        7: barcode[:300] + barcode[303:],
        9: "".join(np.where(np.arange(len(barcode)) % 220 == 0, "N", list(barcode))),
    }
    return forms.get(order % 10, barcode)
