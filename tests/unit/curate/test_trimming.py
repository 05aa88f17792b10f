"""What stands around a name is taken away, and nothing of the name."""

import pytest

from bioscan.curate.trimming import has_one_case, in_usual_case, trim


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Apis mellifera", "Apis mellifera"),
        ("Chironomus sp. 11 larvae", "Chironomus sp. 11"),
        ("Bombus lucorum M", "Bombus lucorum M"),
        ("Bombus sp. F", "Bombus sp. F"),
        ("Bombus lucorum Smith, 1900", "Bombus lucorum Smith, 1900"),
        ("Genus Apis", "Apis"),
        ("genus indet.", "genus indet."),
        ("o__", ""),
        ("Bombus lucorum; det: Smith", "Bombus lucorum"),
        ("Leg. Smith", "Leg. Smith"),
    ],
)
def test_a_name_is_trimmed(written: str, name: str):
    assert trim(written) == name
    assert trim(name) == name


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        (["APIS", "MELLIFERA", "L."], ["Apis", "mellifera", "L."]),
        (["apis", "sp.", "A1"], ["Apis", "sp.", "A1"]),
        (["APIS", "AFF.", "MELLIFERA"], ["Apis", "aff.", "mellifera"]),
        (["Polygonia", "C-album"], ["Polygonia", "c-album"]),
        (["Odontofroggatia", "corneri-MIC"], ["Odontofroggatia", "corneri-MIC"]),
        (["Apis", "Mellifera"], ["Apis", "Mellifera"]),
        (["unknown", "GG28"], ["unknown", "GG28"]),
    ],
)
def test_letter_case_is_that_of_zoology_where_it_can_be_told(written: list, usual: list):
    assert in_usual_case(written) == usual
    assert in_usual_case(usual) == usual


@pytest.mark.parametrize(("word", "one"), [("APIS", True), ("apis", True), ("Apis", False)])
def test_one_case_is_capitals_or_none(word: str, one: bool):
    assert has_one_case(word) is one
    assert not has_one_case(word[:2])
