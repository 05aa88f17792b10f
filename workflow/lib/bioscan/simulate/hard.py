"""Photographs that are harder to crop than those of a release, to train a detector for real wells.

A scene is the well (now and then a sheet instead), its debris and a specimen, as in `photographs`,
with what was seen in real wells where detectors erred: wings of which little more than the edge is
seen, folded or lost legs, bodies that shine through or are bent, specimens out of focus at the
wall, flakes, crumbs and detached legs, wings and antennae as large as the specimen, a second and
smaller specimen, droplets, shadows, tinted and overexposed light. All strengths are wider than what
was seen, so that real wells lie within them.

The mask is the specimen's, as in `photographs`: what is detached from it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from bioscan.simulate.canvas import Canvas, Colour, area, curve, hsv, stroke
from bioscan.simulate.debris import STRAY, angular, draw_debris, inside, rings
from bioscan.simulate.insect import PARTS, draw_leg, draw_wing
from bioscan.simulate.phenotype import Phenotype
from bioscan.simulate.photographs import Photograph, bounds, paint
from bioscan.simulate.well import FRAME_MM, Well, place_well, render_well

#: Rates of the conditions (`conditions`): more specimens at the wall and out of focus than among
#: the real hard ones, as these are what detectors err in.
SCENE_RATES: dict[str, float] = {
    "whole": 0.20,
    "small": 0.20,
    "off_centre": 0.16,
    "fragmented": 0.05,
    "touching": 0.10,
    "blurred": 0.07,
    "empty": 0.22,
}

#: Parts that a specimen has lost, or that cannot be told from its body → how often.
_LOST = {"legs": 0.2, "antennae": 0.4, "wings": 0.1, "head": 0.05}

#: How often there is no well, but a sheet, and a specimen that may fill the frame.
_SHEETS = 0.07

#: Share of its largest contrast, and of the pixel, from which an out-of-focus specimen is outlined.
_SEEN, _COVERED = 0.4, 0.5

#: Red, green and blue of the light, relative to that of most wells → how often.
_LIGHTS = {(0.86, 0.97, 1.03): 0.15, (1.0, 0.9, 0.8): 0.12, (1.0, 1.0, 1.0): 0.73}


def hard_photograph(
    phenotype: Phenotype, rng: np.random.Generator, size: tuple[int, int], condition: str
) -> Photograph:
    """Photograph a specimen that is hard to crop.

    Args:
        phenotype: the traits of its taxon; the condition "empty" ignores it.
        rng: source of random numbers.
        size: (width, height) of the image, pixels; its width always shows FRAME_MM.
        condition: one of CONDITIONS.
    """
    of_well, of_debris, of_specimen, of_litter, of_light = (
        np.random.default_rng(seed) for seed in rng.integers(2**63, size=5)
    )
    well = place_well(of_well)
    if of_well.random() < _SHEETS:
        phenotype = replace(phenotype, body_length=FRAME_MM * of_well.uniform(0.1, 0.45))
        condition = "empty" if condition == "empty" else "whole"
        image = _sheet(of_well, size)
    else:
        image = render_well(well, of_well, size)
    canvas = Canvas(image, size[0] / FRAME_MM)
    for _ in range(2 if of_debris.random() < 0.3 else 1):
        draw_debris(canvas, well, of_debris)
    mask = np.zeros(image.shape[:2], bool)
    near = np.asarray(well.centre)
    if condition != "empty":
        if condition != "small" and of_specimen.random() < 0.15:
            _specimen(image, _smaller(phenotype, of_specimen), well, of_specimen, "whole")
        mask = _specimen(image, _shabby(phenotype, of_specimen), well, of_specimen, condition)
        rows, columns = np.nonzero(mask)
        if len(rows):
            near = np.array([columns.mean(), rows.mean()]) / canvas.scale
    _litter(canvas, well, near, of_litter)
    image = _light(image, of_light)
    return Photograph(image, mask, bounds(mask))


def _sheet(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """What is no well, uint8 (h, w, 3): a sheet of paper or cloth, most often white."""
    width, height = size
    white = rng.random() < 0.6
    colour = rng.uniform(235, 256, 3) if white else rng.uniform(90, 235) + rng.normal(0, 12, 3)
    shade = rng.uniform(0, 6) * _field(rng, (height, width), (2, 4))
    grain = rng.standard_normal((height, width), dtype=np.float32)
    return np.clip(colour + (shade + rng.uniform(0, 2) * grain)[..., None], 0, 255).astype(np.uint8)


def _shabby(phenotype: Phenotype, rng: np.random.Generator) -> Phenotype:
    """A specimen after trap, ethanol and plate: pale, transparent, legs folded, wings anyhow."""
    clear = phenotype.wing_opacity < 0.6
    any_value = rng.random() < 0.5
    return replace(
        phenotype,
        body_length=phenotype.body_length * rng.lognormal(-0.15, 0.3),
        body_value=rng.uniform(0.08, 0.92) if any_value else phenotype.body_value,
        body_saturation=phenotype.body_saturation * rng.uniform(0.3, 1.2),
        wing_opacity=rng.uniform(0.03, 0.3) if clear else phenotype.wing_opacity,
        wing_value=rng.uniform(0.5, 0.95) if clear else phenotype.wing_value,
        veins=phenotype.veins * rng.uniform(0.1, 1.0),
        wing_spread=rng.uniform(4, 110) if clear else phenotype.wing_spread,
        wing_length=phenotype.wing_length * rng.lognormal(0.1, 0.2),
        wing_width=phenotype.wing_width * rng.lognormal(0.1, 0.25),
        head_width=phenotype.head_width * rng.lognormal(0, 0.15),
        thorax_width=phenotype.thorax_width * rng.lognormal(0, 0.15),
        abdomen_width=phenotype.abdomen_width * rng.lognormal(0, 0.2),
        leg_length=phenotype.leg_length * rng.uniform(0.3, 1.0),
        leg_width=phenotype.leg_width * rng.uniform(0.6, 1.3),
        antenna_length=phenotype.antenna_length * rng.uniform(0.2, 1.0),
    )


def _smaller(phenotype: Phenotype, rng: np.random.Generator) -> Phenotype:
    """A second specimen, smaller than the one that the well is for."""
    other = _shabby(phenotype, rng)
    return replace(other, body_length=phenotype.body_length * rng.uniform(0.3, 0.7))


def _specimen(
    image: np.ndarray, phenotype: Phenotype, well: Well, rng: np.random.Generator, condition: str
) -> np.ndarray:
    """Paint a specimen onto `image` (in place), and return its mask, bool (H, W)."""
    parts = [part for part in PARTS if rng.random() >= _LOST.get(part, 0)]
    at_the_wall = condition in ("blurred", "off_centre", "touching")
    blurred = condition == "blurred" or (at_the_wall and rng.random() < 0.4)
    behind = image.copy()
    mask = paint(
        image, phenotype, well, rng, "off_centre" if condition == "blurred" else condition, parts
    )
    box = bounds(mask)
    if box is None:
        return mask
    blur = rng.uniform(0.02, 0.14) * image.shape[1] / FRAME_MM * blurred
    bent = rng.uniform(0, 0.04) * max(box[2] - box[0], box[3] - box[1])
    window = _around(box, round(3 * blur + 3 * bent) + 12, mask.shape)
    change = image[window].astype(np.float32) - behind[window]
    change, mask[window] = _bend(change, mask[window], bent, rng)
    change *= _texture(rng, mask[window].shape, rng.uniform(0, 0.35))[..., None]
    change *= np.float32(rng.uniform(0.45, 1.1))
    change -= _shadow(mask[window], rng)[..., None]
    if blur > 0.3:
        change = cv2.GaussianBlur(change, (0, 0), blur)
        # Annotators outline what they see: not the halo, and no wing that the blur dissolved.
        seen = np.abs(change).max(2)
        covered = cv2.GaussianBlur(mask[window].astype(np.float32), (0, 0), blur)
        mask[window] = (covered > _COVERED) & (seen > _SEEN * seen.max())
    image[window] = np.clip(behind[window] + change, 0, 255).astype(np.uint8)
    return mask


def _around(
    box: tuple[int, int, int, int], margin: int, shape: tuple[int, ...]
) -> tuple[slice, slice]:
    """Rows and columns of a box and its surroundings within an image."""
    x0, y0, x1, y1 = box
    return (
        slice(max(0, y0 - margin), min(shape[0], y1 + margin)),
        slice(max(0, x0 - margin), min(shape[1], x1 + margin)),
    )


def _bend(
    change: np.ndarray, mask: np.ndarray, shift: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """What a specimen changes (h, w, 3) and its mask (h, w), bent as no drawing is.

    Args:
        shift: standard deviation of a pixel's displacement.
    """
    height, width = mask.shape
    places = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    maps = [place + np.float32(shift) * _field(rng, mask.shape, (5,)) for place in places]
    bent = cv2.remap(change, *maps, cv2.INTER_LINEAR)
    return bent, cv2.remap(mask.astype(np.uint8), *maps, cv2.INTER_NEAREST) > 0


def _field(rng: np.random.Generator, shape: tuple[int, ...], cells: Sequence[int]) -> np.ndarray:
    """Smooth noise (h, w): a sum of fields of these numbers of cells, each of unit deviation."""
    fields = (rng.standard_normal((count, count), dtype=np.float32) for count in cells)
    return sum(cv2.resize(field, shape[::-1], interpolation=cv2.INTER_CUBIC) for field in fields)


def _texture(rng: np.random.Generator, shape: tuple[int, int], strength: float) -> np.ndarray:
    """Factors (h, w) about 1: blotches of several sizes."""
    return np.clip(1 + strength * _field(rng, shape, (3, 8, 20)), 0.1, 1.8)


def _shadow(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grey values (h, w) that a specimen takes from what lies around it."""
    strength = rng.gamma(1.0, 8.0)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), rng.uniform(3, 9))
    return np.float32(strength) * soft * ~mask


def _flake(
    canvas: Canvas, where: np.ndarray, length: float, colour: Colour, rng: np.random.Generator
) -> None:
    """A torn sheet: angular, textured, now and then out of focus."""
    corners = int(rng.integers(4, 11))
    outline = where + length / 2 * angular(corners, 0.4, (0.25, 1), rng)
    texture = 1 + rng.uniform(0, 0.25) * rng.standard_normal((12, 12))
    blur = rng.uniform(0.02, 0.1) * (rng.random() < 0.2)
    area(canvas, outline, colour, rng.uniform(0.25, 1), texture, blur)


def _antenna(
    canvas: Canvas, where: np.ndarray, length: float, colour: Colour, rng: np.random.Generator
) -> None:
    """A detached antenna: a string of beads."""
    beads = curve(where, rng.uniform(0, 6.3), length, rng.normal(0, 1.2), int(rng.integers(8, 16)))
    stroke(canvas, beads, 0.15 * length / len(beads), colour)
    for bead, next_bead in pairwise(beads):
        joint = bead + 0.7 * (next_bead - bead)
        stroke(canvas, np.stack([bead, joint]), 0.6 * length / len(beads), colour)


def _droplets(canvas: Canvas, well: Well, rng: np.random.Generator) -> None:
    """Condensation that covers a part of the well: drops side by side, with an edge and a glint."""
    middle, spread = inside(well, rng)[0], rng.uniform(0.8, 2.5)
    size = rng.uniform(0.025, 0.08)
    count = int(min(1500, rng.uniform(0.3, 0.8) * (spread / size) ** 2))
    where = middle + rng.normal(0, spread, (count, 2))
    radii = size * rng.lognormal(0, 0.3, count)
    clarity = rng.uniform(0.15, 0.7)
    stroke(canvas, rings(where, radii, 9), 0.012, (160, 162, 164), clarity)
    glints = rings(where - 0.1 * radii[:, None], 0.6 * radii, 9)[:, 3:6]
    stroke(canvas, glints, 0.014, (250,) * 3, clarity)


def _litter(canvas: Canvas, well: Well, near: np.ndarray, rng: np.random.Generator) -> None:
    """Pieces of insects and dirt as large as specimens, half of them beside the specimen."""

    def somewhere() -> np.ndarray:
        return inside(well, rng)[0] if rng.random() < 0.5 else near + rng.normal(0, 0.9, 2)

    def chitin() -> Colour:
        return hsv(rng.uniform(0.05, 0.13), rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.8))

    if rng.random() < 0.12:
        _droplets(canvas, well, rng)
    for _ in range(rng.poisson(0.7)):
        colour = hsv(rng.uniform(0.05, 0.16), rng.uniform(0, 0.6), rng.uniform(0.2, 0.95))
        _flake(canvas, somewhere(), rng.lognormal(np.log(0.7), 0.6), colour, rng)
    for _ in range(rng.poisson(0.8)):
        length = rng.lognormal(np.log(1.0), 0.5)
        bends = (rng.normal(0, 0.7), rng.normal(0, 0.5))
        width = length * rng.uniform(0.012, 0.05)
        draw_leg(canvas, somewhere(), rng.uniform(0, 6.3), length, width, chitin(), bends)
    for _ in range(rng.poisson(0.25)):
        wing = replace(
            STRAY,
            wing_opacity=rng.uniform(0.1, 0.6),
            wing_value=rng.uniform(0.4, 0.9),
            wing_width=STRAY.wing_width * rng.lognormal(0, 0.3),
            veins=rng.uniform(0.1, 1.0),
        )
        length, tilt = rng.lognormal(np.log(0.8), 0.4), rng.uniform(0.5, 1)
        draw_wing(canvas, wing, somewhere(), rng.uniform(0, 6.3), length, tilt, False, rng)
    for _ in range(rng.poisson(0.25)):
        _antenna(canvas, somewhere(), rng.lognormal(np.log(0.6), 0.4), chitin(), rng)
    if rng.random() < 0.2:
        middle, colour = somewhere(), chitin()
        for where in middle + rng.normal(0, rng.uniform(0.1, 0.7), (rng.integers(4, 40), 2)):
            _flake(canvas, where, rng.lognormal(np.log(0.07), 0.5), colour, rng)
    for _ in range(rng.poisson(0.7)):
        # Dirt at the wall and above the bottom, out of focus.
        outline = somewhere() + rng.lognormal(np.log(0.1), 0.5) * angular(6, 0.3, (0.3, 1), rng)
        area(canvas, outline, chitin(), rng.uniform(0.3, 1), blur=rng.uniform(0.02, 0.1))


def _light(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The photograph in another light: exposure, contrast, tint, dim or dirty edges, focus."""
    height, width = image.shape[:2]
    lights = list(_LIGHTS)
    tint = lights[rng.choice(len(lights), p=list(_LIGHTS.values()))]
    gain = rng.uniform(0.85, 1.12) * np.asarray(tint) * rng.normal(1, 0.015, 3)
    levels = 255 * (np.arange(256) / 255) ** rng.uniform(0.8, 1.3)
    table = np.clip(levels[:, None] * gain, 0, 255).astype(np.uint8)
    lit = cv2.LUT(image, table[:, None])
    if rng.random() < 0.4:
        # Blobs at the frame's edge, as of a neighbouring well or of dirt on the lens.
        dim = np.zeros((48, 64), np.float32)
        for _ in range(rng.integers(1, 4)):
            side = rng.uniform(0, 2 * np.pi)
            middle = np.array([32, 24]) + np.array([36, 27]) * [np.cos(side), np.sin(side)]
            axes = rng.uniform(3, 14, 2).astype(int)
            turn = rng.uniform(0, 180)
            dark = float(rng.uniform(-0.15, 0.4))
            cv2.ellipse(dim, middle.astype(int).tolist(), axes.tolist(), turn, 0, 360, dark, -1)
        dim = cv2.GaussianBlur(dim, (0, 0), rng.uniform(1, 6))
        dim = cv2.resize(dim, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
        colour = np.float32([1, 1 + rng.uniform(0, 0.3), 1 + rng.uniform(0, 0.6)])
        lit = np.clip(lit * (1 - dim * colour), 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        lit = cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.5, 2.0) * width / 1024)
    return lit
