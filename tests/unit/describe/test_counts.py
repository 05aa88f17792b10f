"""The papers' counts, on tables small enough to count by hand."""

import matplotlib.pyplot as plt
import polars as pl
import pytest

from bioscan.core.records import EXPERIMENTS, RANKS, SPLITS
from bioscan.describe.counts import count_experiments, count_ranks, count_splits
from bioscan.describe.figures import draw_class_distribution

ATTRIBUTES = [*RANKS, "tribe", "dna_bin", "dna_barcode"]


def long(table: pl.DataFrame) -> dict[tuple, float]:
    """key columns → value."""
    return {row[:-1]: row[-1] for row in table.rows()}


def test_ranks_are_counted():
    nothing = dict.fromkeys(ATTRIBUTES, [None] * 8)
    orders = ["Diptera"] * 5 + ["Hemiptera"] * 2 + [None]
    records = pl.DataFrame({**nothing, "order": orders})
    counted = long(count_ranks(records))
    assert counted["order", "categories"] == 2
    assert counted["order", "labelled"] == 7
    assert counted["order", "labelled_percent"] == 87.5
    assert counted["order", "imbalance_ratio"] == 2.5


def test_a_rank_without_labels_has_no_imbalance():
    nothing = dict.fromkeys(ATTRIBUTES, [None] * 3)
    counted = long(count_ranks(pl.DataFrame(nothing, schema=dict.fromkeys(nothing, pl.String))))
    assert counted["genus", "categories"] == counted["genus", "labelled_percent"] == 0
    assert ("genus", "imbalance_ratio") not in counted


def test_every_rank_the_bin_and_the_barcode_are_counted():
    everything = {name: [f"{name} a"] for name in ATTRIBUTES}
    attributes = count_ranks(pl.DataFrame(everything))["attribute"].unique(maintain_order=True)
    assert attributes.to_list() == ATTRIBUTES


def test_tribes_are_counted_where_there_are_any():
    only_5m = {name: [f"{name} a"] for name in ATTRIBUTES} | {"tribe": [None]}
    assert "tribe" not in count_ranks(pl.DataFrame(only_5m))["attribute"]


def test_splits_are_counted():
    records = pl.DataFrame(
        [
            ("train", "AC", "Aus bus"),
            ("train", "NACN", "Aus bus"),  # counted as written
            ("train", "AC", "Aus bus"),
            ("train", "GT", "Aus cus"),
            ("test", "TT", "Aus bus"),
            ("pretrain", None, None),
        ],
        schema=["split", "dna_barcode", "species"],
        orient="row",
    )
    counted = long(count_splits(records))
    assert counted["seen", "train", "samples"] == 4
    assert counted["seen", "train", "barcodes"] == 3
    assert counted["seen", "train", "species"] == 2
    assert counted["seen", "test", "samples"] == 1
    assert [counted["unknown", "pretrain", what] for what in ("samples", "barcodes")] == [1, 0]
    assert counted["unseen", "key_unseen", "samples"] == 0


def test_the_splits_come_in_the_papers_order():
    nothing = pl.DataFrame(schema=dict.fromkeys(["split", "dna_barcode", "species"], pl.String))
    assert tuple(count_splits(nothing)["split"].unique(maintain_order=True)) == SPLITS


def test_experiments_are_counted():
    records = pl.DataFrame(
        [
            ("Diptera", "Sciaridae", "train", "train"),
            ("Diptera", "Phoridae", "train", "train"),
            ("Diptera", "Phoridae", "test", "test"),
            ("Hemiptera", "Cicadidae", None, "validation"),
            (None, None, None, None),
        ],
        schema=["order", "family", "small_diptera_family", "small_insect_order"],
        orient="row",
    ).with_columns(
        pl.lit(None, pl.String).alias(name) for name in EXPERIMENTS if not name.startswith("small")
    )
    counted = long(count_experiments(records))
    quantities = ("total", "train", "validation", "test", "categories")
    assert [counted["insect_order", "small", what] for what in quantities] == [4, 2, 1, 1, 2]
    assert [counted["diptera_family", "small", what] for what in quantities] == [3, 2, 0, 1, 2]
    assert [counted["insect_order", "large", what] for what in quantities] == [0] * 5


@pytest.fixture
def figure():
    orders = [f"O{n:02d}" for n in range(20) for _ in range(n + 1)]
    families = ["Sciaridae"] * 150 + ["Phoridae"] * 50 + [None] * 10
    yield draw_class_distribution(pl.DataFrame({"order": orders, "family": families}))
    plt.close("all")


def test_the_largest_orders_are_drawn(figure):
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == list(range(20, 4, -1))
    assert figure.axes[0].get_title(loc="left") == "20 orders, the largest 16"


def test_all_families_are_drawn_where_there_are_few(figure):
    assert [bar.get_height() for bar in figure.axes[1].patches] == [150, 50]
    assert figure.axes[1].get_title(loc="left") == "2 families"


def test_the_figure_renders(figure, tmp_path):
    figure.savefig(tmp_path / "classes.png")
    assert (tmp_path / "classes.png").read_bytes().startswith(b"\x89PNG")
