"""Label cleaning: conflicts, holes, and the trail."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from bioscan.core.records import RANKS
from bioscan.curate.cleaning import clean

FLY = ("Arthropoda", "Insecta", "Diptera", "Sciaridae", "unassigned Sciaridae", "Alpinosciara")
MIDGE = ("Arthropoda", "Insecta", "Diptera", "Chironomidae", "Tanypodinae", "Ablabesmyia")
SCHEMA = {
    "processid": pl.String,
    "taxon": pl.String,
    **dict.fromkeys(RANKS, pl.String),
    "dna_barcode": pl.String,
    "inferred_ranks": pl.UInt8,
}


def records(*specimens: tuple[str | None, tuple]) -> pl.DataFrame:
    """Records from (barcode, labels from the root down); missing labels at the end are null."""
    rows = []
    for number, (barcode, labels) in enumerate(specimens):
        labels = (*labels, *[None] * (len(RANKS) - len(labels)))
        taxon = next((name for name in reversed(labels) if name), None)
        rows.append((f"P{number:03d}", taxon, *labels, barcode, 0))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def labels(frame: pl.DataFrame, row: int) -> tuple:
    return frame.select(RANKS).row(row)


def cleaned(*specimens: tuple[str | None, tuple]) -> pl.DataFrame:
    return clean(records(*specimens), 0.9).records


# Conflicts


def test_a_majority_of_exactly_the_share_overrules_the_others():
    common, rare = ("ACGT", (*MIDGE, "Ablabesmyia mala")), ("ACGT", (*MIDGE, "Ablabesmyia mela"))
    found = cleaned(*[common] * 9, rare)
    assert found["species"].to_list() == ["Ablabesmyia mala"] * 10


def test_a_majority_just_below_the_share_loses_the_rank():
    common, rare = ("ACGT", (*MIDGE, "Ablabesmyia mala")), ("ACGT", (*MIDGE, "Ablabesmyia mela"))
    found = cleaned(*[common] * 8, rare)  # 8 of 9 is 88.9 %
    assert [labels(found, row) for row in range(9)] == [(*MIDGE, None)] * 9


def test_an_overruled_record_takes_all_its_ranks_below_from_the_majority():
    """Or it would end as a Chironomidae of the genus Alpinosciara."""
    common, rare = ("ACGT", (*MIDGE, None)), ("ACGT", (*FLY, "Alpinosciara alpina"))
    found = cleaned(*[common] * 9, rare)
    assert [labels(found, row) for row in range(10)] == [(*MIDGE, None)] * 10


def test_a_tie_loses_the_rank():
    found = cleaned(("ACGT", (*MIDGE, "Ablabesmyia a")), ("ACGT", (*MIDGE, "Ablabesmyia b")))
    assert [labels(found, row) for row in range(2)] == [(*MIDGE, None)] * 2


def test_the_share_is_of_the_labelled_records():
    # 9 of 10 labels agree; 5 more records without a species do not dilute them.
    common, rare = ("ACGT", (*MIDGE, "Ablabesmyia mala")), ("ACGT", (*MIDGE, "Ablabesmyia mela"))
    found = cleaned(*[common] * 9, rare, *[("ACGT", MIDGE)] * 5)
    assert found["species"].to_list() == ["Ablabesmyia mala"] * 15


def test_a_conflict_at_family_cuts_everything_below_in_every_record():
    found = cleaned(("ACGT", FLY), ("ACGT", (*MIDGE, "Ablabesmyia mala")), ("ACGT", FLY[:3]))
    kept = (*FLY[:3], None, None, None, None)
    assert [labels(found, row) for row in range(3)] == [kept] * 3


def test_a_conflict_cuts_what_only_one_side_says_below():
    found = cleaned(("ACGT", FLY[:4]), ("ACGT", (*MIDGE, "Ablabesmyia mala")))
    assert labels(found, 1) == (*MIDGE[:3], None, None, None, None)


def test_a_cut_record_gets_its_deepest_kept_label_as_taxon():
    found = cleaned(("ACGT", FLY), ("ACGT", MIDGE))
    assert found["taxon"].to_list() == ["Diptera", "Diptera"]


def test_a_filler_subfamily_goes_with_the_genus():
    found = cleaned(("ACGT", FLY), ("ACGT", (*FLY[:5], "Sciara")))
    assert [labels(found, row) for row in range(2)] == [(*FLY[:4], None, None, None)] * 2


def test_a_real_subfamily_stays_when_the_genus_goes():
    found = cleaned(("ACGT", MIDGE), ("ACGT", (*MIDGE[:5], "Tanypus")))
    assert labels(found, 0) == (*MIDGE[:5], None, None)


def test_a_filler_subfamily_stays_when_the_species_goes():
    found = cleaned(("ACGT", (*FLY, "Alpinosciara a")), ("ACGT", (*FLY, "Alpinosciara b")))
    assert labels(found, 0) == (*FLY, None)


def test_other_barcodes_are_left_alone():
    found = cleaned(("ACGT", FLY), ("ACGT", MIDGE), ("TTTT", FLY))
    assert labels(found, 2) == (*FLY, None)


def test_barcodes_that_differ_in_unknown_ends_are_one():
    found = cleaned(("NNACGTN", FLY), ("ACGT", MIDGE))
    assert found["family"].to_list() == [None, None]


def test_an_unknown_base_inside_makes_another_barcode():
    found = cleaned(("ACNGT", FLY), ("ACGT", MIDGE))
    assert found["family"].to_list() == ["Sciaridae", "Chironomidae"]


@pytest.mark.parametrize("barcode", [None, "", "NNNN"])
def test_records_without_a_barcode_are_untouched(barcode):
    before = records((barcode, FLY), (barcode, MIDGE), (barcode, FLY[:2]))
    after = clean(before, 0.9)
    assert_frame_equal(after.records, before)
    assert after.changes.is_empty()


# Inference


@pytest.mark.parametrize(
    ("known", "code"), [(7, 0), (6, 1), (5, 2), (4, 3), (3, 4), (2, 5), (1, 6)]
)
def test_the_code_says_which_rank_was_the_shallowest_copied(known, code):
    whole = (*MIDGE, "Ablabesmyia mala")
    found = cleaned(("ACGT", whole[:known]), ("ACGT", whole))
    assert labels(found, 0) == whole
    assert found["inferred_ranks"].to_list() == [code, 0]
    assert found["taxon"].to_list() == ["Ablabesmyia mala"] * 2


def test_a_genus_without_species_has_code_2():
    found = cleaned(("ACGT", MIDGE[:5]), ("ACGT", MIDGE))
    assert labels(found, 0) == (*MIDGE, None)
    assert found["inferred_ranks"][0] == 2


def test_holes_are_filled_both_ways():
    hole = (*MIDGE[:4], None, "Ablabesmyia")
    found = cleaned(("ACGT", hole), ("ACGT", MIDGE[:5]))
    assert [labels(found, row) for row in range(2)] == [(*MIDGE, None)] * 2
    assert found["inferred_ranks"].to_list() == [3, 2]


def test_a_cut_rank_is_not_inferred_again():
    found = cleaned(("ACGT", FLY), ("ACGT", MIDGE), ("ACGT", ("Arthropoda",)))
    assert labels(found, 2) == ("Arthropoda", "Insecta", "Diptera", None, None, None, None)
    assert found["inferred_ranks"].to_list() == [0, 0, 6]


# The trail


def test_every_change_is_written_down():
    changes = clean(records(("ACGT", FLY[:5]), ("ACGT", FLY), ("AAAA", FLY)), 0.9).changes
    assert changes.rows() == [("P000", "infer_missing", "genus", None, "Alpinosciara")]


def test_the_summary_counts_records_and_labels_of_each_step():
    common, rare = ("ACGT", (*MIDGE, "Ablabesmyia mala")), ("ACGT", (*MIDGE, "Ablabesmyia mela"))
    specimens = [*[common] * 9, rare, ("ACGT", MIDGE[:5]), ("TTTT", FLY), ("TTTT", MIDGE)]
    summary = clean(records(*specimens), 0.9).summary
    assert summary.to_dicts() == [
        # One species renamed; family, subfamily and genus of two flies dropped.
        {"step": "resolve_conflicts", "records": 3, "renamed": 1, "dropped": 6, "added": 0},
        # Genus and species of one midge.
        {"step": "infer_missing", "records": 1, "renamed": 0, "dropped": 0, "added": 2},
    ]


def test_steps_that_change_nothing_are_in_the_summary():
    summary = clean(records(("ACGT", FLY)), 0.9).summary
    assert summary["step"].to_list() == ["resolve_conflicts", "infer_missing"]
    assert summary.drop("step").sum_horizontal().to_list() == [0, 0]


# What holds for any records

SPECIMEN = st.tuples(
    st.sampled_from([None, "ACGT", "NACGT", "TTTT"]),
    st.tuples(
        st.sampled_from(["Arthropoda", None]),
        st.sampled_from(["Insecta", None]),
        st.sampled_from(["Diptera", "Diptera", "Diptera", "Coleoptera", None]),
        *(
            st.sampled_from([*[f"{rank} a"] * 3, f"{rank} b", None])
            for rank in ("unassigned", "Subfamily", "Genus", "Species")
        ),
    ),
)
#: A low share, so that few records are enough for a majority.
SHARE = 0.6
ANY_RECORDS = st.lists(SPECIMEN, min_size=1, max_size=12).map(lambda rows: records(*rows))
examples = settings(max_examples=40, deadline=None)


@examples
@given(ANY_RECORDS)
def test_the_trail_replayed_onto_the_input_gives_the_output(before):
    after = clean(before, SHARE)
    replayed = {row["processid"]: row for row in before.to_dicts()}
    for change in after.changes.to_dicts():
        record = replayed[change["processid"]]
        assert record[change["rank"]] == change["before"]
        record[change["rank"]] = change["after"]
    assert_frame_equal(
        pl.DataFrame(list(replayed.values()), schema=SCHEMA).select("processid", *RANKS),
        after.records.select("processid", *RANKS),
    )


@examples
@given(ANY_RECORDS)
def test_cleaning_twice_changes_nothing_more(before):
    once = clean(before, SHARE).records
    twice = clean(once, SHARE)
    assert twice.changes.is_empty()
    assert_frame_equal(twice.records, once)


@examples
@given(ANY_RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(before, random):
    order = list(range(before.height))
    random.shuffle(order)
    assert_frame_equal(clean(before[order], SHARE).records, clean(before, SHARE).records[order])


@examples
@given(ANY_RECORDS)
def test_records_of_one_barcode_agree_afterwards(before):
    after = clean(before, SHARE).records.drop_nulls("dna_barcode")
    keys = after.with_columns(pl.col("dna_barcode").str.strip_chars("N"))
    assert keys.select("dna_barcode", *RANKS).n_unique() == keys["dna_barcode"].n_unique()


@examples
@given(ANY_RECORDS)
def test_no_label_is_made_up(before):
    after = clean(before, SHARE).records
    for rank in RANKS:
        assert set(after[rank]) <= {*before[rank], None}
