"""Images of more than 8 bits per channel: white is the end of the bits in use."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bioscan.core.depths import decode_deep, depth, on_white, read_pages, to_rgb, white_of
from bioscan.core.errors import BrokenImage
from bioscan.core.images import decode, read_size
from tests.unit.core.tiffs import FLOAT, SHORT, tiff

#: A picture of 8 bits, from 35 to 233, in grey and in colours.
GREY = np.linspace(35, 233, 20 * 30).round().astype(np.uint8).reshape(20, 30)
COLOURS = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=2)
PICTURES = {"grey": GREY, "RGB": COLOURS}


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def png(pixels: np.ndarray) -> bytes:
    """A PNG of uint16: grey, RGB or RGBA."""
    order = [2, 1, 0, 3][: pixels.shape[2]] if pixels.ndim == 3 else ...
    return cv2.imencode(".png", pixels[..., order] if pixels.ndim == 3 else pixels)[1].tobytes()


def as_rgb(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)


def close(data: bytes, picture: np.ndarray, by: int = 0) -> bool:
    """Whether an image decodes into a picture, to within some grey levels."""
    return np.abs(decode(data).astype(int) - as_rgb(picture).astype(int)).max() <= by


# ---- the rule


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", [np.uint16, np.uint32, np.int16, np.int32])
def test_integers_are_scaled_by_the_bits_in_use(kind: str, bits: int, order: str, dtype: type):
    if dtype == np.int16 and bits == 16:
        pytest.skip("a signed number of 16 bits holds 15")
    picture = PICTURES[kind]
    data = tiff(picture.astype(dtype) << (bits - 8), order=order)
    assert depth(data) == f"{np.dtype(dtype).itemsize * 8}-bit"
    assert close(data, picture)


def test_all_bits_of_uint32_are_used():
    assert close(tiff(COLOURS.astype(np.uint32) << 24), COLOURS)
    assert close(tiff(GREY.astype(np.uint32) << 24), GREY)


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("white", [1, 255, 1023, 4095, 65535])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_scaled_by_their_white(kind: str, white: int, dtype: type):
    picture = PICTURES[kind]
    assert close(tiff(picture.astype(dtype) * white / 255), picture)


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("kind", PICTURES)
def test_a_png_of_16_bits_is_scaled_by_the_bits_in_use(kind: str, bits: int):
    picture = PICTURES[kind]
    data = png(picture.astype(np.uint16) << (bits - 8))
    assert depth(data) == "16-bit"
    assert close(data, picture)


@pytest.mark.parametrize(
    ("most", "white"),
    [
        *[(1, 255), (255, 255), (256, 1023), (1023, 1023), (1024, 4095), (4096, 16383)],
        *[(16384, 65535), (65535, 65535), (65536, 2**24 - 1), (2**24, 2**32 - 1)],
    ],
)
def test_white_of_integers_is_the_end_of_the_smallest_bits_that_hold_them(most: int, white: int):
    assert white_of(np.array([0, most], np.uint32)) == white


@pytest.mark.parametrize(
    ("most", "white"), [(0.2, 1), (1.05, 1), (1.2, 255), (255, 255), (260, 255), (3000, 4095)]
)
def test_white_of_floats_has_room_for_filters_that_overshoot(most: float, white: int):
    assert white_of(np.array([0, most], np.float32)) == white


@pytest.mark.parametrize("tag", [(281, SHORT), (341, FLOAT)])
def test_a_dark_image_stays_dark_where_the_file_states_its_white(tag: tuple):
    number, kind = tag
    dark = GREY.astype(np.uint16) // 8 << 8
    assert close(tiff(dark), GREY // 8 << 2)  # 14 bits hold it
    assert close(tiff(dark, {number: (kind, [65535])}), GREY // 8)
    # A value below the brightest pixel is none.
    assert close(tiff(GREY.astype(np.uint16) << 4, {number: (kind, [100])}), GREY)


def test_the_brightest_colour_counts_for_all():
    colours = np.zeros((4, 6, 3), np.uint16)
    colours[..., 0], colours[..., 2] = 4095, 255
    assert decode(tiff(colours))[0, 0].tolist() == [255, 0, 15]


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=30))
def test_scaling_keeps_the_order_and_uses_half_of_the_range(values: list[int]):
    pixels = np.array(values, np.uint32).reshape(1, -1, 1)
    scaled = to_rgb(pixels)[0, :, 0]
    order = np.argsort(pixels.ravel(), kind="stable")
    assert (np.diff(scaled[order].astype(int)) >= 0).all()
    # From 16 bits on the steps are 8 bits wide.
    if 128 <= max(values) < 2**16:
        assert scaled.max() >= 63


# ---- oddities


def test_white_may_be_zero():
    inverted = 4095 - (GREY.astype(np.uint16) << 4)
    assert close(tiff(inverted, {262: (SHORT, [0])}), GREY, by=1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("picture", [GREY, COLOURS], ids=PICTURES)
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_a_deep_tiff_is_turned_like_any_other(orientation: int, picture: np.ndarray, dtype: type):
    data = tiff((picture > 200).astype(dtype), {274: (SHORT, [orientation])})
    shallow = tiff((picture > 200).astype(np.uint8) * 255, {274: (SHORT, [orientation])})
    assert read_size(data) == read_size(shallow)
    assert decode(data).shape == decode(shallow).shape
    assert np.array_equal(decode(data) > 0, decode(shallow) > 0)


@pytest.mark.parametrize("order", "<>")
def test_channels_may_lie_one_behind_another(order: str):
    assert close(tiff(COLOURS.astype(np.uint16) << 4, order=order, planar=True), COLOURS)
    assert close(tiff(COLOURS.astype(np.float32) / 255, order=order, planar=True), COLOURS)
    opaque = np.dstack([COLOURS.astype(np.uint16) << 8, np.full(GREY.shape, 65535, np.uint16)])
    assert close(tiff(opaque, {338: (SHORT, [2])}, order=order, planar=True), COLOURS)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd"])
def test_compressed_tiffs_are_read(compression: str):
    image = Image.fromarray(GREY.astype(np.uint16) << 4)
    assert close(saved(image, "TIFF", compression=compression), GREY)


def test_pixels_without_a_value_are_white():
    floats = GREY.astype(np.float32) / 255
    floats[0, :3] = np.nan, np.inf, -np.inf
    decoded = decode(tiff(floats))
    assert decoded[0, :3, 0].tolist() == [255, 255, 0]
    assert np.array_equal(decoded[1:, :, 0], GREY[1:])
    with pytest.raises(BrokenImage, match=r"^no pixel has a value$"):
        decode(tiff(np.full((4, 6), np.nan, np.float32)))


def test_a_little_below_zero_is_black_and_much_is_refused():
    noisy = GREY.astype(np.int32) << 4
    noisy[0, 0] = -100
    assert decode(tiff(noisy))[0, 0].tolist() == [0, 0, 0]
    with pytest.raises(BrokenImage, match=r"from -32768 to 32767; expected them from 0 on"):
        decode(tiff(np.array([[-32768, 0, 32767]], np.int16)))


def test_a_black_image_is_black():
    for dtype in (np.uint16, np.int32, np.float32):
        assert not decode(tiff(np.zeros((4, 6), dtype))).any()


@pytest.mark.parametrize("data", [tiff(COLOURS.astype(np.float32)), png(COLOURS.astype(np.uint16))])
def test_a_truncated_deep_image_is_refused(data: bytes):
    for share in (0.5, 0.9):
        with pytest.raises(BrokenImage):
            decode(data[: int(share * len(data))])


def test_a_kind_that_cannot_be_read_is_named():
    with pytest.raises(BrokenImage, match=r"cannot be read \(2 × 16-bit\); save it with 8 or 16"):
        decode_deep(tiff(COLOURS[..., :2].astype(np.uint16)))
    with pytest.raises(BrokenImage, match=r"\(5 × 16-bit\)"):
        decode_deep(tiff(np.zeros((4, 6, 5), np.uint16)))


# ---- transparency


def half(dtype: type, opaque: float) -> np.ndarray:
    """Black, opaque on the left, transparent in the middle and half so on the right."""
    pixels = np.zeros((4, 6, 4), dtype)
    pixels[:, :2, 3], pixels[:, 4:, 3] = opaque, opaque * 0.5
    pixels[0, 0, :3] = opaque  # white
    return pixels


@pytest.mark.parametrize(
    "data",
    [
        png(half(np.uint16, 65535)),
        tiff(half(np.uint16, 65535), {338: (SHORT, [2])}),
        tiff(half(np.uint16, 65535), {338: (SHORT, [1])}),
        tiff(half(np.float32, 1), {338: (SHORT, [2])}),
    ],
    ids=["PNG", "TIFF", "associated", "float"],
)
def test_transparency_is_laid_on_white(data: bytes):
    row = decode(data)[1, :, 0].astype(int)
    assert row[:4].tolist() == [0, 0, 255, 255]
    assert np.abs(row[4:] - 128).max() <= 1


def test_a_fourth_channel_that_is_no_opacity_is_left_out():
    pixels = half(np.uint16, 65535)
    assert not decode(tiff(pixels, {338: (SHORT, [0])}))[1].any()


def test_a_transparent_grey_value_of_a_png_is_white():
    data = saved(Image.fromarray(GREY.astype(np.uint16) << 8), "PNG", transparency=35 << 8)
    assert decode(data)[0, 0].tolist() == [255, 255, 255]
    assert np.array_equal(decode(data)[1:, :, 0], GREY[1:])


def test_an_image_that_is_transparent_throughout_is_refused():
    with pytest.raises(BrokenImage, match=r"^transparent throughout$"):
        on_white(COLOURS, np.zeros(GREY.shape))


# ---- pages


def test_the_pages_of_a_tiff_are_listed():
    first, *others = (Image.fromarray(GREY + n) for n in range(3))
    pages = list(read_pages(saved(first, "TIFF", save_all=True, append_images=others)))
    assert [page[256] for page in pages] == [30] * 3


def test_pages_that_lead_back_to_one_another_end():
    data = bytearray(tiff(GREY))
    end = 8 + 2 + 12 * int.from_bytes(data[8:10], "little")
    data[end : end + 4] = (8).to_bytes(4, "little")
    assert len(list(read_pages(bytes(data)))) == 1


@pytest.mark.parametrize("data", [b"", b"II*\0", b"\xff\xd8", b"II*\0\xff\xff\xff\xff"])
def test_other_files_have_no_pages(data: bytes):
    assert list(read_pages(data)) in ([], [{}])
    assert depth(data) is None


def test_images_of_8_bits_are_not_deep():
    for format in ("TIFF", "PNG", "JPEG", "BMP", "WEBP"):
        assert depth(saved(Image.fromarray(COLOURS), format)) is None
    assert depth(tiff(np.zeros((4, 6, 4), np.uint16), {262: (SHORT, [5])})) is None  # CMYK
