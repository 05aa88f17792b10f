"""The tables that models fill, for the grids of config/full.yaml, have the cells that are printed.

A key or a column that is misspelt, or an encoder that is named otherwise than in the paper, would
be "not run" for ever.
"""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from bioscan.barcode.sequences import count_sequences, select_sequences
from bioscan.barcode.tables import (
    Answers,
    accuracy_rows,
    describe,
    describe_search,
    table4,
    tableA15,
)
from bioscan.classify.suspects import compare_seeds, summarise_suspects
from bioscan.classify.tables import ablation_table, summarise_runs, table5, validation_table
from bioscan.cluster.scores import score_table
from bioscan.cluster.tables import tableA16, tidy_scores
from bioscan.core.metrics import classification_metrics
from bioscan.core.records import RANKS, SPLITS
from bioscan.detect.tables import evaluated_detectors, published_rows
from bioscan.report.ledger import Facts, ledger
from bioscan.report.published import printed_cells
from bioscan.retrieve.scores import SCORES_SCHEMA
from bioscan.retrieve.tables import gather, over_seeds
from bioscan.retrieve.tables import table5 as retrieval_table
from tests.unit.configs import layout
from tests.unit.report.test_ledger import read
from tests.unit.report.test_published import ENTRIES, PUBLISHED

FULL = layout("full", "detectors_from_annotations")


def classifiers() -> dict[str, pl.DataFrame]:
    """Every run of the grid and of the ablation, all with the same metrics."""
    # Twenty classes, so that there is a top 10.
    metrics = classification_metrics(np.eye(20), np.arange(20))
    runs, cropped = (
        [{**run, "validation": metrics, "test": metrics} for run in map(as_dict, grid)]
        for grid in (FULL.classify.grid, FULL.classify.ablation)
    )
    summary = summarise_runs(runs)
    predictions = pl.DataFrame(
        {"processid": ["a"], "split": "test", "class": 1, "predicted": 0, "probability": 0.5}
    )
    images = compare_seeds([predictions])
    diagnosed = images.with_columns(hints=pl.lit(None, pl.String), kind=pl.lit(None, pl.String))
    experiments = dict.fromkeys(run["experiment"] for run in runs)
    return {
        "bioscan1m_table5": table5(summary),
        "bioscan1m_tableA3": validation_table(summary, "accuracy"),
        "bioscan1m_tableA4": validation_table(summary, "f1"),
        "bioscan1m_tableA6": ablation_table(summarise_runs(cropped)),
        "bioscan1m_sectionA64": pl.concat(
            summarise_suspects(images, diagnosed, ["Diptera", "Coleoptera"], name)
            for name in experiments
        ),
    }


def as_dict(run: Any) -> dict[str, Any]:
    return dict(run) if isinstance(run, dict) else asdict(run)


def barcoded() -> pl.DataFrame:
    """A barcode in each split; those of unseen species have a genus of the training split."""
    rows = [
        {"processid": split, "split": split, "sequence": "ACGT", **dict.fromkeys(RANKS, "Aus")}
        for split in SPLITS
    ]
    return pl.DataFrame(rows).with_columns(dna_bin=pl.lit(None, pl.String))


def dna_models() -> dict[str, pl.DataFrame]:
    barcodes = barcoded()
    sequences = select_sequences(barcodes, "by_split")
    predictions = barcodes.select("processid", *RANKS)
    models = FULL.barcode.models
    answers = [
        Answers(describe(**given, barcodes=2_000_000, dimension=128), predictions)
        for given in models.described
    ]
    answers.append(Answers(describe_search("blastn"), predictions))
    accuracy = accuracy_rows(answers, sequences)
    return {
        "bioscan5m_table4": table4(accuracy),
        "bioscan5m_tableA15": tableA15(accuracy),
        "bioscan5m_sequences": count_sequences(
            barcodes, sequences, FULL.barcode.pretraining_splits
        ),
    }


def clusters() -> dict[str, pl.DataFrame]:
    spaces = FULL.cluster.spaces.of("bioscan5m")
    shared = {"method": "ward", "missing": "class", "split": "test+test_unseen", "ami": 50.0}
    scores = score_table(
        [
            {**shared, "space": name, "modality": space.modality, "variant": variant, "rank": rank}
            for name, space in spaces.items()
            for variant in ("all samples", "one per barcode")
            for rank in ("species", "dna_bin")
        ]
    )
    named = {name: (space.image, space.dna) for name, space in spaces.items()}
    missing = FULL.cluster.settings("missing")["missing"]
    return {
        "bioscan5m_tableA16": tableA16(scores, named, missing),
        "cluster_scores": tidy_scores(scores),
    }


def retrieval() -> dict[str, pl.DataFrame]:
    subjects = list(FULL.retrieve.evaluation.subjects.values())
    splits = {"seen": "test", "unseen": "test_unseen", "harmonic_mean": "test+test_unseen"}
    rows = [
        (level, group, split, average, 1, 50.0, 1, 1, 0, 0)
        for level in ("order", "family", "genus", "species")
        for group, split in splits.items()
        for average in ("macro", "micro")
    ]
    one = pl.DataFrame(rows, SCORES_SCHEMA, orient="row")
    pairs = [("dna", "dna"), ("image", "image"), ("image", "dna")]
    every = pl.concat(
        one.select(
            pl.lit(query).alias("query"),
            pl.lit(key).alias("key"),
            pl.lit("nearest").alias("answer"),
            pl.all(),
        )
        for query, key in pairs
    )
    scores = over_seeds(gather(subjects, [every] * len(subjects)))
    return {
        "bioscan5m_table5": retrieval_table(scores, "macro"),
        "bioscan5m_tableA17": retrieval_table(scores, "micro"),
    }


def detectors(folder: Path) -> dict[str, pl.DataFrame]:
    metrics = folder / "metrics.json"
    metrics.write_text(json.dumps({"ap_75": 0.5, "ar_50_95": 0.5}))
    evaluations = [
        (name, FULL.detect.detectors.train(name), sets) for name, sets in FULL.detect.evaluations()
    ]
    rows = evaluated_detectors([metrics] * len(evaluations), evaluations)
    return {
        name: published_rows(rows, pl.read_csv(PUBLISHED / f"{name}.csv"))
        for name in ("bioscan1m_tableA5", "bioscan5m_tableA7")
    }


@cache
def made(folder: Path) -> dict[tuple[str, str], pl.DataFrame]:
    """(table, dataset) → the tables, as the ledger reads them."""
    parts = [classifiers(), dna_models(), clusters(), retrieval(), detectors(folder)]
    return {
        (name, "detect" if name in FULL.detect.tables else of_paper(name)): pl.read_csv(
            table.write_csv().encode(), infer_schema=False
        ).fill_null("")
        for part in parts
        for name, table in part.items()
    }


def of_paper(name: str) -> str:
    return "bioscan1m" if name.startswith("bioscan1m") else "bioscan5m"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    tables = made(tmp_path_factory.mktemp("metrics"))
    names = {dataset: dataset for dataset in ("bioscan1m", "bioscan5m")}
    choices = {name: {} for entry in ENTRIES.values() for name in entry.choices}
    sources = dict.fromkeys([*names, "detect"], "published")
    return Facts(tables, names, sources, {}, choices)


MODELS = [
    *(f"bioscan1m_table{name}" for name in ("5", "A3", "A4", "A5", "A6")),
    *(f"bioscan5m_table{name}" for name in ("4", "5", "A7", "A15", "A16", "A17")),
    "bioscan1m_sectionA64",
    "bioscan5m_sequences",
]


@pytest.mark.parametrize("name", MODELS)
def test_every_compared_number_of_models_is_in_a_table_of_the_full_run(name, known):
    entry = ENTRIES[name]
    cells = [
        (entry, cell)
        for cell in printed_cells(name, entry, read(name))
        if not isinstance(cell.rule, str)
    ]
    found = ledger(cells, known)
    lacking = found.filter(status="not run").select("row", "column", "reason")
    assert cells and not lacking.rows()


@pytest.mark.parametrize(
    "name", ["bioscan1m_text_facts", "bioscan5m_text_facts", "bioscan5m_hyperparameters_text"]
)
def test_every_number_of_the_text_that_is_gathered_is_in_a_table_of_the_full_run(name, known):
    entry = ENTRIES[name]
    cells = [
        (entry, cell)
        for cell in printed_cells(name, entry, read(name))
        if isinstance(cell.rule, dict) and "table" in cell.rule
    ]
    found = ledger(cells, known)
    lacking = found.filter(status="not run").select("row", "reason")
    assert cells and not lacking.rows()
