"""Classifiers beside the published ones, from what runs measure to what a page shows."""

import io
from collections.abc import Callable

import polars as pl
import pytest

from bioscan.classify.tables import ablation_table, summarise_runs, table5, validation_table
from bioscan.layout import PUBLISHED
from bioscan.report.pages import beside_published, notes_beside
from scripts.report.compare_published import TEXT
from tests.unit.report.test_pages import FOLDER

METRICS = {"micro_top1": 0.9, "macro_top1": 0.8, "micro_top3": 0.95, "micro_top5": 0.97}
METRICS |= {"micro_f1": 0.9, "macro_f1": 0.7, "loss": 0.3, "micro_majority": 0.6}


def run(experiment: str, backbone: str, loss: str, validation: float = 0.9, **where) -> dict:
    return {
        "experiment": experiment,
        "backbone": backbone,
        "loss": loss,
        "package": "cropped_256",
        "recipe": "paper",
        "seed": 0,
        "validation": {**METRICS, "micro_top1": validation},
        "test": METRICS,
        **where,
    }
