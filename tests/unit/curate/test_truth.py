"""Scores of cleaning against known truth."""

import polars as pl
import pytest

from bioscan.core.records import RANKS
from bioscan.curate.cleaning import barcode_number, clean
from bioscan.curate.truth import NO_NOISE, score_cleaning
from bioscan.simulate.community import Community
from bioscan.simulate.records import simulate
from scripts.report.show_cleaning_scores import NOTE
from tests.unit.curate.labelled import FLY, MIDGE, SCHEMA, each

MALA = (*MIDGE, "Ablabesmyia mala")


def truth(*rows: tuple[tuple, str, str | None]) -> pl.DataFrame:
    """The truth of records from (true labels, annotated rank, noise)."""
    return pl.DataFrame(
        [(f"P{n:03d}", *labels, rank, noise) for n, (labels, rank, noise) in enumerate(rows)],
        schema=["processid", *(f"true_{rank}" for rank in RANKS), "true_label_rank", "noise"],
        orient="row",
    )


def scored(raw: tuple, final: tuple, true: tuple, rank: str, noise: str | None = "case") -> dict:
    """The outcomes of the labels of one record."""
    scores = score_cleaning(each(raw), each(final), truth((true, rank, noise)))
    row = scores.filter(noise=noise or NO_NOISE).to_dicts()[0]
    return {name: n for name, n in row.items() if n and name not in ("noise", "records", "labels")}


@pytest.mark.parametrize(
    ("raw", "final", "outcome"),
    [
        (
            "Ablabesmyia Mala",
            "Ablabesmyia mala",
            {"damaged": 1, "repaired": 1, "precision": 1, "recall": 1},
        ),
        ("Ablabesmyia Mala", None, {"damaged": 1, "withdrawn": 1}),
        ("Ablabesmyia Mala", "Ablabesmyia Mala", {"damaged": 1, "missed": 1}),
        ("Ablabesmyia Mala", "Ablabesmyia alba", {"damaged": 1, "wrong": 1}),
        (None, "Ablabesmyia mala", {"damaged": 1, "repaired": 1, "precision": 1, "recall": 1}),
        (None, None, {"damaged": 1, "missed": 1}),
        ("Ablabesmyia mala", "Ablabesmyia mala", {}),
        ("Ablabesmyia mala", None, {"lost": 1}),
        ("Ablabesmyia mala", "Ablabesmyia alba", {"spoilt": 1}),
    ],
)
def test_each_change_of_a_label_has_its_outcome(raw, final, outcome):
    assert scored((*MIDGE, raw), (*MIDGE, final), MALA, "species") == outcome


def test_a_label_that_was_not_annotated_is_gained_or_spoilt():
    assert scored(MIDGE, MALA, MALA, "genus") == {"gained": 1, "precision": 1}
    assert scored(MIDGE, (*MIDGE, "Ablabesmyia alba"), MALA, "genus") == {"spoilt": 1}


def test_a_name_below_the_annotated_rank_is_damaged():
    vague = (*MIDGE, "Ablabesmyia sp.")
    outcome = {"damaged": 1, "repaired": 1, "precision": 1, "recall": 1}
    assert scored(vague, MIDGE, MALA, "genus") == outcome


def test_an_unfilled_hole_is_damaged():
    hole, true = (
        (*FLY[:4], None, "Alpinosciara"),
        (*FLY[:4], None, "Alpinosciara", "Alpinosciara a"),
    )
    outcome = {"damaged": 1, "repaired": 1, "precision": 1, "recall": 1}
    assert scored(hole, FLY, true, "genus", noise=None) == outcome


def test_kinds_of_noise_add_up():
    raw = each((*MIDGE, "Ablabesmyia Mala"), MALA, MIDGE)
    true = truth(
        (MALA, "species", "case"), (MALA, "species", None), (MALA, "species", "case,shallower")
    )
    scores = score_cleaning(raw, each(MALA, MALA, MALA), true)
    assert scores.select("noise", "records", "labels", "damaged").rows() == [
        ("case", 1, 7, 1),
        (NO_NOISE, 1, 7, 0),
        ("several", 1, 7, 1),
        ("all", 3, 21, 2),
    ]


def test_the_note_of_the_page_explains_the_rows_that_are_no_kind_of_noise():
    assert NO_NOISE == "no noise" and f"({NO_NOISE})" in NOTE and "(several)" in NOTE


def test_simulated_noise_is_repaired_and_few_labels_spoilt():
    """Wrong repairs are worse than missed ones. Rates are those of the papers, tenfold."""
    rates = Community(specimens=1, seed=0, species=1).noise
    community = Community(
        specimens=20_000, seed=3, noise={kind: min(0.2, 10 * rate) for kind, rate in rates.items()}
    )
    frame = pl.concat(simulate(community, "bioscan5m"))
    raw = frame.with_columns(barcode_number()).select(*set(SCHEMA) - {"dna_barcode"}, "barcode")
    scores = score_cleaning(raw, clean(raw, 0.9).records, frame)
    whole = scores.filter(noise="all")
    assert whole["precision"].item() >= 0.99
    assert whole["recall"].item() >= 0.95
    assert set(scores["noise"]) >= set(rates)
