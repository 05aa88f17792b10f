"""The papers' printed tables, and records fabricated with the printed counts.

The fabricated labels are numbers.
"""

from pathlib import Path

import numpy as np
import polars as pl

from bioscan.report.pages import beside_published
from tests.unit.configs import ARTEFACTS

FOLDER = Path(__file__).parents[3] / "config/published"

#: Ends the names of the columns that hold published values.
BESIDE = " published"

#: Records of the datasets (5M Table 2).
ALL_1M, ALL_5M = 1_128_313, 5_150_850


def printed(name: str) -> pl.DataFrame:
    """The printed values of a table."""
    table = pl.read_csv(FOLDER / f"{name}.csv")
    if "dataset" in table.columns:
        dataset = "BIOSCAN-1M" if name.startswith("bioscan1m") else "BIOSCAN-5M"
        table = table.filter(pl.col("dataset").str.starts_with(dataset))
    return table


def beside_printed(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """A table with the printed values beside its own."""
    return beside_published(table, printed(name), ARTEFACTS[name].keys)


def assert_as_printed(table: pl.DataFrame, name: str, *but: str) -> None:
    """Every value column except `but` has published values and equals them."""
    beside = beside_printed(table, name)
    values = {name.removesuffix(BESIDE) for name in beside.columns if name.endswith(BESIDE)}
    numbers = {name for name, kind in table.schema.items() if kind.is_numeric()}
    assert numbers - set(but) <= values
    for name in sorted(numbers - set(but)):
        here, there = beside[name].cast(pl.Float64), beside[name + BESIDE].cast(pl.Float64)
        assert here.to_list() == there.to_list(), name


def column(records: int, labelled: int, categories: int, most: int, least: int = 1) -> pl.Series:
    """Labels with these counts; between the largest and smallest, categories are equally large."""
    between = categories - 2
    if between < 0:
        sizes = np.array([labelled])
    else:
        rest, over = divmod(labelled - most - least, between) if between else (0, 0)
        sizes = np.array([most, *([rest + 1] * over), *([rest] * (between - over)), least])
    assert sizes.sum() == labelled and sizes.max() == most and sizes.min() >= least
    labels = np.repeat(np.arange(categories, dtype=np.uint32), sizes)
    return pl.concat(
        [pl.Series(labels), pl.repeat(None, records - labelled, dtype=pl.UInt32, eager=True)]
    )
