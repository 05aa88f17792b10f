"""The published formats of BIOSCAN-1M and BIOSCAN-5M: columns, missing values, folders.

`ingest` reads these formats, `simulate` and `release` write them.
"""

import hashlib

import polars as pl

from bioscan.core.formats import Format
from bioscan.core.records import BIOSCAN5M_SCHEMA, COPYRIGHT, EXPERIMENTS, RANKS

#: The columns of the 1M table in published order → canonical names (1M §A1.2, and the copyright
#: columns of the released file; names as there).
BIOSCAN1M_COLUMNS = {
    "sampleid": "sampleid",
    "processid": "processid",
    "uri": "dna_bin",
    "name": "taxon",
    **{name: name for name in (*RANKS[:5], "tribe", *RANKS[5:], "subspecies")},
    "nucraw": "dna_barcode",
    "image_file": "image_file",
    **{name: name for name in EXPERIMENTS},
    "chunk_number": "image_part",
    **{name: name for name in COPYRIGHT},
}

#: The values of 1M for a missing label, and for a record that takes no part in an experiment
#: (1M §A1.2). In other columns, and in 5M, missing values are empty.
NOT_CLASSIFIED, NO_SPLIT = "not_classified", "no_split"

#: The columns of 1M that have a word for a missing value: 4 to 13 and 16 to 21 (1M §A1.2).
_MISSING_1M = {
    **dict.fromkeys(("taxon", *RANKS, "tribe", "subspecies"), NOT_CLASSIFIED),
    **dict.fromkeys(EXPERIMENTS, NO_SPLIT),
}

#: The member of the 5M metadata zip that holds the table.
BIOSCAN5M_MEMBER = "bioscan5m/metadata/csv/BIOSCAN_5M_Insect_Dataset_metadata.csv"

#: The splits of 5M that have chunks, and the number of digits that name a chunk (5M §A1.4).
CHUNK_DIGITS = {"pretrain": 2, "train": 1, "other_heldout": 1}


def bioscan1m_columns() -> list[pl.Expr]:
    """The columns of the table of 1M out of canonical records, with its words for missing values.

    To be written with `write_csv` and a tab: other missing values are empty.
    """
    return [
        pl.col(column).fill_null(_MISSING_1M[column]).alias(name)
        if column in _MISSING_1M
        else pl.col(column).alias(name)
        for name, column in BIOSCAN1M_COLUMNS.items()
    ]


def bioscan5m_columns() -> list[pl.Expr]:
    """The 23 columns of the table of 5M (Table A3) out of canonical records.

    Missing values are empty. The index into 1M is written as pandas does, "150502.0".
    """
    return [
        pl.col(name).cast(pl.Float64) if name == "index_bioscan_1M_insect" else pl.col(name)
        for name in BIOSCAN5M_SCHEMA
    ]


def chunks(processid: pl.Series, split: pl.Series) -> pl.Series:
    """The folder of each image of 5M below that of its split, null where there is none.

    The first hexadecimal digits of MD5(processid) name it (5M §A1.4). This is a loop over records,
    because MD5 takes one at a time.

    Args:
        processid: (n,) of the records.
        split: (n,) of the records.
    """
    return pl.Series(
        "chunk",
        [
            hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:digits]
            if (digits := CHUNK_DIGITS.get(part, 0))
            else None
            for name, part in zip(processid, split, strict=True)
        ],
        dtype=pl.String,
    )


def member_name(format: Format, package: str) -> pl.Expr:
    """The name of an image in the zips of a package: 1M in numbered parts, 5M by split and chunk
    (5M §A1.4). Null where the record lacks a part of the name.

    Args:
        format: the published format.
        package: such as `original_full`.
    """
    if format == "bioscan1m":
        folder = f"bioscan/images/{package}/part"
        return pl.format(folder + "{}/{}", "image_part", "image_file")
    chunk = pl.when(pl.col("chunk") != "").then(pl.col("chunk") + "/").otherwise(pl.lit(""))
    return pl.format(f"bioscan5m/images/{package}/" + "{}/{}{}.jpg", "split", chunk, "processid")
