"""Images with more than 8 bits per channel, scaled to 8 by the bits in use.

Scientific cameras store 10 or 12 bits in 16, and programs store floats, so the container does not
say which value is white. The rule:

- integers: white is the end of the smallest of 8, 10, 12, 14, 16, 24, 32 and 64 bits that hold the
  brightest pixel of any colour and the value that a TIFF states (MaxSampleValue or
  SMaxSampleValue); the eight high ones of these bits are taken.
- floats: white is 1 if no pixel exceeds it, else 255, else as for integers; with a tenth of room,
  because filters overshoot.

Values below 0 are black, and pixels without a value (NaN) are white, like transparent ones. The
rule takes nothing but the image itself, so that detection and cropping see the same pixels.

OpenCV reads these images: of several channels Pillow keeps 8 bits.
"""

import io
import itertools
import struct
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from bioscan.core.errors import BrokenImage

#: Numbers of bits that an image may use.
BITS = (8, 10, 12, 14, 16, 24, 32, 64)

#: By how much the floats of an image may exceed their white.
OVERSHOOT = 1.1

PNG = b"\x89PNG\r\n\x1a\n"
TIFF = (b"II*\0", b"MM\0*", b"II+\0")  # the last one is a BigTIFF

#: Tags of a TIFF, by their names in the specification.
NEW_SUBFILE_TYPE, IMAGE_WIDTH, IMAGE_LENGTH, ORIENTATION = 254, 256, 257, 274
BITS_PER_SAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLES_PER_PIXEL = 258, 262, 277
EXTRA_SAMPLES, SAMPLE_FORMAT, MAX_SAMPLE_VALUE, S_MAX_SAMPLE_VALUE = 338, 339, 281, 341
PLANAR_CONFIGURATION, COMPRESSION, PREDICTOR = 284, 259, 317
STRIP_OFFSETS, ROWS_PER_STRIP, STRIP_BYTE_COUNTS = 273, 278, 279

#: Values of PhotometricInterpretation: grey, of which 0 is white or black, and RGB.
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2

#: The type of the tags that we write: unsigned integers of 32 bits.
LONG = 4

#: Values of SampleFormat.
UNSIGNED, FLOAT = 1, 3

#: Values of ExtraSamples: opacity by which the colours are multiplied already, or are not.
ASSOCIATED, UNASSOCIATED = 1, 2

#: Most pages of a TIFF that are read.
MAX_PAGES = 10_000

Tags = dict[int, Any]

# Its complaints about damaged files are no news: the image is refused with a reason.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def read_pages(data: bytes) -> Iterator[Tags]:
    """The tags of each page of a TIFF, as far as they can be read.

    Args:
        data: the file, or any other one, which has no pages.
    """
    if not data.startswith(TIFF):
        return
    file, seen = io.BytesIO(data), {0}
    try:
        directory = ImageFileDirectory_v2(data[:16] if data[2] == 43 else data[:8])
        while directory.next not in seen and len(seen) <= MAX_PAGES:
            seen.add(directory.next)
            file.seek(directory.next)
            directory.load(file)
            yield dict(directory)
    except (OSError, SyntaxError, ValueError, OverflowError, KeyError, TypeError, struct.error):
        return


def depth(data: bytes) -> str | None:
    """How the channels of an image with more than 8 bits are stored; None for all others.

    Args:
        data: the file, at least to the end of the first page's tags.
    """
    if data.startswith(PNG):
        return "16-bit" if data[24:25] == b"\x10" else None
    tags = next(read_pages(data), {})
    bits, format = _most(tags, BITS_PER_SAMPLE, 1), _most(tags, SAMPLE_FORMAT, UNSIGNED)
    if tags.get(PHOTOMETRIC_INTERPRETATION) not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB):
        return None
    return f"{bits}-bit" + " float" * (format == FLOAT) if bits > 8 or format != UNSIGNED else None


def decode_deep(data: bytes) -> np.ndarray:
    """Decode an image for which `depth` is not None to uint8 RGB, shape (height, width, 3).

    Raises:
        BrokenImage: damaged, or of a kind that cannot be read.
    """
    try:
        return _decode_png(data) if data.startswith(PNG) else _decode_tiff(data)
    except (cv2.error, struct.error, LookupError, TypeError) as error:
        raise BrokenImage(f"damaged tags ({error})".replace("\n", " ")) from error


def _decode_png(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        image.load()  # compares the checksums, which OpenCV does not
        transparent = image.info.get("transparency")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise BrokenImage("damaged PNG")
    if pixels.ndim == 2:
        opacity = (pixels != transparent) if isinstance(transparent, int) else None
        return to_rgb(pixels[..., None], opacity=opacity)
    return to_rgb(pixels[..., 2::-1], opacity=pixels[..., 3] if pixels.shape[2] == 4 else None)


def _decode_tiff(data: bytes) -> np.ndarray:
    tags = next(read_pages(data))
    bits, samples = _most(tags, BITS_PER_SAMPLE, 1), tags.get(SAMPLES_PER_PIXEL, 1)
    pixels = _read_tiff(data, tags)
    if pixels is None and samples == 1:
        pixels = _read_grey(data, tags)  # Pillow knows more compressions
    if pixels is None or samples == 2:  # OpenCV drops the second one
        raise BrokenImage(
            f"damaged TIFF, or one that cannot be read ({samples} × {depth(data)}); save it with 8 "
            "or 16 bits"
        )
    stated = max(_most(tags, MAX_SAMPLE_VALUE, 0), _most(tags, S_MAX_SAMPLE_VALUE, 0))
    if bits in BITS[1:4]:  # OpenCV shifts packed values up to 16 bits
        stated = 2**16 - 1
    extra = _most(tags, EXTRA_SAMPLES, 0)
    has_opacity = pixels.ndim == 3 and pixels.shape[2] == 4 and extra in (ASSOCIATED, UNASSOCIATED)
    return to_rgb(
        pixels[..., None] if pixels.ndim == 2 else pixels[..., 2::-1],
        opacity=pixels[..., 3] if has_opacity else None,
        is_associated=extra == ASSOCIATED,
        is_inverted=tags[PHOTOMETRIC_INTERPRETATION] == WHITE_IS_ZERO,
        stated=stated,
    )


def _read_tiff(data: bytes, tags: Tags) -> np.ndarray | None:
    """The pixels of a TIFF, channels in the order of OpenCV; None if it cannot read them."""
    samples = tags.get(SAMPLES_PER_PIXEL, 1)
    if samples == 1 or tags.get(PLANAR_CONFIGURATION, 1) == 1:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    # Of channels that lie one behind another, OpenCV reads the first one, and then any memory.
    if STRIP_OFFSETS not in tags:
        return None
    planes = [_read_tiff(_plane(data, tags, number), {}) for number in range(samples)]
    if any(plane is None for plane in planes):
        return None
    return np.stack([*planes[2::-1], *planes[3:]], axis=2)


def _plane(data: bytes, tags: Tags, number: int) -> bytes:
    """A TIFF of one of the channels that lie one behind another, in strips."""
    count = len(tags[STRIP_OFFSETS]) // tags[SAMPLES_PER_PIXEL]
    ours = slice(number * count, (number + 1) * count)
    starts, lengths = tags[STRIP_OFFSETS][ours], tags[STRIP_BYTE_COUNTS][ours]
    ends = [start + length for start, length in zip(starts, lengths, strict=True)]
    if max(ends) > len(data):
        raise BrokenImage("truncated TIFF")
    strips = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    kept = (IMAGE_WIDTH, IMAGE_LENGTH, COMPRESSION, ORIENTATION, ROWS_PER_STRIP, PREDICTOR)
    plane = {tag: [tags[tag]] for tag in kept if tag in tags}
    plane[BITS_PER_SAMPLE] = [tags[BITS_PER_SAMPLE][number]]
    plane[SAMPLE_FORMAT] = [_most(tags, SAMPLE_FORMAT, UNSIGNED)]
    plane[PHOTOMETRIC_INTERPRETATION] = [BLACK_IS_ZERO]
    plane[STRIP_BYTE_COUNTS] = list(lengths)
    # A head of 8 bytes, the tags (12 bytes each), the offset of no next page, and longer values.
    values = 8 + 2 + 12 * (len(plane) + 1) + 4
    pixels = values + 8 * count
    plane[STRIP_OFFSETS] = [pixels + n for n in itertools.accumulate(lengths[:-1], initial=0)]
    order, entries, outside = ">" if data.startswith(b"MM") else "<", b"", b""
    for tag, content in sorted(plane.items()):
        packed = struct.pack(f"{order}{len(content)}I", *content)
        entries += struct.pack(f"{order}HHI", tag, LONG, len(content))
        entries += packed if len(content) == 1 else struct.pack(f"{order}I", values + len(outside))
        outside += b"" if len(content) == 1 else packed
    head = struct.pack(f"{order}2sHIH", data[:2], 42, 8, len(plane))
    return b"".join([head, entries, bytes(4), outside.ljust(8 * count, b"\0"), *strips])


def _read_grey(data: bytes, tags: Tags) -> np.ndarray | None:
    """The pixels of a grey TIFF, read by Pillow; None if it keeps no more than 8 bits of them."""
    with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
        pixels = np.asarray(image)
        if image.mode == "I" and _most(tags, SAMPLE_FORMAT, UNSIGNED) == UNSIGNED:
            pixels = pixels.view(np.uint32)
        return pixels if image.mode in ("I", "F") or image.mode.startswith("I;16") else None


def _most(tags: Tags, tag: int, default: float) -> float:
    """The largest value of a tag, which may hold one per channel."""
    value = tags.get(tag, default)
    return max(value, default=default) if isinstance(value, tuple) else value


def to_rgb(
    colours: np.ndarray,
    opacity: np.ndarray | None = None,
    is_associated: bool = False,
    is_inverted: bool = False,
    stated: float = 0,
) -> np.ndarray:
    """Scale an image to uint8 RGB, shape (height, width, 3), on white.

    Args:
        colours: grey (height, width, 1) or RGB (height, width, 3), of any type.
        opacity: (height, width), in its own scale or that of the colours; None if all is opaque.
        is_associated: whether the colours are multiplied by the opacity already.
        is_inverted: whether 0 is white.
        stated: the largest value that pixels may have, as far as the file states one.

    Raises:
        BrokenImage: no pixel has a value, all are transparent, or most values are negative.
    """
    white = white_of(colours, stated)
    scaled = _scale(colours, white)
    if is_inverted:
        scaled = 255 - scaled
    scaled = np.repeat(scaled, 3 // colours.shape[2], axis=2)
    if opacity is not None:
        scale = 1 if opacity.dtype == bool else max(white_of(opacity), white * (white > 1))
        scaled = on_white(scaled, (opacity / scale).clip(0, 1), is_associated)
    scaled[np.isnan(colours).any(axis=2)] = 255
    return scaled


def white_of(values: np.ndarray, stated: float = 0) -> float:
    """The value that is white, by the rule of this module."""
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not finite.size:
        raise BrokenImage("no pixel has a value")
    low, high = finite.min(), finite.max()
    if low < 0 and -float(low) > high / 2:
        raise BrokenImage(f"its values reach from {low} to {high}; expected them from 0 on")
    is_float = values.dtype.kind == "f"
    most = max(float(high) / (OVERSHOOT if is_float else 1), stated)
    whites = [*([1.0] if is_float else []), *(2**bits - 1 for bits in BITS)]
    return next((white for white in whites if most <= white), most)


def _scale(values: np.ndarray, white: float) -> np.ndarray:
    if values.dtype.kind == "f":
        return np.nan_to_num(values * (255 / white)).clip(0, 255).round().astype(np.uint8)
    return (values.clip(0) >> (int(white).bit_length() - 8)).astype(np.uint8)


def on_white(pixels: np.ndarray, opacity: np.ndarray, is_associated: bool = False) -> np.ndarray:
    """An image on a white ground.

    Args:
        pixels: uint8 (height, width, 3).
        opacity: 0 to 1, (height, width).
        is_associated: whether the pixels are multiplied by the opacity already.

    Raises:
        BrokenImage: the image is transparent throughout.
    """
    if not opacity.any():
        raise BrokenImage("transparent throughout")
    opacity = opacity[..., None].astype(np.float32)
    shown = pixels if is_associated else pixels * opacity
    return (shown + 255 * (1 - opacity)).clip(0, 255).round().astype(np.uint8)
