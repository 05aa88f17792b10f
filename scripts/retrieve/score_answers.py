"""Score the labels of the nearest keys of a model, and how well it tells new species."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.retrieve.answers import TEMPERATURES, answer_by_nearest, answer_by_vote
from bioscan.retrieve.embedded import read_records
from bioscan.retrieve.novelty import describe_neighbours, score_novelty
from bioscan.retrieve.scores import SCORES_SCHEMA, TOP, MissingLabels, score_answers

#: Those that the temperature of the vote is chosen by.
VALIDATION = ("val", "val_unseen")

#: Columns that say what is compared, and how it answers.
FACTS = ("query", "key", "answer")


def score_pairs(
    records: Path,
    nearest: pl.DataFrame,
    query_splits: Sequence[str],
    key_splits: Sequence[str],
    missing: MissingLabels,
) -> pl.DataFrame:
    """The accuracy of each pair and answer; queries are those that have what is compared.

    A query that has no key but its own is wrong.

    Args:
        records: partitioned.parquet.
        nearest: of `search_keys`, with the keys of all species.
        missing: what a missing label is.
    """
    queries, keys = read_records(records, query_splits), read_records(records, key_splits)
    parts = [pl.DataFrame(schema={**dict.fromkeys(FACTS, pl.String), **SCORES_SCHEMA})]
    for (pair,), found in nearest.group_by("pair", maintain_order=True):
        asked = queries.join(found.select(processid="query").unique(), on="processid", how="semi")
        answered = found.drop_nulls("key")
        query, key = pair.split("_to_")
        temperature = choose_temperature(asked, answered, keys, missing)
        logging.info("%s: keys vote at a temperature of %g", pair, temperature)
        answers = {
            "nearest": (answer_by_nearest(answered, keys), TOP),
            "vote": (answer_by_vote(answered, keys, temperature), TOP[:1]),
        }
        for name, (answer, top) in answers.items():
            scores = score_answers(asked, answer, keys, missing, top)
            facts = zip(FACTS, (query, key, name), strict=True)
            parts.append(scores.select(*(pl.lit(v).alias(k) for k, v in facts), pl.all()))
    return pl.concat(parts)


def choose_temperature(
    queries: pl.DataFrame, nearest: pl.DataFrame, keys: pl.DataFrame, missing: MissingLabels
) -> float:
    """The one of TEMPERATURES whose vote is best on the validation queries.

    Args:
        queries: of `read_records`.
        nearest: of `core.nearest.nearest_keys`.
        keys: of `read_records`.
        missing: what a missing label is.

    Returns:
        That of the highest macro accuracy, averaged over ranks and splits; of equal ones, and
        without validation queries, the first one, the loss's.
    """
    asked = queries.filter(pl.col("split").is_in(VALIDATION))
    found = nearest.join(asked.select(query="processid"), on="query", how="semi")

    def accuracy(temperature: float) -> float:
        answers = answer_by_vote(found, keys, temperature)
        scores = score_answers(asked, answers, keys, missing, TOP[:1])
        macro = scores.filter(pl.col("average") == "macro", pl.col("group") != "harmonic_mean")
        # Rounded, as the last digits of a mean are no reason to choose.
        return round(macro["value"].mean() or 0.0, 6)

    return max(TEMPERATURES, key=accuracy) if asked.height else TEMPERATURES[0]


def score_new_species(
    records: Path, nearest: pl.DataFrame, query_splits: Sequence[str], key_splits: Sequence[str]
) -> pl.DataFrame:
    """How well new species are told, by the modality that finds keys of its own.

    Args:
        nearest: of `search_keys`, with the keys of seen species.
    """
    species = read_records(records, key_splits).select("processid", "species")
    described = {
        pair.split("_to_")[0]: describe_neighbours(found.drop_nulls("key"), species)
        for (pair,), found in nearest.group_by("pair", maintain_order=True)
    }
    return score_novelty(read_records(records, query_splits), described)


def write_scores(
    records: Path,
    nearest: Path,
    query_splits: Mapping[str, Sequence[str]],
    key_splits: Mapping[str, Sequence[str]],
    missing: MissingLabels,
    scores: Path,
    novelty: Path,
) -> None:
    """Write both tables."""
    found = pl.read_parquet(nearest)
    of = {name: found.filter(key_set=name) for name in ("all", "seen")}
    accuracy = score_pairs(records, of["all"], query_splits["all"], key_splits["all"], missing)
    write_csv(accuracy, scores)
    new = score_new_species(records, of["seen"], query_splits["seen"], key_splits["seen"])
    write_csv(new, novelty)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_scores(
            records=Path(snakemake.input.records),
            nearest=Path(snakemake.input.nearest[0]),
            query_splits=snakemake.params.query_splits,
            key_splits=snakemake.params.key_splits,
            missing=snakemake.params.missing,
            scores=Path(snakemake.output.scores),
            novelty=Path(snakemake.output.novelty),
        )
