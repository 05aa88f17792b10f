"""The script that partitions curated records."""

import logging
from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bioscan.core.errors import InputError
from bioscan.core.records import EXPERIMENTS, SCHEMA
from bioscan.partition.settings import PartitionSettings
from scripts.partition.partition_records import partition_records

SETTINGS = PartitionSettings(
    method="recompute", sizes={"large": None, "medium": 20, "small": 10}, families=2
)
PUBLISHED = replace(SETTINGS, method="published")


def curated(folder, **columns):
    """Forty records, by default of one species, in curated.parquet."""
    frame = pl.DataFrame({"processid": [f"P{n:02d}" for n in range(40)]})
    filled = {"genus": "Aus", "species": "Aus bus", "order": "Coleoptera", **columns}
    for name, value in filled.items():
        frame = frame.with_columns(
            (value if isinstance(value, pl.Expr) else pl.lit(value)).alias(name)
        )
    empty = (pl.lit(None, SCHEMA[name]).alias(name) for name in SCHEMA if name not in frame.columns)
    frame = frame.with_columns(empty).select(list(SCHEMA))
    frame.write_parquet(folder / "curated.parquet")
    return frame


def partition(folder, format, settings):
    partition_records(format, settings, folder / "curated.parquet", folder / "out.parquet")
    return pl.read_parquet(folder / "out.parquet")


def test_the_columns_of_5m_are_filled_and_the_others_kept(tmp_path):
    before = curated(tmp_path, dna_barcode=pl.col("processid"))
    after = partition(tmp_path, "bioscan5m", SETTINGS)
    assert after.columns == [*SCHEMA, "species_set"]
    assert_frame_equal(after.select(before.columns).drop("split"), before.drop("split"))
    assert after["split"].value_counts().sort("split").rows() == [
        ("test", 12),
        ("train", 27),
        ("val", 1),
    ]


def test_the_columns_of_1m_are_filled_and_the_others_kept(tmp_path):
    before = curated(tmp_path)
    after = partition(tmp_path, "bioscan1m", SETTINGS)
    assert after.columns == list(SCHEMA)
    assert_frame_equal(after.drop(EXPERIMENTS), before.drop(EXPERIMENTS))
    assert after["large_insect_order"].null_count() == 0
    assert after["small_insect_order"].count() == 10


def test_published_experiments_are_kept_and_their_differences_counted(tmp_path, caplog):
    experiments = dict.fromkeys(EXPERIMENTS, "train") | {"small_insect_order": "test"}
    before = curated(tmp_path, **experiments)
    with caplog.at_level(logging.WARNING):
        after = partition(tmp_path, "bioscan1m", PUBLISHED)
    assert_frame_equal(after, before)
    place = f"{tmp_path / 'curated.parquet'}: the published experiments have"
    split = "40 records of small_insect_order in another split of large_insect_order"
    assert f"{place} {split}" in caplog.messages
    assert f"{place} 40 records of large_diptera_family without family" in caplog.messages


def test_published_splits_are_kept_and_imply_the_species_sets(tmp_path, caplog):
    # A placeholder published as seen, with a barcode in two splits.
    split = pl.when(pl.col("processid") < "P20").then(pl.lit("train")).otherwise(pl.lit("test"))
    before = curated(tmp_path, species="Aus sp. 1", dna_barcode="ACGT", split=split)
    with caplog.at_level(logging.WARNING):
        after = partition(tmp_path, "bioscan5m", PUBLISHED)
    assert after["split"].equals(before["split"])
    assert after["species_set"].unique().to_list() == ["seen"]
    table = tmp_path / "curated.parquet"
    assert caplog.messages == [
        f"{table}: the published splits have barcodes in several splits (1): ACGT"
    ]


def test_published_experiments_are_kept(tmp_path):
    before = curated(tmp_path, **dict.fromkeys(EXPERIMENTS, "train"))
    assert_frame_equal(partition(tmp_path, "bioscan1m", PUBLISHED), before)


@pytest.mark.parametrize(
    ("format", "columns", "empty"),
    [
        ("bioscan5m", {}, "split"),
        ("bioscan1m", dict.fromkeys(EXPERIMENTS[1:], "train"), "large_diptera_family"),
    ],
)
def test_missing_published_splits_are_refused(tmp_path, format, columns, empty):
    curated(tmp_path, **columns)
    with pytest.raises(InputError) as error:
        partition(tmp_path, format, PUBLISHED)
    assert str(error.value) == (
        f"{tmp_path}/curated.parquet: the metadata carries no splits ({empty} empty); "
        "set partition.method to recompute"
    )


def test_uncleaned_labels_are_refused(tmp_path):
    species = pl.when(pl.col("processid") < "P20").then(pl.lit("Aus bus"))
    curated(tmp_path, species=species, dna_barcode="ACGT")
    with pytest.raises(InputError, match="barcodes in several splits"):
        partition(tmp_path, "bioscan5m", SETTINGS)
    assert not (tmp_path / "out.parquet").exists()
