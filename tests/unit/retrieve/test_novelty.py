"""Seen species told from new ones."""

import numpy as np
import polars as pl
import pytest

from bioscan.core.nearest import NEAREST_SCHEMA
from bioscan.retrieve.novelty import FEATURES, describe_neighbours, score_novelty
from bioscan.retrieve.scores import NOVELTY_SCHEMA

SPECIES = pl.DataFrame({"processid": ["a", "b", "c"], "species": ["x", "x", "y"]})


def nearest(query: str, *keys: tuple[str, float]) -> pl.DataFrame:
    rows = [(query, place, *key) for place, key in enumerate(keys, start=1)]
    return pl.DataFrame(rows, NEAREST_SCHEMA, orient="row")


def test_the_neighbours_of_a_query_are_described():
    row = describe_neighbours(nearest("q", ("a", 0.9), ("c", 0.83), ("b", 0.76)), SPECIES).row(
        0, named=True
    )
    e = np.exp(-1)
    assert row["similarity"] == pytest.approx(0.9)
    assert row["mean_similarity"] == pytest.approx(0.83)
    # Species x has two keys, of weights 1 and exp(-2).
    assert row["probability"] == pytest.approx((1 + e**2) / (1 + e + e**2), abs=1e-5)
    assert row["margin"] == pytest.approx(0.07)


def test_where_all_keys_are_of_one_species_the_farthest_one_is_the_second():
    row = describe_neighbours(nearest("q", ("a", 0.9), ("b", 0.7)), SPECIES).row(0, named=True)
    assert (row["probability"], row["margin"]) == (1, pytest.approx(0.2))
    row = describe_neighbours(nearest("q", ("a", 0.9)), SPECIES).row(0, named=True)
    assert row["margin"] == 0


def test_every_run_describes_neighbours_to_the_last_digit():
    rng = np.random.default_rng(0)
    species = pl.DataFrame({"processid": [f"k{n}" for n in range(50)]}).with_columns(
        species=pl.format("s{}", pl.col("processid").hash() % 20)
    )
    found = pl.concat(
        nearest(f"q{n}", *((f"k{key}", 0.9 - 0.002 * rng.random()) for key in range(50)))
        for n in range(100)
    )
    once = describe_neighbours(found, species)
    for _ in range(10):
        assert describe_neighbours(found, species).equals(once)


def described(splits: dict[str, int], centres: dict[str, float], seed: int) -> pl.DataFrame:
    """Queries whose nearest key is about as similar as the centre of their split says."""
    rng = np.random.default_rng(seed)
    rows = []
    for split, number in splits.items():
        for place in range(number):
            similarity = centres[split] + rng.normal(0, 0.05)
            rows.append((f"{split}{place}", similarity, similarity - 0.02, rng.random(), 0.1))
    return pl.DataFrame(rows, ["query", *FEATURES], orient="row")


SPLITS = {"val": 80, "test": 80, "test_unseen": 80, "other_heldout": 80}
QUERIES = pl.DataFrame(
    [(f"{split}{place}", split) for split, number in SPLITS.items() for place in range(number)],
    ["processid", "split"],
    orient="row",
)
APART = {"val": 0.9, "test": 0.9, "test_unseen": 0.5, "other_heldout": 0.5}
ALIKE = dict.fromkeys(SPLITS, 0.7)


def values(found: pl.DataFrame) -> dict[tuple[str, str], float | None]:
    return {(row["by"], row["score"]): row["auroc"] for row in found.to_dicts()}


def test_new_species_are_found_by_the_modality_that_tells_them_apart_and_by_both():
    found = score_novelty(
        QUERIES, {"image": described(SPLITS, ALIKE, 0), "dna": described(SPLITS, APART, 1)}
    )
    assert found.schema == NOVELTY_SCHEMA
    auroc = values(found)
    assert auroc["dna", "nearest"] == auroc["dna", "trained"] == 1
    assert 0.35 < auroc["image", "nearest"] < 0.65
    assert 0.35 < auroc["dna", "softmax"] < 0.65
    assert auroc["both", "trained"] > 0.99
    row = found.filter(by="dna", score="nearest").row(0, named=True)
    assert (row["found"], row["seen"], row["unseen"], row["heldout"]) == (100, 80, 80, 80)
    assert row["false_alarms"] < 20


def test_the_detector_learns_nothing_from_unseen_species():
    """Its scores are the same whatever their labels: those of unseen queries are turned round."""
    turned = {**APART, "test_unseen": 0.99}
    found = values(score_novelty(QUERIES, {"dna": described(SPLITS, turned, 1)}))
    assert found["dna", "trained"] < 0.2


def test_both_are_of_the_queries_that_have_both():
    images = described(SPLITS, APART, 0).filter(pl.col("query") != "test0")
    found = score_novelty(QUERIES, {"image": images, "dna": described(SPLITS, APART, 1)})
    counts = {row["by"]: row["seen"] for row in found.to_dicts()}
    assert counts == {"image": 79, "dna": 80, "both": 79}


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [("other_heldout", {"trained"}), ("test_unseen", {"nearest", "softmax", "trained"})],
)
def test_without_one_of_both_kinds_there_is_no_value(left_out, missing):
    rest = {split: n for split, n in SPLITS.items() if split != left_out}
    found = score_novelty(QUERIES, {"dna": described(rest, APART, 1)})
    assert {row["score"] for row in found.to_dicts() if row["auroc"] is None} == missing
