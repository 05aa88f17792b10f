"""Simulated photographs of specimens in round wells, with the specimen's mask and box.

A photograph is composed from back to front: the clean well (`well`), its debris (`debris`), and the
specimen (`insect`) with the traits of its phenotype (`phenotype`). All lengths are millimetres, and
all random numbers except the sensor noise are drawn before pixels exist, so one random state gives
the same scene at any size.

The mask follows the annotation rules of the BIOSCAN-1M paper (appendix A7.1): it covers the main
insect with its wings, legs and antennae; small pieces far from it (detached legs, dust, fibres)
are left out; where an insect is broken into pieces of similar size, the mask covers them all.

These constants were measured on real photographs: the pixel scale, the well's geometry and grey
values (`well`), how often debris occurs (`debris`), the rates of the hard conditions
(`conditions`), positions and sizes of the boxes (here), the JPEG quality. No pixel of a real
photograph is used.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import cv2
import numpy as np

from bioscan.simulate.canvas import Canvas
from bioscan.simulate.conditions import CONDITIONS
from bioscan.simulate.debris import draw_debris
from bioscan.simulate.insect import FORE_PARTS, PARTS, Pose, draw_insect, reach
from bioscan.simulate.phenotype import Phenotype
from bioscan.simulate.well import FRAME_MM, Well, place_well, render_well

#: The quality (libjpeg's scale, 4:2:0 chroma) at which the real photographs are stored.
JPEG_QUALITY = 75

_SMALL_MM = 0.9  # longest body of a small specimen
_VEIL = 0.13  # stray light: the darkest 2 % of the pixels of real specimens are at 35..100
_COVERED = 0.15  # least coverage of a pixel of the mask, relative to the largest


@dataclass(frozen=True)
class Photograph:
    """A photograph with the truth about it.

    Attributes:
        image: uint8 (H, W, 3) RGB.
        mask: bool (H, W), True on the specimen.
        box: (x0, y0, x1, y1), the tight bounds of the mask in half-open pixels; None without a
            specimen.
    """

    image: np.ndarray
    mask: np.ndarray
    box: tuple[int, int, int, int] | None


def bounds(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    """The bounds of a mask (H, W), as x0, y0, x1, y1 in half-open pixels, if it has a pixel."""
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    if not len(columns):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _individual(phenotype: Phenotype, rng: np.random.Generator, condition: str) -> Phenotype:
    """An individual of the taxon: its size and shades vary a little."""
    length = phenotype.body_length * rng.lognormal(0, 0.10)
    small = rng.uniform(0.4, 1.0) * _SMALL_MM
    return replace(
        phenotype,
        body_length=min(length, small) if condition == "small" else length,
        body_value=float(np.clip(phenotype.body_value + rng.normal(0, 0.03), 0.06, 0.95)),
        abdomen_width=phenotype.abdomen_width * rng.lognormal(0, 0.08),
    )


def _place(
    phenotype: Phenotype, well: Well, rng: np.random.Generator, condition: str, height_mm: float
) -> Pose:
    """Draw the pose of a specimen under a condition."""
    length = phenotype.body_length
    heading, angle = rng.uniform(0, 2 * np.pi, 2)
    side = int(rng.choice((-1, 0, 1), p=(0.25, 0.5, 0.25)))
    near, wall = abs(rng.normal(0, 0.13)) * FRAME_MM, rng.uniform(0.20, 0.40) * FRAME_MM
    anywhere = well.radius * 0.95 * rng.random() ** 0.75
    distance = {"small": anywhere, "off_centre": wall, "blurred": wall}.get(condition, near)
    centre = np.asarray(well.centre) + distance * np.array([np.cos(angle), np.sin(angle)])
    if condition == "touching":
        # Specimens are cut above and below, where the well reaches beyond the frame.
        below = rng.random() < 0.5
        beyond = rng.uniform(-0.2, 0.2) * length
        centre = np.array(
            [FRAME_MM * rng.uniform(0.25, 0.75), height_mm + beyond if below else -beyond]
        )
        heading = np.pi / 2 + rng.uniform(-1, 1) + np.pi * (rng.random() < 0.5)
    else:
        margin = min(0.6 * length, 0.45 * height_mm)
        centre = np.clip(centre, margin, np.array([FRAME_MM, height_mm]) - margin)
    return Pose((float(centre[0]), float(centre[1])), float(heading), length, side)


def _break_apart(pose: Pose, rng: np.random.Generator) -> Pose:
    """Draw the pose of an abdomen that broke off and drifted away."""
    angle = rng.uniform(0, 2 * np.pi)
    drift = pose.length * rng.uniform(0.35, 0.9)
    x, y = pose.centre
    moved = (x + drift * float(np.cos(angle)), y + drift * float(np.sin(angle)))
    return replace(pose, centre=moved, heading=float(rng.uniform(0, 2 * np.pi)))


def paint(
    image: np.ndarray,
    phenotype: Phenotype,
    well: Well,
    rng: np.random.Generator,
    condition: str,
    parts: Collection[str] = PARTS,
) -> np.ndarray:
    """Paint the `parts` of a specimen onto `image` (in place), and return its mask, bool (H, W)."""
    height, width = image.shape[:2]
    scale = width / FRAME_MM
    individual = _individual(phenotype, rng, condition)
    pose = _place(individual, well, rng, condition, height / scale)
    pieces = [(pose, parts)]
    if condition == "fragmented":
        fore = [part for part in FORE_PARTS if part in parts]
        pieces = [(pose, fore), (_break_apart(pose, rng), ("abdomen",))]
    out_of_focus = rng.uniform(0.04, 0.10) if condition == "blurred" else abs(rng.normal(0, 0.006))

    # Only the surroundings of the specimen are painted, enlarged so that thin legs look smooth.
    radius = (reach(individual) + (1.5 if len(pieces) > 1 else 0)) * pose.length + 3 * out_of_focus
    middle, frame = np.array(pose.centre), (width, height)
    low = np.clip(np.floor((middle - radius) * scale), 0, frame).astype(int)
    high = np.clip(np.ceil((middle + radius) * scale), 0, frame).astype(int)
    patch = image[low[1] : high[1], low[0] : high[0]]
    zoom = 1 if width > 2000 else 2 if width > 500 else 3
    enlarged = tuple(zoom * np.array(patch.shape[1::-1]))
    canvas = Canvas(
        cv2.resize(patch, enlarged, interpolation=cv2.INTER_NEAREST),
        scale * zoom,
        (low[0] / scale, low[1] / scale),
        np.zeros(enlarged[::-1], np.uint8),
    )
    for piece_pose, painted_parts in pieces:
        draw_insect(canvas, individual, piece_pose, rng, painted_parts)
    painted = cv2.resize(canvas.pixels, patch.shape[1::-1], interpolation=cv2.INTER_AREA)
    cover = cv2.resize(canvas.cover, patch.shape[1::-1], interpolation=cv2.INTER_AREA)
    painted = cv2.addWeighted(painted, 1 - _VEIL, patch, _VEIL, 0)
    sigma = out_of_focus * scale
    if sigma > 0.3:
        # Blur the change that the specimen made, not the well behind it.
        change = cv2.GaussianBlur(painted.astype(np.float32) - patch, (0, 0), sigma)
        painted = np.clip(patch + change, 0, 255).astype(np.uint8)
        cover = cv2.GaussianBlur(cover, (0, 0), sigma)
    patch[:] = painted
    mask = np.zeros((height, width), bool)
    mask[low[1] : high[1], low[0] : high[0]] = cover > _COVERED * cover.max()
    return mask


def photograph(
    phenotype: Phenotype | None,
    rng: np.random.Generator,
    size: tuple[int, int] = (1024, 768),
    condition: str = "whole",
) -> Photograph:
    """Photograph a specimen in a well.

    Args:
        phenotype: the traits of its taxon; may be None under the condition "empty", which ignores
            it.
        rng: source of random numbers.
        size: (width, height) of the image, pixels; its width always shows FRAME_MM.
        condition: one of CONDITIONS.

    Raises:
        ValueError: an unknown condition, or no phenotype for a specimen.
    """
    if condition not in CONDITIONS:
        raise ValueError(f"{condition!r} is none of {', '.join(CONDITIONS)}")
    if phenotype is None and condition != "empty":
        raise ValueError(f"a photograph that is {condition!r} needs a phenotype")
    of_well, of_debris, of_specimen = (
        np.random.default_rng(seed) for seed in rng.integers(2**63, size=3)
    )
    well = place_well(of_well)
    image = render_well(well, of_well, size)
    draw_debris(Canvas(image, size[0] / FRAME_MM), well, of_debris)
    if condition == "empty" or phenotype is None:
        return Photograph(image, np.zeros(image.shape[:2], bool), None)
    mask = paint(image, phenotype, well, of_specimen, condition)
    return Photograph(image, mask, bounds(mask))
