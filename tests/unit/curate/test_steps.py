"""Each cleaning step by itself, on hand-worked cases."""

import polars as pl
import pytest

from bioscan.curate import steps
from tests.unit.curate.labelled import FLY, MIDGE, WASP, each, labels, records


def species(frame: pl.DataFrame) -> list[str | None]:
    return frame["species"].to_list()


def genera(frame: pl.DataFrame) -> list[str | None]:
    return frame["genus"].to_list()


# tidy_labels, standardise_placeholders


def test_spaces_are_removed_at_every_rank():
    found = steps.tidy_labels(each((" Arthropoda", "Insecta", "Diptera ", "  ", None, "A  us")))
    assert labels(found) == ("Arthropoda", "Insecta", "Diptera", None, None, "A us", None)


def test_placeholders_are_standardised_in_genus_and_species():
    found = steps.standardise_placeholders(
        each((*WASP[:5], "bracMalasie1", "bracMalasie1 malaise7"))
    )
    assert labels(found)[5:] == ("bracMalaise01", "bracMalaise01 Malaise0007")


# unify_variants


def test_the_commoner_variant_is_used_everywhere():
    found = steps.unify_variants(
        each(*[(*WASP, "Blacus jft01")] * 2, (*WASP, "Blacus JFT01"), (*WASP, "Blacus jft1"))
    )
    assert species(found) == ["Blacus jft01"] * 4


def test_the_padded_one_of_equally_common_variants_is_used():
    found = steps.unify_variants(each((*WASP, "Blacus jft1"), (*WASP, "Blacus jft01")))
    assert species(found) == ["Blacus jft01"] * 2


def test_another_number_is_not_a_variant():
    before = each((*WASP, "Blacus jft01"), (*WASP, "Blacus jft10"))
    assert species(steps.unify_variants(before)) == species(before)


def test_variants_of_a_family_are_unified():
    found = steps.unify_variants(each(*[FLY[:4]] * 2, (*FLY[:3], "SCIARIDAE")))
    assert found["family"].to_list() == ["Sciaridae"] * 3


# reconcile_genus


def test_a_missing_genus_is_the_first_word_of_the_species():
    found = steps.reconcile_genus(each((*MIDGE[:5], None, "Ablabesmyia mala")), 0.9)
    assert genera(found) == ["Ablabesmyia"]


def test_a_species_entered_as_genus_is_moved():
    one = (*WASP[:5], "Blacus Malaise0001", "Blacus Malaise0002")
    only = (*WASP[:5], "Blacus Malaise0001", None)
    found = steps.reconcile_genus(each(one, only), 0.9)
    assert [labels(found, row)[5:] for row in range(2)] == [
        ("Blacus", "Blacus Malaise0002"),
        ("Blacus", "Blacus Malaise0001"),
    ]


def test_a_misspelt_genus_is_corrected_where_the_species_shows_it():
    sound, misspelt = (*MIDGE, "Ablabesmyia mala"), (*MIDGE[:5], "Ablabesmia", "Ablabesmyia mala")
    found = steps.reconcile_genus(each(sound, misspelt), 0.9)
    assert genera(found) == ["Ablabesmyia"] * 2


def test_a_misspelt_first_word_is_corrected_where_the_genus_shows_it():
    found = steps.reconcile_genus(each(MIDGE, (*MIDGE, "Ablabesmia mala")), 0.9)
    assert species(found) == [None, "Ablabesmyia mala"]


def test_a_clear_misspelling_is_corrected_in_every_record_of_the_family():
    """5M §A4.4: corrected even where the species agrees, or there is none."""
    sound = (*MIDGE, "Ablabesmyia mala")
    shown = (*MIDGE[:5], "Ablabesmia", "Ablabesmyia mala")
    alone = (*MIDGE[:5], "Ablabesmia")
    twice = (*MIDGE[:5], "Ablabesmia", "Ablabesmia mala")
    # 2 × 20 + 1 uses of the one, 1 + 1 + 2 of the other: 41 / 45 > 0.9.
    found = steps.reconcile_genus(each(*[sound] * 20, shown, alone, twice), 0.9)
    assert genera(found) == ["Ablabesmyia"] * 23
    assert species(found)[-2:] == [None, "Ablabesmyia mala"]


def test_an_unclear_misspelling_is_corrected_in_its_own_records_only():
    sound = (*MIDGE, "Ablabesmyia mala")
    shown = (*MIDGE[:5], "Ablabesmia", "Ablabesmyia mala")
    alone = (*MIDGE[:5], "Ablabesmia")
    found = steps.reconcile_genus(each(sound, shown, alone), 0.9)
    assert genera(found) == ["Ablabesmyia", "Ablabesmyia", "Ablabesmia"]


def test_the_same_name_in_another_family_is_not_corrected():
    sound = (*MIDGE, "Ablabesmyia mala")
    shown = (*MIDGE[:5], "Ablabesmia", "Ablabesmyia mala")
    elsewhere = (*WASP[:5], "Ablabesmia")
    found = steps.reconcile_genus(each(*[sound] * 20, shown, elsewhere), 0.9)
    assert genera(found)[-1] == "Ablabesmia"


def test_equally_common_similar_names_stay_unchanged():
    before = each((*WASP[:5], "Dahlbominus", "Dalbominus Malaise5255"))
    assert labels(steps.reconcile_genus(before, 0.9)) == labels(before)


def test_equally_common_names_that_differ_in_case_follow_the_genus():
    found = steps.reconcile_genus(each((*WASP, "blacus Malaise5255")), 0.9)
    assert species(found) == ["Blacus Malaise5255"]


def test_a_different_genus_yields_to_that_of_most_records_of_the_species():
    sound, other = (*MIDGE, "Ablabesmyia mala"), (*MIDGE[:5], "Tanypus", "Ablabesmyia mala")
    assert genera(steps.reconcile_genus(each(*[sound] * 9, other), 0.9)) == ["Ablabesmyia"] * 10
    kept = steps.reconcile_genus(each(*[sound] * 8, other), 0.9)  # 8 of 9 is 88.9 %
    assert genera(kept) == ["Ablabesmyia"] * 8 + ["Tanypus"]


# unify_misspellings


def test_the_spelling_commoner_in_the_data_is_used_within_a_barcode():
    mala, maala = (*MIDGE, "Ablabesmyia mala"), (*MIDGE, "Ablabesmyia maala")
    found = steps.unify_misspellings(
        records(("AC", maala), ("AC", maala), ("AC", mala), *[("AG", mala)] * 2)
    )
    assert species(found) == ["Ablabesmyia mala"] * 5


def test_misspellings_of_different_barcodes_stay_unchanged():
    before = records(
        ("AC", (*MIDGE, "Ablabesmyia maala")), *[("AG", (*MIDGE, "Ablabesmyia mala"))] * 5
    )
    assert species(steps.unify_misspellings(before)) == species(before)


def test_equally_common_misspellings_stay_in_conflict():
    before = records(("AC", (*MIDGE, "Ablabesmyia maala")), ("AC", (*MIDGE, "Ablabesmyia mala")))
    assert species(steps.unify_misspellings(before)) == species(before)


def test_three_spellings_become_one():
    spellings = ["mala"] * 3 + ["maala"] * 2 + ["mal"]
    found = steps.unify_misspellings(
        records(*(("AC", (*MIDGE, f"Ablabesmyia {epithet}")) for epithet in spellings))
    )
    assert species(found) == ["Ablabesmyia mala"] * 6


# fill_holes


def test_a_genus_in_no_subfamily_gets_the_filler():
    """The paper's own example (§A4.3)."""
    found = steps.fill_holes(each((*FLY[:4], None, "Alpinosciara")), 0.9)
    assert labels(found) == (*FLY, None)


def test_a_record_without_a_genus_has_no_hole():
    assert labels(steps.fill_holes(each(FLY[:4]), 0.9)) == (*FLY[:4], None, None, None)


def test_a_hole_is_filled_with_what_other_records_of_the_genus_have():
    found = steps.fill_holes(each(*[MIDGE] * 9, (*MIDGE[:4], None, "Ablabesmyia")), 0.9)
    assert found["subfamily"].to_list() == ["Tanypodinae"] * 10


def test_a_hole_gets_the_filler_where_records_of_the_genus_differ():
    other = (*MIDGE[:4], "Orthocladiinae", "Ablabesmyia")
    found = steps.fill_holes(each(*[MIDGE] * 8, other, (*MIDGE[:4], None, "Ablabesmyia")), 0.9)
    assert found["subfamily"].to_list()[-1] == "unassigned Chironomidae"


def test_a_genus_shared_by_two_families_fills_each_from_its_own():
    fly = (*FLY[:4], "Sciarinae", "Ablabesmyia")
    holes = (*FLY[:4], None, "Ablabesmyia"), (*MIDGE[:4], None, "Ablabesmyia")
    found = steps.fill_holes(each(*[fly] * 5, *[MIDGE] * 5, *holes), 0.9)
    assert found["subfamily"].to_list()[-2:] == ["Sciarinae", "Tanypodinae"]


def test_holes_above_the_subfamily_are_filled_too():
    hole = (*MIDGE[:2], None, None, None, "Ablabesmyia")
    assert labels(steps.fill_holes(each(MIDGE, hole), 0.9), 1) == (*MIDGE, None)


# resolve_conflicts


def test_a_majority_of_exactly_the_share_overrules():
    common, rare = ("AC", (*MIDGE, "Ablabesmyia mala")), ("AC", (*MIDGE, "Ablabesmyia nigra"))
    found = steps.resolve_conflicts(records(*[common] * 9, rare), 0.9)
    assert species(found) == ["Ablabesmyia mala"] * 10


def test_an_overruled_record_loses_the_ranks_below():
    """Or it would end as a Chironomidae of the genus Alpinosciara."""
    found = steps.resolve_conflicts(records(*[("AC", MIDGE)] * 9, ("AC", FLY)), 0.9)
    assert labels(found, 9) == (*MIDGE[:4], None, None, None)


def test_a_filler_that_would_be_the_last_label_is_removed_with_the_genus():
    found = steps.resolve_conflicts(records(("AC", FLY), ("AC", (*FLY[:5], "Sciara"))), 0.9)
    assert [labels(found, row) for row in range(2)] == [(*FLY[:4], None, None, None)] * 2


def test_a_filler_is_removed_with_a_species_that_has_no_genus():
    one, two = (*FLY[:5], None, "Sciara a"), (*FLY[:5], None, "Sciara b")
    found = steps.resolve_conflicts(records(("AC", one), ("AC", two)), 0.9)
    assert labels(found) == (*FLY[:4], None, None, None)


def test_a_filler_stays_when_only_the_species_is_removed():
    found = steps.resolve_conflicts(
        records(("AC", (*FLY, "Alpinosciara a")), ("AC", (*FLY, "Alpinosciara b"))), 0.9
    )
    assert labels(found) == (*FLY, None)


def test_a_filler_and_a_subfamily_are_a_conflict():
    real = (*FLY[:4], "Sciarinae")
    found = steps.resolve_conflicts(records(("AC", FLY), ("AC", real)), 0.9)
    assert [labels(found, row) for row in range(2)] == [(*FLY[:4], None, None, None)] * 2


def test_records_without_a_barcode_have_no_conflict():
    before = records((None, FLY), (None, MIDGE))
    assert steps.resolve_conflicts(before, 0.9).equals(before)


# infer_missing


@pytest.mark.parametrize(
    ("known", "code"), [(7, 0), (6, 1), (5, 2), (4, 3), (3, 4), (2, 5), (1, 6)]
)
def test_the_code_says_which_rank_was_the_shallowest_copied(known, code):
    whole = (*MIDGE, "Ablabesmyia mala")
    found = steps.infer_missing(records(("AC", whole[:known]), ("AC", whole)))
    assert labels(found) == whole
    assert found["inferred_ranks"].to_list() == [code, 0]


def test_an_earlier_code_is_not_lowered():
    before = records(("AC", MIDGE), ("AC", (*MIDGE, "Ablabesmyia mala")))
    before = before.with_columns(inferred_ranks=pl.Series([3, 0], dtype=pl.UInt8))
    assert steps.infer_missing(before)["inferred_ranks"].to_list() == [3, 0]


def test_nothing_is_copied_in_a_barcode_that_contradicts_itself():
    before = records(("AC", FLY), ("AC", MIDGE), ("AC", MIDGE[:2]))
    assert steps.infer_missing(before).equals(before)


# remove_unidentifying


def test_names_that_identify_nothing_are_removed():
    found = steps.remove_unidentifying(
        each((*MIDGE, "Ablabesmyia sp."), (*MIDGE, "Ablabesmyia sp. GG28"), MIDGE)
    )
    assert species(found) == [None, "Ablabesmyia sp. GG28", None]


@pytest.mark.parametrize(("code", "left"), [(0, 0), (1, 0), (2, 2)])
def test_a_record_with_only_a_removed_copy_does_not_count_as_inferred(code, left):
    before = each((*MIDGE, "Ablabesmyia sp."))
    before = before.with_columns(inferred_ranks=pl.lit(code, pl.UInt8))
    assert steps.remove_unidentifying(before)["inferred_ranks"].to_list() == [left]
