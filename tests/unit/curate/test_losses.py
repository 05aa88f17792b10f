"""Labels that cleaning removed from many records."""

import polars as pl
import pytest

from bioscan.curate.cleaning import clean
from bioscan.curate.losses import describe_losses, large_losses
from tests.unit.curate.labelled import MIDGE, WASP, each, records

LOUSE = ("Arthropoda", "Insecta", "Psocodea", "Psocidae", "Psocinae", "Psocus")
BARKLOUSE = (*LOUSE[:2], "Psocoptera", *LOUSE[3:])


def described(frame: pl.DataFrame, max_share: float = 0.2) -> list[str]:
    return describe_losses(large_losses(clean(frame, 0.9).losses, max_share))


def test_a_taxon_with_two_parents_is_named_with_both():
    found = described(each(*[LOUSE] * 6, *[BARKLOUSE] * 4, *[WASP] * 90))
    assert found == [
        "settle_parents removed the family 'Psocidae' from 10 of 10 records: "
        "Psocodea (6), Psocoptera (4)"
    ]


def test_a_rank_that_most_records_lose_is_named_with_the_labels_that_they_lost():
    vague = [(*MIDGE, "Ablabesmyia sp.")] * 3 + [(*MIDGE, "Ablabesmyia cf. mala")] * 2
    found = described(each(*vague, *[(*MIDGE, "Ablabesmyia mala")] * 5))
    assert found == [
        "remove_unidentifying removed the species from 5 of 10 records: "
        "Ablabesmyia sp. (3), Ablabesmyia cf. mala (2)"
    ]


def test_a_contaminated_barcode_is_named_with_the_labels_that_contradict():
    found = described(
        records(*[("ACG", MIDGE)] * 4, *[("ACG", WASP)] * 4, *[(None, (*WASP[:2],))] * 92)
    )
    assert found == [
        "resolve_conflicts removed the order from 8 of 8 records: Diptera (4), Hymenoptera (4)"
    ]


def test_a_taxon_is_named_with_the_labels_of_its_barcodes():
    wasps = [(f"AC{'A' * number}G", WASP) for number in range(40)]
    found = described(records(*[("ACG", MIDGE)] * 5, ("ACG", WASP), *wasps))
    assert found[0] == (
        "resolve_conflicts removed the order 'Diptera' from 5 of 5 records: "
        "Diptera (5), Hymenoptera (2)"
    )


@pytest.mark.parametrize("max_share", [0.5, 1])
def test_smaller_losses_are_not_named(max_share):
    frame = records(*[("ACG", MIDGE)] * 3, *[("ACG", WASP)] * 3, *[(None, WASP)] * 6)
    assert described(frame, max_share) == []


def test_few_records_of_a_taxon_are_not_named():
    assert described(each(LOUSE, LOUSE, BARKLOUSE, BARKLOUSE, *[WASP] * 30)) == []


def test_the_largest_loss_comes_first():
    frame = each(*[LOUSE] * 6, *[BARKLOUSE] * 4, *[(*WASP, "Blacus sp.")] * 12, *[WASP] * 20)
    assert [line.split()[0] for line in described(frame)] == [
        "remove_unidentifying",
        "settle_parents",
        "settle_parents",
    ]
