"""Which models are evaluated, on which queries and keys."""

from typing import Any

import pytest

from bioscan.core.errors import InputError
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
    assert evaluation(baseline={"dna": "bert"}).novelty_pairs("unaligned") == ["dna_to_dna"]


def test_the_embeddings_of_a_side_are_those_of_its_modalities():
    folder = "results/example/small5m/embeddings"
    found = evaluation()
    assert found.embeddings("both_seed1", "joint", ("train",)) == [
        f"{folder}/both_seed1_image/train.npy",
        f"{folder}/both_seed1_dna/train.npy",
    ]
    assert found.embeddings("unaligned", "dna", ("test",)) == [f"{folder}/bert/test.npy"]


def test_the_accuracies_and_the_facts_about_them_are_in_one_order():
    found = evaluation(models=["both"], baseline={})
    assert [path.rsplit("/", 2)[1:] for path in found.scores()] == [
        [f"{row['model']}_seed{row['seed']}", f"{row['query']}_to_{row['key']}.csv"]
        for row in found.facts()
    ]
    assert len(found.scores()) == 6


def test_the_last_model_is_shown_unless_another_one_is_named():
    assert evaluation().shown_subject == "clibd_seed0"
    assert evaluation(shown="both").shown_subject == "both_seed0"


def test_without_the_key_nothing_is_evaluated():
    found = layout(config()).retrieve.evaluation
    assert (found.subjects, found.scores(), found.shown_subject) == ({}, [], None)


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
