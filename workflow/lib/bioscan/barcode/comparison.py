"""Searches by alignment beside each other: how often they are right, and where they differ."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from bioscan.barcode.tables import Answers, accuracy_rows
from bioscan.core.alignment import aligned
from bioscan.core.columns import plain
from bioscan.core.records import RANKS

#: Columns of the table of searches.
SEARCHES_SCHEMA: dict[str, pl.DataType] = {
    "method": pl.String(),
    "program": pl.String(),
    "status": pl.String(),
    "level": pl.String(),
    "split": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "queries": pl.Int64(),
    "without_label": pl.Int64(),
    "without_key": pl.Int64(),
    "unanswered": pl.Int64(),
    "tied": pl.Int64(),
    "agreement": pl.Float64(),
}


def tabulate_searches(
    searches: Sequence[Mapping[str, Any]],
    answers: Sequence[pl.DataFrame],
    sequences: pl.DataFrame,
) -> pl.DataFrame:
    """The accuracy of each search on each split and rank.

    Args:
        searches: the summary of each (scripts/barcode/search_barcodes.py).
        answers: of `answer_by_nearest`.
        sequences: barcode/sequences.parquet.

    Returns:
        SEARCHES_SCHEMA: method, program, status; level (the rank), split; value, low and high (the
        plain accuracy and its 95 % interval, percent); queries, without_label and without_key (of
        `accuracy_rows`); unanswered (queries that align to no key); tied (queries whose best keys
        have several labels at that rank); agreement (percent of the queries for which blastn's best
        keys are of one species that this search finds too; null without blastn). A search that was
        not run has one row, which says so.
    """
    together = zip(searches, answers, strict=True)
    ran = {one["method"]: table for one, table in together if one["status"] == "run"}
    rows: list[dict[str, Any]] = []
    for one, table in zip(searches, answers, strict=True):
        facts = {name: one[name] for name in ("method", "program", "status")}
        if one["status"] != "run":
            rows.append(facts)
            continue
        accuracies = accuracy_rows([Answers(facts, table)], sequences)
        for row in accuracies.filter(metric="accuracy").iter_rows(named=True):
            found = table.filter(split=row["split"])
            asked = sequences.filter(split=row["split"]).height
            unsure = ~_has_one_label(row["level"])
            rows.append(
                row
                | {
                    "unanswered": asked - found.height,
                    "tied": found.filter(unsure).height,
                    "agreement": agreement(table, ran.get("blastn"), row["split"]),
                }
            )
    chosen = [{name: row.get(name) for name in SEARCHES_SCHEMA} for row in rows]
    return pl.DataFrame(chosen, SEARCHES_SCHEMA)


def _has_one_label(rank: str) -> pl.Expr:
    """Whether the best keys of an answer have one label at a rank."""
    return pl.col("common_rank").is_in(RANKS[RANKS.index(rank) :]).fill_null(False)


def _side_by_side(exact: pl.DataFrame, blastn: pl.DataFrame) -> pl.DataFrame:
    """Both answers to the queries for which blastn's best keys are of one species."""
    sure = blastn.filter(pl.col("common_rank") == "species")
    both = sure.join(exact, on="processid", how="left", suffix="_exact", maintain_order="left")
    same = (pl.col("species") == pl.col("species_exact")).fill_null(False)
    return both.with_columns(same.alias("same"))


def agreement(found: pl.DataFrame, blastn: pl.DataFrame | None, split: str) -> float | None:
    """Percent of the queries on which blastn is sure of one species that have the same answer."""
    if blastn is None:
        return None
    share = _side_by_side(found, blastn.filter(split=split))["same"].mean()
    return None if share is None else round(100 * share, 3)


def differences(exact: pl.DataFrame, blastn: pl.DataFrame, sequences: pl.DataFrame) -> pl.DataFrame:
    """The queries to which the searches answer other species, with both alignments.

    Returns:
        processid, split; and of each search: key, species, score, identity and the alignment, of
        three lines.
    """
    both = _side_by_side(exact, blastn).filter(~pl.col("same"))
    text = dict(sequences.select("processid", "sequence").iter_rows())

    def alignment(query: str, key: str | None) -> str | None:
        return key and "\n".join(aligned(plain(text[query]), plain(text[key])))

    rows = [
        {
            "processid": row["processid"],
            "split": row["split"],
            **{
                f"{method}_{name}": row[f"{name}{suffix}"]
                for method, suffix in (("blastn", ""), ("exact", "_exact"))
                for name in ("key", "species", "score", "identity")
            },
            "blastn_alignment": alignment(row["processid"], row["key"]),
            "exact_alignment": alignment(row["processid"], row["key_exact"]),
        }
        for row in both.iter_rows(named=True)
    ]
    columns = ["processid", "split"]
    columns += [
        f"{method}_{name}"
        for method in ("blastn", "exact")
        for name in ("key", "species", "score", "identity")
    ]
    columns += ["blastn_alignment", "exact_alignment"]
    numeric = {name: pl.Float64 for name in columns if name.endswith(("score", "identity"))}
    return pl.DataFrame(rows, dict.fromkeys(columns, pl.String) | numeric)
