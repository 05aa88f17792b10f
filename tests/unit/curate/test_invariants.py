"""Violated invariants of cleaned labels are refused."""

import pytest

from bioscan.core.errors import InputError
from bioscan.curate.invariants import check_invariants
from tests.unit.curate.labelled import FLY, MIDGE, WASP, each, records


def test_clean_labels_pass():
    check_invariants(
        records(("AC", FLY), ("AC", FLY), ("AG", MIDGE), (None, FLY), (None, WASP[:3]))
    )


def test_a_barcode_with_two_lineages_is_refused():
    with pytest.raises(InputError, match=r"one barcode differ: .*Chironomidae.*Sciaridae"):
        check_invariants(records(("AC", FLY), ("AC", MIDGE)))


def test_a_barcode_labelled_to_two_depths_is_refused():
    with pytest.raises(InputError, match="one barcode differ"):
        check_invariants(records(("AC", FLY), ("AC", FLY[:4])))


def test_a_label_with_two_parents_is_refused():
    with pytest.raises(InputError, match="genus with several parents: Ablabesmyia"):
        check_invariants(each(MIDGE, (*FLY[:5], "Ablabesmyia")))


def test_a_label_with_and_without_a_parent_is_refused():
    with pytest.raises(InputError, match="genus with several parents: Ablabesmyia"):
        check_invariants(each(MIDGE, (*MIDGE[:4], None, "Ablabesmyia")))


def test_a_species_that_identifies_nothing_is_refused():
    with pytest.raises(
        InputError, match=r"identify nothing: Ablabesmyia cf\. mala, Ablabesmyia sp\."
    ):
        check_invariants(each((*MIDGE, "Ablabesmyia sp."), (*MIDGE, "Ablabesmyia cf. mala")))


def test_at_most_ten_cases_are_named():
    lineages = [(*MIDGE, f"Ablabesmyia cf. mala{chr(97 + n)}") for n in range(12)]
    with pytest.raises(InputError) as error:
        check_invariants(each(*lineages))
    assert str(error.value).startswith("cleaned labels violate invariants: species that identify")
    assert str(error.value).count("cf.") == 10
