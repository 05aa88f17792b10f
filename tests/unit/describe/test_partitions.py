"""Tables of experiments, splits and species sets: every printed cell, from fabricated records."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bioscan.core.records import EXPERIMENT_SPLITS, EXPERIMENTS, RANKS, SCHEMA, SPLITS
from bioscan.describe import partitions
from bioscan.describe.counts import read_records
from bioscan.describe.tables import TABLES
from tests.unit.describe.printed import (
    ALL_1M,
    ALL_5M,
    BESIDE,
    FOLDER,
    assert_as_printed,
    beside_printed,
    column,
    printed,
)

# BIOSCAN-1M


def test_datasets_of_1m_are_as_printed():
    """The order counts of the repository, seven tenths of each in train."""
    orders = pl.read_csv(FOLDER / "bioscan1m_orders.csv").drop_nulls("n_images")
    parts = [
        pl.DataFrame({"order": [order] * images}).with_columns(
            large_insect_order=pl.when(pl.int_range(pl.len()) < round(0.7 * images))
            .then(pl.lit("train"))
            .otherwise(pl.lit("test"))
        )
        for order, images in orders.select("order", "n_images").iter_rows()
    ]
    unsplit = pl.DataFrame({"order": ["Zoraptera"] * 5})
    records = pl.concat([*parts, unsplit], how="diagonal").with_columns(
        dna_bin=column(ALL_1M, ALL_1M, 90_918, 12_491),
        family=pl.Series(np.arange(ALL_1M) % 40),
        large_diptera_family=pl.when(pl.int_range(pl.len()) < 891_338).then(pl.lit("train")),
    )
    made = partitions.datasets_1m(records)
    beside = beside_printed(made, "bioscan1m_table2")
    assert (beside["images"] // 1000 * 1000).to_list() == beside["images" + BESIDE].to_list()
    assert beside["categories"].to_list() == beside["categories" + BESIDE].to_list()
    assert beside["imbalance_beta"][:2].to_list() == [12_491.00, 156_856.75]


def test_experiments_are_as_printed():
    published = printed("bioscan1m_table3")
    values = published.pivot("quantity", index=["task", "size"], values="value")
    splits = {}
    for cells in values.iter_rows(named=True):
        counts = [cells[split] for split in EXPERIMENT_SPLITS]
        labels = np.repeat(EXPERIMENT_SPLITS, counts)
        rest = pl.repeat(None, ALL_1M - labels.size, dtype=pl.String, eager=True)
        splits[f"{cells['size']}_{cells['task']}"] = pl.concat([pl.Series(labels), rest])
    assert splits.keys() == set(EXPERIMENTS)
    numbers = pl.Series(np.arange(ALL_1M))
    made = partitions.experiments(
        pl.DataFrame({**splits, "order": numbers % 16, "family": numbers % 40})
    )
    assert_as_printed(made, "bioscan1m_table3")
    assert made.select("size", "task").row(0) == ("large", "insect_order")


# BIOSCAN-5M


def numbered(groups: list[tuple[str, int]], overall: int) -> dict[str, range]:
    """`count` labels per group; each begins where the last ended, or ends with `overall`."""
    labels, end = {}, 0
    for group, count in groups:
        start = min(end, overall - count)
        labels[group] = range(start, start + count)
        end = max(end, start + count)
    assert end == overall
    return labels


def test_splits_are_as_printed():
    published = printed("bioscan5m_table3")
    parts, offset = [], 0
    for split in SPLITS:
        rows = published.filter(split=split)
        count = dict(rows.select("quantity", "value").iter_rows())
        numbers = np.arange(count["samples"])
        species = numbers % count["species"] if count["species"] else None
        parts.append(
            pl.DataFrame(
                {"dna_barcode": offset + numbers % count["barcodes"], "species": species},
                schema={"dna_barcode": pl.Int64, "species": pl.Int64},
                height=count["samples"],
            ).with_columns(split=pl.lit(split, pl.Categorical))
        )
        offset += count["barcodes"]
    made = partitions.splits(pl.concat(parts))
    # No record of the unknown set has a species: the cell is empty in print, and 0 on the slides.
    assert made["species"][0] == 0
    in_print = pl.when(pl.col("species_set") != "unknown").then("species")
    assert_as_printed(made.with_columns(species=in_print), "bioscan5m_table3")
    assert (
        made["purpose"].to_list()
        == published["purpose"]
        .unique(maintain_order=True)
        .gather([0, 1, 2, 3, 4, 2, 3, 5])
        .to_list()
    )
    assert made["samples"].sum() == ALL_5M


def test_barcodes_are_counted_as_written(tmp_path):
    """NAC is not AC: the printed barcodes of the splits add up to those of Table 2."""
    records = (
        pl.DataFrame(schema=SCHEMA)
        .clear(4)
        .with_columns(split=pl.lit("train"), dna_barcode=pl.Series(["AC", "NAC", "AC", None]))
    )
    records.write_parquet(tmp_path / "records.parquet")
    made = partitions.splits(read_records(tmp_path / "records.parquet"))
    assert made.filter(split="train")["barcodes"].item() == 2
    assert made.filter(split="test").row(0)[3:] == (0, 0, 0)


@pytest.mark.parametrize(
    ("table", "group", "column_"),
    [
        ("bioscan5m_tableA9", "species_set", "species_set"),
        ("bioscan5m_tableA10", "partition", "split"),
    ],
)
def test_taxa_are_as_printed(table, group, column_):
    published = printed(table)
    parts = []
    for rank in RANKS:
        rows = published.filter(rank=rank)
        *groups, (_, overall) = rows.select(group, "n_categories").iter_rows()
        for name, labels in numbered(groups, overall).items():
            parts.append(
                pl.DataFrame({rank: list(labels)}, schema={rank: pl.Int64}).with_columns(
                    pl.lit(name).alias(column_)
                )
            )
    assert_as_printed(TABLES[table](pl.concat(parts, how="diagonal")), table)


def records_of(labels: dict[str, range], rank: str) -> pl.DataFrame:
    rows = [(split, f"label {n}") for split, numbers in labels.items() for n in numbers]
    return pl.DataFrame(rows, schema=["split", rank], orient="row")


def test_common_species_are_as_printed():
    labels = {
        "train": range(11_846),
        "val": range(3_378),
        "test": range(3_378 - 2_952, 3_378 - 2_952 + 3_483),
        "key_unseen": range(20_000, 20_914),
        "val_unseen": range(20_000, 20_903),
        "test_unseen": range(20_903 - 878, 20_903 - 878 + 880),
        "other_heldout": range(30_000, 39_862),
    }
    records = records_of(labels, "species")
    # In percent, the row of pretrain is not printed.
    for name in ("bioscan5m_tableA11", "bioscan5m_tableA12"):
        assert_as_printed(TABLES[name](records), name)


def test_common_genera_are_counted():
    labels = {"pretrain": range(0, 10), "train": range(5, 12), "test": range(5, 6)}
    made = TABLES["bioscan5m_tableA13"](records_of(labels, "genus"))
    counted = {row[0]: row[1:] for row in made.iter_rows()}
    assert counted["pretrain"] == (10, 5, 0, 1, 0, 0, 0, 0)
    assert counted["train"] == (5, 7, 0, 1, 0, 0, 0, 0)
    assert counted["val"] == (0,) * 8


def test_shares_of_common_genera_are_as_printed(monkeypatch):
    """From the printed counts, except 33.2 where 519 of 1,566 are 33.1."""
    counts = printed("bioscan5m_tableA13").pivot("column", index="row", values="value")
    monkeypatch.setattr(partitions, "count_overlaps", lambda *_: counts.drop("row").to_numpy())
    made = TABLES["bioscan5m_tableA14"](pl.DataFrame())
    heldout = pl.col("partition") == "other_heldout"
    assert made.filter(heldout)["train"].item() == 33.1
    assert_as_printed(made.filter(~heldout), "bioscan5m_tableA14")
    assert_as_printed(made, "bioscan5m_tableA14", "train")


def examples_5m() -> pl.DataFrame:
    """The samples of the species that 5M Table A8 shows."""
    parts = printed("bioscan5m_tableA8").with_columns(
        split=pl.when(pl.col("species_set") == "heldout")
        .then(pl.lit("other_heldout"))
        .otherwise("split")
    )
    samples = parts.filter(pl.col("split").is_not_null())
    return samples.select(
        pl.col("species_set", "genus", "species", "split").repeat_by("value").explode()
    )


def test_example_species_are_as_printed():
    published = printed("bioscan5m_tableA8")
    made = partitions.example_species(examples_5m())
    assert_as_printed(made, "bioscan5m_tableA8")
    shown = published.select("species_set", "genus", "species").unique(maintain_order=True)
    assert_frame_equal(made.select("species_set", "genus", "species"), shown)


def test_other_species_are_shown_where_the_published_ones_are_absent():
    """At positions 1, 2, 4, 8, 16, 32, 64 of 64 species, here in alphabetical order too."""
    names = [f"Aus b{n:02d}" for n in range(64)]
    rows = [("seen", "Aus", name, "train") for n, name in enumerate(names) for _ in range(64 - n)]
    rows += [("heldout", "Bus", "Bus 1", "other_heldout"), ("unknown", "Aus", None, "pretrain")]
    frame = pl.DataFrame(rows, schema=["species_set", "genus", "species", "split"], orient="row")
    made = partitions.example_species(frame.sample(fraction=1, shuffle=True, seed=0))
    assert made.filter(species_set="seen")["all"].to_list() == [64, 63, 61, 57, 49, 33, 1]
    assert made.filter(species_set="heldout").row(0) == (
        "heldout",
        "Bus",
        "Bus 1",
        1,
        None,
        None,
        None,
    )
    assert made.height == 8
