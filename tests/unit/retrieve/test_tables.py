"""Tables 5 and A17, and answers beyond the paper."""

import polars as pl
import pytest

from bioscan.retrieve.scores import NOVELTY_SCHEMA, SCORES_SCHEMA
from bioscan.retrieve.tables import gather, methods_table, novelty_table, over_seeds, table5


def scores(pair: str = "image_to_dna", answer: str = "nearest", **values: float) -> pl.DataFrame:
    """Accuracies of one pair on the test queries: seen, unseen, harmonic_mean."""
    splits = {"seen": "test", "unseen": "test_unseen", "harmonic_mean": "test+test_unseen"}
    rows = [
        (level, group, splits[group], average, top, value + (average == "micro"), 10, 5, 0, 0)
        for level in ("species", "order")
        for group, value in values.items()
        for average in ("micro", "macro")
        for top in (1, 3)
    ]
    table = pl.DataFrame(rows, SCORES_SCHEMA, orient="row")
    query, key = pair.split("_to_")
    facts = {"query": query, "key": key, "answer": answer}
    return table.select(*(pl.lit(v).alias(k) for k, v in facts.items()), pl.all())


def facts(seed: int = 0) -> dict:
    return {"model": "m", "seed": seed, "trained_on": "BIOSCAN-5M", "aligned": "image+dna"}


TWO = gather(
    [facts(0), facts(1)],
    [
        scores(seen=60, unseen=40, harmonic_mean=48),
        scores(seen=62, unseen=40, harmonic_mean=48.2),
    ],
)


def test_seeds_are_summed_up():
    row = (
        over_seeds(TWO)
        .filter(level="order", group="seen", average="macro", top=1)
        .row(0, named=True)
    )
    assert (row["value"], row["sd"], row["seeds"]) == (61, pytest.approx(2**0.5), 2)
    assert (row["queries"], row["classes"]) == (10, 5)


def test_table_5_is_macro_and_table_a17_micro_from_the_order_down():
    macro, micro = (table5(over_seeds(TWO), average) for average in ("macro", "micro"))
    assert macro.rows() == [
        (level, "m", "BIOSCAN-5M", "image+dna", "image", "dna", 61, 40, 48.1, 2)
        for level in ("order", "species")
    ]
    assert micro["seen"].to_list() == [62, 62]


def test_table_5_has_the_pairs_of_the_paper_and_the_nearest_key_alone():
    found = gather(
        [facts()] * 4,
        [
            scores(seen=60),
            scores("image_to_joint", seen=61),
            scores("dna_to_dna", seen=90),
            scores(answer="vote", seen=63),
        ],
    )
    table = table5(over_seeds(found), "macro")
    assert table.select("level", "query", "key", "seen").rows() == [
        ("order", "dna", "dna", 90),
        ("order", "image", "dna", 60),
        ("species", "dna", "dna", 90),
        ("species", "image", "dna", 60),
    ]
    methods = methods_table(over_seeds(found)).filter(level="order", top=1)
    assert methods.select("query", "key", "answer", "seen", "seen_sd").rows() == [
        ("image", "dna", "nearest", 60, None),
        ("image", "joint", "nearest", 61, None),
        ("dna", "dna", "nearest", 90, None),
        ("image", "dna", "vote", 63, None),
    ]


def test_new_species_are_tabulated_over_seeds():
    def novelty(auroc: float) -> pl.DataFrame:
        return pl.DataFrame(
            [("dna", "nearest", auroc, 50.0, 5.0, 8, 4, 6)], NOVELTY_SCHEMA, orient="row"
        )

    found = novelty_table(gather([facts(0), facts(1)], [novelty(0.9), novelty(0.8)]))
    assert found.height == 1
    row = found.row(0, named=True)
    assert (row["model"], row["by"], row["auroc"], row["seeds"]) == ("m", "dna", 0.85, 2)
    assert row["auroc_sd"] == pytest.approx(0.0707)
    assert (row["found"], row["seen"], row["heldout"]) == (50, 8, 6)
