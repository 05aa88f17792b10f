"""Zips as published, with images stored uncompressed and fixed dates, so that equal content gives
equal bytes."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.files import atomic
from bioscan.core.formats import Format
from bioscan.core.pack import PackReader
from bioscan.core.published import BIOSCAN5M_MEMBER, member_name

#: Images named at a time.
BATCH = 100_000


def read_members(
    rows: pl.DataFrame, packs: Sequence[Path], format: Format, package: str
) -> Iterator[tuple[str, bytes]]:
    """Yield (member name, JPEG) of images, in the order of the rows.

    Args:
        rows: processid, split, chunk, image_file, image_part, and shard and row in the packs.
        packs: the shards of the package, in order.
        format: whose folders and names the members have.
        package: name of the package.
    """
    reader = PackReader(packs)
    for batch in rows.iter_slices(BATCH):
        batch = batch.with_columns(member_name(format, package).alias("member"))
        for member, shard, row in batch.select("member", "shard", "row").iter_rows():
            yield member, reader.read(shard, row)


def write_archive(images: Iterable[tuple[str, bytes]], path: Path) -> None:
    """Write (member name, JPEG) pairs as a zip, stored, whole or not at all.

    One image is in memory at a time; zipfile keeps the directory of the others, 440 bytes each.
    """
    with atomic(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for name, jpeg in images:
            archive.writestr(zip_member(name), jpeg)


def write_bioscan5m_table(table: pl.LazyFrame, path: Path) -> None:
    """Write the zipped CSV of BIOSCAN-5M; missing values are empty."""
    member = zip_member(BIOSCAN5M_MEMBER, zipfile.ZIP_DEFLATED)
    with (
        atomic(path) as partial,
        zipfile.ZipFile(partial, "w") as archive,
        archive.open(member, "w", force_zip64=True) as file,
    ):
        table.sink_csv(file)


def write_bioscan1m_table(table: pl.LazyFrame, path: Path) -> None:
    """Write the TSV of BIOSCAN-1M, in which quotation marks are text, as ingest reads it.

    Raises:
        InputError: a value holds a tab or a line end, which would divide it.
    """
    texts = pl.col(pl.String)
    divided = table.select(texts.str.contains(r"[\t\r\n]").any()).collect().row(0, named=True)
    if faulty := [name for name, is_divided in divided.items() if is_divided]:
        raise InputError(
            f"{path.name}: column(s) {', '.join(faulty)} hold a tab or a line end, which this "
            "format cannot; replace them in the source"
        )
    with atomic(path) as partial:
        table.sink_csv(partial, separator="\t", quote_style="never")


def write_boxes(boxes: Path, indices: Sequence[Path], tsv: Path) -> None:
    """Write the boxes of the released records, in the columns of the released TSV of 5M.

    Args:
        boxes: the TSV of all boxes.
        indices: index.parquet of the released packages.
        tsv: the file to write.
    """
    found = pl.scan_csv(boxes, separator="\t", infer_schema=False)
    for index in indices:
        packed = pl.scan_parquet(index).select("processid")
        found = found.join(packed, on="processid", how="semi", maintain_order="left")
    with atomic(tsv) as partial:
        found.sink_csv(partial, separator="\t")


def zip_member(name: str, compression: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    """A member with the zip standard's first date, readable by everyone once unpacked."""
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o644 << 16
    member.compress_type = compression
    return member
