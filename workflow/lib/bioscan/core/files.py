"""Files that appear complete or not at all."""

import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success flush it to disk and rename it to `path`.

    Nothing is left behind on an exception. A killed process leaves its temporary file, which the
    next writer of the same file removes; so the newest writer wins and no such files accumulate.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}."
    # mkstemp puts eight characters in between; the name itself may contain [, * or ?.
    for leftover in path.parent.glob(f"{glob.escape(prefix)}{'?' * 8}.partial"):
        leftover.unlink(missing_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".partial", dir=path.parent)
    os.close(descriptor)
    partial = Path(name)
    partial.chmod(0o666 & ~_umask())
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a table as zstd Parquet, complete or not at all."""
    with atomic(path) as partial:
        frame.write_parquet(partial, compression="zstd")


def write_columns(table: Path, columns: pl.DataFrame, target: Path) -> None:
    """Write a Parquet table with some columns replaced or added, complete or not at all.

    The other columns are streamed and not held in memory.

    Args:
        table: the table to copy.
        columns: the new columns, one row per row of the table.
        target: the file to write.
    """
    old = pl.scan_parquet(table)
    names = list(dict.fromkeys([*old.collect_schema().names(), *columns.columns]))
    kept = old.drop(columns.columns, strict=False)
    joined = pl.concat([kept, columns.lazy()], how="horizontal", strict=True)
    with atomic(target) as partial:
        joined.select(names).sink_parquet(partial, compression="zstd")


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a table as CSV, complete or not at all."""
    with atomic(path) as partial:
        frame.write_csv(partial)


def write_json(value: Any, path: Path) -> None:
    """Write a value as indented JSON, complete or not at all.

    Raises:
        ValueError: NaN or infinity, which JSON does not have.
    """
    with atomic(path) as partial:
        partial.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n")


def write_model(save: Callable[[Path], object], folder: Path) -> None:
    """Write a model's config.json and model.safetensors, each whole or not at all.

    Args:
        save: writes both into the folder that it is given, as libraries of models do.
        folder: where they shall be.
    """
    with tempfile.TemporaryDirectory() as scratch:
        save(Path(scratch))
        for name in ("config.json", "model.safetensors"):
            with atomic(folder / name) as partial:
                shutil.copyfile(Path(scratch, name), partial)


def digest(path: Path, algorithm: str = "md5") -> str:
    """The hexadecimal checksum of a file, read in blocks (archives are tens of GB)."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def digest_all(paths: Iterable[Path]) -> str:
    """One checksum of several files in their order."""
    return hashlib.md5("".join(digest(path) for path in paths).encode()).hexdigest()
