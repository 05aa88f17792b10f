"""The BIOSCAN-5M partition: species sets, and splits at barcode level (5M §4.1, §A4.5)."""

from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.barcodes import barcode_key
from bioscan.core.errors import InputError

#: A label that is no established scientific name: it begins with a lower-case letter, or holds a
#: period, a numeral or "malaise" (5M §3, §A4.5), or a capital after the first letter (as released;
#: 5M Table A8 counts "Odontofroggatia corneri-MIC" as heldout).
PLACEHOLDER = r"^[a-z]|.[A-Z]|\.|[0-9]|(?i:malaise)"

#: Fewest samples of an unseen species (5M §A4.5: "at least 8 samples").
MIN_UNSEEN_SAMPLES = 8

#: test: species with at least this many samples and barcodes (5M §A4.5).
MIN_TEST_SAMPLES, MIN_TEST_BARCODES = 8, 2

#: val: share of what test left (5M §4.1); val_unseen: share of what test_unseen left.
VAL_SHARE, VAL_UNSEEN_SHARE = 0.05, 0.20

#: val, tail rule: species with 6 to 19 samples left give single-sample barcodes (5M §A4.5; the
#: released code starts at 7). Larger species give 5 % each.
VAL_TAIL = (6, 19)

#: Where the records of a species set go that no evaluation split takes.
REST = {"unknown": "pretrain", "seen": "train", "unseen": "key_unseen", "heldout": "other_heldout"}


def test_target(samples: int) -> int:
    """Samples of a species wanted in test: 4 at 8 samples, one more for every 4, at most 25."""
    return min(25, 4 + (samples - 8) // 4)


def max_test_barcodes(barcodes: int) -> int:
    """Most barcodes of a species in test: 1 at 2 barcodes, one more for every 3."""
    return 1 + (barcodes - MIN_TEST_BARCODES) // 3


def species_sets(records: pl.DataFrame) -> pl.DataFrame:
    """Add `species_set`: unknown, seen, unseen or heldout (5M §A4.5).

    Seen: an established species name. Unseen: a placeholder species with at least 8 samples,
    of a genus that has a seen species. Heldout: the other placeholders. Unknown: no species.
    """
    named = ~pl.col("species").str.contains(PLACEHOLDER)
    seen_genera = records.filter(named)["genus"].drop_nulls().unique()
    samples = pl.len().over("species")
    unseen = pl.col("genus").is_in(seen_genera.implode()) & (samples >= MIN_UNSEEN_SAMPLES)
    return records.with_columns(
        pl.when(pl.col("species").is_null())
        .then(pl.lit("unknown"))
        .when(named)
        .then(pl.lit("seen"))
        .when(unseen.fill_null(False))
        .then(pl.lit("unseen"))
        .otherwise(pl.lit("heldout"))
        .alias("species_set")
    )


def assign_splits(records: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Add `species_set` and `split`, all records of a barcode in one split.

    The result depends on the seed and on the records, not on their order.

    Raises:
        InputError: a barcode has several species; label cleaning leaves no such barcode.
    """
    frame = species_sets(records).with_columns(
        # A record without a barcode is a barcode of its own.
        pl.coalesce(barcode_key(), pl.format("record {}", "processid")).alias("barcode_key")
    )
    barcodes = (
        frame.filter(pl.col("species_set").is_in(["seen", "unseen"]))
        .group_by("species_set", "species", "barcode_key")
        .len("samples")
        .sort("species_set", "species", "barcode_key")
    )
    if (several := barcodes.filter(pl.col("barcode_key").is_duplicated())).height:
        raise InputError(
            f"barcode of several species ({', '.join(several['species'].head(10))}); "
            "the partition needs cleaned labels"
        )
    taken = {"barcode_key": [], "split": []}
    for (species_set,), rows in barcodes.group_by("species_set", maintain_order=True):
        held_out = "test", "val", VAL_SHARE
        if species_set == "unseen":
            held_out = "test_unseen", "val_unseen", VAL_UNSEEN_SHARE
        splits = _hold_out(rows, *held_out, np.random.default_rng([seed, species_set == "unseen"]))
        taken["barcode_key"] += rows["barcode_key"].to_list()
        taken["split"] += splits
    chosen = pl.DataFrame(taken, schema={"barcode_key": pl.String, "split": pl.String})
    rest = pl.col("species_set").replace_strict(REST, return_dtype=pl.String)
    return (
        frame.drop("split")
        .join(chosen.drop_nulls(), on="barcode_key", how="left", maintain_order="left")
        .with_columns(pl.coalesce("split", rest).alias("split"))
        .select(*records.columns, "species_set")
    )


def _hold_out(
    barcodes: pl.DataFrame, test: str, val: str, val_share: float, rng: np.random.Generator
) -> list[str | None]:
    """Choose the barcodes of a species set that go to its test and val split, null for the rest.

    Args:
        barcodes: species, barcode_key, samples; sorted by species.
    """
    sizes = barcodes["samples"].to_numpy()
    starts = np.flatnonzero(barcodes["species"].rle_id().diff(null_behavior="ignore").fill_null(1))
    split = np.full(sizes.size, None, dtype=object)
    tail = 0  # samples of the species that the tail rule is for, and its candidates
    candidates: list[int] = []
    for first, last in zip(starts, [*starts[1:], sizes.size], strict=True):
        order = first + rng.permutation(last - first)
        samples = int(sizes[first:last].sum())
        if order.size >= MIN_TEST_BARCODES and samples >= MIN_TEST_SAMPLES:
            chosen = _take(order, sizes, test_target(samples), max_test_barcodes(order.size))
            split[chosen] = test
            order = np.setdiff1d(order, chosen, assume_unique=True)
            samples = int(sizes[order].sum())
        if order.size < 2:
            continue
        if samples > VAL_TAIL[1] or val == "val_unseen":
            split[_take(order, sizes, round(val_share * samples), order.size - 1)] = val
        elif samples >= VAL_TAIL[0]:
            tail += samples
            candidates += order[sizes[order] == 1][:1].tolist()
    split[rng.permutation(np.array(candidates, dtype=int))[: round(val_share * tail)]] = val
    return split.tolist()


def _take(order: np.ndarray, sizes: np.ndarray, target: int, most: int) -> np.ndarray:
    """Take barcodes in the given order while they fit into `target` samples, `most` at the most."""
    taken, total = [], 0
    for barcode in order:
        if len(taken) < most and total + sizes[barcode] <= target:
            taken.append(barcode)
            total += sizes[barcode]
    return np.array(taken, dtype=int)


def check_guarantees(records: pl.DataFrame, source: Path) -> None:
    """Check what the partition promises (5M §4.1).

    No barcode is in two splits, no species in two species sets; every species of val and test is
    in train; every genus of the unseen set is in the seen set.

    Raises:
        InputError: naming each broken promise and the first labels or barcodes that break it.
    """
    frame = records.with_columns(barcode_key())
    split, species_set = pl.col("split"), pl.col("species_set")

    def in_several(key: str, column: str) -> list[str]:
        groups = frame.filter(pl.col(key).is_not_null()).group_by(key)
        several = groups.agg(pl.col(column).n_unique()).filter(pl.col(column) > 1)
        return several[key].sort().to_list()

    def only_in(rank: str, part: pl.Expr, whole: pl.Expr) -> list[str]:
        labels = [set(frame.filter(rows)[rank].drop_nulls()) for rows in (part, whole)]
        return sorted(labels[0] - labels[1])

    broken = {
        "barcodes in several splits": in_several("barcode_key", "split"),
        "species in several species sets": in_several("species", "species_set"),
        "species of val or test that are not in train": only_in(
            "species", split.is_in(["val", "test"]), split == "train"
        ),
        "genera of the unseen set that are not in the seen set": only_in(
            "genus", species_set == "unseen", species_set == "seen"
        ),
    }
    faults = [f"{what}: {', '.join(found[:10])}" for what, found in broken.items() if found]
    if faults:
        raise InputError(f"{source}: the partition breaks its promises: {'; '.join(faults)}")
