"""Lists of species."""

import polars as pl
import pytest

from bioscan.core.errors import InputError
from bioscan.core.records import RANKS
from bioscan.identify.region import allowed_labels, read_region


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


RECORDS = pl.DataFrame(
    [
        ("P", "C", "Diptera", "Sciaridae", None, "Aus", "Aus bus"),
        ("P", "C", "Diptera", "Sciaridae", None, "Aus", "Aus cus"),
        ("P", "C", "Coleoptera", "Carabidae", None, "Xus", "Xus yus"),
        ("P", "C", "Hemiptera", None, None, None, None),
    ],
    dict.fromkeys(RANKS, pl.String),
    orient="row",
)


def listed(tmp_path, *species: str):
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["species", *species]))
    return path


def test_the_lineages_of_the_listed_species_are_allowed(tmp_path, caplog):
    found = allowed_labels(listed(tmp_path, "Aus bus", "Xus novus", "Zus zus"), RECORDS)
    assert found["species"] == {"Aus bus"}
    # Of a species that no reference has, its genus.
    assert found["genus"] == {"Aus", "Xus"}
    assert found["order"] == {"Diptera", "Coleoptera"}
    assert "no reference is of 2 of 3 species, nor of the genus of 1 (Xus novus, Z" in caplog.text


def test_a_list_that_has_nothing_in_common_with_the_references_is_refused(tmp_path):
    with pytest.raises(InputError, match="no reference is of a listed species, nor of its genus"):
        allowed_labels(listed(tmp_path, "Zus zus"), RECORDS)
