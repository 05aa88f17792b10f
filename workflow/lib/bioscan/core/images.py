"""Images as bytes and as pixels: bounded, strict decoding; encoding.

simplejpeg (libjpeg-turbo) decodes RGB and grey JPEGs (`core.jpegs`), OpenCV images with more than 8
bits per channel (`core.depths`), and Pillow all others. Transparent pixels are white, as the
padding of crops is. Of a file with several pages or frames, the first one is the image.

An image has the orientation of its stored pixels: the EXIF orientation is not applied (a TIFF is
turned by its own tag, and so is its size). Sizes, boxes and crops therefore share one frame of
reference, and it is the published one: images of BIOSCAN have no EXIF orientation.
"""

import io

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from bioscan.core.depths import (
    IMAGE_LENGTH,
    IMAGE_WIDTH,
    NEW_SUBFILE_TYPE,
    ORIENTATION,
    TIFF,
    decode_deep,
    depth,
    on_white,
    read_pages,
)
from bioscan.core.errors import BrokenImage
from bioscan.core.jpegs import START, decode_jpeg, without_padding
from bioscan.core.kinds import fault_of

#: Longest side of an image that is decoded, in pixels. The largest published one is 2880×2160
#: (BIOSCAN-1M §3.1.3); a file that announces more is refused before it fills memory.
MAX_SIDE = 10_000

#: Largest ratio of the longer side to the shorter one: a line of pixels, scaled by its shorter
#: side, would fill memory too.
MAX_ASPECT = 100

#: The ways of encoding and resizing, which packages state as their parameters.
CHROMA_SUBSAMPLING = "420"
INTERPOLATION = (
    "bicubic where it grows; where it shrinks, bilinear to a whole multiple of the size and the "
    "mean of the pixels under each one"
)
CODECS = f"simplejpeg {simplejpeg.__version__} (libjpeg-turbo), OpenCV {cv2.__version__}"

#: Formats that Pillow may read. Some of its other formats start programs (EPS: Ghostscript).
FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP")

#: Their suffixes, in lower case.
SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp")


def read_size(data: bytes) -> tuple[int, int]:
    """The (width, height) in the header of an image; `data` may end after the header.

    Raises:
        BrokenImage: not an image, or one larger than MAX_SIDE or narrower than MAX_ASPECT.
    """
    return _read_header(data)[:2]


def decode(
    data: bytes, min_size: tuple[int, int] | None = None, repeat_chroma: bool = False
) -> np.ndarray:
    """Decode an image to uint8 RGB, shape (height, width, 3).

    Args:
        data: a file of one of FORMATS.
        min_size: sufficient (width, height). A JPEG is then decoded at the smallest number of
            eighths of its size that is not below it, which is faster.
        repeat_chroma: whether to repeat the chroma of a 4:2:0 JPEG instead of interpolating it,
            which is faster, for pixels that will be encoded with 4:2:0 chroma again.

    Raises:
        BrokenImage: truncated, damaged, too large, or not an image.
    """
    *_, colorspace = _read_header(data)
    if colorspace is None and data.startswith(START):
        data = without_padding(data)
        *_, colorspace = _read_header(data)
    if colorspace in ("YCbCr", "RGB", "Gray"):
        return decode_jpeg(data, "RGB", min_size, repeat_chroma)
    try:
        if depth(data):
            return decode_deep(data)
        if colorspace:  # of four channels; Pillow has the colours, but passes over damage
            decode_jpeg(data, "CMYK")
        with _open(data) as image:
            if not image.has_transparency_data:
                return np.asarray(image.convert("RGB"))
            *colours, opacity = image.convert("RGBA").split()
            pixels = np.asarray(Image.merge("RGB", colours))
            return on_white(pixels, np.asarray(opacity) / np.float32(255))
    except BrokenImage:
        raise
    except (OSError, SyntaxError, ValueError) as error:
        raise BrokenImage(str(error)) from error


def remarks(data: bytes) -> list[str]:
    """The ways in which the pixels of an image are not those of its file, for people.

    Args:
        data: the file; its head is sufficient for a JPEG.
    """
    if data.startswith(START):
        # The index of a multi-picture file: other views, or a map of depth or brightness.
        return ["further images of the file passed over"] if b"MPF\0" in data else []
    stored = depth(data)
    found = [f"{stored} pixels scaled by the bits in use"] if stored else []
    pages, is_transparent = 1, False
    try:
        with _open(data) as image:
            is_transparent = image.has_transparency_data
            pages = getattr(image, "n_frames", 1)
    except (BrokenImage, OSError, SyntaxError, ValueError):
        pass  # a deep image that Pillow cannot read, or damage that decoding will find
    if data.startswith(TIFF):  # without the smaller copies of a pyramid
        pages = sum(not page.get(NEW_SUBFILE_TYPE, 0) & 1 for page in read_pages(data))
    if pages > 1:
        found.append("further pages or frames of the file passed over")
    if is_transparent:
        found.append("transparency laid on white")
    return found


def resize_shorter_side(pixels: np.ndarray, side: int) -> np.ndarray:
    """Scale an image so that its shorter side is `side`, keeping its aspect.

    Enlarging is bicubic. Shrinking is bilinear to a whole multiple of the size, by less than half,
    followed by the mean of the pixels under each one. This has little aliasing and is as close to
    Pillow's bicubic as the mean alone (OpenCV's INTER_AREA), for most crops in a fifth of the time.

    Args:
        pixels: uint8 (height, width, 3).
        side: pixels.
    """
    height, width = pixels.shape[:2]
    scale = side / min(height, width)
    size = max(side, round(width * scale)), max(side, round(height * scale))
    if scale >= 1:
        return cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
    multiple = min(height, width) // side
    larger = multiple * size[0], multiple * size[1]
    return cv2.resize(
        cv2.resize(pixels, larger, interpolation=cv2.INTER_LINEAR),
        size,
        interpolation=cv2.INTER_AREA,
    )


def encode(pixels: np.ndarray, quality: int) -> bytes:
    """Encode uint8 RGB, shape (height, width, 3), as a JPEG with 4:2:0 chroma."""
    return simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels),
        quality=quality,
        colorspace="RGB",
        colorsubsampling=CHROMA_SUBSAMPLING,
    )


def _read_header(data: bytes) -> tuple[int, int, str | None]:
    """Width and height, and the name of the colour space if simplejpeg can read the image."""
    if not data:
        raise BrokenImage("empty file")
    try:
        height, width, colorspace, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        colorspace = None
        width, height = _read_size(data)
    if max(width, height) > MAX_SIDE:
        raise BrokenImage(f"too large: {width}×{height} pixels, at most {MAX_SIDE} on a side")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise BrokenImage(f"too narrow: {width}×{height} pixels, at most {MAX_ASPECT} to 1")
    return width, height, colorspace


def _read_size(data: bytes) -> tuple[int, int]:
    """Width and height of an image that simplejpeg cannot read."""
    try:
        with _open(data) as image:
            return image.size
    except BrokenImage:
        tags = next(read_pages(data), {})
        size = tags.get(IMAGE_WIDTH), tags.get(IMAGE_LENGTH)
        if not depth(data) or not all(isinstance(side, int) and side > 0 for side in size):
            raise
        # Pillow knows no deep RGB. Orientations from 5 on exchange rows and columns.
        return size[::-1] if tags.get(ORIENTATION, 1) > 4 else size


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:  # 179 million pixels
        raise BrokenImage(f"too large: at most {MAX_SIDE} pixels on a side") from error
    except (OSError, ValueError) as error:
        raise BrokenImage(fault_of(data)) from error
