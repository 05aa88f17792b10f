"""Tables of a run beside the published ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

#: Reasons for which numbers of whole datasets are not judged.
OTHER_SPECIMENS = {"simulated": "simulated specimens", "own": "own specimens"}

#: Columns of published files with one value per row that name the column of the value.
COLUMNS = ("statistic", "quantity", "column", "rank")

#: Columns of published files that hold the value of a row.
VALUES = ("value", "mean")

#: Columns of published files whose names differ from those of the tables made here.
NAMES = {"row": "partition", "n_categories": "value", "images_thousand": "images"}

#: Suffixes of columns that hold the published values of another, and the difference to them.
PUBLISHED_SUFFIX = " published"
DIFFERENCE_SUFFIX = " difference"
SUFFIXES = PUBLISHED_SUFFIX, DIFFERENCE_SUFFIX


def read_table(path: Path, keys: Sequence[str]) -> pl.DataFrame:
    """A table (CSV), its columns as numbers where all their values are.

    Keys stay text, and so do columns with a value such as "007", which is a name: the names of
    specimens and files are the user's, of any kind, in any row.
    """
    text = pl.read_csv(path, infer_schema=False)
    names = [*keys, *(column.name for column in text if column.str.contains(r"^[+-]?0\d").any())]
    as_text = {name: pl.String for name in names if name in text.columns}
    return pl.read_csv(path, schema_overrides=as_text, infer_schema_length=None)


def chief_rows(table: pl.DataFrame, shown: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The rows of a table whose columns have one of the values that are `shown`, as text.

    All rows, where none has.
    """
    chosen = table
    for name, values in shown.items():
        chosen = chosen.filter(pl.col(name).cast(pl.String).is_in(list(values)))
    return table if chosen.is_empty() else chosen


def beside_published(
    reproduced: pl.DataFrame, published: pl.DataFrame, keys: Sequence[str]
) -> pl.DataFrame:
    """Put the published values beside those of a table.

    Args:
        reproduced: keys and values.
        published: the same, or one value per row: keys, the name of its column (in one of COLUMNS;
            "rank" where categories are counted) and `value`, or `n_categories`.
        keys: text columns that say what the values of a row are of.

    Returns:
        The reproduced table; each column of which the paper prints anything is followed by one
        that holds the published values, null where it prints nothing.
    """
    printed = _widen(published.rename(NAMES, strict=False), keys)
    # With one value per row, of a metric, all other columns describe it.
    value = next((name for name in VALUES if name in printed.columns), None)
    if value is not None and "metric" in printed.columns:
        printed = printed.select(*keys, pl.col(f"^({value}|std)$"))
    beside = reproduced.join(
        printed,
        on=keys,
        how="left",
        suffix=PUBLISHED_SUFFIX,
        nulls_equal=True,
        maintain_order="left",
    )
    order = []
    for name in reproduced.columns:
        compared = name + PUBLISHED_SUFFIX
        order += [name, compared] if _says_anything(beside, compared) else [name]
    return beside.select(order)


def with_differences(beside: pl.DataFrame) -> pl.DataFrame:
    """Add, after the published values of a table, the difference of its own to them.

    Args:
        beside: of `beside_published`.
    """
    columns = []
    for name in beside.columns:
        columns.append(pl.col(name))
        compared = name.removesuffix(PUBLISHED_SUFFIX)
        if compared != name and beside[name].dtype.is_numeric():
            # Rounding ends the noise of subtracting what has a few places.
            above = (pl.col(compared) - pl.col(name)).round(6)
            columns.append(above.alias(compared + DIFFERENCE_SUFFIX))
    return beside.select(columns)


def notes_beside(
    reproduced: pl.DataFrame, published: pl.DataFrame, keys: Sequence[str]
) -> list[str]:
    """The notes on the published values that stand beside a table (see beside_published).

    Where the values are of several places of a paper, each names its row and its place.
    """
    printed = published.rename(NAMES, strict=False)
    compared = printed.join(reproduced, on=keys, how="semi", nulls_equal=True)
    notes = compared.drop_nulls("note")
    if is_gathered(published) and len(keys) == 1:
        # A note on several rows names them once.
        notes = notes.group_by("source", "note", maintain_order=True).agg(pl.col(keys[0]))
        rows = pl.col(keys[0]).list.join(", ")
        notes = notes.select(pl.format("{} ({}): {}", rows, "source", "note").alias("note"))
    return notes["note"].unique(maintain_order=True).to_list()


def is_gathered(published: pl.DataFrame) -> bool:
    """Whether published values are gathered from several tables or sections."""
    return "source" in published.columns and published["source"].n_unique() > 1


def _says_anything(table: pl.DataFrame, column: str) -> bool:
    return column in table.columns and table[column].count() > 0


def _widen(published: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """One row per key, from one value per row; counts in full, also where printed in thousands."""
    if "images" in published.columns:  # the one wide table in thousands (1M Table 2)
        published = published.with_columns(pl.col("images") * 1000)
    over = next((name for name in COLUMNS if name in published.columns), None)
    if over is None or "value" not in published.columns:
        return published
    thousand = pl.col("unit") == "thousand"
    return published.with_columns(
        pl.when(thousand).then(pl.col("value") * 1000).otherwise("value").alias("value")
    ).pivot(over, index=keys, values="value")
