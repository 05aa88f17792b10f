"""The debris in a well, which a detector must not take for the specimen.

Debris is scratches, condensation, specks, hairs, textile fibres, detached legs and wings, scales,
and smudges outside the rim. The rate of each was counted by eye in montages of the real wells; the
dirt of a well is log-normal, so that most wells are clean and a few are filthy.
"""

from __future__ import annotations

import numpy as np

from bioscan.simulate.canvas import Canvas, Colour, Surface, area, curve, hsv, solid, stroke
from bioscan.simulate.insect import draw_leg, draw_wing
from bioscan.simulate.phenotype import GENERIC, Phenotype
from bioscan.simulate.well import Well

#: Detached wings are generic, so that they do not reveal the taxon of the specimen.
STRAY = Phenotype(**GENERIC)


def inside(well: Well, rng: np.random.Generator, count: int = 1) -> np.ndarray:
    """Random points (count, 2 mm) in the well."""
    distance = well.radius * 0.95 * np.sqrt(rng.random(count))
    angle = rng.uniform(0, 2 * np.pi, count)
    return np.asarray(well.centre) + np.stack(
        [distance * np.cos(angle), distance * np.sin(angle)], -1
    )


def _disc(centre: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """The outline (20, 2 mm) of a slightly uneven disc."""
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    uneven = radius * (1 + 0.12 * np.sin(2 * turn + rng.uniform(0, 6)))
    return centre + np.stack([uneven * np.cos(turn), uneven * np.sin(turn)], -1)


def _chitin(rng: np.random.Generator) -> Colour:
    return hsv(rng.normal(0.09, 0.015), rng.uniform(0.15, 0.55), rng.uniform(0.15, 0.8))


def _wander(
    start: np.ndarray, length: float, rng: np.random.Generator, restless: float
) -> np.ndarray:
    """The course (60, 2 mm) of a fibre: its curvature drifts, so it forms loops now and then."""
    curvature = restless * (rng.normal(0, 0.6) + np.cumsum(rng.normal(0, 0.25, 59)))
    headings = rng.uniform(0, 2 * np.pi) + np.cumsum(curvature) * 0.05
    steps = np.stack([np.cos(headings), np.sin(headings)], 1) * (length / 59)
    return np.concatenate([start, start + np.cumsum(steps, 0)])


def _scratches(canvas: Canvas, well: Well, rng: np.random.Generator) -> None:
    for start in inside(well, rng, rng.poisson(2.0)):
        line = curve(start, rng.uniform(0, 6.3), rng.uniform(0.4, 3.0), rng.normal(0, 0.15))
        shift = rng.normal(0, 0.02, 2)
        brightness = rng.uniform(225, 250)
        for offset, opacity in ((0.0, 0.5), (1.0, 0.3)):
            opacity *= rng.uniform(0.2, 1.0)
            stroke(
                canvas, line + offset * shift, rng.uniform(0.008, 0.02), (brightness,) * 3, opacity
            )


def rings(centres: np.ndarray, radii: np.ndarray, points: int = 11) -> np.ndarray:
    """Closed circles (n, points, 2 mm) around `centres` (n, 2)."""
    turn = np.linspace(0, 2 * np.pi, points)
    circle = np.stack([np.cos(turn), np.sin(turn)], -1)
    return centres[:, None] + radii[:, None, None] * circle


def _condensation(canvas: Canvas, well: Well, rng: np.random.Generator) -> None:
    """Fields of tiny droplets with a dark edge and a glint; now and then a few large ones."""
    for middle in inside(well, rng, rng.poisson(0.7)):
        spread = rng.uniform(0.25, 1.3)
        where = middle + rng.normal(0, spread, (int(rng.lognormal(4.3, 0.9)), 2))
        where = where[np.hypot(*(where - well.centre).T) < 0.95 * well.radius]
        if not len(where):
            continue
        size = rng.uniform(0.010, 0.03) * rng.lognormal(0, 0.35, len(where))
        clarity = rng.uniform(0.25, 0.8)
        stroke(canvas, rings(where, size), 0.010, (150, 152, 153), 0.6 * clarity)
        stroke(canvas, rings(where - 0.25 * size[:, None], 0.4 * size), 0.012, (248,) * 3, clarity)
    for middle in inside(well, rng, rng.poisson(0.3)):
        outline = _disc(middle, rng.uniform(0.05, 0.25), rng)
        area(canvas, outline, (205, 208, 210), 0.2)
        stroke(canvas, np.concatenate([outline, outline[:1]]), 0.010, (165, 167, 170), 0.35)
        stroke(canvas, outline[3:9] * 0.9 + middle * 0.1, 0.02, (250, 250, 250), 0.6)


def angular(
    corners: int, nearest: float, widths: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """The outline (corners, 2) of an angular flake in any direction, within a unit circle.

    Args:
        corners: how many.
        nearest: smallest distance of a corner from the middle, before it is narrowed.
        widths: range of its width relative to its length.
        rng: source of random numbers.
    """
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    flake = rng.uniform(nearest, 1, corners)[:, None] * np.stack([np.cos(turn), np.sin(turn)], -1)
    angle, narrow = rng.uniform(0, np.pi), rng.uniform(*widths)
    cosine, sine = np.cos(angle), np.sin(angle)
    return flake * (1, narrow) @ np.array([[cosine, sine], [-sine, cosine]])


def _crumb(
    canvas: Canvas, where: np.ndarray, length: float, colour: Colour, rng: np.random.Generator
) -> None:
    """A small angular flake, more or less elongated."""
    outline = where + length / 2 * angular(6, 0.3, (0.15, 0.9), rng)
    area(canvas, outline, colour, rng.uniform(0.2, 1.0))


def _specks(canvas: Canvas, well: Well, rng: np.random.Generator, dirt: float) -> None:
    for where in inside(well, rng, rng.poisson(9 * dirt)):
        _crumb(canvas, where, rng.lognormal(np.log(0.035), 0.7), _chitin(rng), rng)


def _hairs(canvas: Canvas, well: Well, rng: np.random.Generator, dirt: float) -> None:
    for where in inside(well, rng, rng.poisson(1.6 * dirt)):
        length = rng.lognormal(np.log(0.3), 0.6)
        line = curve(where, rng.uniform(0, 6.3), length, rng.normal(0, 1.0))
        stroke(canvas, line, rng.uniform(0.006, 0.022), _chitin(rng), rng.uniform(0.5, 1.0))


def _fibres(canvas: Canvas, well: Well, rng: np.random.Generator) -> None:
    for where in inside(well, rng, rng.poisson(0.35)):
        grey = rng.uniform(70, 190)
        blue = rng.uniform(0, 40) * (rng.random() < 0.3)
        line = _wander(where[None], rng.uniform(0.8, 7.0), rng, rng.uniform(0.2, 1.4))
        width, blur = rng.uniform(0.010, 0.030), 0.04 * (rng.random() < 0.3)
        stroke(canvas, line, width, (grey, grey, grey + blue), rng.uniform(0.5, 1.0), blur)


def _limbs(canvas: Canvas, well: Well, rng: np.random.Generator) -> None:
    """Detached legs and wings, and fragments of exuviae."""
    for where in inside(well, rng, rng.poisson(0.45)):
        length = rng.lognormal(np.log(0.9), 0.5)
        width = length * rng.uniform(0.015, 0.045)
        bends = (rng.normal(0, 0.9), rng.normal(0, 0.5))
        draw_leg(canvas, where, rng.uniform(0, 6.3), length, width, _chitin(rng), bends)
    for where in inside(well, rng, rng.poisson(0.12)):
        angle, length, tilt = rng.uniform(0, 6.3), rng.uniform(0.5, 1.5), rng.uniform(0.5, 1)
        draw_wing(canvas, STRAY, where, angle, length, tilt, False, rng)
    for where in inside(well, rng, rng.poisson(0.12)):
        length = rng.uniform(0.1, 0.3)
        shell = Surface(_chitin(rng), opacity=rng.uniform(0.25, 0.8), mottling=0.8)
        solid(canvas, where, rng.uniform(0, 6.3), length, 0.5 * length, shell, rng, taper=0.4)


def _scales(canvas: Canvas, well: Well, rng: np.random.Generator) -> None:
    """The scales of a moth or crumbs of a broken animal, scattered around one place."""
    if rng.random() > 0.06:
        return
    colour = _chitin(rng)
    middle = inside(well, rng)[0]
    for where in middle + rng.normal(0, rng.uniform(0.3, 0.9), (rng.integers(25, 110), 2)):
        _crumb(canvas, where, rng.lognormal(np.log(0.07), 0.4), colour, rng)


def _smudges(canvas: Canvas, well: Well, rng: np.random.Generator) -> None:
    """Dirt on the plate between the wells, far out of focus."""
    for _ in range(rng.poisson(0.3)):
        angle = rng.uniform(0, 2 * np.pi)
        away = well.radius * rng.uniform(1.0, 1.25)
        middle = np.asarray(well.centre) + away * np.array([np.cos(angle), np.sin(angle)])
        outline = _disc(middle, rng.uniform(0.08, 0.22), rng)
        colour = hsv(rng.uniform(0.06, 0.12), rng.uniform(0.1, 0.45), rng.uniform(0.5, 0.7))
        area(canvas, outline, colour, rng.uniform(0.3, 0.8), blur=rng.uniform(0.05, 0.12))


def draw_debris(canvas: Canvas, well: Well, rng: np.random.Generator) -> None:
    """Paint debris into a clean well."""
    dirt = rng.lognormal(-0.3, 0.8)
    _smudges(canvas, well, rng)
    _scratches(canvas, well, rng)
    _condensation(canvas, well, rng)
    _specks(canvas, well, rng, dirt)
    _hairs(canvas, well, rng, dirt)
    _scales(canvas, well, rng)
    _fibres(canvas, well, rng)
    _limbs(canvas, well, rng)
