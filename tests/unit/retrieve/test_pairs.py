"""Samples with the modalities that they have."""

import numpy as np
import polars as pl
import pytest
import torch

from bioscan.retrieve.pairs import PairBatches, Pairs, choose_pairs, groups_of, with_text
from tests.unit.retrieve.small import recipe, specimens, tuned
from tests.unit.threads import one_thread  # noqa: F401 (a fixture)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    table, pack = specimens(40, tmp_path_factory.mktemp("packs"))
    return with_text(table, recipe()), pack


def test_samples_that_have_one_of_the_models_modalities_are_left_out_and_counted(made):
    table, _ = made
    chosen, counts = choose_pairs(table, ["image", "dna"], recipe())
    has = table["row"].is_not_null() & table["sequence"].is_not_null()
    assert chosen["processid"].to_list() == table.filter(has)["processid"].to_list()
    assert counts == {
        "samples": chosen.height,
        "left_out": 40 - chosen.height,
        "with_image": chosen.height,
        "with_dna": chosen.height,
    }


def test_three_modalities_keep_those_with_any_two(made):
    table, _ = made
    chosen, counts = choose_pairs(table, ["image", "dna", "text"], recipe())
    assert counts["with_text"] < counts["samples"]
    assert chosen.height > choose_pairs(table, ["image", "dna"], recipe())[0].height


def test_a_replica_sees_its_share_of_the_samples(made):
    table, _ = made
    every, _ = choose_pairs(table, ["image", "dna"], recipe())
    half, counts = choose_pairs(table, ["image", "dna"], recipe(replicas=2))
    assert half.height == every.height // 2
    assert counts["of_other_replicas"] == every.height - half.height
    assert set(half["processid"]) < set(every["processid"])


def test_a_sample_without_bin_or_species_belongs_to_itself():
    table = pl.DataFrame(
        {"dna_bin": ["B", None, "B", "A", None], "species": ["x", "x", None, "y", None]}
    )
    for positives, wanted in {
        "identity": [0, 1, 2, 3, 4],
        "bin": [0, 1, 0, 3, 4],
        "species": [0, 0, 2, 3, 4],
    }.items():
        found = groups_of(table, positives)
        same = found[:, None] == found
        expected = np.array(wanted)[:, None] == np.array(wanted)
        assert (same == expected).all(), positives


def test_a_batch_says_whose_inputs_it_has(made):
    table, pack = made
    chosen, _ = choose_pairs(table, ["image", "dna", "text"], recipe())
    towers = tuned(recipe())
    pairs, collate = Pairs(chosen, [pack], towers, recipe()), PairBatches(towers)
    batch = collate([pairs[index, 7] for index in range(12)])
    assert batch["ids"].tolist() == list(range(12))
    first = chosen[:12]
    for modality, column in {"image": "row", "dna": "sequence", "text": "text"}.items():
        rows = [row for row, value in enumerate(first[column]) if value is not None]
        assert batch[f"{modality}_rows"].tolist() == rows
        assert all(len(array) == len(rows) for array in batch[modality])
    expected = towers["dna"].tokenize(first["sequence"].drop_nulls().to_list())
    assert torch.equal(batch["dna"][0], torch.as_tensor(expected.ids))
    expected = towers["text"].tokenize(first["text"].drop_nulls().to_list())
    assert torch.equal(batch["text"][0], torch.as_tensor(expected.ids))
    assert batch["image"][0].dtype == torch.uint8


def test_an_image_is_the_samples_own(made):
    table, pack = made
    chosen, _ = choose_pairs(table, ["image", "dna"], recipe())
    pairs = Pairs(chosen, [pack], tuned(recipe(), "image", "dna"), recipe())
    for index, species in enumerate(chosen["species"]):
        if species == "Nova alba":  # the red one
            red, green, blue = pairs[index, 1]["image"].float().mean(dim=(1, 2))
            assert red > 2 * max(green, blue)


def test_a_batch_may_lack_a_modality(made):
    table, pack = made
    towers = tuned(recipe(), "dna", "text")
    table = table.filter(pl.col("text").is_null())
    batch = PairBatches(towers)([Pairs(table, [pack], towers, recipe())[0, 0]])
    assert "text" not in batch
    assert batch["text_rows"].tolist() == []
