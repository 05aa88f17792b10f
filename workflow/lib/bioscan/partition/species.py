"""The BIOSCAN-5M partition: species sets, and splits at barcode level (5M §4.1, §A4.5).

All records of a barcode go to one split. Within a species, barcodes are chosen by size, so that
their samples come as close to a target as possible while every split keeps a mix of large and small
barcodes.
"""

import logging
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.barcodes import BarcodeKey, barcode_key
from bioscan.core.errors import InputError, first_ten
from bioscan.core.records import SPECIES_SETS
from bioscan.partition.settings import RuleSet

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rules:
    """The rules in which the paper and the released code differ.

    Attributes:
        placeholder: pattern of a species label that is not an established scientific name.
        tail_from: fewest remaining samples of a species that the tail rule of `val` considers.
    """

    placeholder: str
    tail_from: int


#: A placeholder begins with a lower-case letter, or holds a period, a numeral or "malaise" (5M §3,
#: §A4.5), or a capital after the first letter (as released: 5M Table A8 counts "Odontofroggatia
#: corneri-MIC" as heldout). The released code also matches misspellings of "malaise", marks of
#: doubt and words of open nomenclature without their period.
_PLACEHOLDER = r"^[a-z]|.[A-Z]|\.|[0-9]|(?i:malaise)"
_OPEN_NOMENCLATURE = r"(?i:m+a+[li]+a+[il]+[sz]+e+)|[_?]|\b(?:aff|gen|sp)\b"
#: A name with its authorship, which is no part of it and which cleaning drops.
_AUTHORED = (
    r"^(\p{Lu}\p{Ll}+ \p{Ll}[\p{Ll}-]+),? \(?(?:\p{Ll}+ )*\p{Lu}[\p{Ll}.'’][^\d]*[, ]"
    r"(?:1[7-9]|20)\d\d\)?$"
)
RULES: dict[RuleSet, Rules] = {
    "paper": Rules(_PLACEHOLDER, tail_from=6),
    "released": Rules(f"{_PLACEHOLDER}|{_OPEN_NOMENCLATURE}", tail_from=7),
}

#: Species set → the split of its records that no evaluation split takes.
REST = {"unknown": "pretrain", "seen": "train", "unseen": "key_unseen", "heldout": "other_heldout"}

#: Nearly all species: a share, and a number below which a share says little.
MOST, FEW_SPECIES = 0.8, 5

#: Fewest samples of an unseen species (5M §A4.5: "at least 8 samples").
MIN_UNSEEN_SAMPLES = 8


@dataclass(frozen=True)
class HeldOut:
    """The evaluation splits of a species set.

    Attributes:
        test: name of the split with a flattened distribution.
        val: name of the split with the distribution of the rest.
        val_percent: share of the samples not in `test` that `val` takes, percent (5M §4.1).
        tail: whether a species with few remaining samples gives `val` at most one (5M §A4.5).
    """

    test: str
    val: str
    val_percent: int
    tail: bool


HELD_OUT = {
    "seen": HeldOut("test", "val", 5, tail=True),
    "unseen": HeldOut("test_unseen", "val_unseen", 20, tail=False),
}

#: test: species with at least this many samples and barcodes (5M §A4.5); a species gives none where
#: it would give fewer than MIN_TEST (as released).
MIN_TEST_SAMPLES, MIN_TEST_BARCODES, MIN_TEST = 8, 2, 3

#: val: species with fewer remaining samples are the tail (5M §A4.5).
TAIL_BELOW = 20


def test_target(samples: int) -> int:
    """Target samples of a species in test: 4 at 8 samples, one more for every 4, at most 25."""
    return min(25, 4 + (samples - MIN_TEST_SAMPLES) // 4)


def max_test_samples(samples: int) -> int:
    """Most samples of a species in test: 4 at 8 samples, one more for every 3 (as released)."""
    return 4 + (samples - MIN_TEST_SAMPLES) // 3


def max_test_barcodes(barcodes: int) -> int:
    """Most barcodes of a species in test: 1 at 2 barcodes, one more for every 3 (5M §A4.5)."""
    return 1 + (barcodes - MIN_TEST_BARCODES) // 3


def species_sets(records: pl.DataFrame, rules: RuleSet = "paper") -> pl.DataFrame:
    """Add `species_set`: unknown, seen, unseen or heldout (5M §A4.5).

    Seen: an established species name. Unseen: a placeholder species with at least 8 samples,
    of a genus that has a seen species. Heldout: the other placeholders. Unknown: no species.
    A species is in one set, even where its records differ in genus: to be unseen, all its genera
    must have a seen species.
    """
    labels = (
        records.filter(pl.col("species").is_not_null())
        .group_by("species", "genus")
        .len("samples")
        .with_columns(named=~_bare_name().str.contains(RULES[rules].placeholder))
    )
    seen_genera = labels.filter("named")["genus"].drop_nulls().unique()
    labels = labels.with_columns(seen_genus=pl.col("genus").is_in(seen_genera.implode()))
    of_seen_genus = pl.col("seen_genus").any() & pl.col("seen_genus").all()
    sets = labels.group_by("species").agg(
        pl.when(pl.col("named").first())
        .then(pl.lit("seen"))
        .when(of_seen_genus & (pl.col("samples").sum() >= MIN_UNSEEN_SAMPLES))
        .then(pl.lit("unseen"))
        .otherwise(pl.lit("heldout"))
        .alias("species_set")
    )
    return records.join(sets, on="species", how="left", maintain_order="left").with_columns(
        pl.col("species_set").fill_null("unknown")
    )


def _bare_name() -> pl.Expr:
    return pl.col("species").str.replace(_AUTHORED, "${1}")


def warn_of_placeholders(records: pl.DataFrame) -> None:
    """Warn if nearly all species look like placeholders: rather, names are written in another way.

    Args:
        records: species, species_set.
    """
    species = records.drop_nulls("species").unique("species").sort("species")
    others = species.filter(pl.col("species_set") != "seen")["species"]
    if others.len() >= FEW_SPECIES and others.len() > MOST * species.height:
        _log.warning(
            "%s of %s species look like placeholders (with a period, a numeral or a capital "
            "inside), and are never seen: %s",
            f"{others.len():,}",
            f"{species.height:,}",
            first_ten(others),
        )


def published_sets(records: pl.DataFrame) -> pl.DataFrame:
    """Add `species_set` as the published `split` implies it."""
    return records.with_columns(
        species_set=pl.col("split").replace_strict(SPECIES_SETS, return_dtype=pl.String)
    )


def assign_splits(
    records: pl.DataFrame,
    seed: int,
    rules: RuleSet = "paper",
    key: BarcodeKey = "stripped",
    min_letters: int = 0,
) -> pl.DataFrame:
    """Add `species_set` and `split`, all records of a barcode in one split.

    The result depends on the seed and on the records, not on their order.

    Args:
        records: processid, genus, species, dna_barcode, split (which is replaced).
        seed: of the random choices.
        rules: those of the paper or of the released code, see `RULES`.
        key: which barcodes count as identical, see `barcode_key`.
        min_letters: informative letters below which a barcode is taken for none, likewise.

    Raises:
        InputError: a barcode has several species; label cleaning leaves no such barcode.
    """
    # The barcodes of 5 M records take gigabytes, so only those of the divided sets are joined.
    frame = species_sets(records.select("processid", "genus", "species"), rules)
    warn_of_placeholders(frame)
    divided = (
        records.select("dna_barcode")
        .hstack(frame)
        .filter(pl.col("species_set").is_in(list(HELD_OUT)))
        .select(
            "processid",
            "species_set",
            "species",
            # A record without a barcode counts as a barcode of its own.
            pl.coalesce(barcode_key(key, min_letters), pl.format("record {}", "processid")).alias(
                "barcode_key"
            ),
        )
    )
    barcodes = (
        divided.group_by("species_set", "species", "barcode_key")
        .len("samples")
        .sort("species_set", "species", "barcode_key")
    )
    if (several := barcodes.filter(pl.col("barcode_key").is_duplicated())).height:
        raise InputError(
            f"barcode of several species ({first_ten(several['species'])}); "
            "the partition needs cleaned labels"
        )
    chosen = [
        _hold_out(
            barcodes.filter(species_set=name),
            held_out,
            RULES[rules].tail_from,
            np.random.default_rng([seed, number]),
        )
        for number, (name, held_out) in enumerate(HELD_OUT.items())
    ]
    split = divided.join(pl.concat(chosen), on="barcode_key").select("processid", "split")
    rest = pl.col("species_set").replace_strict(REST, return_dtype=pl.String)
    frame = frame.join(split, on="processid", how="left", maintain_order="left")
    return records.with_columns(frame.select(pl.coalesce("split", rest), "species_set"))


def _hold_out(
    barcodes: pl.DataFrame, held_out: HeldOut, tail_from: int, rng: np.random.Generator
) -> pl.DataFrame:
    """The barcodes of a species set that go to its test and val split.

    Args:
        barcodes: species, barcode_key, samples; sorted by species and barcode. Each row draws four
            numbers in [0, 1): its place among equally large barcodes of its species, one choice of
            its species for test and one for val, and its turn among the candidates of the tail.

    Returns:
        barcode_key, split.
    """
    place, test_choice, val_choice, turn = rng.random((4, barcodes.height))
    species = barcodes["species"].rle_id().to_numpy().astype(np.int64)
    samples = barcodes["samples"].to_numpy().astype(np.int64)
    order = np.lexsort((place, samples, species))
    split = np.full(barcodes.height, None, dtype=object)
    tail, candidates = 0, []
    for first, last in pairwise(np.flatnonzero(np.diff(species, prepend=-1, append=-1))):
        rows = order[first:last]
        taken = _take_test(samples[rows], test_choice[first:last])
        split[rows[taken]] = held_out.test
        rows = np.delete(rows, taken)
        left = int(samples[rows].sum())
        if held_out.tail and left < TAIL_BELOW:
            tail += left
            if left >= tail_from and samples[rows[0]] == 1:
                candidates.append(rows[0])
        else:
            taken = _take_val(samples[rows], held_out.val_percent, val_choice[first:last])
            split[rows[taken]] = held_out.val
    candidates.sort(key=lambda row: turn[row])
    split[candidates[: round(held_out.val_percent * tail / 100)]] = held_out.val
    return barcodes.select(
        "barcode_key", split=pl.Series(split.tolist(), dtype=pl.String)
    ).drop_nulls()


def _take_test(sizes: np.ndarray, choices: np.ndarray) -> list[int]:
    """The barcodes of a species for test; see `allocate`."""
    samples = int(sizes.sum())
    if samples < MIN_TEST_SAMPLES or sizes.size < MIN_TEST_BARCODES:
        return []
    slots, most = max_test_barcodes(sizes.size), max_test_samples(samples)
    taken = allocate(sizes, test_target(samples), slots, choices, most)
    return taken if sizes[taken].sum() >= MIN_TEST else []


def _take_val(sizes: np.ndarray, percent: int, choices: np.ndarray) -> list[int]:
    """The barcodes of a species for val: a share of its samples and, rounded up, of its barcodes.

    The share of the barcodes follows the released code; see `allocate`.
    """
    if sizes.size < 2:
        return []
    target = percent * int(sizes.sum()) / 100
    return allocate(sizes, target, ceil(percent * sizes.size / 100), choices)


def allocate(
    sizes: np.ndarray, target: float, slots: int, choices: np.ndarray, most: float = inf
) -> list[int]:
    """Choose barcodes of a species whose samples come close to a target (as released).

    One after another, a barcode is chosen at random from the larger half of the options: barcodes
    that fit, and that together with all smaller ones exceed the target by at least a tenth. Where
    there are no options, and for the last slot, the barcode is taken that brings the sum closest
    to the target: the largest that fits, or the next larger one.

    So the sum stays below twice the target. Only a species whose barcodes are all larger than the
    target may exceed `most`, by its smallest barcode: of two barcodes with six samples each, one
    still goes to test.

    Args:
        sizes: samples of each barcode, ascending.
        target: target sum of samples.
        slots: most barcodes to take, fewer than there are.
        choices: as many numbers in [0, 1) as barcodes, each used for one choice.
        most: most samples to take.

    Returns:
        Indices into `sizes`.
    """
    left, total = np.arange(sizes.size), 0
    taken: list[int] = []
    while len(taken) < slots and total < target:
        size, room = sizes[left], target - total
        fitting = int(np.searchsorted(size, room, side="right"))
        enough = int(np.searchsorted(size.cumsum(), room + target / 10))
        if enough < fitting and len(taken) + 1 < slots:
            half = (enough + fitting) // 2
            chosen = half + int(choices[len(taken)] * (fitting - half))
        else:
            below = size[fitting - 1] if fitting else 0
            larger = size[fitting] if fitting < size.size else inf
            allowed = total + larger <= most or not (fitting or taken)
            closer = allowed and larger - room < room - below
            if not (fitting or closer):
                break
            chosen = fitting if closer else fitting - 1
        total += int(size[chosen])
        taken.append(int(left[chosen]))
        left = np.delete(left, chosen)
    return taken


def broken_invariants(
    records: pl.DataFrame, key: BarcodeKey = "stripped", min_letters: int = 0
) -> list[str]:
    """The invariants of a partition (5M §4.1) that are violated, one line each.

    No barcode is in two splits, and no species in two species sets; every evaluated species is in
    the training set or among the retrieval keys; every genus of the unseen set is in the seen set.

    Args:
        records: genus, species, dna_barcode, split, species_set.
        key, min_letters: which barcodes count as identical, see `barcode_key`.

    Returns:
        For each violated invariant: what is wrong, how often, and the first ten labels or barcodes.
    """

    def several(label: pl.Expr, column: str) -> list[str]:
        rows = records.lazy().select(label.alias("label"), column).drop_nulls()
        hashed = rows.select(pl.col("label").hash(), column).unique().collect(engine="streaming")
        # Usually none. Different labels may share a hash, so suspects are compared in full.
        suspects = hashed["label"].filter(hashed["label"].is_duplicated()).unique()
        found = rows.filter(pl.col("label").hash().is_in(suspects.implode())).unique().collect()
        return found["label"].filter(found["label"].is_duplicated()).unique().sort().to_list()

    def missing(rank: str, column: str, part: list[str], whole: str) -> list[str]:
        groups = records.select(rank, column).unique().drop_nulls()
        labels = groups.filter(pl.col(column).is_in(part)).join(
            groups.filter(pl.col(column) == whole), on=rank, how="anti"
        )
        return labels[rank].unique().sort().to_list()

    broken = {
        "barcodes in several splits": several(barcode_key(key, min_letters), "split"),
        "species in several species sets": several(pl.col("species"), "species_set"),
        "species of val or test that are not in train": missing(
            "species", "split", ["val", "test"], "train"
        ),
        "species of val_unseen or test_unseen that are not in key_unseen": missing(
            "species", "split", ["val_unseen", "test_unseen"], "key_unseen"
        ),
        "genera of the unseen set that are not in the seen set": missing(
            "genus", "species_set", ["unseen"], "seen"
        ),
    }
    return [
        f"{invariant} ({len(found)}): {first_ten(found)}"
        for invariant, found in broken.items()
        if found
    ]


def check_invariants(
    records: pl.DataFrame, source: Path, key: BarcodeKey = "stripped", min_letters: int = 0
) -> None:
    """Refuse a partition that violates its invariants (`broken_invariants`).

    Raises:
        InputError: naming each violated invariant and the first labels or barcodes that violate it.
    """
    if broken := broken_invariants(records, key, min_letters):
        raise InputError(f"{source}: the partition violates invariants: {'; '.join(broken)}")
