"""Blocks of settings stand for all their combinations."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from bioscan.core.grid import expand_grid, experiments_of

AXES = {"size": "sizes", "seed": "seeds"}


def test_the_last_axis_varies_fastest():
    rows = expand_grid([{"sizes": ["small", "large"], "seeds": [0, 1]}], AXES)
    assert [tuple(row.values()) for row in rows] == [
        ("small", 0), ("small", 1), ("large", 0), ("large", 1),
    ]  # fmt: skip


def test_a_single_value_counts_as_one():
    assert expand_grid([{"sizes": "small", "seeds": [3]}], AXES) == [{"size": "small", "seed": 3}]


def test_a_block_without_values_on_an_axis_has_no_rows():
    assert expand_grid([{"sizes": [], "seeds": [0]}], AXES) == []


def test_the_experiments_of_1m_are_sizes_of_tasks_and_others_are_ranks():
    block = {"tasks": ["insect_order", "diptera_family"], "sizes": ["small", "large"]}
    block["ranks"] = ["genus"]
    assert experiments_of(block, "bioscan1m") == [
        "small_insect_order",
        "large_insect_order",
        "small_diptera_family",
        "large_diptera_family",
    ]
    assert experiments_of(block, "bioscan5m") == experiments_of(block, "bold") == ["genus"]


values = st.lists(st.integers(0, 3), max_size=3)


@given(blocks=st.lists(st.fixed_dictionaries({"sizes": values, "seeds": values}), max_size=3))
def test_rows_are_those_of_the_blocks_once_in_their_order(blocks):
    every = [row for block in blocks for row in product(block["sizes"], block["seeds"])]
    first = [row for place, row in enumerate(every) if row not in every[:place]]
    assert [(row["size"], row["seed"]) for row in expand_grid(blocks, AXES)] == first
