"""Contents of the maps, read from the drawn artists."""

import numpy as np

from bioscan.describe.maps import draw_countries, draw_sites, read_outlines
from tests.unit.describe.canonical import records


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
    assert dots.get_offsets().tolist() == [[5, 2], [5, 1]]  # the most populated on top
    assert dots.get_array().tolist() == [1, 2]
    assert figure.axes[0].get_title(loc="left") == "2 sites, 3 specimens"


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
