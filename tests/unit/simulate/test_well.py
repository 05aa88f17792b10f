"""The empty well: grey values and geometry as measured, the same scene at any size."""

import numpy as np
import pytest

from bioscan.simulate.well import FRAME_MM, Well, place_well, render_well, smooth_noise


def test_wells_lie_near_the_middle_of_the_frame():
    wells = [place_well(np.random.default_rng(seed)) for seed in range(200)]
    centres = np.array([well.centre for well in wells]) / FRAME_MM
    assert centres.mean(0) == pytest.approx([0.5, 0.375], abs=0.01)
    assert all(0.4 <= well.radius / FRAME_MM <= 0.47 for well in wells)


@pytest.mark.parametrize("size", [(128, 96), (1024, 768), (1440, 1080)])
def test_a_well_has_the_size_asked_for(size: tuple[int, int]):
    well = Well((0.5 * FRAME_MM, 0.375 * FRAME_MM), 0.43 * FRAME_MM)
    image = render_well(well, np.random.default_rng(0), size)
    assert image.shape == (size[1], size[0], 3)
    assert image.dtype == np.uint8


def test_empty_wells_are_as_grey_as_measured():
    # The medians of the plain are RGB 198, 199, 200, between wells ± 6.
    medians = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        medians.append(np.median(render_well(place_well(rng), rng, (256, 192)), axis=(0, 1)))
    assert np.mean(medians, axis=0) == pytest.approx([198, 199, 200], abs=8)


def test_the_same_state_gives_the_same_well():
    images = [
        render_well(place_well(np.random.default_rng(1)), np.random.default_rng(seed), (128, 96))
        for seed in (2, 2, 3)
    ]
    assert np.array_equal(images[0], images[1])
    assert not np.array_equal(images[0], images[2])


@pytest.mark.parametrize("harmonics", [1, 7, 40])
def test_noise_has_unit_deviation_and_no_higher_frequencies(harmonics: int):
    noise = smooth_noise(np.random.default_rng(0), 256, harmonics)
    assert noise.std() == pytest.approx(1)
    spectrum = np.abs(np.fft.rfft(noise))
    assert spectrum[harmonics + 1 :].max(initial=0) < 1e-9
    assert spectrum[0] == pytest.approx(0, abs=1e-9)
