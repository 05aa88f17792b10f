"""How long pretraining and fine-tuning wait for their barcodes."""

import logging
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from bioscan.barcode.finetuning import FinetuningModule, LabelledBarcodes, TokenBatches
from bioscan.barcode.pretraining import (
    LanguageModule,
    MaskedBatches,
    Sequences,
    build_language_model,
)
from bioscan.barcode.settings import Architecture, FinetuningRecipe, PretrainingRecipe
from bioscan.core.training.loop import TrainingSettings, train
from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.species import SpeciesClassifier
from tests.unit.barcode.test_models import models

#: The demo's model, for which data has to come soonest.
K, HIDDEN, LAYERS, HEADS = 6, 128, 1, 4

BARCODES, SPECIES, BATCH, EPOCHS = 512, 50, 32, 2

#: Percent of the time.
MOST = 5


@pytest.fixture
def barcodes() -> list[str]:
    letters = np.random.default_rng(0).choice(np.array(list("ACGT")), (BARCODES, 658))
    return ["".join(row) for row in letters]


def _waited(module, training_set, collate, folder: Path, caplog) -> float:
    """Percent of the time of the last epoch in which training waits for data; data is loaded in the
    training process, as on a machine of few cores."""
    settings = TrainingSettings(epochs=EPOCHS, batch_size=BATCH, seed=0)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with caplog.at_level(logging.INFO, "bioscan"):
            train(
                module, training_set, None, settings, checkpoints=folder, workers=0, collate=collate
            )
    finally:
        torch.set_num_threads(before)
    said = [text for text in caplog.messages if "waiting for data" in text][-1]
    print(f"\n  {type(module).__name__}: {said}")
    return float(re.search(r"([\d.]+) % of the time", said)[1])


def bench_pretraining(barcodes, tmp_path, caplog) -> None:
    recipe = PretrainingRecipe(**models().pretraining("4-1-2"))
    model = build_language_model(Architecture(K, LAYERS, HEADS, HIDDEN))
    module = LanguageModule(model, recipe)
    batches = MaskedBatches(recipe, K)
    assert _waited(module, Sequences(barcodes), batches, tmp_path, caplog) <= MOST


def bench_finetuning(barcodes, tmp_path, caplog) -> None:
    recipe = FinetuningRecipe(**models().finetuning("paper"))
    shape = DnaEncoderSettings("barcodebert", k=K, layers=LAYERS, heads=HEADS, hidden_size=HIDDEN)
    encoder = build_dna_encoder(shape, None)
    module = FinetuningModule(SpeciesClassifier(encoder, SPECIES).train(), recipe)
    labelled = LabelledBarcodes(barcodes, np.arange(BARCODES) % SPECIES)
    batches = TokenBatches(encoder, recipe)
    assert _waited(module, labelled, batches, tmp_path, caplog) <= MOST
