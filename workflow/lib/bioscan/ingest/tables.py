"""Any published metadata table → the canonical record."""

import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.files import atomic
from bioscan.core.records import (
    BIOSCAN5M_SCHEMA,
    EXPERIMENT_SPLITS,
    EXPERIMENTS,
    RANKS,
    SCHEMA,
    SPLITS,
    most_specific_taxon,
    require_columns,
)

#: 1M's names for canonical columns (facts: uri → dna_bin, nucraw → dna_barcode, name → taxon).
BIOSCAN1M_NAMES = {
    "uri": "dna_bin",
    "nucraw": "dna_barcode",
    "name": "taxon",
    "chunk_number": "image_part",
}

#: 1M's words for a missing label and for a record outside an experiment (1M §A1.2).
BIOSCAN1M_MISSING = ("not_classified", "no_split", "")

#: The folder of the 5M metadata zip that holds the table.
BIOSCAN5M_CSV_FOLDER = "bioscan5m/metadata/csv"

#: What may become a file's name: no separators, no control characters, and in front no dot ("..")
#: and no dash (an option of many a command).
SAFE_NAME = r"^[^\x00-\x1f/\\.-][^\x00-\x1f/\\]*$"

_NUMBERS = [name for name, dtype in SCHEMA.items() if dtype != pl.String()]


def read_bioscan1m(tsv: Path) -> pl.LazyFrame:
    """The published BIOSCAN-1M TSV as strings under canonical names, missing values null."""
    table = _scan(tsv, separator="\t")
    columns = table.collect_schema().names()
    required = [*RANKS, "sampleid", "processid", "image_file", *BIOSCAN1M_NAMES, *EXPERIMENTS]
    require_columns(columns, required, tsv)
    sentinel = pl.all().is_in(BIOSCAN1M_MISSING)
    return table.with_columns(pl.when(~sentinel).then(pl.all())).rename(BIOSCAN1M_NAMES)


def read_bioscan5m(csv: Path) -> pl.LazyFrame:
    """The published BIOSCAN-5M CSV as strings under canonical names, missing values null."""
    table = _scan(csv)
    require_columns(table.collect_schema().names(), BIOSCAN5M_SCHEMA, csv)
    return table.with_columns(
        image_file=pl.col("processid") + ".jpg",
        # Written "150502.0" (published as a float column).
        index_bioscan_1M_insect=pl.col("index_bioscan_1M_insect").str.strip_suffix(".0"),
        # A record of a split without chunk folders has the empty chunk, which is not missing.
        chunk=pl.col("chunk").fill_null(""),
    )


def read_folder(photographs: list[str], table: Path | None) -> pl.LazyFrame:
    """Records for a folder of photographs, with what an optional table says of them.

    Args:
        photographs: file names in the folder.
        table: CSV with a column `image_file` or `processid`, or both, and any other canonical
            columns. A photograph without a row there becomes an unlabelled record; a row without
            a photograph stays a record, which the image index then finds to have none.
    """
    files = pl.LazyFrame({"image_file": photographs}, schema={"image_file": pl.String})
    # BIOSCAN-5M serves its originals as {processid}.1024px.jpg (5M §3).
    from_name = pl.col("image_file").str.replace(r"(\.1024px)?\.[^.]+$", "")
    if table is None:
        return files.with_columns(processid=from_name)
    rows = _scan(table)
    columns = rows.collect_schema().names()
    unknown = [name for name in columns if name not in SCHEMA]
    if unknown:
        raise InputError(f"{table}: unknown column(s): {', '.join(unknown)}")
    if "image_file" in columns:
        joined = files.join(
            rows, on="image_file", how="full", coalesce=True, maintain_order="left_right"
        )
        given = ["processid"] if "processid" in columns else []
        return joined.with_columns(processid=pl.coalesce(*given, from_name))
    if "processid" in columns:
        return files.with_columns(processid=from_name).join(
            rows, on="processid", how="full", coalesce=True, maintain_order="left_right"
        )
    raise InputError(f"{table}: needs a column image_file or processid, has {', '.join(columns)}")


def write_records(table: pl.LazyFrame, source: Path, records: Path) -> tuple[pl.DataFrame, int]:
    """Check, type and write the canonical records.

    Args:
        table: strings under canonical names; what it lacks becomes null.
        source: the file that messages name.
        records: the Parquet file to write, columns and types of SCHEMA.

    Returns:
        The quarantined rows (QUARANTINE_SCHEMA), and how many rows there were in all.

    Raises:
        InputError: a malformed file, or a split that no paper knows.
    """
    present = table.collect_schema().names()
    table = table.select(
        pl.col(name) if name in present else pl.lit(None, pl.String).alias(name) for name in SCHEMA
    )
    checked = table.with_columns(*map(_number, _NUMBERS), _fault()).with_columns(
        pl.col("inferred_ranks").fill_null(0), most_specific_taxon()
    )
    records.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=records.parent) as scratch:
        everything = Path(scratch, "records.parquet")
        try:
            # With projection pushdown, polars passes over lines with too many fields.
            checked.sink_parquet(
                everything,
                compression="zstd",
                optimizations=pl.QueryOptFlags(projection_pushdown=False),
            )
        except pl.exceptions.PolarsError as error:
            raise InputError(f"{source}: {str(error).splitlines()[0]}") from error
        rows = pl.scan_parquet(everything, row_index_name="row")
        _check_splits(rows, source)
        repeated = (
            rows.select("row", "processid").filter(~pl.col("processid").is_first_distinct())
        ).collect()
        rows = rows.with_columns(
            pl.coalesce(
                "reason",
                pl.when(pl.col("row").is_in(repeated["row"].implode())).then(
                    pl.lit("processid occurs before")
                ),
            )
        )
        quarantined = rows.filter(pl.col("reason").is_not_null())
        quarantined = quarantined.select("processid", "reason").collect()
        with atomic(records) as partial:
            rows.filter(pl.col("reason").is_null()).select(list(SCHEMA)).sink_parquet(
                partial, compression="zstd"
            )
        total = rows.select(pl.len()).collect().item()
    return quarantined, total


def extract_bioscan5m_csv(archive: Path, folder: Path) -> Path:
    """Copy the one CSV out of the 5M metadata zip into `folder`, in blocks (it is 4.5 GB)."""
    try:
        with zipfile.ZipFile(archive) as file:
            members = [
                name
                for name in file.namelist()
                if str(PurePosixPath(name).parent) == BIOSCAN5M_CSV_FOLDER and name.endswith(".csv")
            ]
            if len(members) != 1:
                raise InputError(
                    f"{archive}: expected one CSV in {BIOSCAN5M_CSV_FOLDER}/, found {len(members)}"
                )
            target = folder / "metadata.csv"
            with file.open(members[0]) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, length=1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{archive}: not a readable zip ({error})") from error
    return target


def _scan(path: Path, separator: str = ",") -> pl.LazyFrame:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        table = pl.scan_csv(path, separator=separator, infer_schema=False)
        table.collect_schema()
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}") from error
    return table


def _number(name: str) -> pl.Expr:
    """A column of strings as numbers; null where there is none ("nan" and "inf" are none)."""
    number = pl.col(name).cast(SCHEMA[name], strict=False)
    return pl.when(number.is_finite()).then(number).alias(name)


def _fault() -> pl.Expr:
    """The reason why a row of strings cannot be used, or null."""
    processid = pl.col("processid")
    return pl.coalesce(
        pl.when(processid.is_null()).then(pl.lit("no processid")),
        pl.when(~processid.str.contains(SAFE_NAME)).then(pl.lit("processid is no safe file name")),
        *(
            pl.when(pl.col(name).is_not_null() & _number(name).is_null()).then(
                pl.format(name + ": '{}' is not a valid number", name)
            )
            for name in _NUMBERS
        ),
    ).alias("reason")


def _check_splits(rows: pl.LazyFrame, source: Path) -> None:
    allowed = {"split": SPLITS, **dict.fromkeys(EXPERIMENTS, EXPERIMENT_SPLITS)}
    for column, values in allowed.items():
        unknown = rows.filter(~pl.col(column).is_in(values)).select("processid", column).head(1)
        for processid, value in unknown.collect().iter_rows():
            raise InputError(
                f"{source}: unknown split '{value}' in column {column} (record {processid}); "
                f"expected one of {', '.join(values)}"
            )
