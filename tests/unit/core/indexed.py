"""Images in files of their own, and their index."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from bioscan.core.image_index import IMAGE_INDEX_SCHEMA


def write_images(folder: Path, images: Mapping[str, bytes]) -> Path:
    """Write a file per processid, and images.parquet, whose path is returned."""
    rows = []
    for processid, data in images.items():
        path = folder / f"{processid}.jpg"
        path.write_bytes(data)
        rows.append((processid, str(path), path.name, 0, len(data), 0, None, 120, 90))
    index = folder / "images.parquet"
    pl.DataFrame(rows, schema=IMAGE_INDEX_SCHEMA, orient="row").write_parquet(index)
    return index
