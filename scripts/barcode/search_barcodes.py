"""Answer each query barcode with the training barcode that aligns best."""

import logging
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.barcode.blast import blastn_version, missing_program, search_with_blastn
from bioscan.barcode.hits import VOTERS, Answer, answer_by_nearest, answer_by_vote
from bioscan.barcode.tables import RANK_OF_SPLIT
from bioscan.core.alignment import HITS_SCHEMA, ExactSearch
from bioscan.core.files import write_json, write_parquet
from bioscan.core.logs import job_log

log = logging.getLogger("bioscan.barcode.search")


def search_barcodes(
    sequences: Path,
    method: str,
    answer: Answer,
    max_targets: int,
    threads: int,
    answers: Path,
    summary: Path,
) -> None:
    """Write the answers, and how they came about.

    Args:
        sequences: barcode/sequences.parquet.
        method: `exact` or `blastn`. Where blastn is not installed, there is no answer.
        answer: of the exact search; blastn's is always its best key.
        max_targets: of blastn.
        answers: columns of `answer_by_nearest`.
        summary: JSON: method, program, status, keys, queries, unanswered (queries that align to no
            key), ties_over_species and ties_over_genera (best keys of several).
    """
    table = pl.read_parquet(sequences)
    keys = table.filter(split="train")
    queries = table.filter(pl.col("split").is_in(list(RANK_OF_SPLIT)))
    facts: dict[str, Any] = {"method": method, "program": "parasail", "status": "run"}
    lost = missing_program() if method == "blastn" else None
    if lost:
        log.warning(
            "%s is not installed: the rows of blastn are left out (install ncbi-blast+, or conda's "
            "blast, and name --forcerun search_barcodes)",
            lost,
        )
        facts |= {"program": None, "status": f"not run: {lost} is not installed"}
        hits = pl.DataFrame(schema=HITS_SCHEMA)
    elif not keys.height:
        log.warning("there is no barcode in the split train, so nothing to search")
        facts["status"] = "not run: no keys"
        hits = pl.DataFrame(schema=HITS_SCHEMA)
    else:
        sets = [
            frame[name].to_list() for frame in (keys, queries) for name in ("processid", "sequence")
        ]
        if method == "blastn":
            facts["program"] = f"blastn {blastn_version()}"
            hits, full = search_with_blastn(*sets, max_targets, threads)
            if full:
                log.warning(
                    "%d queries have %d keys of the best score, as many as blastn keeps: there may "
                    "be more (barcode.alignment.max_target_seqs)",
                    full,
                    max_targets,
                )
        else:
            within = VOTERS if answer == "vote" else 0
            hits = ExactSearch(*sets[:2]).search(*sets[2:], within, threads)
    choose = answer_by_vote if answer == "vote" and method == "exact" else answer_by_nearest
    found = choose(hits, queries, keys)
    ran = facts["status"] == "run"
    facts |= {
        "keys": keys.height,
        "queries": queries.height,
        "unanswered": queries.height - found.height if ran else None,
        "ties_over_species": _over(found, ("species",)) if ran else None,
        "ties_over_genera": _over(found, ("species", "genus")) if ran else None,
    }
    write_parquet(found, answers)
    write_json(facts, summary)


def _over(found: pl.DataFrame, agreed: tuple[str, ...]) -> int:
    """The queries whose best keys share none of these labels."""
    several = found.filter(pl.col("ties") > 1)["common_rank"].fill_null("")
    return (~several.is_in(agreed)).sum()


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        search_barcodes(
            sequences=Path(snakemake.input.sequences),
            method=snakemake.wildcards.method,
            answer=snakemake.params.answer,
            max_targets=snakemake.params.max_targets,
            threads=snakemake.threads,
            answers=Path(snakemake.output.answers),
            summary=Path(snakemake.output.summary),
        )
