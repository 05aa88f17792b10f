"""Which models are evaluated, on which queries and keys."""

from typing import Any

import pytest

from bioscan.core.errors import InputError
from bioscan.core.records import SPECIES_SETS
from bioscan.retrieve.evaluation import KEY_SPLITS, QUERY_SPLITS, SCORES
from tests.unit.configs import change, layout
from tests.unit.retrieve.configs import config

EVALUATION: dict[str, Any] = {
    "dataset": "small5m",
    "baseline": {"image": "vit", "dna": "bert"},
    "pairs": ["dna_to_dna", "image_to_dna", "image_to_text", "joint_to_joint"],
}


def evaluation(**changes: Any):
    return layout(config("retrieve/evaluation", {**EVALUATION, **changes})).retrieve.evaluation


def test_each_seed_is_evaluated_and_encoders_that_are_not_aligned():
    found = evaluation()
    assert list(found.subjects) == ["unaligned", "both_seed0", "both_seed1", "clibd_seed0"]
    assert found.subjects["both_seed1"] == {
        "model": "both",
        "seed": 1,
        "trained_on": "BIOSCAN-5M",
        "aligned": "image+dna",
    }
    assert found.subjects["clibd_seed0"]["trained_on"] == "BIOSCAN-1M"


def test_a_pair_is_evaluated_where_a_model_has_both_sides():
    found = evaluation()
    assert found.pairs("unaligned") == ["dna_to_dna", "image_to_dna"]
    assert found.pairs("both_seed0") == ["dna_to_dna", "image_to_dna", "joint_to_joint"]
    assert found.pairs("clibd_seed0") == EVALUATION["pairs"]
    assert evaluation(baseline={"dna": "bert"}).pairs("unaligned") == ["dna_to_dna"]


def test_what_is_searched_are_its_pairs_and_by_its_own_kind_the_keys_of_seen_species():
    found = evaluation(baseline={"dna": "bert"})
    assert found.searches("unaligned") == [("dna_to_dna", "all"), ("dna_to_dna", "seen")]
    assert found.modalities("unaligned") == ["dna"]
    assert found.searches("both_seed0")[-2:] == [("image_to_image", "seen"), ("dna_to_dna", "seen")]
    assert found.modalities("clibd_seed0") == ["image", "dna", "text"]


def test_embeddings_are_those_of_all_records_of_known_species():
    folder = "results/example/small5m/embeddings"
    found = evaluation()
    assert found.embeddings("both_seed1", ["image", "dna"]) == [
        f"{folder}/both_seed1_image/labelled.npy",
        f"{folder}/both_seed1_dna/labelled.npy",
    ]
    assert found.embeddings("unaligned", ["dna"]) == [f"{folder}/bert/labelled.npy"]
    assert set(KEY_SPLITS["all"]) | set(QUERY_SPLITS["all"]) | {"other_heldout"} == {
        name for name, species in SPECIES_SETS.items() if species != "unknown"
    }


def test_each_subject_has_its_files():
    folder = "results/example/small5m/retrieve/evaluation"
    found = evaluation(models=["both"], baseline={})
    assert found.of_subjects(SCORES) == [f"{folder}/both_seed{n}/scores.csv" for n in (0, 1)]
    assert found.nearest("both_seed0") == [f"{folder}/both_seed0/nearest.parquet"]


def test_the_last_model_is_shown_unless_another_one_is_named():
    assert evaluation().shown_subject == "clibd_seed0"
    assert evaluation(shown="both").shown_subject == "both_seed0"


def test_without_the_key_nothing_is_evaluated():
    found = layout(config()).retrieve.evaluation
    assert (found.subjects, found.shown_subject) == ({}, None)
    assert found.of_subjects(SCORES) == found.nearest(None) == found.shown_weights == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("dataset", "small1m", "retrieve.evaluation.dataset is 'small1m', expected one of small5m"),
        ("models", ["x"], "retrieve.evaluation.models is 'x', expected one of both, clibd"),
        ("shown", "x", "retrieve.evaluation.shown is 'x'"),
        ("baseline", {"dna": "vit"}, "evaluation.baseline.dna is 'vit', expected one of bert, cnn"),
    ],
)
def test_a_name_that_nothing_has_is_refused(path: str, value: Any, message: str):
    given = change(
        config("retrieve/evaluation", dict(EVALUATION)), f"retrieve/evaluation/{path}", value
    )
    with pytest.raises(InputError, match=message):
        layout(given)
