"""TIFFs of any type, as Pillow cannot write them."""

import struct
from collections.abc import Mapping

import numpy as np

#: Types of the values of a tag: number in the file, letter of `struct`.
SHORT, LONG, FLOAT = (3, "H"), (4, "I"), (11, "f")


def tiff(
    pixels: np.ndarray,
    tags: Mapping[int, tuple[tuple[int, str], list[float]]] | None = None,
    order: str = "<",
    planar: bool = False,
) -> bytes:
    """One uncompressed page, its tags in front of its pixels.

    Args:
        pixels: (height, width) or (height, width, channels).
        tags: type and values of more tags, or of others than those that follow from the pixels.
        order: of the bytes, < or >.
        planar: whether the channels lie one behind another.
    """
    pixels = np.atleast_3d(pixels)
    height, width, channels = pixels.shape
    planes = list(np.moveaxis(pixels, 2, 0)) if planar else [pixels]
    data = [plane.astype(plane.dtype.newbyteorder(order)).tobytes() for plane in planes]
    known = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [pixels.dtype.itemsize * 8] * channels),
        259: (SHORT, [1]),
        262: (SHORT, [1 if channels < 3 else 2]),
        273: (LONG, [0] * len(planes)),
        277: (SHORT, [channels]),
        278: (LONG, [height]),
        279: (LONG, list(map(len, data))),
        284: (SHORT, [2 if planar else 1]),
        339: (SHORT, [{"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]] * channels),
    }
    known = dict(sorted((known | dict(tags or {})).items()))
    sizes = {tag: struct.calcsize(f"={len(v)}{letter}") for tag, ((_, letter), v) in known.items()}
    outside = 8 + 2 + 12 * len(known) + 4
    start = outside + sum(size for size in sizes.values() if size > 4)
    entries, values = b"", b""
    for tag, ((number, letter), content) in known.items():
        if tag == 273:
            content = [start + sum(map(len, data[:plane])) for plane in range(len(planes))]
        packed = struct.pack(f"{order}{len(content)}{letter}", *content)
        entries += struct.pack(f"{order}HHI", tag, number, len(content))
        if len(packed) > 4:
            entries += struct.pack(f"{order}I", outside + len(values))
            values += packed
        else:
            entries += packed.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    end = struct.pack(f"{order}I", 0)
    return head + struct.pack(f"{order}H", len(known)) + entries + end + values + b"".join(data)
