"""All tables of a dataset."""

import polars as pl
from polars.testing import assert_frame_equal

from bioscan.core.records import SCHEMA, SPLITS
from bioscan.describe.counts import read_records
from bioscan.describe.tables import TABLES


def test_all_tables_are_the_same_from_labels_read_as_categories(tmp_path):
    labels = {name: "a" for name, kind in SCHEMA.items() if kind == pl.String()}
    rows = [
        {**labels, "class": "Insecta", "split": split, "species_set": "seen"} for split in SPLITS
    ]
    plain = pl.DataFrame(rows, schema={**SCHEMA, "species_set": pl.String})
    plain.write_parquet(tmp_path / "records.parquet")
    records = read_records(tmp_path / "records.parquet")
    assert records["species"].dtype == pl.Categorical
    assert records["dna_barcode"].dtype.is_integer()
    for name, make in TABLES.items():
        table = make(records)
        assert table.height, name
        assert_frame_equal(table, make(plain))


def test_all_tables_can_be_made_without_any_label():
    empty = pl.DataFrame(schema={**SCHEMA, "species_set": pl.String}).clear(3)
    for name, make in TABLES.items():
        assert make(empty).width, name
