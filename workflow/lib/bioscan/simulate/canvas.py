"""Drawing in millimetres: anti-aliased strokes, translucent areas and shaded solids.

Shapes are painted directly onto the pixels, in 8 bits, and touch only their bounding box. A canvas
may keep a `cover`, which collects the painted shapes: the mask of the specimen.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np

Colour = tuple[float, float, float]  # RGB, 0..255

_BROWN = (36, 44, 46)  # red, green and blue that a blotch of unit strength removes
_SHIFT = 4  # bits of sub-pixel precision in OpenCV's drawing functions


@dataclass(frozen=True)
class Canvas:
    """Pixels that show a rectangle of the well.

    Attributes:
        pixels: uint8 (h, w, 3) RGB.
        scale: px/mm.
        origin: (x, y) of the upper left corner, mm.
        cover: uint8 (h, w), 255 where a shape lies; None if no mask is needed.
    """

    pixels: np.ndarray
    scale: float
    origin: tuple[float, float] = (0.0, 0.0)
    cover: np.ndarray | None = None

    def px(self, points: np.ndarray) -> np.ndarray:
        """Convert millimetres (n, 2) to pixels (n, 2), with pixel centres at whole numbers."""
        return (np.asarray(points) - self.origin) * self.scale - 0.5


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Convert a hue in turns, a saturation and a value in 0..1 (clipped) to RGB in 0..255."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, *np.clip((saturation, value), 0, 1))
    return 255 * red, 255 * green, 255 * blue


def _window(
    canvas: Canvas, points: np.ndarray, margin: float
) -> tuple[slice, slice, np.ndarray] | None:
    """Rows and columns of the pixels around `points` (n, 2 px), and the points relative to them.

    None if all of it lies outside the canvas.
    """
    height, width = canvas.pixels.shape[:2]
    low = np.maximum(np.floor(points.min(0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(points.max(0) + margin) + 1, (width, height)).astype(int)
    if (high <= low).any():
        return None
    return slice(low[1], high[1]), slice(low[0], high[0]), points - low


def _blend(
    canvas: Canvas, rows: slice, columns: slice, alpha: np.ndarray, colour: Colour | np.ndarray
) -> None:
    """Mix `colour` ((3,) or (h, w, 3)) into a window with weights `alpha` (h, w) in 0..1."""
    pixels = canvas.pixels[rows, columns]
    mixed = pixels + alpha[..., None] * (np.asarray(colour, np.float32) - pixels)
    canvas.pixels[rows, columns] = np.clip(mixed, 0, 255)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round(points * (1 << _SHIFT)).astype(np.int32)


def _mark(canvas: Canvas, rows: slice, columns: slice, mask: np.ndarray) -> None:
    if canvas.cover is not None:
        cover = canvas.cover[rows, columns]
        np.maximum(cover, mask, out=cover)


def stroke(
    canvas: Canvas,
    lines: np.ndarray,
    width: float,
    colour: Colour,
    opacity: float = 1.0,
    blur: float = 0.0,
) -> None:
    """Paint lines. Lines thinner than a pixel are drawn a pixel thick and fainter.

    Args:
        canvas: to paint on.
        lines: one line (points, 2) or several (lines, points, 2), mm.
        width: mm.
        colour: RGB.
        opacity: in 0..1.
        blur: standard deviation, mm.
    """
    points = np.reshape(lines, (-1, 2))
    thickness = width * canvas.scale
    sigma = blur * canvas.scale
    window = _window(canvas, canvas.px(points), thickness / 2 + 3 * sigma + 2)
    if window is None:
        return
    rows, columns, local = window
    mask = np.zeros(canvas.pixels[rows, columns].shape[:2], np.uint8)
    whole = max(1, round(thickness))
    cv2.polylines(
        mask,
        _fixed(local).reshape(-1, np.shape(lines)[-2], 2),
        False,
        255,
        whole,
        cv2.LINE_AA,
        _SHIFT,
    )
    _mark(canvas, rows, columns, mask)
    if sigma > 0.3:
        mask = cv2.GaussianBlur(mask, (0, 0), sigma)
    touched = mask > 0  # a line fills little of its window
    alpha = mask[touched, None] * np.float32(opacity * min(1.0, max(thickness, 0.15)) / 255)
    pixels = canvas.pixels[rows, columns]
    pixels[touched] = np.clip(
        pixels[touched] + alpha * (np.asarray(colour, np.float32) - pixels[touched]), 0, 255
    )


def area(
    canvas: Canvas,
    outline: np.ndarray,
    colour: Colour,
    opacity: float,
    texture: np.ndarray | None = None,
    blur: float = 0.0,
) -> None:
    """Paint a filled polygon.

    Args:
        canvas: to paint on.
        outline: (n, 2) corners, mm.
        colour: RGB.
        opacity: in 0..1.
        texture: factors (any size, about 1) that multiply the colour.
        blur: standard deviation, mm.
    """
    sigma = blur * canvas.scale
    window = _window(canvas, canvas.px(outline), 2 + 3 * sigma)
    if window is None:
        return
    rows, columns, local = window
    mask = np.zeros(canvas.pixels[rows, columns].shape[:2], np.uint8)
    cv2.fillPoly(mask, _fixed(local)[None], 255, cv2.LINE_AA, _SHIFT)
    _mark(canvas, rows, columns, mask)
    if sigma > 0.3:
        mask = cv2.GaussianBlur(mask, (0, 0), sigma)
    fill: Colour | np.ndarray = colour
    if texture is not None:
        grain = cv2.resize(texture.astype(np.float32), mask.shape[::-1])
        fill = grain[..., None] * np.asarray(colour, np.float32)
    _blend(canvas, rows, columns, mask * np.float32(opacity / 255), fill)


@dataclass(frozen=True)
class Surface:
    """The look of a solid: its colour and the patterns on it (strengths in 0..1)."""

    colour: Colour
    opacity: float = 1.0
    gloss: float = 0.0
    bands: float = 0.0  # dark rings across
    band_count: float = 6.0
    stripes: float = 0.0  # dark lines along
    seam: float = 0.0  # one dark line along the middle: where the elytra meet
    mottling: float = 0.0
    dark_core: float = 0.0  # the gut showing through


def solid(
    canvas: Canvas,
    centre: np.ndarray,
    angle: float,
    length: float,
    width: float,
    surface: Surface,
    rng: np.random.Generator,
    taper: float = 0.0,
    curl: float = 0.0,
) -> None:
    """Paint a rounded, shaded body.

    Args:
        canvas: to paint on.
        centre: (2,) mm.
        angle: of the axis, radians.
        length: along the axis, mm.
        width: across the axis, mm.
        surface: the look.
        rng: source of random numbers.
        taper: in 0..1, how pointed the far end is.
        curl: sideways bend of the axis (in half widths over half a length, squared).
    """
    coarse, fine = rng.standard_normal((6, 6)), rng.standard_normal((24, 24))
    grain = np.float32(cv2.resize(coarse, (24, 24), interpolation=cv2.INTER_CUBIC) + 0.5 * fine)
    wave = np.float32(rng.uniform(0, 2 * np.pi))
    centre_px = canvas.px(np.asarray(centre)[None])
    half, radius = length * canvas.scale / 2, max(width * canvas.scale / 2, 0.6)
    bulge = radius * (1.15 + abs(curl))
    turn = np.abs([np.cos(angle), np.sin(angle)])
    reach = half * turn + bulge * turn[::-1]
    window = _window(canvas, np.concatenate([centre_px - reach, centre_px + reach]), 1)
    if window is None:
        return
    rows, columns, local = window
    shape = canvas.pixels[rows, columns].shape[:2]
    middle = local.mean(0)
    y = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(middle[1])
    x = np.arange(shape[1], dtype=np.float32)[None] - np.float32(middle[0])
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    along = (x * cosine + y * sine) / np.float32(half)
    across = (y * cosine - x * sine) / np.float32(radius)
    slender = np.float32(min(1, 0.4 * half / radius))  # round bodies neither bend nor wave
    across -= slender * np.float32(curl) * along * along
    within = np.maximum(1 - along * along, 0)
    across += 0.14 * slender * within * np.sin(4 * along + wave)  # no animal is symmetric
    profile = np.sqrt(within) * (1 - taper * (0.5 + 0.5 * along))
    alpha = np.clip((profile - np.abs(across)) * radius + 0.5, 0, 1) * (profile > 0)
    _mark(canvas, rows, columns, (alpha * 255).astype(np.uint8))

    edge = np.abs(across) / np.maximum(profile, 1e-3)
    light = 1.06 - 0.42 * np.minimum(edge, 1) ** 2 - 0.10 * across
    blotches = surface.mottling * cv2.resize(grain, shape[::-1])
    light += 0.14 * blotches
    if surface.bands > 0.02:
        rings = 0.5 + 0.5 * np.cos(along * np.float32(np.pi * surface.band_count))
        light *= 1 - surface.bands * rings * rings
    if surface.stripes > 0.02:
        light *= 1 - surface.stripes * np.cos(edge * 5.5) ** 4
    if surface.seam:
        light *= 1 - surface.seam * np.exp(-((across * 14) ** 2))
    if surface.dark_core:
        light *= 1 - surface.dark_core * np.exp(-((across * 2) ** 2 + (along * 1.6) ** 2))
    fill = light[..., None] * np.asarray(surface.colour, np.float32)
    fill += np.minimum(0.3 - blotches, 0)[..., None] * np.float32(_BROWN)
    if surface.gloss > 0.05:
        shine = np.exp(-(((along + 0.1) * 2.5) ** 2) - ((across + 0.35) * 5) ** 2)
        fill += (surface.gloss * 110 * shine)[..., None]
    _blend(canvas, rows, columns, alpha * np.float32(surface.opacity), fill)


def curve(
    start: np.ndarray, angle: float, length: float, bend: float, count: int = 8
) -> np.ndarray:
    """Points (count, 2) of an arc of `length` from `start`, which turns by `bend` radians."""
    headings = angle + bend * (np.arange(count - 1) + 0.5) / (count - 1)
    steps = np.stack([np.cos(headings), np.sin(headings)], 1) * (length / (count - 1))
    return np.concatenate([np.asarray(start, float)[None], start + np.cumsum(steps, 0)])
