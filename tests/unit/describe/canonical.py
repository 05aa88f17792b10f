"""Canonical records, for the tests of this stage."""

import polars as pl

from bioscan.core.records import SCHEMA


def records(**columns: list) -> pl.LazyFrame:
    """Canonical records with these columns, the others empty."""
    height = len(next(iter(columns.values())))
    empty = pl.DataFrame(schema={**SCHEMA, "species_set": pl.String}).clear(height)
    given = {name: pl.Series(values, dtype=empty.schema[name]) for name, values in columns.items()}
    return empty.with_columns(**given).lazy()
