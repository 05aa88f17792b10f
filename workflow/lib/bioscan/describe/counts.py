"""Counts as the papers print them, in long form: one row a number.

The long form has the columns of the published values in config/published/, so that both can be
joined on everything but the value.
"""

import polars as pl

from bioscan.core.records import EXPERIMENT_SPLITS, EXPERIMENTS, RANKS, SPLITS, TASKS

#: Species sets with their splits, in the order of 5M Table 3.
SPECIES_SETS = {
    "pretrain": "unknown",
    "train": "seen",
    "val": "seen",
    "test": "seen",
    "key_unseen": "unseen",
    "val_unseen": "unseen",
    "test_unseen": "unseen",
    "other_heldout": "heldout",
}


def count_ranks(records: pl.DataFrame) -> pl.DataFrame:
    """Categories, labelled records and class imbalance a rank (1M Table 1, 5M Table 2).

    Returns:
        attribute, statistic (categories, labelled, labelled_percent, imbalance_ratio), value.
        The imbalance ratio is the largest category's size over the smallest's.
    """
    rows = []
    for attribute in (*RANKS, "tribe", "dna_bin", "dna_barcode"):
        labels = records[attribute].drop_nulls()
        if attribute == "tribe" and labels.is_empty():
            continue  # a field of 1M only
        sizes = labels.value_counts()["count"]
        rows += [
            (attribute, "categories", float(sizes.len())),
            (attribute, "labelled", float(labels.len())),
            (attribute, "labelled_percent", round(100 * labels.len() / records.height, 1)),
        ]
        if sizes.len():
            rows.append((attribute, "imbalance_ratio", round(sizes.max() / sizes.min(), 1)))
    return _long(rows, ["attribute", "statistic"])


def count_splits(records: pl.DataFrame) -> pl.DataFrame:
    """Samples, barcodes and species a split (5M Table 3): species_set, split, quantity, value.

    Barcodes are counted as written, N and all: the printed ones add up to those of Table 2.
    """
    rows = []
    for split in SPLITS:
        part = records.filter(pl.col("split") == split)
        rows += [
            (SPECIES_SETS[split], split, "samples", float(part.height)),
            (SPECIES_SETS[split], split, "barcodes", float(_categories(part["dna_barcode"]))),
            (SPECIES_SETS[split], split, "species", float(_categories(part["species"]))),
        ]
    return _long(rows, ["species_set", "split", "quantity"])


def count_experiments(records: pl.DataFrame) -> pl.DataFrame:
    """Samples a split and classes of each experiment (1M Table 3): task, size, quantity, value."""
    rows = []
    for experiment in EXPERIMENTS:
        size, task = experiment.split("_", 1)
        part = records.filter(pl.col(experiment).is_not_null())
        label = TASKS[task]
        rows.append((task, size, "total", float(part.height)))
        rows += [
            (task, size, split, float((part[experiment] == split).sum()))
            for split in EXPERIMENT_SPLITS
        ]
        rows.append((task, size, "categories", float(_categories(part[label]))))
    return _long(rows, ["task", "size", "quantity"])


#: What a table can count (see layout.TABLES).
COUNTS = {"ranks": count_ranks, "splits": count_splits, "experiments": count_experiments}


def _categories(labels: pl.Series) -> int:
    return labels.drop_nulls().n_unique()


def _long(rows: list[tuple], keys: list[str]) -> pl.DataFrame:
    schema = {**dict.fromkeys(keys, pl.String), "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
