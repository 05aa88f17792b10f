"""The canonical record: one row per specimen, with the same columns for every source.

Missing values are null, never a sentinel string; the published sentinels (`not_classified`,
`no_split`, empty) exist only in the input and output formats (`ingest`, `simulate`, `release`).
"""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError

#: Taxonomic ranks from the root down (BIOSCAN-5M §3).
RANKS = ("phylum", "class", "order", "family", "subfamily", "genus", "species")

#: The 23 fields of BIOSCAN-5M, in published order and by published name (BIOSCAN-5M Table A3).
#: `index_bioscan_1M_insect` is published as "150502.0" and `chunk` as text ("00" is not 0).
BIOSCAN5M_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "sampleid": pl.String(),
    "taxon": pl.String(),
    **{rank: pl.String() for rank in RANKS},
    "dna_bin": pl.String(),
    "dna_barcode": pl.String(),
    "country": pl.String(),
    "province_state": pl.String(),
    "coord-lat": pl.Float64(),
    "coord-lon": pl.Float64(),
    "image_measurement_value": pl.Float64(),
    "area_fraction": pl.Float64(),
    "scale_factor": pl.Float64(),
    "inferred_ranks": pl.UInt8(),
    "split": pl.String(),
    "index_bioscan_1M_insect": pl.Int64(),
    "chunk": pl.String(),
}

#: The tasks of the experiments of BIOSCAN-1M: task → the rank of its classes (1M §4).
TASKS = {"diptera_family": "family", "insect_order": "order"}

#: The six experiments of BIOSCAN-1M (§A1.2, columns 16-21); each column holds the role of a record.
EXPERIMENTS = tuple(f"{size}_{task}" for task in TASKS for size in ("large", "medium", "small"))

#: The rights of an image, by their names in the released table of 1M, which alone has them
#: (1M Table A1).
COPYRIGHT = (
    *("copyright_license", "copyright_holder", "copyright_institution", "copyright_contact"),
    *("photographer", "author"),
)

#: The canonical record: the fields of 5M, and those that only 1M has.
SCHEMA: dict[str, pl.DataType] = {
    **BIOSCAN5M_SCHEMA,
    "tribe": pl.String(),
    "subspecies": pl.String(),
    "image_file": pl.String(),
    "image_part": pl.UInt16(),
    **{experiment: pl.String() for experiment in EXPERIMENTS},
    **dict.fromkeys(COPYRIGHT, pl.String()),
}

#: Values of the 1M experiment columns (§A1.2).
EXPERIMENT_SPLITS = ("train", "validation", "test")

#: The species set of each split of 5M, in the order of 5M Table 3.
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
SPLITS = tuple(SPECIES_SETS)


def most_specific_taxon() -> pl.Expr:
    """The published `taxon` (1M: `name`): the label at the deepest rank that has one."""
    return pl.coalesce(*reversed(RANKS)).alias("taxon")


def require_columns(columns: Iterable[str], required: Iterable[str], path: Path) -> None:
    """Refuse a table that lacks a column.

    Raises:
        InputError: naming the file and every missing column.
    """
    present = set(columns)
    missing = [name for name in required if name not in present]
    if missing:
        raise InputError(f"{path}: missing column(s): {', '.join(missing)}")
