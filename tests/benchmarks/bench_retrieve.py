"""A step of contrastive training: memory and time with gradient caching and without, and its input.

Each way in a process of its own, on one thread; memory is the peak of the process above that before
the step.
"""

import logging
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import lightning
import numpy as np
import polars as pl
import torch

from bioscan.core.images import encode
from bioscan.core.training.loop import TrainingSettings, train
from bioscan.encoders.lora import add_lora
from bioscan.encoders.towers import ImageTower, build_tower
from bioscan.retrieve.losses import Embedded, contrastive_loss
from bioscan.retrieve.pairs import PairBatches, Pairs
from bioscan.retrieve.training import AlignmentModule, in_chunks
from tests.unit.core.packs import write_pack
from tests.unit.encoders.small_towers import ENCODERS
from tests.unit.retrieve.small import recipe, settings_of, tuned

BATCH, CHUNK, SAMPLES = 256, 16, 320


def _tower() -> ImageTower:
    """A ViT of 5.7 million parameters with adapters."""
    torch.manual_seed(0)
    sizes = {"image_size": 112, "crop_size": 96, "dimension": 64}
    given = {"timm": "vit_tiny_patch16_224", "options": {"img_size": 96}}
    tower = build_tower("image", "vit", given, [], settings_of(**sizes))
    add_lora(tower.encoder, 4, ["query", "value"], "vit")
    return tower.train()


def _step(chunk: int | None, answer: multiprocessing.Queue) -> None:
    torch.set_num_threads(1)
    tower = _tower()
    images = torch.randint(0, 256, (BATCH, 3, 96, 96), dtype=torch.uint8)
    numbers = torch.arange(BATCH)
    partner = torch.nn.functional.normalize(torch.randn(BATCH, 64), dim=1)
    in_chunks(tower, (images[:CHUNK],), None).sum().backward()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    own = Embedded(in_chunks(tower, (images,), chunk), numbers, numbers)
    loss = contrastive_loss({"image": own, "dna": Embedded(partner, numbers, numbers)}, 1 / 0.07)
    loss.backward()
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer.put((seconds, (peak - before) / 1024))


def bench_caching():
    found = {}
    context = multiprocessing.get_context("spawn")
    for chunk in (None, CHUNK):
        answer = context.Queue()
        process = context.Process(target=_step, args=(chunk, answer))
        process.start()
        found[chunk] = answer.get(timeout=600)
        process.join()
        way = f"in chunks of {chunk}" if chunk else "at once"
        print(f"\n{BATCH} images {way}: {found[chunk][0]:.1f} s of CPU, {found[chunk][1]:,.0f} MB")
    assert found[CHUNK][1] < found[None][1] / 3
    # Each chunk is computed forward twice and backward once.
    assert found[CHUNK][0] < 2 * found[None][0]


def bench_input(caplog):
    """One loader beside the training, as on a laptop."""
    rng = np.random.default_rng(0)
    gradient = np.linspace(0, 200, 256 * 300 * 3).reshape(256, 300, 3)
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder, "0000.h5")
        jpegs = [encode((gradient + shade % 50).astype(np.uint8), 90) for shade in range(64)]
        write_pack(pack, "cropped_256", [(f"P{i}", j) for i, j in enumerate(jpegs)], {})
        sequences = ["".join(rng.choice(list("ACGT"), 658)) for _ in range(SAMPLES)]
        table = pl.DataFrame(
            {
                "shard": pl.Series([0] * SAMPLES, dtype=pl.UInt32),
                "row": pl.Series([i % 64 for i in range(SAMPLES)], dtype=pl.UInt32),
                "sequence": sequences,
            }
        )
        chosen = recipe(batch_size=64, epochs=1)
        towers = tuned(chosen, "image", "dna")
        towers["image"] = _tower()
        chosen = recipe(
            batch_size=64, epochs=1, image_size=112, crop_size=96, dimension=64, optimizer="sgd"
        )
        towers["dna"] = build_tower("dna", "dna", ENCODERS["dna"], [], settings_of(dimension=64))
        pairs = Pairs(table, [pack], towers, chosen)
        torch.set_num_threads(1)
        lightning.seed_everything(0)
        with caplog.at_level(logging.INFO, "bioscan"):
            train(
                AlignmentModule(towers, chosen),
                pairs,
                None,
                TrainingSettings.of(chosen),
                checkpoints=Path(folder),
                workers=1,
                collate=PairBatches(towers),
            )
    line = next(message for message in caplog.messages if "waiting for data" in message)
    print(f"\n{line}")
    assert float(line.split(", ")[1].split(" %")[0]) <= 5
