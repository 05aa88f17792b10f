"""Masked language models of barcodes."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from transformers import BertForTokenClassification

from bioscan.barcode.pretraining import (
    LanguageModule,
    MaskedBatches,
    Sequences,
    build_language_model,
    counted,
    save_language_model,
)
from bioscan.barcode.settings import Architecture, PretrainingRecipe
from bioscan.core.training.loop import TrainingSettings, train
from bioscan.encoders.barcodebert import load_barcodebert
from bioscan.encoders.kmers import KmerTokenizer

PAPER = PretrainingRecipe(
    epochs=2,
    batch_size=8,
    device_batch_size=None,
    precision="float32",
    learning_rate=2e-4,
    weight_decay=0,
    masked_share=0.5,
    loss_positions="masked",
    attention_mask=True,
    max_offset="k",
    seed=0,
)
RELEASED = replace(PAPER, loss_positions="all", attention_mask=False, max_offset="below_k")
TINY = Architecture(k=2, layers=1, heads=1, hidden_size=16)
# 300 nucleotides, the last unknown: at k = 2, 150 tokens, one of them unknown, and 180 of padding.
BARCODE = ("ACGTTG" * 50)[:-1] + "N"
TOKENS = 330


def batch(recipe: PretrainingRecipe, seed: int = 5, barcode: str = BARCODE):
    return MaskedBatches(recipe, 2)([(barcode.encode(), seed)])


def test_the_offsets_are_at_most_k_or_below_it():
    seeds = range(400)
    for recipe, expected in ((PAPER, {0, 1, 2}), (RELEASED, {0, 1})):
        shifted = {
            tuple(KmerTokenizer(2).encode([BARCODE], np.array([offset])).ids[0]): offset
            for offset in range(3)
        }
        found = {shifted[tuple(batch(recipe, seed)["truth"][0].tolist())] for seed in seeds}
        assert found == expected


@pytest.mark.parametrize("recipe", [PAPER, RELEASED])
def test_only_known_kmers_are_masked_and_no_other_token_changes(recipe):
    made = batch(recipe)
    masked, known = made["masked"], made["truth"] > 1
    assert not (masked & ~known).any()
    assert 0.35 < masked[known].float().mean() < 0.65
    assert (made["tokens"][masked] == 0).all()
    assert (made["tokens"][~masked] == made["truth"][~masked]).all()


def test_the_paper_counts_masked_tokens_and_hides_the_padding():
    made = batch(PAPER)
    assert (counted(made, PAPER) == made["masked"]).all()
    assert made["attended"].sum() in (149, 150)


def test_the_released_code_counts_all_tokens_and_attends_to_all():
    made = batch(RELEASED)
    assert counted(made, RELEASED).sum() == TOKENS
    assert made["attended"].sum() == TOKENS
    # Padding and the unknown token are classes too.
    assert (made["truth"] == 1).sum() >= TOKENS - 150


@pytest.mark.parametrize("recipe", [PAPER, RELEASED])
def test_the_loss_is_the_mean_cross_entropy_of_the_tokens_that_count(recipe):
    torch.manual_seed(0)
    model = build_language_model(TINY).eval()
    made = batch(recipe)
    logits = model(made["tokens"], attention_mask=made["attended"]).logits
    chosen = made["masked"] if recipe is PAPER else torch.ones_like(made["masked"])
    expected = F.cross_entropy(logits[chosen], made["truth"][chosen])
    module = LanguageModule(model, recipe).eval()
    torch.testing.assert_close(module.training_step(made, 0), expected)


def test_a_batch_without_a_known_kmer_has_no_loss():
    module = LanguageModule(build_language_model(TINY), PAPER)
    loss = module.training_step(batch(PAPER, barcode="N" * 40), 0)
    loss.backward()
    assert loss == 0


def test_a_pretrained_model_is_read_by_transformers_and_as_an_encoder(tmp_path):
    torch.manual_seed(0)
    model = build_language_model(TINY)
    save_language_model(model, tmp_path)
    read = BertForTokenClassification.from_pretrained(tmp_path)
    assert read.num_labels == 4**2 + 2
    torch.testing.assert_close(read.classifier.weight, model.classifier.weight)
    assert (tmp_path / "config.json").stat().st_size < 3000
    encoder = load_barcodebert(tmp_path / "model.safetensors")
    assert encoder.tokenizer.k == 2
    for name, weight in encoder.bert.state_dict().items():
        torch.testing.assert_close(weight, model.bert.state_dict()[name])


def learn(tmp_path, recipe: PretrainingRecipe, name: str, epochs: int | None = None):
    torch.manual_seed(recipe.seed)
    module = LanguageModule(build_language_model(TINY), recipe)
    rng = np.random.default_rng(0)
    # Each token is followed by one of its own: what is masked can be told from its neighbours.
    barcodes = ["".join(rng.permutation(["ACAC", "GTGT", "TTTT", "CGCG"]).tolist()) * 4] * 16
    (tmp_path / name).mkdir(exist_ok=True)
    history = train(
        module,
        Sequences(barcodes),
        Sequences(barcodes[:4]),
        TrainingSettings.of(recipe),
        checkpoints=tmp_path / name,
        workers=0,
        monitor="val_masked_accuracy",
        collate=MaskedBatches(recipe, TINY.k),
    )
    return module, history


def test_a_simple_sequence_is_learnt(tmp_path):
    _, history = learn(tmp_path, replace(PAPER, epochs=60, learning_rate=0.01), "one")
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 2
    assert max(row["val_masked_accuracy"] for row in history) > 0.5


def test_a_killed_training_ends_with_the_weights_of_one_left_alone(tmp_path):
    recipe = replace(PAPER, epochs=3)
    alone, _ = learn(tmp_path, recipe, "alone")

    class Killed(Exception):
        pass

    def kill(module: LanguageModule, *_) -> None:
        if module.current_epoch == 1:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LanguageModule, "on_train_epoch_start", kill, raising=False)
        with pytest.raises(Killed):
            learn(tmp_path, recipe, "killed")
    resumed, history = learn(tmp_path, recipe, "killed")
    assert len(history) == 3
    for name, weight in alone.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name])


def test_the_learning_rate_rises_and_falls_once():
    """AdamW, OneCycle up to the rate of the recipe (5M §A5.1)."""
    module = LanguageModule(build_language_model(TINY), PAPER)
    module.trainer = SimpleNamespace(estimated_stepping_batches=10)
    found = module.configure_optimizers()
    optimizer, schedule = found["optimizer"], found["lr_scheduler"]["scheduler"]
    assert isinstance(optimizer, torch.optim.AdamW)
    rates = []
    for _ in range(10):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(PAPER.learning_rate)
    assert rates[: top + 1] == sorted(rates[: top + 1]) and rates[0] < rates[top] / 2
    assert rates[top:] == sorted(rates[top:], reverse=True) and rates[-1] < rates[0]
