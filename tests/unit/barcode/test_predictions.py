"""Answers in one form."""

import numpy as np
import polars as pl

from bioscan.barcode.predictions import predictions
from bioscan.core.records import RANKS


def test_an_answer_has_the_lineage_of_the_chosen_row():
    queries = pl.DataFrame({"processid": ["Q1", "Q2"], "split": ["test", "val"], "other": [1, 2]})
    lineages = pl.DataFrame(
        {**{rank: [None, f"{rank} of second"] for rank in RANKS}, "genus": ["Aus", None]}
    )
    found = predictions(queries, lineages, np.array([1, 0]), np.array([0.5, 1.0]))
    assert found.columns == ["processid", "split", "score", *RANKS]
    assert found["processid"].to_list() == ["Q1", "Q2"]
    assert found["score"].to_list() == [0.5, 1.0]
    assert found["species"].to_list() == ["species of second", None]
    assert found["genus"].to_list() == [None, "Aus"]
