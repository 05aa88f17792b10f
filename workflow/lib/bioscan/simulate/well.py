"""The empty well: a round plastic vessel seen from above under ring light.

A well is nearly rotationally symmetric, so it is painted in polar coordinates and warped into the
Cartesian image: a polar image is the matrix product of angular profiles (angles × terms) and radial
profiles (terms × radii), one term for each ring, halo, arc or edge. Uneven light, frosted plastic
and the sensor's noise are added to the Cartesian image.

Measured on 84 real empty wells at 1024 px (mean grey value by distance from the middle): a
central disc of about 60 px radius at 190, a halo around 100 px at 206, a second soft ring around
210 px at 208, a plain at 199, the rim and the area behind it at 470..500 px at 213, then 202 in
the corners. The medians of the plain: RGB 198, 199, 200, between wells ± 6, in tint ± 2.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

MM_PER_PX = 0.008296875  # at 1024 px across (Keyence VHX-7000, BIOSCAN-5M's scale bar)
FRAME_MM = 1024 * MM_PER_PX  # width of the field of view

_DETAIL = 1024  # px: wider images are enlarged from this width, as the plastic is out of focus
_CORNER_MM = 5.9  # largest distance from the middle of a well to a corner
# The sensor's noise at 2880 px has a standard deviation of 2.6..3.1 after JPEG and is smooth above
# 1920 px; in smaller images it averages out in proportion to their width.
_GRAIN = 3.9 / 2880
_GRAIN_DETAIL = 1920


@dataclass(frozen=True)
class Well:
    """The position of the well, in mm from the upper left corner of the image."""

    centre: tuple[float, float]
    radius: float


def place_well(rng: np.random.Generator) -> Well:
    """Draw the position of a well under the lens."""
    x, y = FRAME_MM * (np.array([0.5, 0.375]) + rng.normal(0, 0.018, 2))
    return Well(
        (float(x), float(y)), float(FRAME_MM * np.clip(rng.normal(0.437, 0.013), 0.4, 0.47))
    )


def smooth_noise(rng: np.random.Generator, count: int, harmonics: int) -> np.ndarray:
    """Periodic noise of unit standard deviation.

    Args:
        rng: source of random numbers.
        count: number of values in a turn.
        harmonics: highest frequency, waves per turn; less than half of `count`.

    Returns:
        (count,) values.
    """
    real, imaginary = rng.standard_normal((2, harmonics))
    spectrum = np.zeros(count // 2 + 1, complex)
    spectrum[1 : harmonics + 1] = real + 1j * imaginary
    power = 2 * np.sum(real**2 + imaginary**2)
    return np.fft.irfft(spectrum, count) * (count / np.sqrt(power))


class _Rings:
    """A polar image as a sum of products: angular profile × radial profile (mm from the middle)."""

    def __init__(self, rng: np.random.Generator, angles: int, radii: np.ndarray) -> None:
        self.rng, self.radii = rng, radii
        self.turn = np.arange(angles) / angles * 2 * np.pi
        self.angular: list[np.ndarray] = []
        self.radial: list[np.ndarray] = []
        self.tints: list[tuple[float, float]] = []

    def add(
        self,
        strength: float,
        radial: np.ndarray,
        angular: np.ndarray | float = 1.0,
        tint: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """Add a term; `tint` is how much more of it goes to red and to blue than to green."""
        self.angular.append(np.broadcast_to(np.float32(angular), self.turn.shape))
        self.radial.append((strength * radial).astype(np.float32))
        self.tints.append(tint)

    def ring(self, radius: float, width: float) -> np.ndarray:
        """A radial profile: a Gaussian at `radius` with standard deviation `width` (mm)."""
        return np.exp(-(((self.radii - radius) / width) ** 2) / 2)

    def step(self, radius: float, width: float) -> np.ndarray:
        """A radial profile: 0 inside `radius`, 1 outside, over about `width` (mm)."""
        return 1 / (1 + np.exp(-np.clip((self.radii - radius) / width * 2, -30, 30)))

    def noise(self, harmonics: int, mean: float = 0.0, spread: float = 1.0) -> np.ndarray:
        """An angular profile: noise of at most `harmonics` waves per turn."""
        return mean + spread * smooth_noise(self.rng, len(self.turn), harmonics)

    def arcs(self, harmonics: int, mean: float, spread: float = 1.0) -> np.ndarray:
        """An angular profile: the same noise clipped to 0..2, dark in parts of the turn."""
        return np.clip(self.noise(harmonics, mean, spread), 0, 2)

    def image(self) -> np.ndarray:
        """The polar image, float32 (angles, radii, 3)."""
        angular, radial, tints = (
            np.stack(self.angular, 1),
            np.stack(self.radial),
            np.float32(self.tints),
        )
        tinted = tints.any(1)
        grey = angular @ radial
        red, blue = (
            grey + angular[:, tinted] @ (radial[tinted] * tint[tinted, None]) for tint in tints.T
        )
        return cv2.merge([red, grey, blue])


def _plain(rings: _Rings, rng: np.random.Generator) -> None:
    """The grey and tint of the plain: red and blue vary inversely; a few wells are cyan."""
    cyan = 0.035 * (rng.random() < 0.08)
    warmth = rng.normal(-0.007, 0.011) - cyan
    tint = (warmth - 0.002, -0.002 - warmth - cyan)
    rings.add(rng.normal(201, 6.5), np.ones_like(rings.radii), tint=tint)


def _foot(rings: _Rings, rng: np.random.Generator) -> None:
    """The foot of the well: a grey disc, its halo with dark cracks, a second soft ring."""
    add, ring, noise, arcs = rings.add, rings.ring, rings.noise, rings.arcs
    disc = float(np.clip(rng.lognormal(np.log(0.52), 0.3), 0.3, 1.3))
    halo = float(rng.gamma(1.6, 8.0))
    add(-rng.uniform(4, 17), 1 - rings.step(disc, rng.uniform(0.03, 0.2)))
    add(rng.normal(0, 4), ring(disc, 0.03))
    add(halo, ring(disc + 0.22, rng.uniform(0.11, 0.22)), arcs(4, 0.7, 0.5))
    add(halo * 0.5, ring(disc + 0.16, 0.10), arcs(40, 0.0))
    for where in (0.14, 0.24):
        add(-halo * 0.9, ring(disc + where, 0.08), arcs(90, -1.5))
    add(-rng.uniform(2, 9), ring(disc + 0.55, 0.16), noise(4, 1, 0.4))
    add(rng.uniform(2, 14), ring(disc + rng.uniform(0.9, 1.4), 0.25), arcs(4, 0.8, 0.5))


def _turning(rings: _Rings, rng: np.random.Generator, radius: float) -> None:
    """Faint concentric rings and edges of the plastic, sharp or soft, few of them closed."""
    for _ in range(rng.integers(8, 20)):
        profile = rings.ring(rng.uniform(0.7, radius), rng.lognormal(np.log(0.05), 0.8))
        rings.add(rng.normal(0.3, 3.8), profile, rings.arcs(6, 0.4, 0.9))
    for _ in range(3):
        edge = rings.step(rng.uniform(1.2, radius - 0.2), rng.lognormal(np.log(0.06), 0.8))
        rings.add(rng.normal(-0.5, 3.2), edge, rings.noise(3, 1, 0.4))


def _lamps(rings: _Rings, rng: np.random.Generator) -> None:
    """The lamps of the ring light, mirrored one by one as beads of about 0.05 mm."""
    count, radius, size = rng.integers(16, 50), rng.uniform(0.9, 2.0), rng.uniform(0.03, 0.07)
    sharpness = (radius / (count * size)) ** 2
    beads = np.exp(sharpness * (np.cos(count * rings.turn + rng.uniform(0, 6)) - 1))
    profile = rings.ring(radius, size)
    rings.add(rng.uniform(15, 60), profile, beads * rings.arcs(5, 0.4, 0.7))


def _rim(rings: _Rings, rng: np.random.Generator, radius: float) -> None:
    """The wall and the rim: a shade towards it, glints, brightest left and right, a dark line."""
    add, ring, arcs = rings.add, rings.ring, rings.arcs
    add(rng.normal(-1, 4), rings.step(radius - 0.6, 0.5), rings.noise(2, 1, 0.3))
    for _ in range(rng.integers(4, 9)):
        profile = ring(radius + rng.normal(0, 0.08), rng.uniform(0.008, 0.035))
        add(rng.uniform(10, 50), profile, arcs(rng.integers(4, 50), -rng.uniform(0.3, 1.4)))
    for side in (0, np.pi):
        towards = np.exp(6 * (np.cos(rings.turn - side + rng.normal(0, 0.4)) - 1))
        add(rng.uniform(0, 45), ring(radius + rng.normal(0, 0.05), 0.03), towards)
    add(rng.uniform(0, 25), ring(radius, 0.009), arcs(7, 0.5, 0.7))
    add(-rng.uniform(0, 30), ring(radius + rng.normal(0, 0.05), 0.012), arcs(9, 0.2))


def _surroundings(rings: _Rings, rng: np.random.Generator, radius: float) -> None:
    """Beyond the rim: thick, bright, blurred plastic with pink and violet fringes."""
    outside = rings.step(radius, 0.05)
    rings.add(rng.normal(5, 4), outside, tint=(rng.normal(0.4, 0.3), rng.normal(0.0, 0.3)))
    for _ in range(8):
        band = outside * rings.ring(radius + rng.uniform(0.05, 1.4), rng.uniform(0.04, 0.28))
        lit = np.clip(rings.noise(rng.integers(3, 12), 0.4), -0.5, 2.5)
        tint = (rng.normal(0.15, 0.15), rng.normal(0.05, 0.15))
        rings.add(np.clip(rng.normal(4, 11), -12, 30), band, lit, tint)
    rings.add(rng.uniform(0, 30), outside * rings.ring(radius + 0.2, 0.2), rings.arcs(16, -0.3))
    rings.add(-rng.uniform(2, 16), rings.step(radius + 0.6, 0.4))
    # The edges of the neighbouring wells, in the corners.
    corner = rings.ring(radius + rng.uniform(0.8, 1.1), 0.012)
    rings.add(rng.normal(0, 16), corner, rings.noise(5, 1, 0.5))


def _polar(rng: np.random.Generator, radius: float, angles: int, radii: np.ndarray) -> np.ndarray:
    """The polar image of a well of `radius` mm, float32 (angles, radii, 3)."""
    rings = _Rings(rng, angles, radii)
    _plain(rings, rng)
    _foot(rings, rng)
    _turning(rings, rng, radius)
    if rng.random() < 0.2:
        _lamps(rings, rng)
    _rim(rings, rng, radius)
    _surroundings(rings, rng, radius)
    return rings.image()


def _clouds(rng: np.random.Generator) -> np.ndarray:
    """Uneven light, float32 (48, 64), to be enlarged to the size of the image."""
    slope = rng.normal(0, 4, 2)
    y, x = np.mgrid[-1:1:48j, -1:1:64j]
    coarse, fine = rng.normal(0, 0.8, (9, 12)), rng.normal(0, 1, (48, 64))
    light = slope[0] * x + slope[1] * y + rng.gamma(2, 0.35) * fine
    return np.float32(light + cv2.resize(coarse, (64, 48), interpolation=cv2.INTER_CUBIC))


def _noise(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """White noise of unit standard deviation, float32 (height, width).

    It is uniform rather than normal: three times as fast, and JPEG hides the difference.
    """
    noise = rng.random(size[::-1], dtype=np.float32)
    noise -= np.float32(0.5)
    noise *= np.float32(np.sqrt(12))
    return noise


def _frost(well: Well, rng: np.random.Generator) -> np.ndarray:
    """Patches of frosted plastic in the well, float32 (384, 512), to be enlarged too."""
    shape = (512, 384)
    patches = rng.standard_normal((4, 5), dtype=np.float32)
    frosted = np.clip(cv2.resize(patches, shape, interpolation=cv2.INTER_CUBIC), 0, 1)
    scale = shape[0] / FRAME_MM
    middle = (round(well.centre[0] * scale), round(well.centre[1] * scale))
    within = np.zeros(shape[::-1], np.float32)
    cv2.circle(within, middle, round(0.93 * well.radius * scale), rng.gamma(2, 2.0), cv2.FILLED)
    within *= frosted
    within *= _noise(rng, shape) + np.float32(0.5)
    return within


def _grain(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """The sensor's noise for an image of `size`, float32 (height, width)."""
    detail = min(size[0], _GRAIN_DETAIL)
    grain = _noise(rng, (detail, round(detail * size[1] / size[0])))
    grain *= np.float32(_GRAIN * size[0])
    return grain if detail == size[0] else cv2.resize(grain, size, interpolation=cv2.INTER_CUBIC)


def render_well(well: Well, rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Render the clean well.

    Args:
        well: its position.
        rng: source of random numbers.
        size: (width, height), pixels.

    Returns:
        uint8 (height, width, 3).
    """
    width, height = size
    shown = min(width, _DETAIL)
    scale = shown / FRAME_MM
    radii = np.linspace(0, _CORNER_MM, round(_CORNER_MM * scale), dtype=np.float32)
    polar = _polar(rng, well.radius, max(256, shown), radii)
    # The foot lies deeper than the rim, so its middle appears shifted.
    shift = rng.normal(0, 0.10, 2).astype(np.float32)
    centre, pitch = np.float32(well.centre), np.float32(1 / scale)
    x = np.arange(shown, dtype=np.float32)[None] * pitch - centre[0]
    y = np.arange(round(shown * height / width), dtype=np.float32)[:, None] * pitch - centre[1]
    depth = np.maximum(1 - (x * x + y * y) * np.float32(well.radius**-2), 0)
    distance, angle = cv2.cartToPolar(x - shift[0] * depth, y - shift[1] * depth)
    distance *= np.float32(scale)
    angle *= np.float32(len(polar) / (2 * np.pi))
    image = cv2.remap(polar, distance, angle, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    if shown < width:
        image = cv2.resize(image, size)
    light = cv2.resize(_clouds(rng), size, interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.65:
        light += cv2.resize(_frost(well, rng), size)
    light += _grain(rng, size)
    image += light[..., None]
    return cv2.convertScaleAbs(image)  # rounds and saturates; no value is negative
