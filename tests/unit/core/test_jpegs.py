"""JPEGs: padding before the end marker is no damage, and all that libjpeg repairs is."""

import io
import re

import cv2
import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bioscan.core.errors import BrokenImage
from bioscan.core.jpegs import END, SCAN, START, decode_jpeg, without_padding

#: Quarters of a picture that is hard to encode, so that its data are long.
NOISE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
SCENE = cv2.resize(NOISE, (160, 120), interpolation=cv2.INTER_CUBIC)

END_MARKER = bytes([0xFF, END])


def saved(**options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(SCENE).convert(options.pop("mode", "RGB")).save(file, "JPEG", **options)
    return file.getvalue()


KINDS = {
    "baseline": saved(quality=80),
    "optimised": saved(quality=80, optimize=True),
    "progressive": saved(quality=80, progressive=True),
    "restart markers": saved(quality=80, restart_marker_rows=1),
    "grey": saved(quality=80, mode="L"),
    "behind another image": saved(quality=80) + saved(quality=30),
}


def padded(data: bytes, padding: bytes) -> bytes:
    at = data.index(END_MARKER)
    return data[:at] + padding + data[at:]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 16, 100, 1000])
@pytest.mark.parametrize("byte", [b"\x00", b"\x55", b"\xff", b" "])
def test_padding_before_the_end_marker_changes_no_pixel(kind: str, size: int, byte: bytes):
    data = KINDS[kind]
    expected = simplejpeg.decode_jpeg(data, colorspace="RGB")
    assert np.array_equal(decode_jpeg(padded(data, byte * size)), expected)


def test_padding_is_accepted_at_a_smaller_size_too():
    data = padded(KINDS["baseline"], bytes(16))
    assert decode_jpeg(data, min_size=(40, 30)).shape == (30, 40, 3)


def refused(data: bytes) -> str:
    with pytest.raises(BrokenImage) as error:
        decode_jpeg(data)
    return str(error.value)


def test_data_before_the_end_marker_are_no_padding():
    # A decoder that lost its place leaves bytes of the image, which differ.
    left = np.random.default_rng(1).integers(0, 255, 40, dtype=np.uint8).tobytes()
    assert "extraneous bytes before marker 0xd9" in refused(padded(KINDS["baseline"], left))
    left += bytes(16)
    assert "extraneous bytes before marker 0xd9" in refused(padded(KINDS["baseline"], left))


@pytest.mark.parametrize("kind", ["baseline", "optimised", "grey"])
def test_a_hole_that_reaches_to_the_end_is_no_padding(kind: str):
    # Zeros decode into blocks, and some are left over.
    data = bytearray(KINDS[kind])
    start, end = data.index(bytes([0xFF, SCAN])), data.index(END_MARKER)
    middle = (start + end) // 2
    data[middle:end] = bytes(end - middle)
    assert refused(bytes(data))


@pytest.mark.parametrize("kind", ["baseline", "progressive", "restart markers"])
@pytest.mark.parametrize("padding", [b"", bytes(16), bytes(1000)])
def test_a_truncated_jpeg_is_refused_with_and_without_an_end_marker(kind: str, padding: bytes):
    data = KINDS[kind]
    for share in (0.4, 0.7, 0.95):
        cut = data[: int(share * len(data))]
        assert refused(cut + padding)
        if padding == b"":
            assert refused(cut + END_MARKER)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_padding_makes_no_damage_acceptable_that_leaves_bytes(data: st.DataObject):
    """Where strict decoding refuses damage, only bytes that are alike can make it accepted."""
    jpeg = bytearray(KINDS["restart markers" if data.draw(st.booleans()) else "baseline"])
    start = jpeg.index(bytes([0xFF, SCAN])) + 20
    at = data.draw(st.integers(start, len(jpeg) - 80))
    size = data.draw(st.integers(1, 64))
    jpeg[at : at + size] = data.draw(st.binary(min_size=size, max_size=size))
    try:
        simplejpeg.decode_jpeg(bytes(jpeg), colorspace="RGB", strict=True)
    except ValueError as error:
        skipped = re.search(r"(\d+) extraneous bytes before marker 0xd9", str(error))
        # Of few bytes, all may be alike by chance.
        if not skipped or int(skipped[1]) > 4:
            assert refused(bytes(jpeg)) == str(error)


def test_bytes_between_the_segments_of_the_header_are_taken_out():
    data = KINDS["baseline"]
    at = data.index(bytes([0xFF, SCAN]))
    assert without_padding(data[:at] + b"\x00\x07" + data[at:]) == data
    assert without_padding(data) == data
    for other in (START, b"", b"text", data[:at]):
        assert without_padding(other) in (other, START)


def test_four_channels_are_decoded_strictly():
    data = saved(quality=80, mode="CMYK")
    assert decode_jpeg(data, "CMYK").shape == (120, 160, 4)
    with pytest.raises(BrokenImage):
        decode_jpeg(data[: len(data) // 2], "CMYK")
