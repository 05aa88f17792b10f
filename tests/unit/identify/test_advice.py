"""What a curator reads of a specimen."""

import pytest

from bioscan.identify.advice import account, advise, differences, percent, side
from bioscan.identify.barcodes import MIXED, UNLIKE
from bioscan.identify.lineages import Decision, Statement, decide

BARCODE = [
    Statement("barcode", "barcode", "order", "Diptera", 0.99),
    Statement("barcode", "barcode", "family", "Sciaridae", 0.98),
    Statement("barcode", "barcode", "species", "Aus bus", 0.02),
]
BEETLE = Statement("image", "photograph", "order", "Coleoptera", 0.97)
SPECIES = Statement("image", "photograph", "species", "Aus bus", 0.97)
FACT = {"letters": 658, "fault": None, "fault_photograph": None, "outside": None, "nearest": None}


def advice(status: str, said: list[Statement], likely=None, **facts: object) -> str:
    return advise(status, FACT | facts, decide(said, 0.95, {}), likely or {}, said, 0.95)


@pytest.mark.parametrize(
    ("probability", "words"),
    [(1.0, "100 %"), (0.999, "99 %"), (0.01, "1 %"), (0.004, "under 1 %"), (0.0, "0 %")],
)
def test_a_probability_is_never_rounded_up(probability, words):
    assert percent(probability) == words


@pytest.mark.parametrize(
    ("distance", "words"),
    [(0.0, "none of 658 letters differ"), (1 / 658, "1 of 658 letters differs")],
)
def test_a_distance_is_a_count_of_letters(distance, words):
    assert differences(distance, 658) == words


def test_a_conflict_of_two_that_are_sure_says_what_each_says():
    assert advice("conflict", [*BARCODE, BEETLE]) == (
        "The photograph says Coleoptera; the barcode says Diptera (Sciaridae): check whether the "
        "tube was swapped, or the barcode is of a contamination."
    )


def test_a_photograph_that_names_a_species_against_a_barcode_is_for_a_taxonomist():
    assert advice("conflict", [*BARCODE, SPECIES]) == (
        "The photograph says Aus bus, but by its barcode it is of a species that no reference is "
        "of: show it to a taxonomist."
    )
    assert side(BARCODE[-1], BARCODE, 0.95) == "barcode: not Aus bus (2 %)"


@pytest.mark.parametrize(("fault", "todo"), [(MIXED, "contamination"), (UNLIKE, "gene")])
def test_a_barcode_that_is_set_aside_is_to_be_sequenced_again(fault, todo):
    words = advice("barcode set aside", [BEETLE], fault=fault)
    assert fault in words and todo in words and "sequence it again" in words
    assert "so the name is from the photograph alone" in words


@pytest.mark.parametrize(
    ("status", "facts", "words"),
    [
        ("no specimen in the photograph", {}, "see whether the well is empty"),
        ("photograph set aside", {"fault_photograph": "it cannot be read"}, "take it again"),
        ("outside the region", {"outside": SPECIES}, "It is Aus bus, which the list"),
        ("not decided", {"nearest": "Aus bus: 99 of 658 letters differ"}, "too far from all"),
        ("not decided", {"letters": None}, "Nothing is known of it"),
    ],
)
def test_each_status_has_its_advice(status, facts, words):
    assert words in advice(status, [], **facts)


def test_what_is_likely_is_named_where_nothing_is_decided():
    words = advice("not decided", [], {"order": ("Diptera", 0.4)}, letters=None)
    assert "order Diptera: 40 %" in words
    words = advice("not decided", [], {"order": ("Diptera", 0.0)}, letters=None)
    assert "Diptera" not in words


def test_what_is_said_is_a_clause_of_each_witness():
    assert account([*BARCODE, BEETLE], ["order", "species"]) == (
        "barcode: order Diptera 99 %, species Aus bus 2 %; image: order Coleoptera 97 %"
    )
    assert account([], ["order"]) is None


def test_a_specimen_without_a_name_has_no_source_of_it():
    decision = Decision({}, {}, {}, ())
    words = advise("photograph set aside", FACT, decision, {}, [], 0.95)
    assert "so the name" not in words
