"""Photographs as bytes and as pixels: bounded, strict decoding; encoding.

simplejpeg (libjpeg-turbo) does the work; Pillow reads what is not an RGB or grey JPEG.
"""

import io

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from bioscan.core.errors import InputError

#: Largest photograph that is decoded, in pixels. The largest published one has 6.2 million
#: (2880×2160, BIOSCAN-1M §3.1.3); a file that announces more is refused before it fills memory.
MAX_PIXELS = 100_000_000

#: What Pillow may read. Of its other formats some start programs (EPS: Ghostscript).
FORMATS = ("JPEG", "PNG", "TIFF")


class BrokenImage(InputError):
    """A photograph that cannot be read; the message is the reason, without the file's name."""


def read_size(data: bytes) -> tuple[int, int]:
    """The (width, height) that a photograph announces; `data` may end after the header.

    Raises:
        BrokenImage: not a photograph, or one with more than MAX_PIXELS.
    """
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        with _open(data) as image:
            width, height = image.size
    if width * height > MAX_PIXELS:
        raise BrokenImage(f"{width}×{height} pixels, more than {MAX_PIXELS:,}")
    return width, height


def decode(data: bytes, min_size: tuple[int, int] | None = None) -> np.ndarray:
    """Decode a photograph to uint8 RGB, shape (height, width, 3).

    Args:
        data: a JPEG, PNG or TIFF.
        min_size: (width, height) that is enough. A JPEG is then decoded at as few eighths of
            its size as keep both sides from falling below, which is faster.

    Raises:
        BrokenImage: truncated, damaged, too large, or not a photograph.
    """
    if not data:
        raise BrokenImage("empty file")
    read_size(data)
    try:
        colorspace = simplejpeg.decode_jpeg_header(data)[2]
    except ValueError:
        colorspace = None
    if colorspace in ("YCbCr", "RGB", "Gray"):
        min_width, min_height = min_size or (0, 0)
        try:
            return simplejpeg.decode_jpeg(
                data,
                colorspace="RGB",
                min_width=min_width,
                min_height=min_height,
                min_factor=1,
                strict=True,
            )
        except ValueError as error:
            raise BrokenImage(str(error)) from error
    with _open(data) as image:
        try:
            if image.mode.startswith("I;16"):  # Pillow would cut 16 bits off at 255
                image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
            return np.asarray(image.convert("RGB"))
        except (OSError, SyntaxError, ValueError) as error:
            raise BrokenImage(str(error)) from error


def resize_shorter_side(pixels: np.ndarray, side: int) -> np.ndarray:
    """Scale a photograph so that its shorter side is `side`, keeping its aspect.

    Pixel areas are averaged where it shrinks (no aliasing), bicubic where it grows.
    """
    height, width = pixels.shape[:2]
    scale = side / min(height, width)
    size = max(side, round(width * scale)), max(side, round(height * scale))
    shrinking = scale < 1
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC)


def encode(pixels: np.ndarray, quality: int) -> bytes:
    """Encode uint8 RGB, shape (height, width, 3), as a JPEG with 4:2:0 chroma."""
    return simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels), quality=quality, colorspace="RGB", colorsubsampling="420"
    )


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise BrokenImage(str(error)) from error
    except (OSError, ValueError) as error:
        raise BrokenImage("not a photograph") from error
