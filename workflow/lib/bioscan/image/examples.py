"""Example images of a dataset: the figures of both papers that show what its images look like.

The papers do not say how their examples were chosen. Here each is the image in the middle of those
of its category in order of processid, so a choice can be repeated and is nobody's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from bioscan.core.words import counted

#: The class that BIOSCAN is about.
INSECTS = "Insecta"

#: Columns that examples are chosen by.
COLUMNS = ("processid", "class", "order", "family", "species")


@dataclass(frozen=True)
class Choice:
    """The examples of a figure.

    Attributes:
        rows: processid, the names of the category, and its `specimens` among all records.
        title: what the rows are of how many, and how many categories were passed over.
    """

    rows: pl.DataFrame
    title: str


def one_per_order(records: pl.DataFrame, most: int = 16) -> Choice:
    """An image of each of the most populated orders (1M Figure 4: 16)."""
    return _most_populated(records, "order", most, "orders")


def one_per_other_class(records: pl.DataFrame, most: int = 12) -> Choice:
    """An image of each class but insects (5M Figure A4: nine)."""
    others = records.filter(pl.col("class") != INSECTS)
    return _most_populated(others, "class", most, f"classes other than {INSECTS}")


def one_per_species(records: pl.DataFrame, most: int = 16) -> Choice:
    """An image of each of the most populated species of the most populated order (5M Figure A5)."""
    orders = records["order"].drop_nulls().value_counts()
    largest = orders.sort(["count", "order"], descending=[True, False]).head(1)["order"]
    of_order = records.filter(pl.col("order").is_in(largest.to_list()))
    name = largest[0] if len(largest) else "the largest order"
    return _most_populated(of_order, "species", most, f"species of {name}")


def one_per_family(records: pl.DataFrame, most: int = 20) -> Choice:
    """An image of the most populated family of each order, then of the second (5M Figure 2).

    A family without a name stands for its order where the order has no other.
    """
    orders = records.drop_nulls("order").group_by("order").agg(pl.len().alias("of_order"))
    groups = _groups(records.drop_nulls("order"), ["order", "family"])
    shown = (
        groups.drop_nulls("processid")
        .sort(pl.col("family").is_null(), "specimens", "family", descending=[False, True, False])
        .with_columns(pl.int_range(pl.len()).over("order").alias("turn"))
        .filter(pl.col("family").is_not_null() | (pl.col("turn") == 0))
        .join(orders, on="order")
        .sort("turn", "of_order", "order", descending=[False, True, False])
        .head(most)
        .select("processid", "order", "family", "specimens")
    )
    title = (
        f"{counted(shown.height, 'image')} of {counted(shown['order'].n_unique(), 'order')}"
        f"{_passed_over(orders.height - groups.drop_nulls('processid')['order'].n_unique())}"
    )
    return Choice(shown, title)


def choose_examples(
    records: pl.LazyFrame, imaged: pl.LazyFrame, choose: Callable[[pl.DataFrame], Choice]
) -> Choice:
    """The examples of a figure.

    Args:
        records: COLUMNS of all records.
        imaged: `processid` of the specimens that have an image.
        choose: one of EXAMPLES.
    """
    has_image = imaged.select("processid").unique().with_columns(pl.lit(True).alias("has_image"))
    known = records.select(COLUMNS).join(has_image, on="processid", how="left").collect()
    return choose(known.with_columns(pl.col("has_image").fill_null(False)))


def _groups(records: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """One row per category: its names, `specimens`, and the `processid` of its example.

    The example is in the middle of its images, sorted; null where it has none.
    """
    images = pl.col("processid").filter("has_image").sort()
    middle = images.slice(images.len() // 2, 1).first()
    return records.group_by(names).agg(pl.len().alias("specimens"), middle)


def _most_populated(records: pl.DataFrame, rank: str, most: int, noun: str) -> Choice:
    """The most populated categories of a rank that have an image."""
    groups = _groups(records.drop_nulls(rank), [rank])
    shown = (
        groups.drop_nulls("processid")
        .sort("specimens", rank, descending=[True, False])
        .head(most)
        .select("processid", rank, "specimens")
    )
    without = groups["processid"].null_count()
    return Choice(shown, f"{shown.height} of {groups.height:,} {noun}{_passed_over(without)}")


def _passed_over(without: int) -> str:
    return f"; {without:,} without an image passed over" if without else ""


#: Name of every figure → the function that chooses its images.
EXAMPLES: dict[str, Callable[[pl.DataFrame], Choice]] = {
    "bioscan1m_figure4": one_per_order,
    "bioscan5m_figure2": one_per_family,
    "bioscan5m_figureA4": one_per_other_class,
    "bioscan5m_figureA5": one_per_species,
}
