"""The script that draws the examples of a dataset."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bioscan.core.images import encode
from scripts.image import draw_examples as script
from tests.unit.core.packs import write_pack

GREYS = {"A1": 20, "A2": 120, "A3": 220, "B1": 70}


def write_package(folder: Path, names: list[str]) -> Path:
    """A package of one image per name, of its grey, in a pack each, and its index."""
    for shard, name in enumerate(names):
        pixels = np.full((90, 120, 3), GREYS[name], np.uint8)
        write_pack(folder / f"{shard:04d}.h5", folder.name, [(name, encode(pixels, 95))], {})
    columns = {"processid": names, "shard": range(len(names)), "row": [0] * len(names)}
    index = folder / "index.parquet"
    pl.DataFrame(columns).write_parquet(index)
    return index


def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: str) -> tuple[list, str]:
    """The examples and the title that the script draws."""
    seen = {}
    draw = script.draw_examples

    def note(examples, title, **how):
        seen.update(examples=examples, title=title, how=how)
        return draw(examples, title, **how)

    monkeypatch.setattr(script, "draw_examples", note)
    pl.DataFrame(
        {
            "processid": list(GREYS),
            "class": ["Insecta"] * 4,
            "order": ["Diptera"] * 3 + ["Hemiptera"],
            "family": ["Phoridae"] * 3 + [None],
            "species": ["Megaselia rufipes"] * 3 + [None],
        }
    ).write_parquet(tmp_path / "records.parquet")
    whole = write_package(tmp_path / "original_256", ["B1", "A3", "A2", "A1"])
    crops = write_package(tmp_path / "cropped_256", ["A1", "A3", "B1"])  # A2 is an empty well
    script.draw_figure(
        records=tmp_path / "records.parquet",
        indices=[whole, crops],
        figure=figure,
        italic=figure == "bioscan5m_figureA5",
        png=tmp_path / "a.png",
        pdf=tmp_path / "a.pdf",
    )
    assert (tmp_path / "a.png").is_file() and (tmp_path / "a.pdf").is_file()
    return seen["examples"], seen["title"]


def test_images_are_of_the_first_package_and_of_specimens_in_all(tmp_path, monkeypatch):
    examples, title = drawn(tmp_path, monkeypatch, "bioscan1m_figure4")
    # Of A1 and A3, the second; A2 would be in the middle of all three.
    assert [example.lines for example in examples] == [
        ("Diptera", "3 specimens"),
        ("Hemiptera", "1 specimen"),
    ]
    assert [int(example.pixels.mean()) for example in examples] == pytest.approx([220, 70], abs=2)
    assert title == "2 of 2 orders, package original_256"


def test_a_family_is_named_below_its_order(tmp_path, monkeypatch):
    examples, title = drawn(tmp_path, monkeypatch, "bioscan5m_figure2")
    assert [example.lines for example in examples] == [
        ("Diptera", "Phoridae", "3 specimens"),
        ("Hemiptera", "1 specimen"),
    ]
    assert title == "2 images of 2 orders, package original_256"


@pytest.mark.parametrize(
    ("figure", "lines", "title"),
    [
        ("bioscan5m_figureA4", [], "0 of 0 classes other than Insecta, package original_256"),
        (
            "bioscan5m_figureA5",
            [("Megaselia rufipes", "3 specimens")],
            "1 of 1 species of Diptera, package original_256",
        ),
    ],
)
def test_fewer_categories_than_places_are_drawn(tmp_path, monkeypatch, figure, lines, title):
    examples, found = drawn(tmp_path, monkeypatch, figure)
    assert ([example.lines for example in examples], found) == (lines, title)
