"""The image index of the published HDF5 files."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

import h5py
import numpy as np
import polars as pl

from bioscan.core.errors import BrokenImage, InputError
from bioscan.core.hdf5 import read_hdf5
from bioscan.core.image_index import HDF5, MAX_BYTES
from bioscan.core.images import SUFFIXES
from bioscan.ingest.images import FOUND_SCHEMA, HEAD, measure
from bioscan.ingest.notes import Notes

#: Rows of CLIBD whose heads are read at a time.
ROWS_PER_READ = 256


def list_hdf5(archive: Path, notes: Notes) -> pl.DataFrame:
    """List the images of an HDF5 file.

    BIOSCAN-1M has one dataset per image, named after the image file, at the root or in a group.
    CLIBD has one group per split, with datasets image (N, W), image_mask (N,), the lengths of the
    rows, and processid or image_file; some of its groups repeat others, and count once.

    Args:
        archive: the file.
        notes: count how images are changed when they are read.

    Returns:
        Rows of FOUND_SCHEMA: location and size of each image, or the reason why it is unusable. A
        file that cannot be read is one row with the reason, as in `list_archive`.

    Raises:
        InputError: the datasets of a group of CLIBD do not match.
    """
    try:
        file = h5py.File(archive, locking=False)
    except OSError as error:
        reason = f"not a readable HDF5 file ({error})"
        row = (str(archive), "", 0, 0, None, None, None, None, archive.name, reason)
        return pl.DataFrame([row], schema=FOUND_SCHEMA, orient="row")
    with file:
        found = pl.DataFrame(schema=FOUND_SCHEMA)
        groups = [file, *(file[name] for name in file if _is_own(file, name, h5py.Group))]
        for group in groups:
            padded = all(_is_own(group, name, h5py.Dataset) for name in ("image", "image_mask"))
            rows = (_list_rows if padded else _list_datasets)(archive, group, notes)
            listed = pl.DataFrame(rows, schema=FOUND_SCHEMA, orient="row")
            usable = found.filter(pl.col("reason").is_null())
            new = listed.join(usable, on="image_file", how="anti", maintain_order="left")
            found = pl.concat([found, new])
    return found


def _is_own(group: h5py.Group, name: str, kind: type) -> bool:
    """Whether a group itself contains a dataset or group; links may lead into any file."""
    return (
        group.get(name, getclass=True, getlink=True) is h5py.HardLink
        and group.get(name, getclass=True) is kind
    )


def _list_datasets(archive: Path, group: h5py.Group, notes: Notes) -> Iterator[tuple]:
    """Rows of FOUND_SCHEMA for the datasets of a group that are named like images."""
    for name in group:
        if not name.lower().endswith(SUFFIXES):
            continue
        member = f"{group.name}/{name}".lstrip("/")
        size, measured = 0, (None, None, "not a dataset of this file")
        if _is_own(group, name, h5py.Dataset):
            size, reason = _size(group[name])
            measured = (None, None, reason) if reason else _measure(group.file, member, size, notes)
        *pixels, reason = measured
        yield (str(archive), member, 0, size, HDF5, None, *pixels, name, reason)


def _size(dataset: h5py.Dataset) -> tuple[int, str | None]:
    """Bytes of the image in a dataset, and its fault if it is no image."""
    size = dataset.size * dataset.dtype.itemsize
    if dataset.external or dataset.is_virtual:
        return size, "its bytes are in another file"
    is_text = dataset.dtype.kind == "S" and dataset.ndim == 0
    is_bytes = dataset.dtype == np.uint8 and dataset.ndim == 1
    is_pixels = dataset.dtype == np.uint8 and dataset.ndim == 3 and dataset.shape[2] == 3
    if not (is_text or is_bytes or is_pixels):
        return size, f"not a photograph: {dataset.dtype}, shape {dataset.shape}"
    if size > MAX_BYTES:
        return size, f"too large: {size} bytes, at most {MAX_BYTES}"
    return size, None


def _measure(
    file: h5py.File, member: str, size: int, notes: Notes
) -> tuple[int | None, int | None, str | None]:
    """Width, height and fault of the image in a dataset."""
    try:
        head = read_hdf5(file, member, 0, min(size, HEAD))
    except BrokenImage as reason:
        return None, None, str(reason)
    whole = partial(read_hdf5, file, member, 0, size)
    return measure(head, whole, notes, Path(file.filename).name)


def _list_rows(archive: Path, group: h5py.Group, notes: Notes) -> Iterator[tuple]:
    """Rows of FOUND_SCHEMA for the rows of CLIBD's datasets."""
    image, sizes = group["image"], group["image_mask"]
    keys = [name for name in ("image_file", "processid") if _is_own(group, name, h5py.Dataset)]
    lengths = [dataset.shape[:1] for dataset in (image, sizes, *(group[key] for key in keys[:1]))]
    if image.ndim != 2 or image.dtype != np.uint8 or not keys or len(set(lengths)) != 1:
        raise InputError(
            f"{archive}: group {group.name}: expected image (N, W) of uint8, image_mask (N,) and "
            "image_file or processid (N,)"
        )
    member, names = f"{group.name}/image".lstrip("/"), group[keys[0]]
    for start in range(0, len(image), ROWS_PER_READ):
        block = slice(start, start + ROWS_PER_READ)
        heads = image[block, :HEAD]
        for row, (head, size, name) in enumerate(
            zip(heads, sizes[block].tolist(), names[block].tolist(), strict=True), start
        ):
            image_file = _image_file(name.decode(errors="replace"), keys[0])
            measured = None, None, f"{size} bytes long, in a row of {image.shape[1]}"
            if 0 <= size <= image.shape[1]:
                whole = partial(read_hdf5, group.file, member, row, size)
                measured = measure(head[:size].tobytes(), whole, notes, archive.name)
            *pixels, reason = measured
            yield (str(archive), member, row, max(size, 0), HDF5, None, *pixels, image_file, reason)


def _image_file(name: str, key: str) -> str:
    """The image file of a record. CLIBD names the images of 5M {processid}.1024px.jpg."""
    if key == "processid":
        return f"{name}.jpg"
    return PurePosixPath(name).name.replace(".1024px.jpg", ".jpg")
