"""The published metadata files of simulated records, with the truth beside them."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from bioscan.core.files import atomic
from bioscan.core.published import BIOSCAN5M_MEMBER, bioscan1m_columns, bioscan5m_columns
from bioscan.simulate.records import TRUTH_COLUMNS


def write_bioscan1m(frames: Iterable[pl.DataFrame], tsv: Path, truth: Path) -> None:
    """Write the metadata table of BIOSCAN-1M, and the truth beside it.

    A missing taxon is written `not_classified`, a missing role `no_split` (1M §A1.2).

    Args:
        frames: as yielded by `simulate`.
        tsv: the table to write.
        truth: the Parquet file to write: processid, TRUTH_COLUMNS, dna_barcode.
    """
    with (
        atomic(tsv) as tsv_part,
        atomic(truth) as truth_part,
        tsv_part.open("wb") as file,
        _TruthWriter(truth_part) as truths,
    ):
        for number, frame in enumerate(frames):
            table = frame.select(bioscan1m_columns())
            table.write_csv(file, separator="\t", include_header=number == 0)
            truths.write(frame)


def write_bioscan5m(frames: Iterable[pl.DataFrame], archive: Path, truth: Path) -> None:
    """Write the zipped metadata table of BIOSCAN-5M, and the truth beside it.

    Missing values are empty, and whole numbers that may be missing are written as "150502.0", as
    pandas does. The archive holds no time of writing, so equal records give equal bytes.

    Args:
        frames: as yielded by `simulate`.
        archive: the zip to write.
        truth: the Parquet file to write: processid, TRUTH_COLUMNS, dna_barcode.
    """
    with (
        atomic(archive) as archive_part,
        atomic(truth) as truth_part,
        zipfile.ZipFile(archive_part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        packed.open(BIOSCAN5M_MEMBER, "w", force_zip64=True) as file,
        _TruthWriter(truth_part) as truths,
    ):
        for number, frame in enumerate(frames):
            text = io.BytesIO()
            frame.select(bioscan5m_columns()).write_csv(text, include_header=number == 0)
            file.write(text.getbuffer())
            truths.write(frame)


class _TruthWriter:
    """Writes processid, the truth columns and the barcode, one row group per frame."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        table = frame.select("processid", *TRUTH_COLUMNS, "dna_barcode").to_arrow()
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._path, table.schema, compression="zstd", use_dictionary=list(TRUTH_COLUMNS)
            )
        self._writer.write_table(table)

    def __enter__(self) -> "_TruthWriter":
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
