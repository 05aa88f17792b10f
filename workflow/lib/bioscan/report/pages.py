"""Tables as HTML pages."""

from pathlib import Path

import polars as pl
from great_tables import GT

from bioscan.core.files import atomic

#: What a number in a published table is of.
KEYS = (
    "attribute",
    "statistic",
    "species_set",
    "split",
    "quantity",
    "task",
    "size",
    "metric",
    "average",
    "k",
)


def write_page(table: pl.DataFrame, title: str, note: str, path: Path) -> None:
    """Write a table as a page of its own.

    Whole numbers are grouped in thousands, others shown to two places; a missing value is a dash.
    """
    numbers = {
        name: column.drop_nulls()
        for name, column in zip(table.columns, table, strict=True)
        if column.dtype.is_numeric()
    }
    whole = [name for name, values in numbers.items() if (values == values.round()).all()]
    page = (
        GT(table, id="table")
        .tab_header(title)
        .tab_source_note(note)
        .fmt_integer(whole)
        .fmt_number([name for name in numbers if name not in whole], decimals=2)
        .sub_missing(missing_text="–")
        .cols_label({name: name.replace("_", " ") for name in table.columns})
        .tab_options(table_font_size="14px", data_row_padding="3px")
        .opt_align_table_header("left")
    )
    with atomic(path) as partial:
        partial.write_text(page.as_raw_html(make_page=True))


def beside_published(reproduced: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Add the published values to a reproduced table.

    Args:
        reproduced, published: long tables; a row's `value` (where seeds are averaged, its `mean`)
            belongs to what the columns in KEYS say that both tables have.

    Returns:
        The reproduced table with its values as `reproduced`, and `published`, null where the
        paper prints nothing.
    """
    keys = [name for name in KEYS if name in reproduced.columns and name in published.columns]
    value = "value" if "value" in published.columns else "mean"
    printed = published.select(*keys, pl.col(value).alias("published"))
    return reproduced.rename({value: "reproduced"}).join(
        printed, on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
