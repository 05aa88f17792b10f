"""Species sets and splits of BIOSCAN-5M."""

from collections import Counter, defaultdict
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from bioscan.core.errors import InputError
from bioscan.partition.species import (
    assign_splits,
    check_guarantees,
    max_test_barcodes,
    species_sets,
    test_target,
)

# Named test_…, but no test.
test_target.__test__ = False

SCHEMA = dict.fromkeys(["processid", "genus", "species", "dna_barcode", "split"], pl.String)


def records(species: dict[str | None, list[int]], genus: str | None = None) -> pl.DataFrame:
    """Records of species, given the samples of each of their barcodes."""
    rows, numbers = [], count()
    for name, sizes in species.items():
        for size in sizes:
            barcode = f"ACGT{next(numbers)}"
            for _ in range(size):
                own = genus or (name and name.split()[0])
                rows.append((f"P{next(numbers):05d}", own, name, barcode, None))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def samples(frame: pl.DataFrame, species: str) -> dict[str, int]:
    return dict(Counter(frame.filter(pl.col("species") == species)["split"]))


def set_of(frame: pl.DataFrame, species: str) -> str:
    (species_set,) = species_sets(frame).filter(species=species)["species_set"].unique()
    return species_set


# Species sets


@pytest.mark.parametrize(
    "species",
    [
        "Aacanthocnema dobsoni",
        "Glyptapanteles meganmiltonae",
        "Megaselia lucifrons",
        "Rhopalosiphoninus latysiphon",
        "Hydria m-nigrum",
    ],
)
def test_an_established_name_is_seen(species):
    assert set_of(records({species: [1]}), species) == "seen"


@pytest.mark.parametrize(
    ("species", "number"),
    [
        ("Anastatus sp. GG28", 42),
        ("Aristotelia BioLep531", 87),
        ("Glyptapanteles Whitfield155", 11),
        ("Megaselia BOLD:ACN5814", 24),
        ("Orthocentrus Malaise5315", 39),
        ("Phytomyptera Janzen3550", 14),
        ("Zatypota alborhombartaDHJ03", 9),
    ],
)
def test_the_papers_unseen_species_are_unseen(species, number):
    """Table A8; their genera have seen species."""
    seen = f"{species.split()[0]} prima"
    assert set_of(records({seen: [1], species: [number]}), species) == "unseen"


@pytest.mark.parametrize(
    ("species", "number"),
    [
        ("Basileunculus sp. CR3", 268),
        ("Cryptophilus sp. SAEVG Morph0281", 55),
        ("Odontofroggatia corneri-MIC", 13),
        ("Palmistichus ixtlilxochitliDHJ01", 416),
        ("gelBioLep01 BioLep3792", 16),
        ("microMalaise01 Malaise1237", 13),
    ],
)
def test_the_papers_heldout_species_are_heldout(species, number):
    """Table A8; their genera have no seen species."""
    assert set_of(records({species: [number]}), species) == "heldout"


@pytest.mark.parametrize("species", ["Aus malaise", "Aus MALAISE", "aus bus", "Aus bus.", "Aus b2"])
def test_each_mark_of_a_placeholder_counts(species):
    assert set_of(records({species: [1]}), species) == "heldout"


def test_a_placeholder_of_a_seen_genus_needs_8_samples():
    frame = records({"Aus bus": [1], "Aus sp. 7": [7], "Aus sp. 8": [4, 4]})
    assert set_of(frame, "Aus sp. 7") == "heldout"
    assert set_of(frame, "Aus sp. 8") == "unseen"


def test_a_placeholder_without_a_genus_is_heldout():
    frame = records({"Aus bus": [1], "Aus sp. 8": [8]}).with_columns(
        genus=pl.when(pl.col("species") == "Aus bus").then("genus")
    )
    assert set_of(frame, "Aus sp. 8") == "heldout"


def test_records_without_a_species_are_unknown():
    assert species_sets(records({None: [2]}, "Aus"))["species_set"].to_list() == ["unknown"] * 2


# How much goes to test


@pytest.mark.parametrize(
    ("number", "target"), [(8, 4), (11, 4), (12, 5), (88, 24), (91, 24), (92, 25), (5000, 25)]
)
def test_the_target_grows_by_one_in_four_to_25(number, target):
    assert test_target(number) == target


@pytest.mark.parametrize(("barcodes", "most"), [(2, 1), (4, 1), (5, 2), (8, 3), (74, 25)])
def test_the_barcodes_grow_by_one_in_three(barcodes, most):
    assert max_test_barcodes(barcodes) == most


# Splits by hand


def test_the_barcode_that_fits_the_target_goes_to_test():
    # 8 samples, so 4 are wanted and one barcode allowed: 5 are too many.
    frame = assign_splits(records({"Aus bus": [5, 3]}), seed=0)
    assert samples(frame, "Aus bus") == {"test": 3, "train": 5}


@pytest.mark.parametrize("sizes", [[8], [100], [1, 6], [6, 6]])
def test_species_with_too_little_to_share_stay_in_train(sizes):
    frame = assign_splits(records({"Aus bus": sizes}), seed=0)
    assert samples(frame, "Aus bus") == {"train": sum(sizes)}


def test_a_large_seen_species():
    # Target 4 + 32 // 4 = 12, cap 1 + 38 // 3 = 13 barcodes; val: 5 % of the other 28 is 1.4.
    frame = assign_splits(records({"Aus bus": [1] * 40}), seed=0)
    assert samples(frame, "Aus bus") == {"test": 12, "val": 1, "train": 27}


def test_a_large_unseen_species():
    # As above; val_unseen: 20 % of 28 is 5.6.
    frame = assign_splits(records({"Aus bus": [1], "Aus sp. 1": [1] * 40}), seed=0)
    assert samples(frame, "Aus sp. 1") == {"test_unseen": 12, "val_unseen": 6, "key_unseen": 22}


@pytest.mark.parametrize(
    ("number", "in_test", "in_val"),
    [
        # 8 of a species: 1 + 6 // 3 = 3 to test, 5 left, too few for val.
        (8, 3, 0),
        # 9: 3 to test; the 6 left of each of 20 species give 5 % together, 6 of 120.
        (9, 3, 6),
        # 10: 7 of 140.
        (10, 3, 7),
        # 28: 4 + 20 // 4 = 9 to test; 19 of 380.
        (28, 9, 19),
        # 29: 9 to test, 20 left, of which each species gives 5 % of its own.
        (29, 9, 20),
    ],
)
def test_small_species_give_val_five_percent_together_one_sample_each(number, in_test, in_val):
    names = [f"Aus b{letter}" for letter in "abcdefghijklmnopqrst"]
    frame = assign_splits(records({name: [1] * number for name in names}), seed=0)
    taken = frame.filter(split="val")["species"]
    assert taken.len() == taken.n_unique() == in_val
    assert frame.filter(split="test").height == 20 * in_test


def test_unnamed_and_heldout_records_have_splits_of_their_own():
    frame = assign_splits(records({None: [20], "gel1 sp. 1": [20]}), seed=0)
    assert Counter(frame["split"]) == {"pretrain": 20, "other_heldout": 20}


def test_barcodes_that_differ_in_unknown_ends_stay_together():
    frame = records({"Aus bus": [4, 4]}).with_columns(
        dna_barcode=pl.concat_str("dna_barcode", pl.Series(["", "N"] * 4))
    )
    split = assign_splits(frame, seed=0)["split"].to_list()
    assert {len(set(split[:4])), len(set(split[4:]))} == {1}
    assert Counter(split) == {"test": 4, "train": 4}


def test_a_record_without_a_barcode_counts_as_one_of_its_own():
    frame = records({"Aus bus": [8]}).with_columns(dna_barcode=pl.lit(None, pl.String))
    # 8 "barcodes": 3 at most in test.
    assert samples(assign_splits(frame, seed=0), "Aus bus") == {"test": 3, "train": 5}


def test_another_seed_gives_another_partition():
    frame = records({"Aus bus": [1] * 40})
    first, second = (assign_splits(frame, seed)["split"].to_list() for seed in (0, 1))
    assert Counter(first) == Counter(second)
    assert first != second


# What holds for any records

SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=10) | st.integers(1, 120).map(
    lambda barcodes: [1] * barcodes
)
NAMES = ["Aus bus", "Aus cus", "Dus eus", "Aus sp. 1", "Dus Malaise2", "Fus sp. 3", "gel4 4", None]
ANY_RECORDS = st.dictionaries(st.sampled_from(NAMES), SIZES, min_size=1).map(records)
examples = settings(max_examples=60, deadline=None)


@examples
@given(ANY_RECORDS, st.integers(0, 3))
def test_the_promises_are_kept(frame, seed):
    check_guarantees(assign_splits(frame, seed), Path("any.parquet"))


@examples
@given(ANY_RECORDS, st.integers(0, 3))
def test_no_split_takes_more_than_allowed(frame, seed):
    """The paper's rules once more, a species at a time."""
    taken = assign_splits(frame, seed)
    species = defaultdict(lambda: defaultdict(list))
    for name, barcode, split, species_set in taken.select(
        "species", "dna_barcode", "split", "species_set"
    ).iter_rows():
        if species_set in ("seen", "unseen"):
            species[species_set, name][split].append(barcode)
    tail_left = tail_taken = 0
    for (species_set, _), found in species.items():
        test, val, rest = {
            "seen": ("test", "val", "train"),
            "unseen": ("test_unseen", "val_unseen", "key_unseen"),
        }[species_set]
        assert set(found) <= {test, val, rest}
        assert found[rest], "nothing left to learn from"
        number = sum(len(barcodes) for barcodes in found.values())
        barcodes = len(set(found[test] + found[val] + found[rest]))
        if number < 8 or barcodes < 2:
            assert not found[test]
        else:
            assert len(found[test]) <= min(25, 4 + (number - 8) / 4)
            assert len(set(found[test])) <= 1 + (barcodes - 2) / 3
        left = number - len(found[test])
        if species_set == "unseen":
            assert len(found[val]) <= 0.2 * left + 0.5
        elif left >= 20:
            assert len(found[val]) <= 0.05 * left + 0.5
        else:
            assert len(found[val]) <= (left >= 6)
            tail_left += left if left >= 6 else 0
            tail_taken += len(found[val])
    assert tail_taken <= 0.05 * tail_left + 0.5


@examples
@given(ANY_RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(frame, random):
    order = list(range(frame.height))
    random.shuffle(order)
    assert_frame_equal(assign_splits(frame[order], 0), assign_splits(frame, 0)[order])


@examples
@given(ANY_RECORDS)
def test_only_the_split_changes(frame):
    after = assign_splits(frame, 0)
    assert_frame_equal(after.select(frame.columns).drop("split"), frame.drop("split"))
    assert after["split"].null_count() == after["species_set"].null_count() == 0


# The check itself

SOUND = pl.DataFrame(
    [
        # genus, species, barcode, species set, split
        ("Aus", "Aus bus", "AC", "seen", "train"),
        ("Aus", "Aus bus", "GT", "seen", "test"),
        ("Aus", "Aus sp. 1", "CC", "unseen", "key_unseen"),
        ("Dus", "Dus sp. 1", "TT", "heldout", "other_heldout"),
        ("Dus", None, None, "unknown", "pretrain"),
    ],
    schema=["genus", "species", "dna_barcode", "species_set", "split"],
    orient="row",
)


def test_a_sound_partition_passes():
    check_guarantees(SOUND, Path("sound.parquet"))


@pytest.mark.parametrize(
    ("row", "column", "value", "fault"),
    [
        (1, "dna_barcode", "NACN", "barcodes in several splits: AC"),
        (3, "species", "Aus sp. 1", "species in several species sets: Aus sp. 1"),
        (0, "split", "val", "species of val or test that are not in train: Aus bus"),
        (2, "genus", "Dus", "genera of the unseen set that are not in the seen set: Dus"),
    ],
)
def test_a_broken_promise_is_named(row, column, value, fault):
    values = SOUND[column].to_list()
    values[row] = value
    broken = SOUND.with_columns(pl.Series(column, values))
    with pytest.raises(InputError) as error:
        check_guarantees(broken, Path("broken.parquet"))
    assert str(error.value) == f"broken.parquet: the partition breaks its promises: {fault}"


def test_at_most_ten_offenders_are_named():
    twice = [f"{'A' * n}C" for n in range(1, 13)] * 2
    broken = pl.DataFrame({"dna_barcode": twice, "split": ["train"] * 12 + ["test"] * 12})
    broken = broken.with_columns(
        genus=pl.lit("Aus"), species=pl.lit("Aus bus"), species_set=pl.lit("seen")
    )
    with pytest.raises(InputError, match="barcodes in several splits") as error:
        check_guarantees(broken, Path("broken.parquet"))
    assert str(error.value).count(",") == 9


def test_a_barcode_of_two_species_is_refused():
    twice = records({"Aus bus": [4, 4], "Aus cus": [4]}).with_columns(dna_barcode=pl.lit("ACGT"))
    with pytest.raises(InputError, match=r"barcode of several species .*Aus bus, Aus cus"):
        assign_splits(twice, seed=0)
