"""The records that encoders are aligned on, and what they share with those of the evaluation."""

import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import polars as pl

from bioscan.core.encoders import Modality
from bioscan.core.errors import InputError, why_not_opened
from bioscan.core.sequences import trimmed
from bioscan.core.texts import TEXT_RANKS

#: What a record has of a modality.
HAS: dict[Modality, pl.Expr] = {
    "image": pl.col("row").is_not_null(),
    "dna": pl.col("sequence").is_not_null(),
    "text": pl.any_horizontal(pl.col(rank).is_not_null() for rank in TEXT_RANKS),
}

#: The splits of the queries of Tables 5 and A17 that nothing may be trained on.
TEST = ("test", "test_unseen")

ALL = "all"

#: Columns of a training set beside the ranks of texts.
_COLUMNS = ("processid", "shard", "row", "sequence", *TEXT_RANKS, "dna_bin")


def read_partitioning(path: Path, splits: Sequence[str]) -> list[str]:
    """The sample ids of some parts of a partitioning of BIOSCAN-1M.

    Args:
        path: a zip with a text file per part, one sample id per line (CLIBD_partitioning.zip).
        splits: names of files without `.txt`.

    Raises:
        InputError: the zip is damaged, or has no such file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {PurePosixPath(n).stem: n for n in archive.namelist() if n.endswith(".txt")}
            if missing := [split for split in splits if split not in members]:
                known = ", ".join(sorted(members)) or "none"
                raise InputError(f"{path}: has no list {missing[0]!r}, expected one of: {known}")
            texts = [archive.read(members[split]).decode() for split in splits]
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        reason = why_not_opened(error) if isinstance(error, OSError) else error
        raise InputError(f"{path}: not a partitioning ({reason}); fetch it again") from error
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def select_pairs(
    records: pl.LazyFrame,
    index: pl.DataFrame,
    splits: Sequence[str],
    sampleids: Sequence[str] | None = None,
) -> tuple[pl.DataFrame, list[tuple[str, int]]]:
    """The records of a training set that have two modalities or more.

    Args:
        records: partitioned.parquet.
        index: processid → shard, row of the package of images.
        splits: of `split`; or `all`.
        sampleids: the training set itself, in place of splits.

    Returns:
        `_COLUMNS`, in the order of the packs, records without image last; and counts by what is
        counted.
    """
    if sampleids is not None:
        listed = pl.LazyFrame({"sampleid": sampleids}, {"sampleid": pl.String}).unique()
        chosen = records.join(listed, on="sampleid", how="semi")
    else:
        chosen = records if ALL in splits else records.filter(pl.col("split").is_in(splits))
    table = (
        chosen.select("processid", trimmed().alias("sequence"), *TEXT_RANKS, "dna_bin")
        .collect()
        .join(index.select("processid", "shard", "row"), on="processid", how="left")
        .sort("shard", "row", "processid", nulls_last=True)
    )
    counts = [("records of the training set", table.height)]
    if sampleids is not None:
        counts.append(("listed, but not among the records", len(set(sampleids)) - table.height))
    has = table.select(**HAS)
    counts += [(f"without {_LACKED[name]}", int((~has[name]).sum())) for name in HAS]
    paired = has.select(pl.sum_horizontal(pl.all().cast(pl.Int8)) >= 2).to_series()
    counts.append(("left out: not two of image, barcode and label", int((~paired).sum())))
    return table.filter(paired).select(_COLUMNS), counts


_LACKED: dict[str, str] = {"image": "image", "dna": "barcode", "text": "label"}


def leave_out_shared(
    pairs: pl.DataFrame, test: pl.LazyFrame, keep: bool
) -> tuple[pl.DataFrame, list[tuple[str, int]]]:
    """A training set without the specimens and barcodes of the test queries of a dataset.

    Args:
        pairs: of `select_pairs`.
        test: partitioned.parquet of the dataset that is evaluated on.
        keep: whether they are counted only.

    Returns:
        The training set, and counts. `index_bioscan_1M_insect` says how many test queries are in
        BIOSCAN-1M; those that are found there have the same processid.
    """
    queries = test.filter(pl.col("split").is_in(TEST)).select(
        "processid", trimmed().alias("sequence"), "index_bioscan_1M_insect"
    )
    queries = queries.collect()
    specimen = pl.col("processid").is_in(queries["processid"].implode())
    barcode = pl.col("sequence").is_in(queries["sequence"].drop_nulls().unique().implode())
    shared = pairs.select(specimen=specimen, barcode=barcode.fill_null(False))
    either = shared["specimen"] | shared["barcode"]
    counts = [
        ("specimens of test queries", int(shared["specimen"].sum())),
        ("barcodes of test queries", int(shared["barcode"].sum())),
        (
            f"{'kept' if keep else 'left out'}: specimens or barcodes of test queries",
            int(either.sum()),
        ),
        (
            "test queries that are in BIOSCAN-1M by their index there",
            queries["index_bioscan_1M_insect"].drop_nulls().len(),
        ),
    ]
    return pairs if keep else pairs.filter(~either), counts
