"""Lists of species."""

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.identify.region import read_region, within


def test_species_are_read_once_without_their_authors(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("scientificName,country\nAus bus Meigen 1804,X\nAus bus,Y\nAus,Z\n")
    assert read_region(path) == ["Aus bus"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("place\nhere\n", "has the columns 'place'"),
        ("species\nAus\n", "lists no species"),
    ],
)
def test_a_list_without_species_is_refused(tmp_path, text, fault):
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=fault):
        read_region(path)


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: cannot be read as a CSV"):
        read_region(tmp_path / "none.csv")


def test_references_of_the_species_and_unnamed_ones_of_their_genera_are_within():
    rows = [("Aus", "Aus bus"), ("Aus", "Aus cus"), ("Aus", None), ("Bus", None), (None, None)]
    table = pl.DataFrame(rows, ["genus", "species"], orient="row")
    assert table.select(within(["Aus bus"])).to_series().to_list() == [
        True,
        False,
        True,
        False,
        True,
    ]
