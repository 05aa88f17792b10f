"""What the nearest references say."""

import polars as pl
import pytest

from bioscan.core.records import RANKS
from bioscan.identify.evidence import Measure, nearest_references, weigh_references

POINTS = Measure(scale=4, reach=20)


def labels(*rows: tuple[str, str | None, str | None]) -> pl.DataFrame:
    """References of (processid, genus, species), all of one family."""
    table = pl.DataFrame(rows, ["processid", "genus", "species"], orient="row")
    above = {"phylum": "P", "class": "C", "order": "O", "family": "F"}
    return table.with_columns(
        *(pl.lit(label).alias(rank) for rank, label in above.items()),
        pl.lit(None, pl.String).alias("subfamily"),
    )


def hits(**nearness: float) -> pl.DataFrame:
    rows = [("q", key, points, (100 - points) / 300, 600) for key, points in nearness.items()]
    return pl.DataFrame(rows, ["query", "key", "nearness", "distance", "aligned"], orient="row")


KEYS = labels(("a", "Aus", "Aus bus"), ("b", "Aus", "Aus cus"), ("c", "Bus", None))


def test_each_rank_has_the_label_that_wins_and_the_nearest_reference_of_it():
    found = weigh_references(hits(a=100.0, b=97.0), KEYS, POINTS)
    assert found["rank"].to_list() == [rank for rank in RANKS if rank != "subfamily"]
    species = found.row(by_predicate=pl.col("rank") == "species", named=True)
    assert (species["label"], species["key"], species["distance"]) == ("Aus bus", "a", 0)
    assert species["rivals"] == ["Aus cus"]


def test_the_gap_is_how_much_nearer_the_label_is_than_others():
    found = weigh_references(hits(a=100.0, b=97.0), KEYS, POINTS)
    gaps = dict(found.select("rank", "gap").iter_rows())
    assert gaps["species"] == pytest.approx(3 / 20)
    assert gaps["genus"] == 1  # none of another genus is in reach


def test_a_label_of_a_farther_reference_has_its_distance():
    """The nearest reference has no species: that of another says little."""
    found = weigh_references(hits(c=100.0, a=91.0), KEYS.with_columns(genus=pl.lit("Aus")), POINTS)
    species = found.filter(rank="species")
    assert species["label"].to_list() == ["Aus bus"]
    assert species["distance"].to_list() == pytest.approx([0.03])


def test_references_beyond_the_reach_have_no_vote():
    found = weigh_references(hits(c=100.0, a=70.0), KEYS, POINTS)
    assert "species" not in found["rank"]
    assert found.filter(rank="genus")["label"].to_list() == ["Bus"]


def test_no_hit_is_no_evidence():
    assert weigh_references(hits(a=1.0).clear(), KEYS, POINTS).is_empty()


def test_references_are_shown_once_per_name_the_nearest_first():
    keys = labels(("a", "Aus", "Aus bus"), ("b", "Aus", "Aus bus"), ("c", "Bus", None))
    found = nearest_references(hits(a=90.0, b=95.0, c=99.0), keys)
    assert found.select("key", "name").rows() == [("c", "Bus"), ("b", "Aus bus")]
