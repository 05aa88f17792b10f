"""Strict decoding of JPEGs with simplejpeg (libjpeg-turbo).

Any warning of libjpeg is taken for damage: it repairs what it can, and goes on. One warning is
harmless, bytes between the last block and the end marker, with which webcams and WiFi microscopes
pad their frames; but a decoder that lost its place in damaged data leaves bytes there too.
"""

import re
from collections.abc import Iterator
from functools import partial

import numpy as np
import simplejpeg

from bioscan.core.errors import BrokenImage

#: The bytes with which a JPEG starts, and the markers that end its header and the image.
START, SCAN, END = b"\xff\xd8", 0xDA, 0xD9

#: A marker: not a stuffed zero, a restart or TEM, which have no length and are part of the data.
_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])")

_PADDED = re.compile(r"Corrupt JPEG data: (\d+) extraneous bytes before marker 0xd9")

#: Most bytes of padding that libjpeg does not count: it reads up to 8 ahead, and the data of the
#: image may end with a byte or two that look like padding.
LOOKAHEAD = 10


def decode_jpeg(
    data: bytes,
    colorspace: str = "RGB",
    min_size: tuple[int, int] | None = None,
    repeat_chroma: bool = False,
) -> np.ndarray:
    """Decode a JPEG, uint8 (height, width, 3), or (height, width, 4) for CMYK.

    Args:
        data: the JPEG.
        colorspace: RGB; or CMYK, for a JPEG that has four channels.
        min_size, repeat_chroma: see `bioscan.core.images.decode`.

    Raises:
        BrokenImage: truncated or damaged.
    """
    min_width, min_height = min_size or (0, 0)
    decoded = partial(
        simplejpeg.decode_jpeg,
        data,
        colorspace=colorspace,
        min_width=min_width,
        min_height=min_height,
        min_factor=1,
        fastupsample=repeat_chroma,
    )
    try:
        return decoded(strict=True)
    except ValueError as error:
        if not _is_padding(data, str(error)):
            raise BrokenImage(str(error)) from error
    return decoded(strict=False)


def _is_padding(data: bytes, warning: str) -> bool:
    """Whether the first warning of libjpeg is about padding, so that every block was decoded.

    libjpeg warns of all else before it reaches the end marker. The bytes that it skipped there are
    padding if they are alike, and if it took none of them for data (a hole of zeros that reaches
    to the end decodes into grey blocks, and leaves zeros).
    """
    found = _PADDED.fullmatch(warning)
    if not found:
        return False
    skipped = int(found[1])
    tail = data[: next((start for start, _, marker in _segments(data) if marker == END), 0)]
    tail = tail.rstrip(b"\xff")  # fill bytes, which belong to the marker
    alike = len(tail) - len(tail.rstrip(tail[-1:]))
    return skipped <= alike <= skipped + LOOKAHEAD


def without_padding(data: bytes) -> bytes:
    """A JPEG without the bytes that stand between the segments of its header.

    libjpeg-turbo refuses a header with such bytes; other decoders pass over them.
    """
    kept = [START]
    for start, end, marker in _segments(data):
        if marker in (SCAN, END):
            return b"".join([*kept, data[start:]])
        kept.append(data[start:end])
    return data


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Start, end and marker of the segments of a JPEG; the data of a scan are in none."""
    position = len(START)
    while found := _MARKER.search(data, position):
        position = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
        yield found.start(), position, found[1][0]
