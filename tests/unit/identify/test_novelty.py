"""New species by their barcodes."""

import polars as pl
import pytest

from bioscan.identify.barcodes import WHOLE
from bioscan.identify.novelty import NOVELTY_SCHEMA, novelty_by_length, novelty_of, validity


def answers(kind: str, *species: float | None) -> pl.DataFrame:
    """The probabilities of the species of queries; None: no species is answered."""
    rows = [(kind, f"{kind}{n}", "genus", 1.0) for n in range(len(species))]
    rows += [(kind, f"{kind}{n}", "species", p) for n, p in enumerate(species) if p is not None]
    return pl.DataFrame(rows, ["kind", "query", "rank", "probability"], orient="row")


def test_novelty_is_the_probability_that_the_species_is_wrong():
    found = novelty_of(answers("a", 0.75, None))
    # None of the references of a1 has a species: nothing is known of it.
    assert found.rows() == [("a0", 0.25), ("a1", None)]


def test_new_species_are_told_from_known_ones_at_each_length():
    known = pl.concat(
        [
            answers("test", 0.9, 0.8),
            answers("test_unseen", 0.1, None),
            answers("test without species", 0.2),
            answers("test cut at 150", 0.5, 0.5),
            answers("test_unseen cut at 150", 0.5),
        ]
    )
    rows = {row[0]: row[1:] for row in novelty_by_length(known).rows()}
    assert rows == {150: (0.5, 2, 1), 300: (None, 0, 0), WHOLE: (1.0, 2, 2)}


@pytest.mark.parametrize(
    ("letters", "auroc"), [(None, None), (120, None), (299, 0.6), (500, 0.8), (640, 0.95)]
)
def test_the_longest_length_that_is_reached_counts(letters, auroc):
    table = pl.DataFrame(
        [(150, 0.6, 1, 1), (300, 0.8, 1, 1), (WHOLE, 0.95, 1, 1)], NOVELTY_SCHEMA, orient="row"
    )
    asked = pl.DataFrame({"letters": [letters]}, {"letters": pl.Int64})
    assert asked.select(validity(pl.col("letters"), table)).item() == auroc
