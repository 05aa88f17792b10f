"""Search the training barcodes for queries that are cut short."""

import logging
from pathlib import Path

import polars as pl

from bioscan.barcode.accuracies import LENGTHS, SPLITS
from bioscan.barcode.hits import VOTERS, Answer, answer_by_nearest, answer_by_vote
from bioscan.core.alignment import HITS_SCHEMA, ExactSearch
from bioscan.core.files import write_parquet
from bioscan.core.logs import job_log

log = logging.getLogger("bioscan.barcode.search")


def search_short_barcodes(sequences: Path, answer: Answer, threads: int, answers: Path) -> None:
    """Write the answers of the exact search to each query at each length.

    Whole barcodes of the test splits are asked, so that all lengths have the same queries. Their
    first nucleotides are kept, as of a read that ends early.

    Args:
        sequences: barcode/sequences.parquet.
        answers: `length` and the columns of `answer_by_nearest`; no labels where a query aligns to
            no key.
    """
    table = pl.read_parquet(sequences)
    keys = table.filter(split="train")
    asked = table.filter(pl.col("split").is_in(SPLITS))
    whole = asked.filter(pl.col("sequence").str.len_bytes() >= LENGTHS[-1])
    if whole.height < asked.height:
        left = asked.height - whole.height
        log.warning("not cut, as they have fewer than %d letters: %d queries", LENGTHS[-1], left)
    # A split without barcodes has no consensus to put queries on.
    ids = keys["processid"].to_list()
    search = ExactSearch(ids, keys["sequence"].to_list()).search if ids else _nothing
    within, choose = (VOTERS, answer_by_vote) if answer == "vote" else (0, answer_by_nearest)
    found = []
    for length in LENGTHS:
        cut = whole["sequence"].str.slice(0, length).to_list()
        hits = search(whole["processid"].to_list(), cut, within, threads)
        answered = choose(hits, whole, keys).drop("split")
        every = whole.select("processid", "split").join(
            answered, on="processid", how="left", maintain_order="left", validate="1:1"
        )
        found.append(every.with_columns(pl.lit(length).alias("length")))
    write_parquet(pl.concat(found), answers)


def _nothing(*_: object) -> pl.DataFrame:
    return pl.DataFrame(schema=HITS_SCHEMA)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        search_short_barcodes(
            sequences=Path(snakemake.input.sequences),
            answer=snakemake.params.answer,
            threads=snakemake.threads,
            answers=Path(snakemake.output[0]),
        )
