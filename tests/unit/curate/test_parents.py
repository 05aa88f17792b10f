"""Misspelt parents are corrected, and every label is left one parent."""

import pytest

from bioscan.core.records import RANKS
from bioscan.curate.parents import correct_parents, settle_parents
from tests.unit.curate.labelled import FLY, MIDGE, each, labels

HOVERFLY = (
    "Arthropoda",
    "Insecta",
    "Diptera",
    "Syrphidae",
    "Syrphinae",
    "Syrphus",
    "Syrphus ribesii",
)
STONEFLY = (
    "Arthropoda",
    "Insecta",
    "Plecoptera",
    "Perlidae",
    "Perlinae",
    "Perla",
    "Perla bipunctata",
)


def misspelt(lineage: tuple, rank: str, label: str) -> tuple:
    return tuple(label if name == rank else old for name, old in zip(RANKS, lineage, strict=False))


# correct_parents


@pytest.mark.parametrize(
    ("rank", "label"),
    [
        ("phylum", "Arthropda"),
        ("class", "Insectaa"),
        ("order", "Dipteraa"),
        ("order", "Dptera"),
        ("family", "Syrphdae"),
        ("family", "Syrhpidae"),
        ("subfamily", "Syrphinea"),
    ],
)
@pytest.mark.parametrize("depth", [7, 6])
def test_a_misspelt_parent_is_corrected_towards_the_commoner_near_name(rank, label, depth):
    wrong = misspelt(HOVERFLY, rank, label)[:depth]
    found = correct_parents(each(*[HOVERFLY[:depth]] * 8, wrong), 0.9)
    assert labels(found, 8)[:depth] == HOVERFLY[:depth]


def test_two_of_three_are_enough_where_a_label_below_is_shared():
    found = correct_parents(each(HOVERFLY, HOVERFLY, misspelt(HOVERFLY, "order", "Dipteraa")), 0.9)
    assert found["order"].to_list() == ["Diptera"] * 3


def test_misspellings_at_two_ranks_are_corrected_in_one_record():
    wrong = misspelt(misspelt(HOVERFLY, "class", "Insectaa"), "order", "Dipteraa")
    found = correct_parents(each(*[HOVERFLY] * 8, wrong), 0.9)
    assert labels(found, 8) == HOVERFLY


def test_a_missing_rank_between_does_not_hide_the_misspelling():
    gap = misspelt(HOVERFLY, "subfamily", None)
    found = correct_parents(each(*[gap] * 8, misspelt(gap, "family", "Syrphdae")), 0.9)
    assert found["family"].to_list() == ["Syrphidae"] * 9


def test_a_clear_misspelling_is_corrected_where_no_label_below_is_shared():
    wrong = misspelt(HOVERFLY, "order", "Dipteraa")
    found = correct_parents(each(*[HOVERFLY] * 20, wrong, wrong[:3]), 0.9)
    assert found["order"].unique().to_list() == ["Diptera"]


def test_equally_common_names_stay():
    before = each(HOVERFLY, misspelt(HOVERFLY, "order", "Dipteraa"))
    assert correct_parents(before, 0.9).equals(before)


def test_names_that_are_not_near_stay():
    before = each(*[HOVERFLY] * 8, misspelt(HOVERFLY, "order", "Hymenoptera"))
    assert correct_parents(before, 0.9).equals(before)


def test_near_names_without_a_label_below_in_common_are_two_taxa():
    perlodid = (*STONEFLY[:3], "Perlodidae", "Perlodinae", "Perlodes")
    before = each(*[STONEFLY] * 30, perlodid)
    assert correct_parents(before, 0.9).equals(before)


def test_a_genus_entered_under_a_near_family_does_not_merge_the_families():
    perlodid = (*STONEFLY[:3], "Perlodidae", "Perlodinae", "Perlodes")
    entered = misspelt(STONEFLY, "family", "Perlodidae")
    found = correct_parents(each(*[STONEFLY] * 60, *[perlodid] * 3, entered), 0.9)
    assert found["family"].to_list() == ["Perlidae"] * 60 + ["Perlodidae"] * 3 + ["Perlidae"]


def test_near_families_of_two_orders_stay():
    """Aphididae are bugs and Aphidiidae wasps."""
    aphid = ("Arthropoda", "Insecta", "Hemiptera", "Aphididae", "Aphidinae", "Aphis")
    wasp = ("Arthropoda", "Insecta", "Hymenoptera", "Aphidiidae", None, "Aphis")
    before = each(*[aphid] * 20, wasp)
    assert correct_parents(before, 0.9).equals(before)


def test_a_commoner_name_elsewhere_is_not_preferred_where_the_rarer_one_is_the_rule():
    perlodid = (*STONEFLY[:3], "Perlodidae", "Perlodinae", "Perlodes")
    entered = misspelt(perlodid, "family", "Perlidae")
    before = each(*[STONEFLY] * 30, *[perlodid] * 8, entered)
    assert correct_parents(before, 0.9).equals(before)


def test_fillers_follow_their_family():
    wrong = (*HOVERFLY[:3], "Syrphdae", "unassigned Syrphdae", *HOVERFLY[5:])
    right = (*HOVERFLY[:4], "unassigned Syrphidae", *HOVERFLY[5:])
    found = correct_parents(each(*[right] * 8, wrong), 0.9)
    assert labels(found, 8) == right


# settle_parents


def test_a_label_keeps_the_parent_that_most_records_have():
    homonym = (*FLY[:4], "Sciarinae", "Ablabesmyia", "Ablabesmyia b")
    found = settle_parents(each(*[(*MIDGE, "Ablabesmyia a")] * 9, homonym), 0.9)
    assert labels(found, 0) == (*MIDGE, "Ablabesmyia a")
    assert labels(found, 9) == (*FLY[:4], "Sciarinae", None, None)


def test_a_label_without_a_clear_parent_is_removed_in_all_records():
    homonym = (*FLY[:4], "Sciarinae", "Ablabesmyia")
    found = settle_parents(each(*[MIDGE] * 8, homonym), 0.9)
    assert found["genus"].to_list() == [None] * 9
    assert found["subfamily"].to_list() == ["Tanypodinae"] * 8 + ["Sciarinae"]


def test_a_filler_left_as_last_label_is_removed():
    homonym = (*FLY[:5], "Ablabesmyia")
    found = settle_parents(each(*[MIDGE] * 9, homonym), 0.9)
    assert labels(found, 9) == (*FLY[:4], None, None, None)


def test_a_missing_parent_counts_as_a_parent():
    found = settle_parents(each(*[MIDGE] * 9, (*MIDGE[:4], None, "Ablabesmyia")), 0.9)
    assert found["genus"].to_list() == ["Ablabesmyia"] * 9 + [None]
