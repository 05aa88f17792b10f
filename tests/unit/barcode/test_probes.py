"""Probes of embeddings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioscan.barcode.probes import centre, linear_probe, nearest_keys, predict_classes
from bioscan.barcode.settings import ProbeRecipe

RECIPE = ProbeRecipe(
    epochs=60, batch_size=16, learning_rate=0.05, momentum=0.9, weight_decay=1e-5, seed=0
)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 40))
def test_the_nearest_key_is_that_of_brute_force(seed, queries, keys):
    rng = np.random.default_rng(seed)
    # Small integers, so that there are equals.
    asked = rng.integers(-2, 3, (queries, 3)).astype(np.float32)
    among = rng.integers(-2, 3, (keys, 3)).astype(np.float32)
    rows, similarities, equals = nearest_keys(asked, among)
    for query, row, similarity, count in zip(asked, rows, similarities, equals, strict=True):
        cosines = []
        for key in among.astype(np.float64):
            norms = np.linalg.norm(query) * np.linalg.norm(key)
            cosines.append(query @ key / norms if norms else 0.0)
        best = max(cosines)
        as_near = [place for place, cosine in enumerate(cosines) if cosine > best - 1e-9]
        assert row == as_near[0]
        assert count == len(as_near)
        assert similarity == pytest.approx(best, abs=1e-6)


def test_more_queries_than_a_block_are_all_answered():
    keys = np.eye(5, dtype=np.float32)
    queries = np.tile(keys, (500, 1))
    rows, _, equals = nearest_keys(queries, keys)
    assert rows.tolist() == list(range(5)) * 500
    assert (equals == 1).all()


def test_there_may_be_no_query():
    rows, similarities, equals = nearest_keys(np.empty((0, 3), np.float32), np.eye(3))
    assert len(rows) == len(similarities) == len(equals) == 0


def test_centred_what_all_share_says_nothing_of_who_is_near():
    """The shared direction makes the short key nearest; less the mean (101, 0), it is the other."""
    keys = np.array([[100, 2], [102, -2]], np.float32)
    query = np.array([[103, 0.5]], np.float32)
    assert nearest_keys(query, keys)[0].tolist() == [0]
    queries, centred = centre(query, keys)
    assert queries.tolist() == [[2, 0.5]]
    assert centred.tolist() == [[-1, 2], [1, -2]]
    assert nearest_keys(queries, centred)[0].tolist() == [1]


def test_a_probe_tells_apart_what_a_line_divides_whatever_the_scale():
    rng = np.random.default_rng(1)
    target = rng.integers(3, size=300)
    inputs = (np.eye(3)[target] * 4 + rng.normal(size=(300, 3))).astype(np.float32) * 50 + 1000
    classes, scores = predict_classes(linear_probe(inputs, target, 3, RECIPE), inputs)
    assert (classes == target).mean() > 0.9
    assert ((scores > 1 / 3 - 1e-6) & (scores <= 1)).all()


def test_one_seed_gives_one_probe():
    rng = np.random.default_rng(2)
    inputs, target = rng.normal(size=(50, 4)).astype(np.float32), rng.integers(2, size=50)
    first, second = (linear_probe(inputs, target, 2, RECIPE).weight for _ in range(2))
    assert (first == second).all()
