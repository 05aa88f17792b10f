"""Tables as HTML pages."""

from pathlib import Path

import polars as pl
from great_tables import GT, loc, style

from bioscan.core.files import atomic

#: What the values in a row of a table are of; where a table has numbers under one of these names
#: (5M Table A9 counts `genus` and `species`), they are values.
KEYS = (
    "attribute",
    "rank",
    "name",
    "taxonomic_rank",
    "species_set",
    "split",
    "partition",
    "purpose",
    "genus",
    "species",
    "task",
    "size",
    "backbone",
    "loss",
    "image_type",
    "training_data",
    "val_set",
    "metric",
    "iou",
    "average",
    "k",
)

#: Where the published files, which hold one value a row, name the column that the value stands in.
COLUMNS = ("statistic", "quantity", "column", "rank")

#: Columns of published files whose name differs from that in the tables made here.
NAMES = {"row": "partition", "n_categories": "value", "images_thousand": "images"}

#: End the names of columns that hold the published values of another, and the difference to them.
PUBLISHED = " published"
DIFFERENCE = " difference"


def write_page(table: pl.DataFrame, title: str, note: str, path: Path) -> None:
    """Write a table as a page of its own, each line of the note below it.

    Numbers are grouped in thousands and shown to as many places as their column needs, four at the
    most; in one that would need more, or three (numbers of several kinds), each to three or as many
    as it needs. A missing value is a dash. A column, its published values and the difference to
    them share a heading.
    """
    beside = {
        name: [name + end for end in (PUBLISHED, DIFFERENCE) if name + end in table.columns]
        for name in table.columns
    }
    pairs = [name for name, others in beside.items() if others]
    page = GT(table, id="table").tab_header(title).sub_missing(missing_text="–")
    for name in table.columns:
        group = [name, *beside[name]]
        numbers = [column for column in table.select(group) if column.dtype.is_numeric()]
        if numbers and not name.endswith((PUBLISHED, DIFFERENCE)):
            places = max(map(_decimals, numbers))
            shown = [name for name in group if not name.endswith(DIFFERENCE)]
            page = page.fmt_number(shown, decimals=places, drop_trailing_zeros=places == 3)
            page = page.fmt_number(group[len(shown) :], decimals=places, force_sign=True)
    for name in pairs:
        page = page.tab_spanner(name.replace("_", " "), [name, *beside[name]])
    for line in note.splitlines():
        page = page.tab_source_note(line)
    page = (
        page.cols_label({name: _label(name, pairs) for name in table.columns})
        .tab_style(
            style.text(color="#777777"),
            loc.body([other for name in pairs for other in beside[name]]),
        )
        .tab_options(
            table_font_size="14px",
            data_row_padding="3px",
            data_row_padding_horizontal="8px",
            column_labels_padding_horizontal="8px",
        )
        .opt_align_table_header("left")
    )
    with atomic(path) as partial:
        partial.write_text(page.as_raw_html(make_page=True))


def _decimals(numbers: pl.Series) -> int:
    """Places that show every number as it is, four at the most; otherwise three."""
    shown = numbers.drop_nulls().cast(pl.Float64)
    return next((places for places in range(5) if (shown.round(places) == shown).all()), 3)


def _label(name: str, pairs: list[str]) -> str:
    if name in pairs:
        return "here"
    return next(
        (end.strip() for end in (PUBLISHED, DIFFERENCE) if name.endswith(end)),
        name.replace("_", " "),
    )


def beside_published(reproduced: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Put the published values beside those of a table.

    Args:
        reproduced: keys (text columns named in KEYS) and values.
        published: the same, or one value a row: keys, the name of its column (in one of COLUMNS;
            "rank" where categories are counted) and `value`, or `n_categories`.

    Returns:
        The reproduced table; each column of which the paper prints anything is followed by one
        that holds the published values, null where it prints nothing.
    """
    printed = published.rename(NAMES, strict=False)
    keys = _keys(reproduced, printed)
    printed = _widen(printed, keys)
    beside = reproduced.join(
        printed, on=keys, how="left", suffix=PUBLISHED, nulls_equal=True, maintain_order="left"
    )
    order = []
    for name in reproduced.columns:
        compared = name + PUBLISHED
        order += [name, compared] if _says_anything(beside, compared) else [name]
    return beside.select(order)


def with_differences(beside: pl.DataFrame) -> pl.DataFrame:
    """Add, after the published values of a table, what its own are above them.

    Args:
        beside: of `beside_published`.
    """
    columns = []
    for name in beside.columns:
        columns.append(pl.col(name))
        compared = name.removesuffix(PUBLISHED)
        if compared != name and beside[name].dtype.is_numeric():
            # Rounding ends the noise of subtracting what has a few places.
            above = (pl.col(compared) - pl.col(name)).round(6)
            columns.append(above.alias(compared + DIFFERENCE))
    return beside.select(columns)


def notes_beside(reproduced: pl.DataFrame, published: pl.DataFrame) -> list[str]:
    """What is noted of the published values that stand beside a table (see beside_published)."""
    printed = published.rename(NAMES, strict=False)
    keys = _keys(reproduced, printed)
    compared = printed.join(reproduced, on=keys, how="semi", nulls_equal=True)
    return compared["note"].drop_nulls().unique(maintain_order=True).to_list()


def _keys(reproduced: pl.DataFrame, published: pl.DataFrame) -> list[str]:
    """The keys of a table that the published file has too."""
    return [
        name
        for name, kind in reproduced.schema.items()
        if name in KEYS and not kind.is_numeric() and name in published.columns
    ]


def _says_anything(table: pl.DataFrame, column: str) -> bool:
    return column in table.columns and table[column].count() > 0


def _widen(published: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """One row a key, from one value a row; counts in full, also where printed in thousands."""
    if "images" in published.columns:  # the one wide table in thousands (1M Table 2)
        published = published.with_columns(pl.col("images") * 1000)
    over = next((name for name in COLUMNS if name in published.columns), None)
    if over is None or "value" not in published.columns:
        return published
    thousand = pl.col("unit") == "thousand"
    return published.with_columns(
        pl.when(thousand).then(pl.col("value") * 1000).otherwise("value").alias("value")
    ).pivot(over, index=keys, values="value")
