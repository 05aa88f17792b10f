"""Experiments as grids: blocks of settings, each of which stands for all their combinations."""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any


def expand_grid(
    blocks: Iterable[Mapping[str, Any]], axes: Mapping[str, str]
) -> list[dict[str, Any]]:
    """All combinations of the values of each block; one that two blocks name occurs once.

    Args:
        blocks: key → its values, or one value.
        axes: key of a row → key of a block; the last axis varies fastest.

    Returns:
        Rows in the order of the blocks.

    >>> expand_grid([{"sizes": ["small", "large"], "seeds": 0}], {"size": "sizes", "seed": "seeds"})
    [{'size': 'small', 'seed': 0}, {'size': 'large', 'seed': 0}]
    """
    rows: dict[tuple[Any, ...], None] = {}
    for block in blocks:
        values = [block[key] for key in axes.values()]
        rows |= dict.fromkeys(product(*(v if isinstance(v, list) else [v] for v in values)))
    return [dict(zip(axes, row, strict=True)) for row in rows]


def experiments_of(block: Mapping[str, Any], format: str) -> list[str]:
    """The experiments of a block of the config's `classify`.

    Those of BIOSCAN-1M are sizes and tasks; those of other datasets are ranks.

    Args:
        format: of the dataset that is classified.

    >>> experiments_of({"tasks": ["insect_order"], "sizes": ["small", "large"]}, "bioscan1m")
    ['small_insect_order', 'large_insect_order']
    >>> experiments_of({"ranks": ["order", "genus"]}, "folder")
    ['order', 'genus']
    """
    if format == "bioscan1m":
        return [f"{size}_{task}" for task in block["tasks"] for size in block["sizes"]]
    return list(block["ranks"])
