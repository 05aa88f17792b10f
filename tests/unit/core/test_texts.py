"""The labels of a record as text."""

import polars as pl

from bioscan.core.texts import label_text

RECORDS = pl.DataFrame(
    {
        "order": ["Diptera", "Diptera", None, None],
        "family": ["Sciaridae", None, None, None],
        "genus": ["Bradysia", None, "Bradysia", None],
        "species": ["Bradysia nova", None, None, None],
    }
)


def test_a_text_names_the_known_ranks_alone():
    assert RECORDS.select(label_text("left_out"))["text"].to_list() == [
        "Diptera Sciaridae Bradysia Bradysia nova",
        "Diptera",
        "Bradysia",
        None,
    ]


def test_the_released_texts_have_the_sentinel_in_place_of_each_rank():
    assert RECORDS.select(label_text("not_classified"))["text"].to_list()[1:] == [
        "Diptera not_classified not_classified not_classified",
        "not_classified not_classified Bradysia not_classified",
        " ".join(["not_classified"] * 4),
    ]
