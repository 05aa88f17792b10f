"""Barcodes on specimens of several orders: contaminated extracts, or mixed-up wells."""

import polars as pl

from bioscan.core.errors import first_ten

CONTAMINATION_SCHEMA: dict[str, pl.DataType] = {
    "records": pl.Int64(),
    "orders": pl.String(),
    "processids": pl.String(),
}


def mixed_orders(records: pl.DataFrame) -> pl.DataFrame:
    """The barcodes whose records differ in their order, which cleaning leaves without one.

    Args:
        records: processid, order, and `barcode` (a number, null where there is none).

    Returns:
        CONTAMINATION_SCHEMA, one row per barcode, those of most records first: records (labelled
        with an order), orders (with their records, the commonest first), processids (ten at most,
        those of the rarer orders first).
    """
    labelled = records.select("barcode", "order").drop_nulls()
    several = labelled.unique()["barcode"]
    several = several.filter(several.is_duplicated()).unique()
    rows = records.select("processid", "barcode", "order").drop_nulls()
    rows = rows.filter(pl.col("barcode").is_in(several.implode()))
    rows = rows.with_columns(pl.len().over("barcode", "order").alias("of_order"))
    orders = (
        rows.group_by("barcode", "order")
        .agg(pl.len().cast(pl.Int64).alias("records"))
        .sort("records", "order", descending=[True, False])
        .group_by("barcode", maintain_order=True)
        .agg(
            pl.col("records").sum(),
            pl.format("{} ({})", "order", "records").str.join(", ").alias("orders"),
        )
    )
    specimens = (
        rows.sort("of_order", "processid")
        .group_by("barcode", maintain_order=True)
        .agg(pl.col("processid").alias("processids"))
        .with_columns(pl.col("processids").map_elements(first_ten, return_dtype=pl.String))
    )
    found = orders.join(specimens, on="barcode").sort(
        "records", "processids", descending=[True, False]
    )
    return found.select(CONTAMINATION_SCHEMA.keys())
