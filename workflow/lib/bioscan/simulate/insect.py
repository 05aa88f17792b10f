"""The specimen: a phenotype in a pose, painted part by part.

Parts are laid out in the animal's own frame: x forward, y to its left, in body lengths, with the
thorax at the origin. A specimen lies on its belly or back (wings and legs on both sides) or on its
side (wings on one side, legs on the other), as in the real wells, and may have lost legs or
antennae.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from bioscan.simulate.canvas import Canvas, Colour, Surface, area, curve, hsv, solid, stroke
from bioscan.simulate.phenotype import Phenotype

PARTS = ("legs", "wings", "abdomen", "thorax", "head", "antennae")
FORE_PARTS = ("legs", "wings", "thorax", "head", "antennae")  # without the abdomen


@dataclass(frozen=True)
class Pose:
    """The position, heading and side on which a specimen lies."""

    centre: tuple[float, float]  # mm, of the thorax
    heading: float  # radians, clockwise from the right as seen in the image
    length: float  # mm, of the body
    side: int  # 0 on its belly or back; ±1 on its side, legs towards ±y

    def at(self, x: float | np.ndarray, y: float | np.ndarray) -> np.ndarray:
        """Millimetres (..., 2) of a point of the animal's frame."""
        cosine, sine = np.cos(self.heading), np.sin(self.heading)
        turned = np.stack([x * cosine - y * sine, x * sine + y * cosine], -1)
        return np.asarray(self.centre) + self.length * turned


def reach(phenotype: Phenotype) -> float:
    """The largest distance of any part from the thorax, in body lengths."""
    return 0.35 + max(
        0.4 + phenotype.tail_length * (phenotype.tails > 0),
        phenotype.leg_length * max(phenotype.hind_leg, 1) * 1.1,
        phenotype.antenna_length,
        phenotype.wing_length * (phenotype.wing_pairs > 0),
    )


def _shade(phenotype: Phenotype, contrast: float = 0.0, hue_shift: float = 0.0) -> Colour:
    value = phenotype.body_value * (1 + contrast)
    return hsv(phenotype.body_hue + hue_shift, phenotype.body_saturation, min(value, 0.86))


def draw_leg(
    canvas: Canvas,
    root: np.ndarray,
    angle: float,
    length: float,
    width: float,
    colour: Colour,
    bends: tuple[float, float],
    thigh: float = 1.0,
) -> None:
    """Paint femur, tibia and tarsus.

    Args:
        canvas: to paint on.
        root: (2,) mm.
        angle: of the femur, radians.
        length: of the whole leg, mm.
        width: mm.
        colour: RGB.
        bends: the turns at the two joints, radians.
        thigh: width of the femur relative to `width`.
    """
    knee = curve(root, angle, 0.38 * length, 0.15, 3)
    ankle = curve(knee[-1], angle + bends[0], 0.36 * length, 0.1, 3)
    foot = curve(ankle[-1], angle + bends[0] + bends[1], 0.30 * length, 0.4 * bends[1], 4)
    dark = tuple(0.8 * channel for channel in colour)
    stroke(canvas, foot, 0.40 * width, dark)
    stroke(canvas, ankle, 0.62 * width, colour)
    stroke(canvas, knee, thigh * width, colour)
    stroke(canvas, np.concatenate([knee, ankle]), 0.2 * width, (255, 250, 240), 0.25)  # gloss


def draw_wing(
    canvas: Canvas,
    phenotype: Phenotype,
    root: np.ndarray,
    angle: float,
    length: float,
    foreshortening: float,
    mirrored: bool,
    rng: np.random.Generator,
) -> None:
    """Paint one membranous or scaly wing: membrane, pattern, veins, fringe.

    Args:
        canvas: to paint on.
        phenotype: the traits.
        root: (2,) mm.
        angle: of the wing's axis, radians.
        length: mm.
        foreshortening: apparent width relative to the true one.
        mirrored: whether it is a wing of the other side.
        rng: source of random numbers.
    """
    texture = 1 + 0.18 * phenotype.mottling * rng.standard_normal((9, 9))
    along = np.linspace(0, 1, 25)
    width = phenotype.wing_width * foreshortening * (-1 if mirrored else 1)
    fore = 0.40 * width * (1 - (1 - along) ** 3.0) * np.sqrt(1 - along**4)
    hind = -0.60 * width * (1 - (1 - along) ** 1.7) * np.sqrt(1 - along**5)
    cosine, sine = np.cos(angle), np.sin(angle)

    def place(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return root + length * np.stack([x * cosine - y * sine, x * sine + y * cosine], -1)

    membrane = hsv(phenotype.wing_hue, phenotype.wing_saturation, phenotype.wing_value)
    dark = tuple(0.42 * channel for channel in membrane)
    outline = np.concatenate([place(along, fore), place(along, hind)[::-1]])
    if phenotype.wing_fringe > 0.1:
        tips = place(along + 0.05, hind - 0.12 * phenotype.wing_fringe * np.sign(width))
        fringe = np.stack([place(along, hind), tips], 1)
        stroke(canvas, fringe, 0.006, dark, 0.5 * phenotype.wing_fringe)
    area(canvas, outline, membrane, phenotype.wing_opacity, texture)
    if phenotype.wing_pattern > 0.1:
        for first, last in ((8, 11), (14, 18), (21, 25)):
            across = along[first:last]
            edges = place(across, fore[first:last]), place(across, hind[first:last])
            band = np.concatenate([edges[0], edges[1][::-1]])
            area(canvas, band, dark, 0.75 * phenotype.wing_pattern)
    shares = np.array([0.04, 0.16, 0.34, 0.52, 0.70, 0.86])[:, None]
    inner = slice(1, 24)
    veins = place(
        np.broadcast_to(along[inner], (6, 23)), fore[inner] + shares * (hind - fore)[inner]
    )
    stroke(canvas, veins, 0.007 * length, dark, 0.65 * phenotype.veins)
    crossings = np.stack([veins[[0, 2, 3], [13, 11, 8]], veins[[2, 3, 4], [13, 11, 8]]], 1)
    stroke(canvas, crossings, 0.008 * length, dark, 0.5 * phenotype.veins)
    stroke(canvas, outline[:25], 0.012 * length, dark, 0.15 + 0.5 * phenotype.veins)
    stroke(canvas, outline[25:], 0.006 * length, dark, 0.25)


def _draw_legs(
    canvas: Canvas, phenotype: Phenotype, pose: Pose, rng: np.random.Generator, flank: int
) -> None:
    """Paint the legs of one side, swept and folded similarly; `flank` is +1 left, -1 right."""
    sweep, fold, lost = rng.normal(0, 0.35), rng.uniform(0.3, 2.0), rng.uniform(0, 0.35)
    towards = pose.side or flank
    pairs = phenotype.leg_pairs
    colour = _shade(phenotype, phenotype.leg_contrast)
    for number in range(pairs):
        place = number / (pairs - 1)
        turn, knee = rng.normal(sweep, 0.25), rng.normal(fold, 0.35)
        ankle = rng.normal(-0.3 * knee, 0.4)
        if rng.random() < lost:
            continue
        angle = np.deg2rad(50 + 80 * place) + turn
        hind = number == pairs - 1
        length = phenotype.leg_length * (phenotype.hind_leg if hind else 1.0)
        forwards = -1 if place < 0.4 else 1
        draw_leg(
            canvas,
            pose.at(
                (0.3 - 0.6 * place) * phenotype.thorax_length,
                0.3 * towards * phenotype.thorax_width,
            ),
            pose.heading + towards * angle,
            length * pose.length,
            phenotype.leg_width * pose.length,
            colour,
            (towards * forwards * knee, towards * forwards * ankle),
            thigh=1.0 if not hind else max(1.0, 1.6 * phenotype.hind_leg - 1.0),
        )


def _draw_wings(
    canvas: Canvas, phenotype: Phenotype, pose: Pose, rng: np.random.Generator, flank: int
) -> None:
    """Paint the wings of one side, the hind one first."""
    towards = -pose.side or flank
    for number in reversed(range(phenotype.wing_pairs)):
        slack = 4 + 0.35 * phenotype.wing_spread
        turn, tilt = rng.normal(0, slack), rng.uniform(0.45, 1.0)
        if rng.random() < 0.05:
            continue
        spread = np.deg2rad(phenotype.wing_spread * (1.0 + 0.25 * number) + turn)
        draw_wing(
            canvas,
            phenotype,
            pose.at(
                (0.2 - 0.3 * number) * phenotype.thorax_length,
                0.36 * towards * phenotype.thorax_width,
            ),
            pose.heading + np.pi - towards * spread,
            phenotype.wing_length * (1 - 0.25 * number) * pose.length,
            tilt if phenotype.wing_opacity < 0.6 else 1.0,
            mirrored=towards < 0,
            rng=rng,
        )


def _draw_tails(
    canvas: Canvas, phenotype: Phenotype, pose: Pose, tip: np.ndarray, angle: float
) -> None:
    fan = np.linspace(-0.35, 0.35, phenotype.tails) if phenotype.tails > 1 else np.zeros(1)
    colour = _shade(phenotype, phenotype.leg_contrast)
    length = phenotype.tail_length * pose.length
    for spread in fan[: phenotype.tails]:
        line = curve(tip, angle + spread, length, -0.8 * spread)
        stroke(canvas, line, 0.016 * pose.length, colour)


def _draw_abdomen(
    canvas: Canvas, phenotype: Phenotype, pose: Pose, rng: np.random.Generator
) -> None:
    bend = rng.normal(0, 0.12) - pose.side * abs(rng.normal(0, 0.35))
    curl = float(np.clip(rng.normal(pose.side * 0.15, 0.15), -0.4, 0.4))
    stalk = 0.10 * max(phenotype.waist - 0.4, 0)
    length = 1 - phenotype.head_length - phenotype.thorax_length - stalk
    angle = pose.heading + np.pi + bend
    backwards = np.array([np.cos(angle), np.sin(angle)]) * pose.length
    joint = pose.at(-0.42 * phenotype.thorax_length, 0.0)
    root = joint + stalk * backwards
    if stalk:
        line = np.stack([joint, root + 0.06 * backwards])
        stroke(canvas, line, 0.05 * pose.length, _shade(phenotype))
    tip = root + 0.96 * length * backwards
    _draw_tails(canvas, phenotype, pose, tip, angle)
    covered = phenotype.elytra > 0.5
    colour = (
        hsv(phenotype.wing_hue, phenotype.wing_saturation, phenotype.wing_value)
        if covered
        else _shade(phenotype, phenotype.abdomen_contrast, phenotype.abdomen_hue_shift)
    )
    surface = Surface(
        colour,
        opacity=1.0 if covered else 0.99 - 0.2 * phenotype.body_value**3,
        gloss=phenotype.gloss,
        bands=phenotype.bands * (not covered),
        band_count=phenotype.band_count,
        stripes=phenotype.wing_pattern if covered else 0.0,
        seam=0.6 * covered,
        mottling=phenotype.mottling,
        dark_core=0.0 if covered else 0.35 * phenotype.body_value,
    )
    solid(
        canvas,
        root + 0.46 * length * backwards,
        angle,
        1.06 * length * pose.length,
        phenotype.abdomen_width * pose.length,
        surface,
        rng,
        taper=phenotype.abdomen_taper,
        curl=curl,
    )


def _draw_thorax(
    canvas: Canvas, phenotype: Phenotype, pose: Pose, rng: np.random.Generator
) -> None:
    deep = 1.15 if pose.side else 1.0
    surface = Surface(
        _shade(phenotype),
        opacity=0.99 - 0.1 * phenotype.body_value**3,
        gloss=phenotype.gloss,
        stripes=phenotype.stripes,
        mottling=phenotype.mottling,
    )
    width = deep * phenotype.thorax_width * pose.length
    length = 1.15 * phenotype.thorax_length * pose.length
    solid(canvas, pose.at(0, 0), pose.heading, length, width, surface, rng)


def _draw_bristles(
    canvas: Canvas, phenotype: Phenotype, pose: Pose, rng: np.random.Generator
) -> None:
    """Paint hairs around the thorax and the front of the abdomen."""
    count = 60
    angles = rng.uniform(0, 2 * np.pi, count)
    x = 0.55 * phenotype.thorax_length * np.cos(angles) - 0.1
    y = 0.45 * phenotype.thorax_width * np.sin(angles)
    out = 0.5 + 0.7 * rng.random(count)
    roots, tips = pose.at(x, y), pose.at(x * 1.1 - 0.03 * out, y * (1 + 0.5 * out))
    width = 0.004 * pose.length
    stroke(canvas, np.stack([roots, tips], 1), width, (40, 32, 26), phenotype.bristles)


def _draw_head(
    canvas: Canvas, phenotype: Phenotype, pose: Pose, rng: np.random.Generator, turn: float
) -> None:
    forward = 0.48 * phenotype.thorax_length + 0.42 * phenotype.head_length
    centre = pose.at(forward, 0.3 * turn * phenotype.head_length)
    surface = Surface(
        _shade(phenotype, phenotype.head_contrast),
        gloss=phenotype.gloss,
        mottling=phenotype.mottling,
    )
    heading = pose.heading + turn
    width = phenotype.head_width * pose.length
    length = 1.1 * phenotype.head_length * pose.length
    solid(canvas, centre, heading, length, width, surface, rng)
    eye = Surface(hsv(phenotype.eye_hue, 0.7, phenotype.eye_value), gloss=0.5)
    across = np.array([-np.sin(heading), np.cos(heading)])
    ahead = np.array([np.cos(heading), np.sin(heading)])
    size = phenotype.eye_size * width
    for flank in (-1, 1) if not pose.side else (-0.35 * pose.side,):
        where = centre + 0.36 * flank * width * across + 0.1 * length * ahead
        solid(canvas, where, heading, 1.25 * size, size, eye, rng)


def _draw_antennae(
    canvas: Canvas, phenotype: Phenotype, pose: Pose, rng: np.random.Generator, turn: float
) -> None:
    forward = 0.48 * phenotype.thorax_length + 0.8 * phenotype.head_length
    colour = _shade(phenotype, phenotype.leg_contrast - 0.15)
    width = phenotype.antenna_width * pose.length
    for flank in (-1, 1):
        root = pose.at(forward, 0.2 * flank * phenotype.head_width)
        spread = (
            flank * rng.normal(0.5, 0.25) if not pose.side else 0.4 * pose.side + rng.normal(0, 0.3)
        )
        bend = rng.normal(0.5 * np.sign(spread), 0.5)
        if rng.random() < 0.08:
            continue
        length = phenotype.antenna_length * pose.length
        line = curve(root, pose.heading + turn + spread, length, bend, 13)
        stroke(canvas, line, width, colour)
        if phenotype.antenna_club > 0.3:
            stroke(canvas, line[-3:], width * (1 + 2.2 * phenotype.antenna_club), colour)
        if phenotype.antenna_comb > 0.15:
            along = np.diff(line, axis=0)
            across = np.stack([-along[:, 1], along[:, 0]], 1)
            across *= 0.09 * pose.length * phenotype.antenna_comb / (length / 12)
            middle = line[1:] + 0.6 * along
            branches = np.concatenate(
                [np.stack([line[1:], middle + sign * across], 1) for sign in (-1, 1)]
            )
            stroke(canvas, branches, 0.5 * width, colour)


def draw_insect(
    canvas: Canvas,
    phenotype: Phenotype,
    pose: Pose,
    rng: np.random.Generator,
    parts: Collection[str] = PARTS,
) -> None:
    """Paint the `parts` of a specimen, the far side first."""
    turn = rng.normal(0, 0.2)
    flat_wings = phenotype.wing_pairs > 0 and phenotype.elytra < 0.5 and "wings" in parts
    if "legs" in parts:
        _draw_legs(canvas, phenotype, pose, rng, -1)
        if not pose.side:
            _draw_legs(canvas, phenotype, pose, rng, 1)
    if flat_wings:
        _draw_wings(canvas, phenotype, pose, rng, -1)
    if "antennae" in parts:
        _draw_antennae(canvas, phenotype, pose, rng, turn)
    if "abdomen" in parts:
        _draw_abdomen(canvas, phenotype, pose, rng)
    if "thorax" in parts:
        _draw_thorax(canvas, phenotype, pose, rng)
        if phenotype.bristles > 0.25:
            _draw_bristles(canvas, phenotype, pose, rng)
    if "head" in parts:
        _draw_head(canvas, phenotype, pose, rng, turn)
    if pose.side and "legs" in parts:
        _draw_legs(canvas, phenotype, pose, rng, 1)
    if flat_wings:
        _draw_wings(canvas, phenotype, pose, rng, 1)
