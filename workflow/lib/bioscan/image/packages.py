"""The image packages of a shard: each photograph decoded once, encoded once a package."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from bioscan.core.images import BrokenImage, decode, encode, resize_shorter_side
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.image.cropping import crop, extend_box

#: Shorter side of the small packages, pixels (1M §4.2, 5M §A4.1).
SHORTER_SIDE = 256

Packed = list[tuple[str, bytes]]


def make_packages(
    boxes: pl.DataFrame,
    photographs: Iterable[tuple[str, bytes | BrokenImage]],
    packages: Sequence[str],
    *,
    ratio: float,
    fill: int,
    quality: int,
) -> tuple[Mapping[str, Packed], pl.DataFrame]:
    """Crop and resize the photographs of a shard.

    Args:
        boxes: rows of detect's BOXES_SCHEMA.
        photographs: (processid, bytes) in the same order.
        packages: which of original_256, cropped, cropped_256 to make (5M Table A2).
        ratio: the extension of the box, R in 5M §A4.1.
        fill: intensity of the padding beyond the frame.
        quality: JPEG quality of what is written.

    Returns:
        package → (processid, JPEG) pairs in order; and the photographs that are missing from one
        of them (QUARANTINE_SCHEMA): without an insect they are in no cropped package, unreadable
        they are in none.
    """
    packed: dict[str, Packed] = {package: [] for package in packages}
    quarantined: list[tuple[str, str]] = []
    rows = boxes.select("processid", "status", "reason", "x0", "y0", "x1", "y1").iter_rows()
    for (processid, data), (expected, status, reason, *corners) in zip(
        photographs, rows, strict=True
    ):
        assert processid == expected, "boxes and photographs are of different shards"
        if status != "ok":
            quarantined.append((processid, f"{status}: {reason}"))
        if status == "unreadable":
            continue
        pixels = decode(data)
        if "original_256" in packed:
            small = resize_shorter_side(pixels, SHORTER_SIDE)
            packed["original_256"].append((processid, encode(small, quality)))
        if status != "ok":
            continue
        cropped = crop(pixels, extend_box(tuple(corners), ratio), fill)
        if "cropped" in packed:
            packed["cropped"].append((processid, encode(cropped, quality)))
        if "cropped_256" in packed:
            small = resize_shorter_side(cropped, SHORTER_SIDE)
            packed["cropped_256"].append((processid, encode(small, quality)))
    return packed, pl.DataFrame(quarantined, schema=QUARANTINE_SCHEMA, orient="row")
