"""The images of a published package, which are packed as they are."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.images import BrokenImage, decode


def describe_copies(index: pl.DataFrame) -> dict[str, Any]:
    """The attributes of a pack of copied images: the files that they come from.

    Args:
        index: rows of the image index.
    """
    names = {Path(archive).name for archive in index["archive"].unique()}
    return {"copied_from": ", ".join(sorted(names))}


def usable_images(
    images: Iterable[tuple[str, bytes | BrokenImage]],
) -> Iterator[tuple[str, bytes | None, str | None]]:
    """The images of a package that can be decoded, unchanged.

    Decoding takes a millisecond for an image of 256 pixels; one that cannot be decoded would
    otherwise end each training that comes to it.

    Args:
        images: (processid, bytes), as `core.image_index.read_images` yields them.

    Yields:
        processid, its bytes or None, and the reason why it cannot be used or None.
    """
    for processid, data in images:
        try:
            if isinstance(data, BrokenImage):
                raise data
            decode(data)
        except BrokenImage as reason:
            yield processid, None, f"unreadable: {reason}"
        else:
            yield processid, data, None
