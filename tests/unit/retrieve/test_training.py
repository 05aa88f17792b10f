"""Aligning encoders: what is trained, and that it repeats itself however it is divided."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import lightning
import polars as pl
import pytest
import torch
from torch import nn

from bioscan.core.checkpoints import checkpoint_dir
from bioscan.core.errors import InputError
from bioscan.core.training.loop import TrainingSettings, train
from bioscan.encoders.dna_encoder import to_tensors
from bioscan.retrieve.losses import Embedded, contrastive_loss
from bioscan.retrieve.pairs import PairBatches, Pairs, choose_pairs, with_text
from bioscan.retrieve.training import AlignmentModule, in_chunks, tune
from tests.unit.encoders.published import BARCODES
from tests.unit.encoders.small_towers import images, towers
from tests.unit.retrieve.small import recipe, specimens, tuned
from tests.unit.threads import one_thread  # noqa: F401 (a fixture)

MODALITIES = ("image", "dna", "text")


#: Steps; an epoch of 13 samples has four, after which there is a checkpoint.
KILLED_AFTER = 5


class Killed(AlignmentModule):
    """Kills its own process in the second epoch."""

    def on_train_batch_end(self, *_: Any) -> None:
        if self.global_step == KILLED_AFTER:
            os.kill(os.getpid(), signal.SIGKILL)


def fit(
    folder: Path,
    module: type[AlignmentModule] = AlignmentModule,
    devices: int = 1,
    modalities: tuple[str, ...] = MODALITIES,
    without_dropout: bool = False,
    **changes: Any,
) -> tuple[dict[str, torch.Tensor], list[dict[str, float]], dict[str, torch.Tensor]]:
    """Align small encoders; weights, history, and the weights before."""
    torch.set_num_threads(1)
    chosen = recipe(**changes)
    table, pack = specimens(14, folder)
    samples, _ = choose_pairs(with_text(table, chosen), modalities, chosen)
    lightning.seed_everything(0)
    made = tuned(chosen, *modalities)
    if without_dropout:
        for layer in made.modules():
            if isinstance(layer, nn.Dropout):
                layer.p = 0.0
    before = {name: weight.clone() for name, weight in made.state_dict().items()}
    aligned = module(made, chosen)
    with checkpoint_dir(folder / "made") as checkpoints:
        history = train(
            aligned,
            Pairs(samples, [pack], made, chosen),
            None,
            TrainingSettings.of(chosen),
            checkpoints=checkpoints,
            workers=0,
            devices=devices,
            collate=PairBatches(made),
        )
    return made.state_dict(), history, before


def killed(folder: Path, **options: Any) -> int:
    """Fit in a new interpreter, as a fork has the locks of polars; its exit code."""
    process = multiprocessing.get_context("spawn").Process(
        target=partial(fit, folder, module=Killed, **options)
    )
    process.start()
    process.join(300)
    return process.exitcode


def assert_close(found: Any, expected: Any) -> None:
    """Weights and histories that differ by rounding only."""
    for name, value in expected[0].items():
        torch.testing.assert_close(found[0][name], value, rtol=1e-3, atol=1e-4)
    for row, wanted in zip(found[1], expected[1], strict=True):
        assert row == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("modality", MODALITIES)
def test_a_batch_in_chunks_has_the_vectors_and_gradients_of_all_at_once(modality: str):
    """Dropout on: the loss of what the chunks kept, and of what is computed again."""
    tower = tune(towers()[modality], modality, "x", recipe(tuning={modality: "full"}))
    texts = [f"Diptera {'abcde'[: n + 1]}" for n in range(5)]
    inputs = {
        "image": lambda: (images(5),),
        "dna": lambda: to_tensors(tower.tokenize(BARCODES)),
        "text": lambda: to_tensors(tower.tokenize(texts)),
    }[modality]()
    numbers = torch.arange(5)
    partner = Embedded(torch.eye(5, 8), numbers, numbers)

    def step(encode: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, list[torch.Tensor]]:
        torch.manual_seed(1)
        tower.zero_grad()
        own = Embedded(encode(), numbers, numbers)
        loss = contrastive_loss({"one": own, "other": partner}, 5.0)
        loss.backward()
        trained = [weight for weight in tower.parameters() if weight.grad is not None]
        return loss.detach(), [weight.grad.clone() for weight in trained]

    chunks = list(zip(*(array.split(2) for array in inputs), strict=True))
    loss, gradients = step(lambda: torch.cat([tower(*chunk) for chunk in chunks]))
    cached_loss, cached = step(lambda: in_chunks(tower, inputs, 2))
    torch.testing.assert_close(cached_loss, loss)
    assert len(gradients) > 4
    for found, expected in zip(cached, gradients, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert sum(float(gradient.abs().sum()) for gradient in gradients) > 0
    if modality != "image":  # the ViT has no dropout
        torch.manual_seed(2)
        assert not torch.allclose(torch.cat([tower(*chunk) for chunk in chunks]), tower(*inputs))


def test_a_batch_in_chunks_without_dropout_is_the_whole_batch():
    tower = towers()["dna"]
    inputs = to_tensors(tower.tokenize(BARCODES))
    torch.testing.assert_close(in_chunks(tower, inputs, 2), in_chunks(tower, inputs, None))


#: Dropout would differ by device, and Adam enlarge the rounding of small gradients.
PLAIN = {"without_dropout": True, "optimizer": "sgd", "learning_rate": 0.1}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """One device with the whole batch, without dropout."""
    return fit(tmp_path_factory.mktemp("alone"), **PLAIN)


@pytest.mark.parametrize(
    ("devices", "chunk_size"), [(2, None), (1, 2), (2, 1)], ids=["devices", "chunks", "both"]
)
def test_two_processes_and_chunks_learn_what_one_learns(
    tmp_path: Path, alone: Any, devices: int, chunk_size: int | None
):
    """With 13 samples, batches of 4, and missing modalities, shares are unequal."""
    found = fit(tmp_path, devices=devices, chunk_size=chunk_size, **PLAIN)
    assert_close(found, alone)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return fit(tmp_path_factory.mktemp("whole"), chunk_size=3)


def test_a_killed_training_ends_with_the_weights_of_one_left_alone(
    tmp_path: Path, uninterrupted: Any
):
    assert killed(tmp_path, chunk_size=3) == -signal.SIGKILL
    assert list(tmp_path.rglob("last.ckpt"))
    found = fit(tmp_path, chunk_size=3)
    assert all(torch.equal(found[0][name], w) for name, w in uninterrupted[0].items())
    assert found[1] == uninterrupted[1]


def test_nothing_but_adapters_and_heads_is_trained(uninterrupted: Any):
    after, _, before = uninterrupted
    changed = {name for name, weight in before.items() if not torch.equal(weight, after[name])}
    assert changed == {name for name in before if "lora_" in name or ".head." in name}
    heads = {name for name in changed if ".head." in name}
    assert heads == {f"{m}.head.{kind}" for m in MODALITIES for kind in ("weight", "bias")}


@pytest.mark.parametrize("tuning", ["full", "frozen"])
def test_a_recipe_says_what_is_trained(tmp_path: Path, tuning: str):
    after, _, before = fit(
        tmp_path, modalities=("image", "dna"), tuning={"image": "frozen", "dna": tuning}
    )
    changed = {name for name, weight in before.items() if not torch.equal(weight, after[name])}
    encoders = {name.split(".")[0] for name in changed if ".encoder." in name}
    assert encoders == ({"dna"} if tuning == "full" else set())
    assert {name.split(".")[0] for name in changed} == {"image", "dna"}


def test_the_loss_falls_and_the_temperature_is_learnt(tmp_path: Path):
    _, history, _ = fit(
        tmp_path,
        modalities=("image", "dna"),
        positives="species",
        learn_temperature=True,
        epochs=12,
        batch_size=12,
        learning_rate=0.02,
        tuning={"dna": "full"},
    )
    assert history[-1]["train_loss"] < 0.8 * history[0]["train_loss"]
    assert history[-1]["temperature"] != pytest.approx(0.07, rel=1e-3)


def test_bf16_trains_to_finite_weights(tmp_path: Path):
    after, _, _ = fit(tmp_path, precision="bf16", chunk_size=2, epochs=1)
    assert all(weight.isfinite().all() and weight.dtype != torch.bfloat16
               for weight in after.values() if weight.is_floating_point())  # fmt: skip


def test_a_loss_that_is_no_number_is_one_line():
    chosen = recipe()
    module = AlignmentModule(tuned(chosen, "dna", "text"), chosen)
    with torch.no_grad():
        module.towers["dna"].head.weight.fill_(torch.nan)
    table = with_text(specimens_without_images(), chosen)
    pairs = Pairs(table, [], module.towers, chosen)
    batch = PairBatches(module.towers)([pairs[index, 0] for index in range(3)])
    module.trainer = lightning.Trainer(logger=False, enable_checkpointing=False)
    with pytest.raises(InputError, match=r"the loss is nan in epoch 0, step 7: the learning rate"):
        module.training_step(batch, 7)


def specimens_without_images() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "row": pl.Series([None] * 3, dtype=pl.UInt32),
            "sequence": ["ACGTACGT", "AAAACCCC", "GGGGTTTT"],
            "order": ["Diptera", "Diptera", "Coleoptera"],
            "family": ["a", "b", "c"],
            "genus": ["a", "b", "c"],
            "species": ["a", "b", "c"],
        }
    )
