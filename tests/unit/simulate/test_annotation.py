"""Barcodes are identified to the published shares of the ranks."""

import polars as pl
import pytest

from bioscan.core.records import RANKS
from bioscan.simulate.annotation import label_shares
from bioscan.simulate.community import Community


def test_a_requested_share_raises_the_shares_of_the_ranks_above():
    shares = label_shares({"species": 0.6}, "bioscan5m")
    assert shares.tolist() == [0.999, 0.997, 0.958, 0.6, 0.6, 0.6]
    assert label_shares({"family": 0.97, "genus": 0.3}, "bioscan1m").tolist() == [
        *(1.0, 1.0, 0.97),
        *(0.3, 0.3, 0.075),
    ]


def test_labels_have_their_published_shares(published_shape):
    reach = published_shape["true_label_rank"].replace_strict(list(RANKS), list(range(len(RANKS))))
    reach = reach.cast(pl.Int64)
    assert (reach >= 3).mean() == pytest.approx(0.958, abs=0.02)
    assert (reach >= 5).mean() == pytest.approx(0.238, abs=0.03)
    assert (reach >= 6).mean() == pytest.approx(0.092, abs=0.02)
    assert published_shape["dna_bin"].is_null().mean() == pytest.approx(0.0026, abs=0.002)
    assert published_shape["true_species"].n_unique() == Community(20_000, 1).species_count
    assert (published_shape["true_order"] == "Diptera").mean() == pytest.approx(0.77, abs=0.03)
