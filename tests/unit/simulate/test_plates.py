"""Identifiers in the styles of BOLD, and places with their published shares."""

import polars as pl
import pytest

from bioscan.simulate.plates import project_letters


def test_identifiers_are_unique_and_in_the_styles_of_bold(clean):
    assert clean["processid"].n_unique() == clean["sampleid"].n_unique() == len(clean)
    assert clean["processid"].str.contains(r"^[A-Z]{5}\d+-\d\d$").all()
    assert clean["sampleid"].str.contains(r"^BIOUG\d{5}-[A-H](0\d|1[0-2])$").all()
    assert not clean["sampleid"].str.ends_with("H12").any()  # the control
    assert clean["sampleid"][0].endswith("-A01") and clean["sampleid"][94].endswith("-H11")
    assert clean["sampleid"][95].endswith("-A01")


def test_a_plate_holds_the_catch_of_one_trap_and_species_lie_scattered(clean):
    plates = clean.group_by(pl.col("sampleid").str.head(10)).agg(
        pl.col("country", "province_state").n_unique(), pl.col("true_species").n_unique()
    )
    assert (plates["country"] == 1).all() and (plates["province_state"] == 1).all()
    assert plates["true_species"].median() > 30


def test_places_have_their_published_shares(published_shape):
    assert (published_shape["country"] == "Costa Rica").mean() == pytest.approx(0.62, abs=0.03)
    assert published_shape["province_state"].is_null().mean() == pytest.approx(0.018, abs=0.01)
    assert published_shape["coord-lat"].is_null().mean() < 0.002
    assert (published_shape["coord-lat"].is_null() == published_shape["coord-lon"].is_null()).all()
    assert published_shape["coord-lat"].abs().max() < 90


def test_projects_have_letters_of_their_own():
    letters = {project_letters(project) for project in range(26**3)}
    assert len(letters) == 26**3
    assert all(len(name) == 3 and name.isalpha() and name.isupper() for name in letters)
