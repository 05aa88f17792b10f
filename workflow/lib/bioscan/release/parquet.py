"""Parquet files with the images in them, which `datasets` opens without a script.

The Parquet schema names the features (`huggingface` in its metadata); an image is a struct of its
bytes and its name. Files are called data/{split}-00000-of-00002.parquet, by which `datasets` finds
all splits.
"""

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bioscan.core.pack import PackReader
from bioscan.release.fields import Field

#: The split of records that have none. (`train` would be the custom, and wrong: the experiments of
#: 1M have their own.)
UNDIVIDED = "records"

#: A file of more bytes is followed by another one.
MAX_BYTES = 500_000_000

#: Rows of a row group, which readers hold at a time.
ROW_GROUP = 500

_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write_dataset(
    batches: Iterable[pl.DataFrame],
    packs: PackReader,
    fields: list[Field],
    folder: Path,
    max_bytes: int = MAX_BYTES,
) -> None:
    """Write records with their images, a file per split or several.

    A row group is in memory at a time for each split.

    Args:
        batches: the record's columns, `member` (the name of the image), shard and row.
        packs: of the package.
        fields: the columns to write.
        folder: to write to.
        max_bytes: of a file.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
        parts: dict[str, _Split] = {}
        for batch in batches:
            split = pl.col("split").fill_null(UNDIVIDED)
            for (name,), rows in batch.group_by(split, maintain_order=True):
                if name not in parts:
                    parts[name] = _Split(Path(scratch), name, fields, max_bytes)
                parts[name].append(rows, packs)
        (folder / "data").mkdir(parents=True, exist_ok=True)
        for part in parts.values():
            for path, name in part.close(packs):
                with path.open("rb") as file:
                    os.fsync(file.fileno())
                path.replace(folder / "data" / name)


def features(fields: list[Field], schema: pa.Schema) -> dict[str, dict[str, str]]:
    """The columns in the notation of `datasets`."""
    values = {
        field.name: {"dtype": str(schema.field(field.name).type), "_type": "Value"}
        for field in fields
    }
    return {"image": {"_type": "Image"}, **values}


class _Split:
    """The files of a split."""

    def __init__(self, folder: Path, name: str, fields: list[Field], max_bytes: int) -> None:
        self.folder, self.name, self.fields, self.max_bytes = folder, name, fields, max_bytes
        self.paths: list[Path] = []
        self.waiting: pl.DataFrame | None = None
        self.writer: pq.ParquetWriter | None = None

    def append(self, rows: pl.DataFrame, packs: PackReader) -> None:
        waiting = rows if self.waiting is None else pl.concat([self.waiting, rows])
        while waiting.height >= ROW_GROUP:
            self._write(self._table(waiting[:ROW_GROUP], packs))
            waiting = waiting[ROW_GROUP:]
        self.waiting = waiting

    def _write(self, table: pa.Table) -> None:
        if self.writer is None:
            self.paths.append(self.folder / f"{self.name}.{len(self.paths)}")
            names = [field.name for field in self.fields]
            # JPEGs do not get smaller, nor have they repetitions.
            self.writer = pq.ParquetWriter(
                self.paths[-1],
                table.schema,
                compression={"image": "none"} | dict.fromkeys(names, "zstd"),
                use_dictionary=names,
            )
        self.writer.write_table(table)
        if self.paths[-1].stat().st_size > self.max_bytes:
            self._finish()

    def _table(self, rows: pl.DataFrame, packs: PackReader) -> pa.Table:
        values = rows.select(pl.col(field.column).alias(field.name) for field in self.fields)
        texts = [name for name, dtype in values.schema.items() if dtype == pl.String]
        table = values.to_arrow()
        # `datasets` has no type for the long strings of polars.
        for name in texts:
            place = table.schema.get_field_index(name)
            table = table.set_column(place, name, table[name].cast(pa.string()))
        images = [
            {"bytes": packs.read(shard, row), "path": member}
            for member, shard, row in rows.select("member", "shard", "row").iter_rows()
        ]
        table = table.add_column(0, "image", pa.array(images, _IMAGE))
        info = {"info": {"features": features(self.fields, table.schema)}}
        return table.replace_schema_metadata({"huggingface": json.dumps(info)})

    def _finish(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def close(self, packs: PackReader) -> list[tuple[Path, str]]:
        """The files, and the names that they get, now that their number is known."""
        if self.waiting is not None and self.waiting.height:
            self._write(self._table(self.waiting, packs))
        self._finish()
        count = len(self.paths)
        return [
            (path, f"{self.name}-{n:05d}-of-{count:05d}.parquet")
            for n, path in enumerate(self.paths)
        ]
