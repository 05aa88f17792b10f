"""Tabulate how often DNA models find species and genera."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.barcode.accuracies import by_distance, by_length, by_rank
from bioscan.barcode.sequences import of_splits
from bioscan.barcode.tables import (
    Answers,
    accuracy_rows,
    describe,
    describe_search,
    table4,
    tableA15,
)
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log


def tabulate_dna_models(
    sequences: Path,
    pretraining: Sequence[str],
    evaluations: Sequence[Mapping[str, Any]],
    descriptions: Sequence[Path],
    predictions: Sequence[Path],
    searches: Mapping[Path, Path],
    exact: Path | None,
    short: Path | None,
    models: Path,
    search: Path,
    ranks: Path,
    distances: Path,
    lengths: Path,
) -> None:
    """Write Tables 4 and A15, and the accuracies that are drawn.

    Args:
        sequences: barcode/sequences.parquet.
        pretraining: the splits that models are pretrained on.
        evaluations: one per file of predictions, arguments of `describe`.
        descriptions: JSON of each model or of its embeddings, with their `dimension`.
        searches: summary → predictions of each search; one that was not run has none.
        exact: predictions of the exact search; None without it.
        short: its answers to queries that are cut short, likewise.
    """
    barcodes = pl.read_parquet(sequences)
    pretrained_on = of_splits(barcodes, pretraining).height
    answers = []
    for evaluation, description, path in zip(evaluations, descriptions, predictions, strict=True):
        dimension = json.loads(description.read_text())["dimension"]
        facts = describe(**evaluation, barcodes=pretrained_on, dimension=dimension)
        answers.append(Answers(facts, pl.read_parquet(path)))
    for summary, path in searches.items():
        facts = json.loads(summary.read_text())
        if facts["status"] == "run":
            answers.append(Answers(describe_search(facts["method"]), pl.read_parquet(path)))
    accuracy = accuracy_rows(answers, barcodes)
    write_csv(table4(accuracy), models)
    write_csv(tableA15(accuracy), search)
    by_ranks = by_rank(accuracy)
    write_csv(by_ranks, ranks)
    of_models = [one for one in answers if one.facts["table"] == "models"]
    nothing = by_ranks.clear()
    apart = by_distance(of_models, barcodes, pl.read_parquet(exact)) if exact else nothing
    write_csv(apart, distances)
    write_csv(by_length(pl.read_parquet(short), barcodes) if short else nothing, lengths)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tabulate_dna_models(
            sequences=Path(snakemake.input.sequences),
            pretraining=snakemake.params.pretraining,
            evaluations=snakemake.params.evaluations,
            descriptions=[Path(path) for path in snakemake.input.descriptions],
            predictions=[Path(path) for path in snakemake.input.predictions],
            searches={
                Path(summary): Path(path)
                for summary, path in zip(
                    snakemake.input.summaries, snakemake.input.searches, strict=True
                )
            },
            exact=next(map(Path, snakemake.input.exact), None),
            short=next(map(Path, snakemake.input.short), None),
            models=Path(snakemake.output.models),
            search=Path(snakemake.output.search),
            ranks=Path(snakemake.output.ranks),
            distances=Path(snakemake.output.distances),
            lengths=Path(snakemake.output.lengths),
        )
