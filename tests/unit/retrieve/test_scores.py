"""Accuracies, worked by hand."""

import numpy as np
import polars as pl
import pytest

from bioscan.core.texts import TEXT_RANKS
from bioscan.retrieve.scores import SCORES_SCHEMA, harmonic_mean, score_answers

SCHEMA = dict.fromkeys(TEXT_RANKS, pl.String)


def queries(*rows: tuple[str, str | None]) -> pl.DataFrame:
    """Queries q0, q1, … of a split, each with its species."""
    table = [(f"q{n}", split, "O", "F", "G", species) for n, (split, species) in enumerate(rows)]
    schema = {"processid": pl.String, "split": pl.String, **SCHEMA}
    return pl.DataFrame(table, schema, orient="row")


def answers(*species: list[str | None]) -> pl.DataFrame:
    """The species of the keys of q0, q1, …, the nearest first."""
    table = [
        (f"q{n}", place, "O", "F", "G", name)
        for n, names in enumerate(species)
        for place, name in enumerate(names, start=1)
    ]
    return pl.DataFrame(table, {"query": pl.String, "place": pl.UInt8, **SCHEMA}, orient="row")


KNOWN = pl.DataFrame({rank: ["O", "a", "b"] for rank in TEXT_RANKS})


def values(scores: pl.DataFrame, level: str = "species", **of) -> dict[str, float]:
    """Average and K → value, of one level and group."""
    rows = scores.filter(level=level, **of)
    return {f"{row['average']}{row['top']}": row["value"] for row in rows.to_dicts()}


def test_macro_is_the_mean_over_the_true_classes_and_micro_over_the_queries():
    """Species a: 3 of 3, species b: 0 of 1. That c is answered makes it no class."""
    asked = queries(*[("test", "a")] * 3, ("test", "b"))
    scores = score_answers(asked, answers(["a"], ["a"], ["a"], ["c"]), KNOWN, "left_out", [1])
    assert scores.schema == SCORES_SCHEMA
    assert values(scores, group="seen") == {"micro1": 75, "macro1": 50}
    assert values(scores, "genus", group="seen") == {"micro1": 100, "macro1": 100}
    row = scores.filter(level="species").row(0, named=True)
    assert (row["queries"], row["classes"], row["split"]) == (4, 2, "test")


def test_every_run_gives_the_last_digit():
    """The mean over 300 classes of 3 to 115 queries, answered rightly or not by chance."""
    sizes = [3 + 4 * (n % 29) for n in range(300)]
    asked = queries(*(("test", f"s{n}") for n, size in enumerate(sizes) for _ in range(size)))
    right = np.random.default_rng(0).random(asked.height) < 0.5
    found = answers(
        *([name if own else "none"] for name, own in zip(asked["species"], right, strict=True))
    )
    once = score_answers(asked, found, KNOWN, "left_out", [1])
    for _ in range(20):
        assert score_answers(asked, found, KNOWN, "left_out", [1]).equals(once)


def test_within_k_any_of_the_first_k_keys_may_have_the_label():
    asked = queries(("test", "a"), ("test", "a"), ("test", "b"))
    found = answers(["b", "b", "a"], ["b", "b", "b", "a"], ["b"])
    scores = score_answers(asked, found, KNOWN, "left_out")
    assert values(scores) == pytest.approx(
        {
            **{"micro1": 100 / 3, "micro3": 200 / 3, "micro5": 100},
            **{"macro1": 50, "macro3": 75, "macro5": 100},
        }
    )


def test_the_harmonic_mean_is_of_seen_and_unseen():
    """Seen 1 of 2, unseen 1 of 4: 2 · 50 · 25 / 75."""
    asked = queries(*[("test", "a")] * 2, *[("test_unseen", "b")] * 4, ("val", "a"))
    found = answers(["a"], ["b"], ["b"], ["a"], ["a"], ["a"], ["a"])
    scores = score_answers(asked, found, KNOWN, "left_out", [1])
    assert values(scores, group="unseen")["micro1"] == 25
    both = scores.filter(level="species", group="harmonic_mean", average="micro")
    # There is none of `val`, whose partner has no query.
    assert both["split"].to_list() == ["test+test_unseen"]
    assert both["value"].to_list() == pytest.approx([100 / 3])
    assert (both["queries"][0], both["classes"][0]) == (6, 2)


@pytest.mark.parametrize(
    ("seen", "unseen", "mean"),
    [(60, 30, 40), (0, 50, 0), (0, 0, 0), (None, 5, None), (5, None, None)],
)
def test_a_harmonic_mean_without_one_of_both(seen, unseen, mean):
    assert harmonic_mean(seen, unseen) == mean


def test_queries_without_a_label_are_left_out_and_counted():
    asked = queries(("test", "a"), ("test", None), ("test", None))
    found = answers(["a"], [None], ["b"])
    row = (
        score_answers(asked, found, KNOWN, "left_out", [1])
        .filter(level="species")
        .row(0, named=True)
    )
    assert (row["value"], row["queries"], row["without_label"]) == (100, 1, 2)


def test_as_released_a_missing_label_is_a_class_that_a_key_without_label_answers():
    asked = queries(("test", "a"), ("test", None), ("test", None))
    scores = score_answers(asked, answers(["a"], [None], ["b"]), KNOWN, "released", [1])
    assert values(scores) == pytest.approx({"micro1": 200 / 3, "macro1": 75})
    row = scores.filter(level="species").row(0, named=True)
    assert (row["queries"], row["classes"], row["without_label"]) == (3, 2, 0)


def test_queries_without_answer_and_of_a_label_that_no_key_has_are_wrong_and_counted():
    asked = queries(("test", "a"), ("test", "b"), ("test", "x"))
    scores = score_answers(asked, answers(["a"], [], ["a"]), KNOWN, "left_out", [1])
    row = scores.filter(level="species", average="micro").row(0, named=True)
    assert row["value"] == pytest.approx(100 / 3)
    assert (row["queries"], row["without_key"]) == (3, 1)


def test_a_split_without_any_label_has_no_value():
    scores = score_answers(queries(("test", None)), answers(["a"]), KNOWN, "left_out", [1])
    assert scores.filter(level="species")["value"].to_list() == [None, None]
