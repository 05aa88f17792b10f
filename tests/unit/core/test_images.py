"""Images from outside: decoded correctly, or refused with a reason, within bounds."""

import io
import struct
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from bioscan.core.images import (
    MAX_ASPECT,
    MAX_SIDE,
    BrokenImage,
    decode,
    encode,
    read_size,
    remarks,
    resize_shorter_side,
)
from tests.unit.core.tiffs import tiff


def scene(width: int, height: int) -> np.ndarray:
    """A smooth image, which JPEG hardly changes."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 / width, y * 255 / height, 0 * x + 90], axis=2).astype(np.uint8)


def saved(image: Image.Image, format: str, **options: int | str | Image.Exif) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def announcing(data: bytes, width: int, height: int) -> bytes:
    """A JPEG with another size in its start-of-frame header."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def error(a: np.ndarray, b: np.ndarray) -> float:
    return np.abs(a.astype(float) - b.astype(float)).mean()


def test_an_image_is_hardly_changed_by_encoding_and_decoding():
    pixels = scene(160, 120)
    decoded = decode(encode(pixels, 95))
    assert decoded.shape == (120, 160, 3)
    assert decoded.dtype == np.uint8
    assert error(decoded, pixels) < 2


def test_red_stays_red():
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 250
    assert error(decode(encode(red, 95)), red) < 3


def test_a_view_with_gaps_is_encoded_like_its_copy():
    pixels = scene(160, 120)
    view = pixels[10:90:2, ::-1]
    assert encode(view, 75) == encode(view.copy(), 75)


def test_a_higher_quality_costs_more_bytes():
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert len(encode(pixels, 50)) < len(encode(pixels, 75)) < len(encode(pixels, 95))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.98])
def test_a_truncated_jpeg_is_refused(share: float):
    data = encode(scene(160, 120), 75)
    with pytest.raises(BrokenImage):
        decode(data[: int(share * len(data))])


def test_the_size_is_read_from_the_head_alone():
    assert read_size(encode(scene(160, 120), 75)[:700]) == (160, 120)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP"])
def test_other_formats_are_read_whatever_their_name(format: str):
    pixels = scene(50, 40)
    data = saved(Image.fromarray(pixels), format)
    assert read_size(data) == (50, 40)
    assert np.array_equal(decode(data), pixels)


def test_a_truncated_png_is_refused():
    data = saved(Image.fromarray(scene(50, 40)), "PNG")
    with pytest.raises(BrokenImage):
        decode(data[: len(data) // 2])


def test_a_grey_jpeg_becomes_rgb():
    grey = scene(50, 40)[..., 0]
    decoded = decode(saved(Image.fromarray(grey), "JPEG", quality=95))
    assert decoded.shape == (40, 50, 3)
    assert error(decoded, np.repeat(grey[..., None], 3, axis=2)) < 2


def test_a_cmyk_jpeg_becomes_rgb():
    pixels = scene(64, 48)
    data = saved(Image.fromarray(pixels).convert("CMYK"), "JPEG", quality=95)
    assert read_size(data) == (64, 48)
    assert error(decode(data), pixels) < 6


def test_a_truncated_cmyk_jpeg_is_refused():
    data = saved(Image.fromarray(scene(64, 48)).convert("CMYK"), "JPEG")
    with pytest.raises(BrokenImage):
        decode(data[: len(data) // 2])


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_eight_high_ones(format: str):
    levels = np.array([[0, 255, 256], [32768, 40000, 65535]], np.uint16)
    decoded = decode(saved(Image.fromarray(levels), format))
    assert decoded[..., 0].tolist() == [[0, 0, 1], [128, 156, 255]]
    assert decoded.shape == (2, 3, 3)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"processid,order\n", bytes(5000), b"\xff\xd8\xff\xe0" + bytes(99)]
)
def test_other_files_are_refused(data: bytes):
    with pytest.raises(BrokenImage):
        decode(data)
    with pytest.raises(BrokenImage):
        read_size(data)


def test_a_webp_is_read_and_a_truncated_one_is_refused():
    data = saved(Image.fromarray(scene(50, 40)), "WEBP", lossless=True)
    assert read_size(data) == (50, 40)
    assert np.array_equal(decode(data), scene(50, 40))
    with pytest.raises(BrokenImage):
        decode(data[: len(data) // 2])


def test_a_jpeg_with_bytes_between_the_segments_of_its_header_is_decoded_strictly():
    data = encode(scene(160, 120), 75)
    at = data.index(b"\xff\xda")
    odd = data[:at] + b"\x00\x07" + data[at:]
    assert read_size(odd) == (160, 120)
    assert np.array_equal(decode(odd), decode(data))
    with pytest.raises(BrokenImage):
        decode(odd[: len(odd) // 2] + b"\xff\xd9")


def test_a_damaged_cmyk_jpeg_is_refused():
    data = saved(Image.fromarray(scene(64, 48)).convert("CMYK"), "JPEG")
    with pytest.raises(BrokenImage, match="Corrupt JPEG data"):
        decode(data[: len(data) // 2] + b"\xff\xd9")


def test_a_format_that_is_not_read_is_named_with_the_remedy():
    with pytest.raises(BrokenImage, match=r"^is GIF; convert it to JPEG$"):
        decode(saved(Image.fromarray(scene(20, 20)), "GIF"))
    with pytest.raises(BrokenImage, match=r"^is a web page; download the image again$"):
        decode(b"<html><body>quota exceeded</body></html>")


def cutout() -> Image.Image:
    """A black square that covers the left half of 16×16 transparent pixels."""
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 8, 16))
    return image


def palette() -> Image.Image:
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, 10, 200, 10])
    image.paste(0, (0, 0, 8, 16))
    image.info["transparency"] = 1
    return image


@pytest.mark.parametrize(
    "data",
    [
        saved(cutout(), "PNG"),
        saved(cutout().convert("LA"), "PNG"),
        saved(palette(), "PNG"),
        saved(cutout(), "TIFF"),
        saved(cutout(), "WEBP", lossless=True),
    ],
    ids=["RGBA", "LA", "P", "TIFF", "WebP"],
)
def test_transparent_pixels_are_white(data: bytes):
    pixels = decode(data)
    assert (pixels[:, :8] == 0).all()
    assert (pixels[:, 8:] == 255).all()
    assert remarks(data) == ["transparency laid on white"]


def test_an_image_that_is_transparent_throughout_is_refused():
    with pytest.raises(BrokenImage, match=r"^transparent throughout$"):
        decode(saved(Image.new("RGBA", (16, 16), (9, 9, 9, 0)), "PNG"))


@pytest.mark.parametrize("format", ["TIFF", "WEBP", "PNG", "MPO"])
def test_further_pages_are_mentioned_and_the_first_one_is_the_image(format: str):
    first, second = Image.new("RGB", (64, 48), (200, 0, 0)), Image.new("RGB", (64, 48), (0, 200, 0))
    data = saved(first, format, save_all=True, append_images=[second])
    assert error(decode(data), np.asarray(first)) < 3
    assert [remark.split()[0] for remark in remarks(data)] == ["further"]
    assert remarks(saved(first, format)) == []


def test_the_smaller_copies_of_a_pyramid_are_no_further_pages():
    first, small = Image.new("RGB", (64, 48)), Image.new("RGB", (32, 24))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    data = saved(first, "TIFF", save_all=True, append_images=[small])
    assert Image.open(io.BytesIO(data)).n_frames == 2
    assert remarks(data) == []


def test_deep_images_are_mentioned():
    deep = scene(64, 48).astype(np.uint16)
    assert remarks(tiff(deep)) == ["16-bit pixels scaled by the bits in use"]
    assert remarks(tiff(deep.astype(np.float32))) == [
        "32-bit float pixels scaled by the bits in use"
    ]
    assert remarks(encode(scene(64, 48), 75)) == []


def test_zero_bytes_are_called_empty():
    for read in (decode, read_size):
        with pytest.raises(BrokenImage, match=r"^empty file$"):
            read(b"")


def corner(format: str, orientation: int, mode: str = "RGB") -> bytes:
    """60×40, dark with a bright top left corner, and an EXIF orientation."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:16, :16] = 250
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return saved(Image.fromarray(pixels).convert(mode), format, exif=exif)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("format", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGB")])
def test_an_image_has_its_stored_pixels_whatever_its_orientation(
    format: str, mode: str, orientation: int
):
    data = corner(format, orientation, mode)
    assert Image.open(io.BytesIO(data)).getexif()[ExifTags.Base.Orientation] == orientation
    assert read_size(data) == (60, 40)
    pixels = decode(data)
    assert pixels.shape == (40, 60, 3)
    assert pixels[:12, :12].min() > 200
    assert pixels[20:].max() < 50
    assert pixels[:, 20:].max() < 50
    small = decode(data, min_size=(15, 10))
    assert small.shape == ((10, 15, 3) if (format, mode) == ("JPEG", "RGB") else (40, 60, 3))
    assert small[: small.shape[0] // 4, : small.shape[1] // 5].min() > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_turned_in_size_and_pixels_alike(orientation: int):
    data = corner("TIFF", orientation)
    width, height = (40, 60) if orientation > 4 else (60, 40)
    assert read_size(data) == (width, height)
    assert decode(data).shape == (height, width, 3)


KINDS = {
    "JPEG": encode(scene(64, 48), 75),
    "progressive": saved(Image.fromarray(scene(64, 48)), "JPEG", progressive=True),
    "CMYK": saved(Image.fromarray(scene(64, 48)).convert("CMYK"), "JPEG"),
    "PNG": saved(Image.fromarray(scene(64, 48)), "PNG"),
    "16 bits": saved(Image.fromarray(scene(64, 48)[..., 0].astype(np.uint16) * 256), "PNG"),
    "TIFF": saved(Image.fromarray(scene(64, 48)), "TIFF"),
    "LZW": saved(Image.fromarray(scene(64, 48)), "TIFF", compression="tiff_lzw"),
    "float TIFF": tiff(scene(64, 48).astype(np.float32)),
    "planar TIFF": tiff(scene(64, 48).astype(np.uint16), planar=True),
    "WebP": saved(Image.fromarray(scene(64, 48)), "WEBP"),
    "BMP": saved(Image.fromarray(scene(64, 48)), "BMP"),
}


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(draw=st.data())
def test_damage_is_reported_or_leaves_an_image_of_the_size_in_its_header(
    kind: str, draw: st.DataObject
):
    data = bytearray(KINDS[kind])
    # Half of the damage is in the headers, which come first.
    end = draw.draw(st.sampled_from([80, len(data)]))
    for _ in range(draw.draw(st.integers(1, 3))):
        data[draw.draw(st.integers(0, end - 1))] = draw.draw(st.integers(0, 255))
    del data[draw.draw(st.integers(len(data) // 2, 2 * len(data))) :]
    try:
        width, height = read_size(bytes(data))
        assert decode(bytes(data)).shape == (height, width, 3)
    except BrokenImage as reason:
        assert "\n" not in str(reason)


def test_formats_that_start_programs_are_not_read():
    # Pillow hands an EPS to Ghostscript.
    with pytest.raises(BrokenImage, match="not a photograph"):
        decode(saved(Image.fromarray(scene(20, 20)), "EPS"))


@pytest.mark.parametrize("kind", ["JPEG", "CMYK", "PNG"])
def test_an_image_that_announces_too_much_is_refused_before_it_is_decoded(kind: str):
    if kind == "PNG":
        data = saved(Image.fromarray(scene(20, 20)), "PNG")
        header = b"IHDR" + struct.pack(">II", 30_000, 30_000)
        data = data[:12] + header + data[24:]
        data = data[:29] + struct.pack(">I", zlib.crc32(data[12:29])) + data[33:]
    else:
        image = Image.fromarray(scene(20, 20)).convert("CMYK" if kind == "CMYK" else "RGB")
        data = announcing(saved(image, "JPEG"), 30_000, 30_000)
    tracemalloc.start()
    try:
        with pytest.raises(BrokenImage, match="pixels"):
            decode(data)
        with pytest.raises(BrokenImage, match="pixels"):
            read_size(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_the_bound_itself_is_allowed():
    data = encode(scene(16, 16), 75)
    assert read_size(announcing(data, MAX_SIDE, MAX_SIDE)) == (10_000, 10_000)
    for size in ((10_001, 9_000), (9_000, 10_001)):
        with pytest.raises(BrokenImage, match=r"^too large: \d+×\d+ pixels, at most 10000 on"):
            read_size(announcing(data, *size))


def test_a_line_of_pixels_is_refused():
    # Scaled to 256 × 2,560,000 it would take 2 GB, and no JPEG is so long.
    data = encode(scene(16, 16), 75)
    assert read_size(announcing(data, 9_000, 9_000 // MAX_ASPECT)) == (9_000, 90)
    for size in ((10_000, 1), (1, 10_000), (9_000, 89)):
        with pytest.raises(BrokenImage, match=r"^too narrow: \d+×\d+ pixels, at most 100 to 1$"):
            decode(announcing(data, *size))


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(3, 300),
    height=st.integers(3, 300),
    min_width=st.integers(1, 300),
    min_height=st.integers(1, 300),
)
def test_scaled_decoding_never_falls_below_the_sufficient_size(
    width: int, height: int, min_width: int, min_height: int
):
    data = encode(scene(width, height), 75)
    decoded = decode(data, min_size=(min_width, min_height))
    assert decoded.shape[1] >= min(width, min_width)
    assert decoded.shape[0] >= min(height, min_height)


def test_scaled_decoding_takes_as_few_eighths_as_it_can():
    # Published 1M images; 341 × 256 is enough, an eighth is 360 × 270.
    data = encode(scene(2880, 2160), 75)
    assert decode(data, min_size=(341, 256)).shape == (270, 360, 3)
    assert decode(data, min_size=(361, 256)).shape == (540, 720, 3)
    assert decode(data, min_size=(721, 256)).shape == (810, 1080, 3)


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 400),
    height=st.integers(1, 400),
    side=st.integers(1, 300),
)
def test_the_shorter_side_is_the_side_and_the_aspect_is_kept(width: int, height: int, side: int):
    resized = resize_shorter_side(np.zeros((height, width, 3), np.uint8), side)
    new_height, new_width = resized.shape[:2]
    assert min(new_height, new_width) == side
    assert abs(new_width - width * side / min(width, height)) <= 0.5
    assert abs(new_height - height * side / min(width, height)) <= 0.5


def test_the_published_size():
    # 2880 × 2160 became 341 × 256.
    assert resize_shorter_side(np.zeros((2160, 2880, 3), np.uint8), 256).shape == (256, 341, 3)


def test_shrinking_averages_areas():
    # A fine chequerboard is grey from afar; subsampling would make it black or white.
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    small = resize_shorter_side(np.repeat(board[..., None], 3, axis=2).astype(np.uint8), 16)
    assert np.all(np.abs(small.astype(int) - 127.5) <= 1)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Root mean square, grey levels."""
    return float(np.sqrt(np.mean((one.astype(float) - other) ** 2)))


@pytest.mark.parametrize("shorter", [256, 257, 300, 383, 450, 511, 512, 600, 800, 1500])
def test_shrinking_is_close_to_the_bicubic_of_the_published_packages(shorter: int):
    # As sharp as a photograph: noise blurred as by a lens.
    noise = np.random.default_rng(0).normal(0, 300, (shorter, shorter * 4 // 3, 3))
    pixels = np.clip(128 + cv2.GaussianBlur(noise, (0, 0), 2), 0, 255).astype(np.uint8)
    scaled = resize_shorter_side(pixels, 256)
    size = scaled.shape[1::-1]
    expected = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
    mean = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    assert difference(scaled, expected) <= 1.05 * difference(mean, expected)


def test_repeated_chroma_makes_no_difference_once_encoded_again():
    rng = np.random.default_rng(0)
    colours = cv2.resize(rng.integers(0, 255, (12, 16, 3)).astype(np.uint8), (512, 384))
    data = encode(colours, 90)
    exact, fast = decode(data), decode(data, repeat_chroma=True)
    assert 0 < difference(exact, fast) < 2
    assert np.array_equal(exact, decode(data))
    again, fast_again = (decode(encode(pixels, 75)) for pixels in (exact, fast))
    assert difference(fast_again, exact) < 1.02 * difference(again, exact)


def test_the_jpegs_written_are_420():
    assert simplejpeg.decode_jpeg_header(encode(scene(32, 32), 75))[2:] == ("YCbCr", "420")
