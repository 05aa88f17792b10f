"""HDF5 files in the layout of BIOSCAN-1M (§A1.1) and in that of CLIBD (5M §A4.2)."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.files import atomic
from bioscan.core.pack import PackReader
from bioscan.core.published import NOT_CLASSIFIED

#: The group of 1M's files that holds a dataset for each image.
GROUP_1M = "bioscan_dataset"

#: The groups of CLIBD's file, each of the images of one split of 5M.
GROUPS = {
    "no_split": "pretrain",
    "seen_keys": "train",
    "val_seen": "val",
    "test_seen": "test",
    "unseen_keys": "key_unseen",
    "val_unseen": "val_unseen",
    "test_unseen": "test_unseen",
    "other_heldout": "other_heldout",
}

#: The groups that repeat others: views of them, which take no space.
VIEWS = {
    "all_keys": ("seen_keys", "unseen_keys"),
    "no_split_and_seen_train": ("no_split", "seen_keys"),
}

#: The texts of a group → what stands for a missing one.
TEXTS = {
    **dict.fromkeys(("processid", "sampleid", "image_file", "barcode", "dna_bin"), ""),
    **dict.fromkeys(("order", "family", "genus", "species"), NOT_CLASSIFIED),
}

#: Those that the record has under another name.
_COLUMNS = {"barcode": "dna_barcode"}


def write_bioscan1m_hdf5(batches: Iterable[pl.DataFrame], packs: PackReader, path: Path) -> None:
    """Write an image per dataset, named after the image file: the bytes of its JPEG.

    Args:
        batches: image_file, shard and row, as of `read_batches`.
        packs: of the package.
        path: the file to write.

    Raises:
        InputError: two images have one name, or one has none.
    """
    with atomic(path) as partial, h5py.File(partial, "w", locking=False) as file:
        group = file.create_group(GROUP_1M)
        for name, jpeg in _named(batches, packs):
            if name is None or name in group:
                raise InputError(
                    f"{path.name}: two images are called {name!r}; an HDF5 file of this layout "
                    "needs names that differ"
                    if name
                    else f"{path.name}: a record has no image_file, by which its image is named"
                )
            group.create_dataset(name, data=np.frombuffer(jpeg, np.uint8))


def _named(batches: Iterable[pl.DataFrame], packs: PackReader) -> Iterator[tuple[str, bytes]]:
    for batch in batches:
        for name, shard, row in batch.select("image_file", "shard", "row").iter_rows():
            yield name, packs.read(shard, row)


def write_clibd_hdf5(
    batches: Iterable[pl.DataFrame],
    packs: PackReader,
    splits: Mapping[str, int],
    widths: dict[str, int],
    path: Path,
) -> None:
    """Write a group per split, with the images as rows of one dataset.

    A group has `image` (N, W) of uint8, the JPEGs padded with zeros; `image_mask` (N,), their
    lengths; and TEXTS (N,), as bytes. Each row is compressed, or the padding would be four fifths
    of the file. The tokens of labels of CLIBD's own file are left out: its training makes them
    again.

    Args:
        batches: the record's columns, split, shard and row, as of `read_batches`. Each has a split.
        packs: of the package.
        splits: images of each split.
        widths: most bytes of `image` and of each of TEXTS.
        path: the file to write.
    """
    with atomic(path) as partial, h5py.File(partial, "w", locking=False) as file:
        names = {split: name for name, split in GROUPS.items() if splits.get(split)}
        groups = {split: _Group(file, name, splits[split], widths) for split, name in names.items()}
        for batch in batches:
            for (split,), rows in batch.partition_by("split", as_dict=True).items():
                groups[split].append(rows, packs)
        for view, parts in VIEWS.items():
            _add_view(file, view, [part for part in parts if part in file])


def widths_of(released: pl.LazyFrame, packs: PackReader, shards: Iterable[int]) -> dict[str, int]:
    """Most bytes of an image and of each text.

    Args:
        released: as of `read_released`.
        packs: of the package.
        shards: their numbers.
    """
    texts = released.select(_text(name).str.len_bytes().max().alias(name) for name in TEXTS)
    found = texts.collect().row(0, named=True)
    longest = max((packs.longest(shard) for shard in shards), default=1)
    return {name: max(width or 1, 1) for name, width in found.items()} | {"image": longest}


def _text(name: str) -> pl.Expr:
    column = pl.col(_COLUMNS.get(name, name))
    if name == "image_file":
        column = pl.coalesce(column, pl.col("processid") + ".jpg")
    return column.fill_null(TEXTS[name]).alias(name)


class _Group:
    """A group that is filled row by row."""

    def __init__(self, file: h5py.File, name: str, count: int, widths: dict[str, int]) -> None:
        group, width = file.create_group(name), widths["image"]
        compressed: dict[str, Any] = {"compression": "gzip", "compression_opts": 1}
        self.image = group.create_dataset(
            "image", (count, width), np.uint8, chunks=(1, width), **compressed
        )
        self.sizes = group.create_dataset("image_mask", (count,), np.int64)
        self.texts = {
            text: group.create_dataset(text, (count,), f"S{widths[text]}") for text in TEXTS
        }
        self.filled = 0

    def append(self, rows: pl.DataFrame, packs: PackReader) -> None:
        start, stop = self.filled, self.filled + rows.height
        for text, dataset in self.texts.items():
            values = [value.encode() for value in rows.select(_text(text)).to_series()]
            dataset[start:stop] = np.array(values, dataset.dtype)
        sizes = np.zeros(rows.height, np.int64)
        for n, (shard, row) in enumerate(rows.select("shard", "row").iter_rows()):
            jpeg = np.frombuffer(packs.read(shard, row), np.uint8)
            sizes[n] = len(jpeg)
            self.image[start + n, : len(jpeg)] = jpeg
        self.sizes[start:stop] = sizes
        self.filled = stop


def _add_view(file: h5py.File, name: str, parts: list[str]) -> None:
    """A group whose datasets are those of others, one after another."""
    if not parts:
        return
    group = file.create_group(name)
    for dataset in file[parts[0]]:
        pieces = [file[part][dataset] for part in parts]
        shape = (sum(len(piece) for piece in pieces), *pieces[0].shape[1:])
        # Through the low-level interface: views made by h5py's own hold the time, and no two files
        # would be equal.
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_layout(h5py.h5d.VIRTUAL)
        settings.set_obj_track_times(False)
        start = 0
        for piece in pieces:
            place = h5py.h5s.create_simple(shape)
            place.select_hyperslab((start, *(0 for _ in shape[1:])), piece.shape)
            source = h5py.h5s.create_simple(piece.shape)
            # "." is the file itself, under whatever name.
            settings.set_virtual(place, b".", piece.name.encode(), source)
            start += len(piece)
        kind, space = h5py.h5t.py_create(pieces[0].dtype), h5py.h5s.create_simple(shape)
        h5py.h5d.create(group.id, dataset.encode(), kind, space, settings)
