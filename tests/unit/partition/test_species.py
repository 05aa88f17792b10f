"""Species sets and splits of BIOSCAN-5M."""

import os
import random
import subprocess
import sys
from collections import Counter
from itertools import count
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from bioscan.core.errors import InputError
from bioscan.core.records import EXPERIMENTS
from bioscan.partition.species import (
    RULES,
    assign_splits,
    broken_invariants,
    check_invariants,
    max_test_barcodes,
    max_test_samples,
    published_sets,
    species_sets,
    test_target,
)
from tests.unit.partition import reference

# Not a test, despite its name.
test_target.__test__ = False

LIBRARY = str(Path(__file__).parents[3] / "workflow" / "lib")
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


def set_of(frame: pl.DataFrame, species: str, rules: str = "paper") -> str:
    (species_set,) = species_sets(frame, rules).filter(species=species)["species_set"].unique()
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
        # Left as entered where `clean` is false.
        "Apis mellifera Linnaeus, 1758",
        "Syrphus ribesii (Linnaeus, 1758)",
        "Tipula pagana van der Wulp 1874",
    ],
)
def test_an_established_name_is_seen(species):
    assert set_of(records({species: [1]}), species) == "seen"


def test_one_warning_says_that_nearly_all_species_look_like_placeholders(caplog):
    names = [f"Aus b{letter}s. Smith" for letter in "aeiou"]
    assign_splits(records({key: [1] for key in names}), seed=0)
    (line,) = caplog.messages
    assert line.startswith("5 of 5 species look like placeholders (")
    assert "Aus bas. Smith" in line
    caplog.clear()
    assign_splits(records({key: [1] for key in [*names, "Aus bus", "Aus cus"]}), seed=0)
    assert not caplog.messages


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


@pytest.mark.parametrize(
    "species", ["Aus maalaize", "Aus bus_cus", "Aus bus?", "Aus aff bus", "Aus gen", "Aus sp bus"]
)
def test_the_released_code_matches_more_placeholders(species):
    frame = records({species: [1]})
    assert set_of(frame, species) == "seen"
    assert set_of(frame, species, "released") == "heldout"


def test_a_species_is_in_one_set_even_where_its_records_differ_in_genus():
    frame = records({"Aus bus": [1], "Aus sp. 8": [8]})
    genus = pl.when(pl.int_range(pl.len()) == 8).then(pl.lit("Auss")).otherwise("genus")
    assert set_of(frame.with_columns(genus=genus), "Aus sp. 8") == "heldout"
    unknown = pl.when(pl.int_range(pl.len()) < 8).then("genus")
    assert set_of(frame.with_columns(genus=unknown), "Aus sp. 8") == "unseen"


def test_a_placeholder_without_a_genus_is_heldout():
    frame = records({"Aus bus": [1], "Aus sp. 8": [8]}).with_columns(
        genus=pl.when(pl.col("species") == "Aus bus").then("genus")
    )
    assert set_of(frame, "Aus sp. 8") == "heldout"


def test_records_without_a_species_are_unknown():
    assert species_sets(records({None: [2]}, "Aus"))["species_set"].to_list() == ["unknown"] * 2


# Samples and barcodes in test


@pytest.mark.parametrize(
    ("number", "target"),
    [
        *[(8, 4), (11, 4), (12, 5), (88, 24), (91, 24), (92, 25), (5000, 25)],
        # Table A8, where the target was met.
        *[(65, 18), (699, 25), (378, 25), (148, 25), (10, 4), (42, 12), (87, 23), (24, 8)],
    ],
)
def test_the_target_grows_by_one_in_four_to_25(number, target):
    assert test_target(number) == target


@pytest.mark.parametrize(("number", "most"), [(8, 4), (10, 4), (11, 5), (92, 32)])
def test_the_limit_grows_by_one_in_three(number, most):
    assert max_test_samples(number) == most


@pytest.mark.parametrize(("barcodes", "most"), [(2, 1), (4, 1), (5, 2), (8, 3), (74, 25)])
def test_the_barcodes_grow_by_one_in_three(barcodes, most):
    assert max_test_barcodes(barcodes) == most


# Hand-worked splits

#: Table A8: samples of train or keys, val and test; and barcodes that give them.
TABLE_A8 = {
    "Aacanthocnema dobsoni": ([3], 3, 0, 0),
    "Glyptapanteles meganmiltonae": ([1] * 65, 45, 2, 18),
    "Megaselia lucifrons": ([1] * 699, 640, 34, 25),
    "Pseudomyrmex simplex": ([1] * 378, 335, 18, 25),
    "Rhopalosiphoninus latysiphon": ([25, 7, 116], 116, 7, 25),
    "Stenoptilodes brevipennis": ([10, 5, 1], 10, 1, 5),
    "Zyras perdecoratus": ([4, 6], 6, 0, 4),
    "Anastatus sp. GG28": ([1] * 42, 24, 6, 12),
    "Aristotelia BioLep531": ([1] * 87, 51, 13, 23),
    "Glyptapanteles Whitfield155": ([1] * 3 + [2] * 4, 6, 1, 4),
    "Megaselia BOLD:ACN5814": ([1] * 24, 13, 3, 8),
    "Orthocentrus Malaise5315": ([11, 5, 23], 23, 5, 11),
    "Phytomyptera Janzen3550": ([5, 1, 8], 8, 1, 5),
    "Zatypota alborhombartaDHJ03": ([1, 8], 8, 1, 0),
}


def test_the_rule_makes_the_splits_of_table_a8():
    # Their genera are seen; of the tail's 5 % one sample falls to S. brevipennis.
    seen = {f"{name.split()[0]} prima": [1] for name in TABLE_A8}
    frame = assign_splits(records({**seen, **{n: row[0] for n, row in TABLE_A8.items()}}), seed=0)
    for name, (_, *expected) in TABLE_A8.items():
        found = samples(frame, name)
        rest = found.pop("train", 0) or found.pop("key_unseen")
        val = found.pop("val", 0) or found.pop("val_unseen", 0)
        test = found.pop("test", 0) or found.pop("test_unseen", 0)
        assert [rest, val, test] == expected, name


@pytest.mark.parametrize(
    ("sizes", "test"),
    [
        # 8 samples, so 4 are wanted and one barcode allowed: 3 is as close as 5, and smaller.
        ([5, 3], 3),
        # 12 samples, 5 wanted: 6 is as close as it gets, and no more than half.
        ([6, 6], 6),
        # 11 samples, 4 wanted: 5 is closer than nothing.
        ([5, 6], 5),
        # 40 samples, 12 wanted, 14 the limit, one barcode: 14 is closer than 7, 15 is too many.
        ([7, 14, 19], 14),
        ([7, 15, 18], 7),
        # 25 samples, 8 wanted, 9 the limit, two barcodes: 10 is closer than 5, but too many.
        ([5, 5, 5, 5, 5], 5),
        # 9 samples, 4 wanted: 1 is fewer than MIN_TEST.
        ([1, 8], 0),
        # 100 samples, 25 wanted: 50 is no closer than nothing.
        ([50, 50], 0),
        # One barcode, or too few samples.
        ([8], 0),
        ([100], 0),
        ([1, 6], 0),
    ],
)
def test_the_barcodes_closest_to_the_target_go_to_test(sizes, test):
    frame = assign_splits(records({"Aus bus": sizes}), seed=0)
    assert frame.filter(split="test").height == test


@pytest.mark.parametrize("seed", range(5))
def test_test_takes_from_the_larger_half_of_what_fits(seed):
    # 60 samples, so 17 are wanted. Nothing larger than 17 fits, and with all ones 18.7 are not
    # reached, so the first is one of the fives: their later half, by a random order among equals.
    frame = assign_splits(records({"Aus bus": [1] * 10 + [5] * 4 + [30]}), seed)
    taken = frame.filter(split="test")["dna_barcode"].value_counts()["count"].to_list()
    assert sum(taken) == 17
    assert 5 in taken


def test_the_random_choice_reaches_every_barcode_of_a_size():
    frame = records({"Aus bus": [1] * 12})
    taken = set()
    for seed in range(40):
        taken |= set(assign_splits(frame, seed).filter(split="test")["dna_barcode"])
    assert len(taken) == 12


def test_a_large_seen_species_gives_test_and_val():
    # Target 4 + 32 // 4 = 12, cap 1 + 38 // 3 = 13 barcodes; val: 5 % of the other 28 is 1.4.
    frame = assign_splits(records({"Aus bus": [1] * 40}), seed=0)
    assert samples(frame, "Aus bus") == {"test": 12, "val": 1, "train": 27}


def test_a_large_unseen_species_gives_test_unseen_and_val_unseen():
    # As above; val_unseen: 20 % of 28 is 5.6.
    frame = assign_splits(records({"Aus bus": [1], "Aus sp. 1": [1] * 40}), seed=0)
    assert samples(frame, "Aus sp. 1") == {"test_unseen": 12, "val_unseen": 6, "key_unseen": 22}


@pytest.mark.parametrize(
    ("number", "in_test", "in_val"),
    [
        # 8 of a species: 1 + 6 // 3 = 3 to test, 5 left: too few for val, though of the tail.
        (8, 3, 0),
        # 9: 3 to test; the 6 left in each of 20 species give 5 % together, 6 of 120.
        (9, 3, 6),
        # 10: 7 of 140.
        (10, 3, 7),
        # 28: 4 + 20 // 4 = 9 to test; 19 of 380.
        (28, 9, 19),
        # 29: 9 to test, 20 left, so each species gives 5 % of its own.
        (29, 9, 20),
    ],
)
def test_small_species_give_val_five_percent_together_one_sample_each(number, in_test, in_val):
    names = [f"Aus b{letter}" for letter in "abcdefghijklmnopqrst"]
    frame = assign_splits(records({name: [1] * number for name in names}), seed=0)
    taken = frame.filter(split="val")["species"]
    assert taken.len() == taken.n_unique() == in_val
    assert frame.filter(split="test").height == 20 * in_test


def test_the_tail_counts_species_that_are_too_small_to_give_a_sample():
    # 6 samples of one species, 94 of species with one: 5 of 100 are wanted, one is available.
    rare = {f"Aus b{'x' * n}": [1] for n in range(94)}
    frame = assign_splits(records({**rare, "Dus dus": [1] * 6}), seed=0)
    assert frame.filter(split="val")["species"].to_list() == ["Dus dus"]
    # 6 samples alone: 0.3 are wanted.
    frame = assign_splits(records({"Dus dus": [1] * 6}), seed=0)
    assert frame.filter(split="val").is_empty()


def test_a_species_of_the_tail_without_a_single_image_barcode_gives_nothing():
    frame = assign_splits(records({"Aus bus": [2, 5], "Aus cus": [1] * 7}), seed=0)
    assert set(frame.filter(split="val")["species"]) <= {"Aus cus"}


@pytest.mark.parametrize(("rules", "in_val"), [("paper", 1), ("released", 0)])
def test_the_tail_begins_at_6_samples_or_7(rules, in_val):
    frame = records({"Aus bus": [1] * 6, "Aus cus": [5, 5], "Dus dus": [4]})
    assert assign_splits(frame, 0, rules).filter(split="val").height == in_val


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


def test_barcodes_as_written_differ_in_their_ends():
    frame = records({"Aus bus": [4, 4]}).with_columns(
        dna_barcode=pl.concat_str("dna_barcode", pl.Series(["", "N"] * 4))
    )
    # 8 samples, 4 wanted, 1 + 2 // 3 = 1 barcode, of 2 samples: fewer than 3.
    assert samples(assign_splits(frame, 0, key="written"), "Aus bus") == {"train": 8}


def test_a_record_without_a_barcode_counts_as_a_barcode_of_its_own():
    frame = records({"Aus bus": [8]}).with_columns(dna_barcode=pl.lit(None, pl.String))
    # 8 "barcodes": 3 at most in test.
    assert samples(assign_splits(frame, seed=0), "Aus bus") == {"test": 3, "train": 5}


def test_a_record_with_a_short_barcode_counts_as_a_barcode_of_its_own():
    frame = records({"Aus bus": [8], "Aus cus": [8]}).with_columns(dna_barcode=pl.lit("ACGN"))
    # As a barcode of two species it would be refused.
    after = assign_splits(frame, seed=0, min_letters=4)
    assert samples(after, "Aus bus") == {"test": 3, "train": 5}
    assert broken_invariants(after, min_letters=4) == []


def test_another_seed_gives_another_partition():
    frame = records({"Aus bus": [1] * 40})
    first, second = (assign_splits(frame, seed)["split"].to_list() for seed in (0, 1))
    assert Counter(first) == Counter(second)
    assert first != second


# Against the reference


def draw(seed: int):
    """The random numbers of the partition, in the form that `reference.partition` takes."""

    def of_set(species_set: str, pairs: list[tuple[str, str]]) -> list[reference.Draw]:
        rng = np.random.default_rng([seed, ["seen", "unseen"].index(species_set)])
        return list(zip(*rng.random((4, len(pairs))).tolist(), strict=True))

    return of_set


def assert_as_reference(frame: pl.DataFrame, seed: int, rules: str) -> None:
    rows = frame.select("processid", "genus", "species", "dna_barcode").rows()
    expected = reference.partition(rows, draw(seed), RULES[rules].tail_from)
    after = assign_splits(frame, seed, rules)
    found = dict(zip(after["processid"], after.select("species_set", "split").rows(), strict=True))
    assert found == expected


# Properties of any records

SIZES = (
    st.lists(st.integers(1, 12), min_size=1, max_size=12)
    | st.lists(st.sampled_from([1, 1, 1, 2, 3, 5, 8, 20, 60]), min_size=1, max_size=40)
    | st.integers(1, 120).map(lambda barcodes: [1] * barcodes)
)
NAMES = [
    *("Aus bus", "Aus cus", "Aus dus", "Dus eus", "Dus fus", "Dus gus"),
    *("Aus sp. 1", "Dus Malaise2", "Dus xABC", "Fus sp. 3", "gel4 4", None),
]
ANY_RECORDS = st.dictionaries(st.sampled_from(NAMES), SIZES, min_size=1).map(records)
examples = settings(max_examples=100, deadline=None)


@examples
@given(ANY_RECORDS, st.integers(0, 3), st.sampled_from(["paper", "released"]))
def test_any_records_are_divided_as_by_the_reference(frame, seed, rules):
    assert_as_reference(frame, seed, rules)


@pytest.mark.parametrize("seed", range(3))
def test_a_community_is_divided_as_by_the_reference(seed):
    """400 species of skewed sizes with ends of N and missing barcodes: large enough for a tail."""
    rng = random.Random(seed)
    species = {}
    for number in range(400):
        letters = "".join("abcdefghij"[int(digit)] for digit in str(number))
        name = f"Aus {letters}" if rng.random() < 0.8 else f"Aus sp. {number}"
        barcodes = int(rng.paretovariate(0.7)) % 60 + 1
        species[name] = [int(rng.paretovariate(1.0)) % 90 + 1 for _ in range(barcodes)]
    frame = records(species)
    ends = pl.Series(rng.choices(["", "N", "NN"], k=frame.height))
    lost = pl.Series(rng.choices([True, False], [1, 50], k=frame.height))
    frame = frame.with_columns(
        dna_barcode=pl.when(~lost).then(pl.concat_str(ends, "dna_barcode", ends.reverse()))
    )
    assert_as_reference(frame, seed, "paper")
    assert set(assign_splits(frame, seed)["split"]) >= {"train", "val", "test", "val_unseen"}


@examples
@given(ANY_RECORDS, st.integers(0, 3), st.sampled_from(["paper", "released"]))
def test_recomputed_splits_violate_no_invariant(frame, seed, rules):
    for key in ("stripped", "written"):
        assert broken_invariants(assign_splits(frame, seed, rules, key), key) == []


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


THREADS = """
import sys
import polars as pl
from bioscan.partition.experiments import assign_experiments
from bioscan.partition.species import assign_splits, broken_invariants
frame = assign_splits(pl.read_parquet(sys.argv[1]), seed=3)
assert broken_invariants(frame) == []
sizes = {"large": None, "medium": 2000, "small": 200}
frame = assign_experiments(frame, sizes, families=3, seed=3)
frame.write_parquet(sys.argv[2])
print(pl.thread_pool_size())
"""


def test_the_number_of_threads_does_not_matter(tmp_path):
    rng = np.random.default_rng(0)
    names = ["Aus bus", "Aus cus", "Dus eus", "Aus sp. 1", "Dus Malaise2"]
    frame = records({name: (rng.geometric(0.3, 900)).tolist() for name in names})
    flies = pl.Series(rng.choice(["Sciaridae", "Phoridae", "Culicidae"], frame.height))
    experiments = (pl.lit(None, pl.String).alias(name) for name in EXPERIMENTS)
    frame = frame.with_columns(*experiments, order=pl.lit("Diptera"), family=flies)
    frame.write_parquet(tmp_path / "records.parquet")
    after = []
    for threads in ("1", "2"):
        target = tmp_path / f"{threads}.parquet"
        command = [sys.executable, "-c", THREADS, tmp_path / "records.parquet", target]
        environment = {**os.environ, "POLARS_MAX_THREADS": threads, "PYTHONPATH": LIBRARY}
        used = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
        assert used.decode().strip() == threads
        after.append(pl.read_parquet(target))
    assert_frame_equal(*after)


# Invariants

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
    check_invariants(SOUND, Path("sound.parquet"))


@pytest.mark.parametrize(
    ("row", "column", "value", "fault"),
    [
        (1, "dna_barcode", "NACN", "barcodes in several splits (1): AC"),
        (3, "species", "Aus sp. 1", "species in several species sets (1): Aus sp. 1"),
        (0, "split", "val", "species of val or test that are not in train (1): Aus bus"),
        (
            2,
            "split",
            "val_unseen",
            "species of val_unseen or test_unseen that are not in key_unseen (1): Aus sp. 1",
        ),
        (2, "genus", "Dus", "genera of the unseen set that are not in the seen set (1): Dus"),
    ],
)
def test_a_violated_invariant_is_named(row, column, value, fault):
    values = SOUND[column].to_list()
    values[row] = value
    broken = SOUND.with_columns(pl.Series(column, values))
    with pytest.raises(InputError) as error:
        check_invariants(broken, Path("broken.parquet"))
    assert str(error.value) == f"broken.parquet: the partition violates invariants: {fault}"


def test_barcodes_that_differ_in_their_ends_are_two_as_written():
    twins = SOUND.with_columns(dna_barcode=pl.Series(["AC", "ACN", "CC", "TT", None]))
    assert broken_invariants(twins) == ["barcodes in several splits (1): AC"]
    assert broken_invariants(twins, "written") == []


def test_a_published_split_implies_its_species_set():
    frame = published_sets(SOUND.rename({"species_set": "expected"}))
    assert frame["species_set"].to_list() == frame["expected"].to_list()
    unsplit = published_sets(SOUND.with_columns(split=pl.lit(None, pl.String)))
    assert unsplit["species_set"].null_count() == SOUND.height


def test_at_most_ten_cases_are_named():
    twice = [f"{'A' * n}C" for n in range(1, 13)] * 2
    broken = pl.DataFrame({"dna_barcode": twice, "split": ["train"] * 12 + ["test"] * 12})
    broken = broken.with_columns(
        genus=pl.lit("Aus"), species=pl.lit("Aus bus"), species_set=pl.lit("seen")
    )
    with pytest.raises(InputError, match="barcodes in several splits") as error:
        check_invariants(broken, Path("broken.parquet"))
    assert str(error.value).count(",") == 9


def test_a_barcode_of_two_species_is_refused():
    twice = records({"Aus bus": [4, 4], "Aus cus": [4]}).with_columns(dna_barcode=pl.lit("ACGT"))
    with pytest.raises(InputError, match=r"barcode of several species .*Aus bus, Aus cus"):
        assign_splits(twice, seed=0)
