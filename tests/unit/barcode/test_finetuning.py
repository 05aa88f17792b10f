"""Species classifiers of barcodes."""

from dataclasses import replace

import lightning
import numpy as np
import polars as pl
import pytest
import torch

from bioscan.barcode.finetuning import (
    FinetuningModule,
    LabelledBarcodes,
    TokenBatches,
    classify,
    optimizer_settings,
    species_of,
)
from bioscan.barcode.settings import FinetuningRecipe
from bioscan.core.records import RANKS
from bioscan.core.training.loop import TrainingSettings, train
from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.species import SpeciesClassifier

RECIPE = FinetuningRecipe(
    epochs=15,
    batch_size=8,
    device_batch_size=None,
    precision="float32",
    optimizer="adamw",
    learning_rate_per_64=0.08,
    schedule="one_cycle",
    weight_decay=0,
    pooling="masked",
    frozen=False,
    seed=0,
)
BERT = DnaEncoderSettings("barcodebert", k=2, layers=1, heads=1, hidden_size=16)

RNG = np.random.default_rng(0)
LETTERS = np.array(list("ACGT"))
SPECIES = [
    "".join(RNG.choice(LETTERS, 120, p=p)) for p in ([0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7])
]


def barcodes(count: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Barcodes of two species, each with letters that have changed."""
    rng = np.random.default_rng(seed)
    target = np.arange(count) % 2
    found = []
    for species in target:
        letters = np.array(list(SPECIES[species]))
        places = rng.choice(len(letters), 4, replace=False)
        letters[places] = rng.choice(LETTERS, 4)
        found.append("".join(letters))
    return found, target


def learn(tmp_path, recipe: FinetuningRecipe) -> tuple[SpeciesClassifier, TokenBatches, list]:
    lightning.seed_everything(recipe.seed)
    encoder = build_dna_encoder(BERT, None)
    classifier = SpeciesClassifier(encoder, 2, recipe.frozen).train()
    batches = TokenBatches(encoder, recipe)
    history = train(
        FinetuningModule(classifier, recipe),
        LabelledBarcodes(*barcodes(32, 1)),
        LabelledBarcodes(*barcodes(8, 2)),
        TrainingSettings.of(recipe),
        checkpoints=tmp_path,
        workers=0,
        collate=batches,
    )
    return classifier, batches, history


def test_species_that_differ_are_told_apart(tmp_path):
    classifier, batches, history = learn(tmp_path, RECIPE)
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 2
    sequences, target = barcodes(20, 3)
    species, scores = classify(classifier, batches, sequences)
    assert (species == target).mean() > 0.9
    assert ((scores >= 0.5) & (scores <= 1)).all()


def test_a_frozen_encoder_stays_as_it_is(tmp_path):
    lightning.seed_everything(RECIPE.seed)
    before = build_dna_encoder(BERT, None).state_dict()
    classifier, _, history = learn(tmp_path, replace(RECIPE, epochs=2, frozen=True))
    for name, weight in classifier.encoder.state_dict().items():
        assert torch.equal(weight, before[name])
    assert history[1]["train_loss"] != history[0]["train_loss"]


def test_dropout_is_that_of_training_but_in_a_frozen_encoder():
    for frozen in (False, True):
        classifier = SpeciesClassifier(build_dna_encoder(BERT, None), 2, frozen).train()
        modules = [m for m in classifier.encoder.modules() if isinstance(m, torch.nn.Dropout)]
        assert modules
        assert all(module.training is not frozen for module in modules)


@pytest.mark.parametrize(("batch", "rate"), [(32, 0.00005), (128, 0.0002)])
def test_the_learning_rate_grows_with_the_batch(batch, rate):
    recipe = replace(RECIPE, batch_size=batch, learning_rate_per_64=0.0001)
    assert optimizer_settings(recipe).learning_rate == pytest.approx(rate)


def test_a_species_has_the_lineage_of_its_first_training_barcode():
    rows = [
        ("train", "B", "Aus bus"),
        ("train", "X", "Xus yus"),
        ("train", "C", "Aus bus"),
        ("train", "D", None),
        ("test", "E", "Zus eus"),
    ]
    table = pl.DataFrame(
        [
            {**dict.fromkeys(RANKS), "split": split, "genus": genus, "species": species}
            for split, genus, species in rows
        ],
        infer_schema_length=None,
    )
    found = species_of(table)
    assert found.select("species", "genus").rows() == [("Aus bus", "B"), ("Xus yus", "X")]
