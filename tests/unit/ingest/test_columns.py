"""Columns are known by the names that people give them, and none is lost for a typing error."""

from pathlib import Path

import pytest

from bioscan.core.errors import InputError
from bioscan.core.records import SCHEMA
from bioscan.ingest.columns import FURTHER, NAMELESS, canonical_columns, known_names
from bioscan.ingest.notes import Notes

SOURCE = Path("t.csv")


def used(*header: str) -> dict[str, str]:
    """Name as written → canonical name."""
    found = canonical_columns(list(header), SOURCE, Notes())
    return {header[index]: name for index, name in found.items()}


def refused(*header: str) -> str:
    with pytest.raises(InputError) as error:
        used(*header)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_every_canonical_name_is_itself_in_any_letter_case():
    names = [*SCHEMA, *FURTHER]
    assert used(*names) == {name: name for name in names}
    assert used(*map(str.upper, names)) == {name.upper(): name for name in names}


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Process ID", "processid"),
        ("catalogNumber", "processid"),
        ("Image File", "image_file"),
        ("file name", "image_file"),
        ("DNA Barcode", "dna_barcode"),
        ("nucleotides", "dna_barcode"),
        ("nuc", "dna_barcode"),
        ("bin_uri", "dna_bin"),
        ("country/ocean", "country"),
        ("countryCode", "country"),
        ("stateProvince", "province_state"),
        ("province/state", "province_state"),
        ("decimalLatitude", "coord-lat"),
        ("Decimal Longitude", "coord-lon"),
        ("lat", "coord-lat"),
        ("species_name", "species"),
        ("phylum_name", "phylum"),
        ("\ufeffgenus", "genus"),
    ],
)
def test_other_names_are_known(written: str, canonical: str):
    key = "image_file" if canonical == "processid" else "processid"
    assert used(key, written)[written] == canonical


def test_of_several_columns_the_canonical_name_is_used_and_else_the_better_one():
    assert used("catalogNumber", "processid", "lat", "decimalLatitude") == {
        "processid": "processid",
        "decimalLatitude": "coord-lat",
    }
    assert used("processid", "Order", "order") == {"processid": "processid", "order": "order"}


def test_numbers_of_a_portal_are_keys_only_where_there_is_no_other():
    assert used("id", "occurrenceID", "order") == {"occurrenceID": "processid", "order": "order"}
    assert used("id", "image_file") == {"image_file": "image_file"}
    assert used("id", "catalogNumber") == {"catalogNumber": "processid"}
    assert used("associatedMedia") == {"associatedMedia": "image_file"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("famly", "family"), ("oder", "order"), ("Speices", "species"), ("genuss", "genus"),
        ("dna_barcod", "dna_barcode"), ("decimalLatitud", "decimalLatitude"),
        ("scientificNames", "scientificName"), ("prosessid", "processid"), ("contry", "country"),
    ],
)  # fmt: skip
def test_a_mistyped_column_is_refused_with_the_name_that_is_near(written: str, meant: str):
    message = refused("image_file", written)
    assert message.startswith(f"t.csv: unknown column {written!r}; is it {meant!r}? ")


def test_the_way_out_of_a_name_that_is_near_works():
    assert used("processid", "famly_not_used") == {"processid": "processid"}


MUSEUM = """
    subgenus superfamily suborder infraorder kingdom recordedBy identifiedBy individualCount county
    continent locality minimumElevationInMeters eventDate sex lifeStage basisOfRecord taxonID
    institutionCode collectionCode occurrenceRemarks orderID genericName remarks geodeticDatum
    verbatimLocality typeStatus recordNumber count stage habitat image_tar
"""


def test_further_columns_of_museums_are_passed_over():
    assert used("catalogNumber", "family", *MUSEUM.split()) == {
        "catalogNumber": "processid",
        "family": "family",
    }


def test_a_column_that_is_near_to_one_that_the_table_has_is_another():
    assert used("processid", "family", "family2") == {"processid": "processid", "family": "family"}


@pytest.mark.parametrize("header", [("ORDER", "Order"), ("order", "order")])
def test_a_column_that_is_given_twice_is_refused(header: tuple[str, str]):
    first, second = header
    assert refused("processid", *header) == (
        f"t.csv: column(s) given more than once: {first!r}, {second!r}; rename or remove all but "
        "one"
    )


def test_a_table_needs_a_key():
    assert refused("sampleid", "order", "") == (
        "t.csv: needs a column image_file or processid (or catalogNumber), has 'sampleid', 'order'"
    )


def test_renamed_columns_are_noted():
    notes = Notes()
    canonical_columns(["ProcessID", "order"], SOURCE, notes)
    assert notes.table().rows() == [("column read under another name", "processid", "ProcessID", 1)]


def test_known_names_are_counted():
    assert known_names(["processid", "Family", "remarks", ""]) == 2
    assert known_names(["processid;family"]) == 0


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "Unnamed: 12", "unnamed:3"])
def test_a_name_of_pandas_is_none(name: str):
    assert NAMELESS.fullmatch(name)
    assert not NAMELESS.fullmatch("order")
