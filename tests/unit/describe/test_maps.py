"""Contents of the maps, read from the drawn artists."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from bioscan.describe.maps import draw_countries, draw_sites, read_outlines
from tests.unit.describe.canonical import records


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_outlines_are_of_countries_in_degrees():
    outlines = read_outlines()
    assert len(outlines) == 177
    vertices = np.concatenate([outline.vertices for outline in outlines.values()])
    assert (np.abs(vertices) <= (180, 90)).all()
    # Costa Rica's capital lies in Costa Rica, and nowhere else.
    assert [n for n, outline in outlines.items() if outline.contains_point((-84.1, 9.9))] == [
        "Costa Rica"
    ]


def test_a_site_is_a_dot():
    frame = records(**{"coord-lat": [1.0, 1.0, 2.0, None], "coord-lon": [5.0, 5.0, 5.0, 5.0]})
    figure = draw_sites(frame)
    dots = figure.axes[0].collections[-1]
    assert dots.get_offsets().tolist() == [[5, 1], [5, 2]]  # the most populated below, and larger
    assert dots.get_array().tolist() == [2, 1]
    assert dots.get_sizes()[0] > dots.get_sizes()[1]
    title = figure.axes[0].get_title(loc="left")
    assert title == "2 sites, 3 specimens; 1 more without coordinates"


def test_the_region_with_the_most_sites_is_enlarged():
    frame = records(
        **{"coord-lat": [10.0, 10.1, 10.2, 52.0, 52.5], "coord-lon": [-84.0, -84.1, -84, 5, 5.5]}
    )
    inset = draw_sites(frame).axes[0].child_axes[-1]
    assert inset.get_xlim() == (-87, -81)
    assert inset.get_ylim() == pytest.approx((7.1, 13.1))


def test_single_sites_are_not_enlarged():
    frame = records(**{"coord-lat": [10.0, 52.0], "coord-lon": [-84.0, 5.0]})
    # The scale of the colours alone.
    assert len(draw_sites(frame).axes[0].child_axes) == 1


def test_countries_are_coloured_and_ranked():
    """Réunion is too small for the outlines."""
    frame = records(
        **{
            "country": ["Kenya", "Kenya", "Réunion", "Kenya", "Réunion", "Canada"],
            "coord-lat": [0, 0, -21, 0, -22, 50],
            "coord-lon": [38, 38, 55, 38, 56, -100],
        }
    )
    figure = draw_countries(frame)
    map_, bars = figure.axes[:2]
    _, areas_, dots = map_.collections
    assert areas_.get_array().tolist() == [3, 1]
    assert dots.get_offsets().tolist() == [[55.5, -21.5]]
    assert [bar.get_height() for bar in bars.patches] == [3, 2, 1]
    assert [label.get_text() for label in bars.get_xticklabels()] == ["Kenya", "Réunion", "Canada"]
