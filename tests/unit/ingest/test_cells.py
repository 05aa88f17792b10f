"""Cells are read as they are meant, or left for the checks to name."""

from pathlib import Path

import polars as pl
import pytest

from bioscan.ingest.cells import (
    decimal_commas,
    name_species,
    split_coord,
    stripped,
    whole_chunks,
)
from bioscan.ingest.notes import Notes

SOURCE = Path("t.csv")


def rows(**columns: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def test_white_space_around_a_cell_is_none_of_it_and_counted():
    notes = Notes()
    read = stripped(rows(order=[" Diptera", "\u200bApis \xa0mellifera\t", " ", None, "x"]), notes)
    assert read["order"].to_list() == ["Diptera", "Apis \xa0mellifera", None, None, "x"]
    assert notes.table()["count"].to_list() == [3]


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ("(47.37,8.54)", ("47.37", "8.54")),
        ("47.37, -8.54", ("47.37", "-8.54")),
        ("[47,8]", ("47", "8")),
        ("47.37 8.54", ("47.37", "8.54")),
        ("-33.9;18.4", ("-33.9", "18.4")),
        ("47,37; 8,54", ("47.37", "8.54")),
        ("(47,37, 8,54)", ("47.37", "8.54")),
        ("north", ("north", None)),
        ("47,37,8,54", ("47,37,8,54", None)),
        (None, (None, None)),
    ],
)
def test_a_pair_of_coordinates_is_split(cell: str | None, place: tuple):
    notes = Notes()
    read = split_coord(rows(coord=[cell]), notes)
    assert read.select("coord-lat", "coord-lon").rows() == [place]
    assert "coord" not in read.columns
    noted = [("read as latitude and longitude", "coord", "", 1)]
    assert notes.table().rows() == (noted if cell else [])


def test_a_pair_counts_in_the_rows_without_coordinates_of_their_own():
    notes = Notes()
    table = {"coord": ["(1,2)", "(1,2)", "(4,5)"], "coord-lat": ["3", None, None]}
    table["coord-lon"] = [None, "6", None]
    read = split_coord(rows(**table), notes)
    assert read.rows() == [("3", None), (None, "6"), ("4", "5")]
    assert notes.table().rows() == [
        ("read as latitude and longitude", "coord", "", 1),
        ("passed over, as the row has coordinates", "coord", "", 2),
    ]


@pytest.mark.parametrize(
    ("column", "cells", "read"),
    [
        ("coord-lat", ["47,37", "-8", None], ["47.37", "-8", None]),
        ("coord-lat", ["47,370", "1,234"], ["47.370", "1.234"]),  # no place has a thousand degrees
        ("coord-lon", ["−8.5"], ["-8.5"]),  # a minus as typeset
        ("area_fraction", ["0,123"], ["0.123"]),
        ("scale_factor", ["1,234", "1,5"], ["1.234", "1.5"]),
        ("scale_factor", ["1,234", "12,345"], ["1,234", "12,345"]),  # thousands?
        ("scale_factor", ["1,5", "1.5"], ["1,5", "1.5"]),  # two notations
        ("image_measurement_value", ["1.234,5"], ["1.234,5"]),
        ("image_measurement_value", ["1,234,567"], ["1,234,567"]),
        ("species", ["Apis, 2"], ["Apis, 2"]),
        ("inferred_ranks", ["1,0"], ["1,0"]),
    ],
)
def test_a_decimal_comma_is_read_where_it_can_be_nothing_else(column: str, cells: list, read: list):
    assert decimal_commas(rows(**{column: cells}), Notes())[column].to_list() == read


def test_cells_with_a_decimal_comma_are_counted():
    notes = Notes()
    decimal_commas(rows(**{"coord-lat": ["1,5", "2"], "coord-lon": ["3,5", "4,5"]}), notes)
    assert notes.table().rows() == [
        ("read with a decimal comma", "coord-lat", "", 1),
        ("read with a decimal comma", "coord-lon", "", 2),
    ]


@pytest.mark.parametrize(
    ("name", "species"),
    [
        ("Apis mellifera", True),
        ("Apis mellifera Linnaeus, 1758", True),
        ("Apis (Apis) mellifera Linnaeus, 1758", True),
        ("Megaselia BOLD:ACN5814", True),
        ("Anastatus sp. GG28", True),
        ("Salix × fragilis", True),
        ("Apis", False),
        ("Apidae", False),
        ("Apis Linnaeus, 1758", False),
        ("Sciaridae Billberg, 1820", False),
        ("Sciara van der Wulp, 1874", False),
        ("Apidae in part", False),
    ],
)
def test_a_scientific_name_is_a_species_if_it_has_an_epithet(name: str, species: bool):
    read = name_species(rows(scientificName=[name], order=["x"]), SOURCE, Notes())
    given = read["species"].to_list() if "species" in read.columns else [None]
    assert given == [name if species else None]
    assert "scientificName" not in read.columns


def test_the_species_of_a_row_is_the_best_that_it_has():
    notes = Notes()
    read = name_species(
        rows(
            species=["Apis cerana", None, None, None],
            genus=["Apis", "Apis", None, None],
            specificEpithet=["x", "mellifera", "mellifera", None],
            infraspecificEpithet=[None, "carnica", None, None],
            scientificName=["A b", "C d", "Apis mellifera L.", "Bombus"],
        ),
        SOURCE,
        notes,
    )
    assert read["species"].to_list() == ["Apis cerana", "Apis mellifera", "Apis mellifera", None]
    assert read["subspecies"].to_list() == [None, "Apis mellifera carnica", None, None]
    assert read["genus"].to_list() == ["Apis", "Apis", None, None]
    assert notes.table().rows() == [
        ("read from another column", "species", "specificEpithet", 2),
        ("read from another column", "subspecies", "infraspecificEpithet", 1),
        ("names a higher taxon, and no species is read", "scientificName", "", 1),
    ]


def test_an_epithet_without_a_name_to_stand_behind_is_said(caplog: pytest.LogCaptureFixture):
    notes = Notes()
    table = rows(
        genus=[None, "Vespa", "Vespa"],
        specificEpithet=["crabro", "crabro", None],
        infraspecificEpithet=["germana", None, "germana"],
    )
    assert name_species(table, SOURCE, notes)["species"].to_list() == [None, "Vespa crabro", None]
    assert notes.table().rows()[1:] == [
        ("has no genus beside it, and no species is read", "specificEpithet", "", 1),
        ("has no species beside it, and no subspecies is read", "infraspecificEpithet", "", 2),
    ]
    assert "t.csv: specificEpithet has no genus beside it in 1 rows, from which" in caplog.text


def test_a_name_of_a_higher_rank_is_no_species_and_said_so(caplog: pytest.LogCaptureFixture):
    notes = Notes()
    table = rows(scientificName=["Apis sp", "Apis mellifera"], taxonRank=["GENUS", "SPECIES"])
    assert name_species(table, SOURCE, notes)["species"].to_list() == [None, "Apis mellifera"]
    assert notes.table().rows() == [
        ("read from another column", "species", "scientificName", 1),
        ("names a higher taxon, and no species is read", "scientificName", "", 1),
    ]
    assert "t.csv: scientificName names a higher taxon in 1 rows" in caplog.text


def test_a_table_without_terms_of_darwin_core_stays():
    table = rows(species=["Apis mellifera"], genus=[None])
    assert name_species(table, SOURCE, Notes()).equals(table)


def test_a_chunk_that_went_through_a_program_is_a_name_again():
    notes = Notes()
    split = ["pretrain", "pretrain", "pretrain", "train", "train", "val", None]
    read = whole_chunks(rows(split=split, chunk=["0.0", "7", "1e", "3.0", "a", "", None]), notes)
    assert read["chunk"].to_list() == ["00", "07", "1e", "3", "a", "", None]
    assert notes.table()["count"].to_list() == [3]
