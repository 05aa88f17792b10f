"""Cleaning as a whole: the steps in their order, the trail, and properties of any records."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from bioscan.core.records import RANKS
from bioscan.curate.cleaning import CLEANED_COLUMNS, as_entered, barcode_number, clean
from bioscan.curate.invariants import check_invariants
from bioscan.curate.lineages import COMPANIONS
from tests.unit.curate.labelled import FLY, MIDGE, WASP, cleaned, cleaning, labels, records

# The order of the steps


def test_a_conflict_at_family_removes_all_ranks_below_in_every_record():
    found = cleaned(("AC", FLY), ("AC", (*MIDGE, "Ablabesmyia mala")), ("AC", FLY[:3]))
    kept = (*FLY[:3], None, None, None, None)
    assert [labels(found, row) for row in range(3)] == [kept] * 3
    assert found["taxon"].to_list() == ["Diptera"] * 3


def test_an_overruled_record_takes_the_ranks_below_from_the_majority():
    found = cleaned(*[("AC", MIDGE)] * 9, ("AC", (*FLY, "Alpinosciara alpina")))
    assert [labels(found, row) for row in range(10)] == [(*MIDGE, None)] * 10
    assert found["inferred_ranks"].to_list() == [0] * 9 + [3]


def test_the_majority_is_a_share_of_the_labelled_records():
    # 9 of 10 labels agree; 5 more records without a species do not dilute them.
    common, rare = ("AC", (*MIDGE, "Ablabesmyia mala")), ("AC", (*MIDGE, "Ablabesmyia nigra"))
    found = cleaned(*[common] * 9, rare, *[("AC", MIDGE)] * 5)
    assert found["species"].to_list() == ["Ablabesmyia mala"] * 15


def test_a_removed_rank_is_not_inferred_again():
    found = cleaned(("AC", FLY), ("AC", MIDGE), ("AC", ("Arthropoda",)))
    assert labels(found, 2) == ("Arthropoda", "Insecta", "Diptera", None, None, None, None)
    assert found["inferred_ranks"].to_list() == [0, 0, 6]


def test_a_subfamily_known_from_the_barcode_is_not_a_hole():
    found = cleaned(("AC", (*MIDGE[:4], None, "Ablabesmyia")), ("AC", MIDGE[:5]))
    assert [labels(found, row) for row in range(2)] == [(*MIDGE, None)] * 2
    assert found["inferred_ranks"].to_list() == [3, 2]


def test_a_hole_and_another_subfamily_are_a_conflict():
    """The filler stands for "none", so the two genera cannot both be right."""
    found = cleaned(
        ("AC", (*FLY[:4], None, "Alpinosciara")), ("AC", (*FLY[:4], "Sciarinae", "Sciara"))
    )
    assert [labels(found, row) for row in range(2)] == [(*FLY[:4], None, None, None)] * 2


def test_variants_of_one_name_do_not_conflict():
    found = cleaned(
        ("AC", (*WASP, "Blacus Malaise0896")),
        ("AC", (*WASP, "blacus malaisse896 ")),
        ("AC", (*WASP[:5], "Blaccus", "Blacus Malaise 896")),
    )
    assert [labels(found, row) for row in range(3)] == [(*WASP, "Blacus Malaise0896")] * 3


def test_a_corrected_genus_makes_species_names_agree():
    sound, misspelt = (*MIDGE, "Ablabesmyia mala"), (*MIDGE[:5], "Ablabesmia", "Ablabesmia mala")
    shown = (*MIDGE[:5], "Ablabesmia", "Ablabesmyia mala")
    found = cleaned(*[("AC", sound)] * 20, ("AG", shown), ("AT", misspelt))
    assert found["species"].unique().to_list() == ["Ablabesmyia mala"]
    assert found["genus"].unique().to_list() == ["Ablabesmyia"]


def test_a_name_that_identifies_nothing_counts_as_annotation_until_the_end():
    """The paper removes these names "finally": 3 of 4 are no majority, so both names go."""
    vague, sure = ("AC", (*MIDGE, "Ablabesmyia sp.")), ("AC", (*MIDGE, "Ablabesmyia mala"))
    assert cleaned(*[vague] * 3, sure)["species"].to_list() == [None] * 4


def test_a_copied_name_that_identifies_nothing_leaves_no_code():
    found = cleaned(("AC", MIDGE), ("AC", (*MIDGE, "Ablabesmyia sp.")))
    assert found["species"].to_list() == [None, None]
    assert found["inferred_ranks"].to_list() == [0, 0]


# Barcodes


@pytest.mark.parametrize("twin", ["NNACGTN", "ACGTNN", "NACGT"])
def test_barcodes_that_differ_in_unknown_ends_are_identical(twin):
    found = cleaned((twin, FLY), ("ACGT", MIDGE))
    assert found["family"].to_list() == [None, None]


def test_an_unknown_base_inside_makes_another_barcode():
    found = cleaned(("ACNGT", FLY), ("ACGT", MIDGE))
    assert found["family"].to_list() == ["Sciaridae", "Chironomidae"]


@pytest.mark.parametrize("barcode", [None, "", "NNNN"])
def test_records_without_a_barcode_do_not_influence_each_other(barcode):
    found = cleaning((barcode, FLY), (barcode, MIDGE), (barcode, FLY[:2]))
    assert [labels(found.records, row) for row in range(3)] == [
        (*FLY, None),
        (*MIDGE, None),
        (*FLY[:2], None, None, None, None, None),
    ]
    assert found.changes.is_empty()


def test_equal_barcodes_have_equal_numbers():
    frame = pl.DataFrame({"dna_barcode": ["ACGT", None, "NACGTN", "NN", "ACG"]})
    one, none, same, unknown, other = frame.select(barcode_number()).to_series()
    assert one == same != other
    assert none is unknown is None


# Tribe and subspecies


def test_a_tribe_is_removed_with_its_subfamily_and_a_subspecies_with_its_species():
    before = records(("AC", (*MIDGE, "Ablabesmyia mala")), ("AC", FLY), ("AG", WASP))
    before = before.with_columns(
        tribe=pl.Series(["Pentaneurini", None, "Blacini"]),
        subspecies=pl.Series(["Ablabesmyia mala mala", None, None]),
    )
    after = clean(before, 0.9)
    assert after.records["tribe"].to_list() == [None, None, "Blacini"]
    assert after.records["subspecies"].to_list() == [None, None, None]
    orphans = after.changes.filter(step="drop_orphans").drop("processid", "step")
    assert orphans.rows() == [
        ("tribe", "Pentaneurini", None),
        ("subspecies", "Ablabesmyia mala mala", None),
    ]


# The trail


def test_every_change_is_recorded():
    changes = cleaning(("AC", FLY[:5]), ("AC", FLY), ("AG", FLY)).changes
    assert changes.rows() == [("P000", "infer_missing", "genus", None, "Alpinosciara")]


def test_a_subspecies_that_a_species_held_is_recorded_and_counted():
    found = cleaning(("AC", (*MIDGE, "Ablabesmyia mala ssp. alba Fittkau, 1962")))
    assert found.records["subspecies"].to_list() == ["Ablabesmyia mala alba"]
    assert found.changes.drop("processid").rows() == [
        (
            "parse_names",
            "species",
            "Ablabesmyia mala ssp. alba Fittkau, 1962",
            "Ablabesmyia mala",
        ),
        ("parse_names", "subspecies", None, "Ablabesmyia mala alba"),
    ]
    counted = found.summary.filter(step="parse_names", rank="subspecies")
    assert counted.select("records", "added", "renamed").row(0) == (1, 1, 0)


def test_the_summary_counts_changes_per_step_and_rank():
    common, rare = ("AC", (*MIDGE, "Ablabesmyia mala")), ("AC", (*MIDGE, "Ablabesmyia nigra"))
    summary = cleaning(*[common] * 9, rare, ("AC", MIDGE[:5]), ("AT", FLY), ("AT", MIDGE)).summary
    columns = ["records", "renamed", "removed", "added", "names"]
    counted = {
        (row["step"], row["rank"]): [row[name] for name in columns] for row in summary.to_dicts()
    }
    # One species renamed; family, subfamily and genus of two flies removed.
    assert counted["resolve_conflicts", None] == [3, 1, 6, 0, 7]
    assert counted["resolve_conflicts", "species"] == [1, 1, 0, 0, 1]
    assert counted["resolve_conflicts", "family"] == [2, 0, 2, 0, 2]
    # Genus and species of one midge.
    assert counted["infer_missing", None] == [1, 0, 0, 2, 0]
    assert counted["settle_parents", None] == [0, 0, 0, 0, 0]


def test_records_as_entered_are_unchanged():
    before = records(("AC", FLY), ("AC", MIDGE)).with_columns(taxon=pl.lit("Sciaridae"))
    left = as_entered(before)
    assert_frame_equal(left.records, before.select("processid", *CLEANED_COLUMNS, "taxon"))
    assert left.changes.is_empty()
    assert left.summary.select(pl.sum("records", "renamed")).row(0) == (0, 0)


# Properties of any records

GENERA = ["Aus", "Auss", "aus", "Bus", "cecMalaise1", "cecMalasie01", "Aus bus", None]
EPITHETS = [
    "bus",
    "buss",
    "bus L.",
    "bus ssp. cus",
    "agg.",
    "Malaise1",
    "malaise001",
    "sp.",
    "cf. bus",
    "sp. A1",
    "",
]
SPECIES = [None, *(f"{genus} {epithet}" for genus in GENERA[:6] for epithet in EPITHETS)]
SPECIMEN = st.tuples(
    st.sampled_from([None, "ACGT", "NACGT", "TTTT", "GGGG"]),
    st.tuples(
        st.sampled_from(["Arthropoda", "Arthropoda", None]),
        st.sampled_from(["Insecta", "Insecta", "insecta", None]),
        st.sampled_from(["Diptera", "Diptera", "Diptera", "Coleoptera", None]),
        st.sampled_from(["Sciaridae", "Sciaridae", "Phoridae", "Sciarida ", None]),
        st.sampled_from(["unassigned Sciaridae", "Sciarinae", "Sciarinae", None]),
        st.sampled_from(GENERA),
        st.sampled_from(SPECIES),
    ),
)
#: A low share, so that few records are enough for a majority.
SHARE = 0.6
ANY_RECORDS = st.lists(SPECIMEN, min_size=1, max_size=14).map(lambda rows: records(*rows))


def again(records: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Cleaned records as they would be read in again."""
    return records.drop("taxon").hstack(before.select("barcode"))


def test_a_barcode_with_too_few_letters_shares_no_label():
    specimens = [("NA", (*WASP, "Blacus hastatus")), ("NA", FLY), ("NA", MIDGE[:4])]
    alone = records(*specimens, ("ACGT", WASP[:3]), min_letters=4)
    assert alone["barcode"].is_null().to_list() == [True, True, True, False]
    assert clean(alone, SHARE).changes.is_empty()
    # Compared, they take each other's labels away.
    assert cleaned(*specimens).select("order", "family").rows() == [(None, None)] * 3


@pytest.mark.parametrize("name", ["apis sp. A1", "APIS SP. A1", "apis DHJ01", "APIS GG28"])
def test_a_genus_in_another_letter_case_comes_to_rest(name):
    lineage = (*WASP[:3], "Apidae", "Apinae")
    frame = cleaned((None, (*lineage, "Apis")), *[(None, (*lineage, "Apiss", name))] * 3)
    assert set(frame["genus"]) == {"Apis"}
    assert set(frame["species"][1:]) == {f"Apis {name.split(' ', 1)[1].replace('SP.', 'sp.')}"}


# One property, as each run of `clean` costs tenths of a second.
@settings(max_examples=40, deadline=None)
@given(ANY_RECORDS, st.randoms(use_true_random=False))
def test_cleaning_any_records_is_valid_idempotent_order_free_and_replayable(before, random):
    after = clean(before, SHARE)
    cleaned = again(after.records, before)
    assert after.records["processid"].equals(before["processid"])

    check_invariants(cleaned)

    twice = clean(cleaned, SHARE)
    assert twice.changes.is_empty()
    assert_frame_equal(twice.records, after.records)

    order = list(range(before.height))
    random.shuffle(order)
    assert_frame_equal(clean(before[order], SHARE).records, after.records[order])

    labelled = (*RANKS, *COMPANIONS)
    replayed = {row["processid"]: row for row in before.to_dicts()}
    for change in after.changes.to_dicts():
        record = replayed[change["processid"]]
        assert record[change["rank"]] == change["before"] != change["after"]
        record[change["rank"]] = change["after"]
    assert_frame_equal(
        pl.DataFrame(list(replayed.values()), schema=before.schema).select("processid", *labelled),
        after.records.select("processid", *labelled),
    )
