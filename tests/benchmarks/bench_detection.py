"""How fast a full DETR finds insects, beside the straightforward way to run it."""

import copy
import io
import os
import statistics
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from torch import nn
from transformers import DetrConfig, DetrImageProcessor, ResNetConfig

from bioscan.core.images import decode, encode
from bioscan.detect.engine import TOLERANCE, build_engine, in_openvino, in_torch
from bioscan.detect.model import Scaling, load_detector, prepare
from bioscan.detect.prediction import predict_boxes
from bioscan.simulate.phenotype import RANK_STEPS, phenotype
from bioscan.simulate.photographs import JPEG_QUALITY, photograph

SIZE = (1024, 768)
#: Images are taken through both ways in turns of so many.
IMAGES, AT_ONCE = 12, 4
SCALING = Scaling(shortest=800, longest=1333)


def _detr(folder: Path) -> nn.Module:
    """DETR with ResNet-50, 41.5 million random weights."""
    backbone = ResNetConfig(out_features=["stage4"])
    config = DetrConfig(
        backbone_config=backbone, use_timm_backbone=False, use_pretrained_backbone=False
    )
    config.save_pretrained(folder)
    torch.manual_seed(0)
    return load_detector(folder).eval()


def _jpegs() -> list[bytes]:
    rng = np.random.default_rng(0)
    lineage = ("Arthropoda", "Insecta", "Diptera", "Cecidomyiidae")
    lineage += (None,) * (len(RANK_STEPS) - len(lineage))
    wells = (photograph(phenotype(lineage, n), rng, SIZE).image for n in range(IMAGES))
    return [encode(well, JPEG_QUALITY) for well in wells]


@torch.no_grad()
def _straightforward(detector: nn.Module, processor: DetrImageProcessor, jpeg: bytes) -> None:
    """As the existing crop tools do: eager, one image at a time."""
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    output = detector(**processor(images=image, return_tensors="pt"))
    sizes = [image.size[::-1]]
    processor.post_process_object_detection(output, threshold=0, target_sizes=sizes)


def bench_prediction_on_the_cpu(tmp_path: Path) -> None:
    jpegs, threads = _jpegs(), len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    detector = _detr(tmp_path)
    plain = copy.deepcopy(detector).to(memory_format=torch.contiguous_format)
    processor = DetrImageProcessor()  # fits images into 800×1333
    converted = in_openvino(detector, threads)

    def ours(some: list[bytes]) -> None:
        names = [str(n) for n in range(len(some))]
        index = pl.DataFrame({"processid": names}).with_columns(width=SIZE[0], height=SIZE[1])
        predict_boxes(
            converted, index, zip(names, some, strict=True),
            scaling=SCALING, threshold=0.5, batch_size=AT_ONCE, threads=threads,
        )  # fmt: skip

    start = time.perf_counter()
    ours(jpegs[:1])
    conversion = time.perf_counter() - start
    _straightforward(plain, processor, jpegs[0])

    rates: dict[str, list[float]] = {"straightforward": [], "predict_boxes": []}
    for n in range(0, IMAGES, AT_ONCE):
        some = jpegs[n : n + AT_ONCE]
        start = time.perf_counter()
        for jpeg in some:
            _straightforward(plain, processor, jpeg)
        between = time.perf_counter()
        ours(some)
        rates["straightforward"].append(AT_ONCE / (between - start))
        rates["predict_boxes"].append(AT_ONCE / (time.perf_counter() - between))

    size = SCALING.size(*SIZE)
    prepared = torch.stack([prepare(decode(jpeg), size) for jpeg in jpegs])
    eager = in_torch(plain, "cpu")
    differences = [
        max(float(np.abs(one - other).max()) for one, other in zip(*pair, strict=True))
        for pair in ((converted(row[None]), eager(row[None])) for row in prepared)
    ]
    print(f"\nDETR-R50 at {size[1]}×{size[0]}, {threads} thread(s), {IMAGES} images")
    for name, of_rounds in rates.items():
        print(f"  {name:16} {statistics.median(of_rounds):5.2f} images/s")
    ratios = [ours / theirs for theirs, ours in zip(*rates.values(), strict=True)]
    print(f"  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"  first image {conversion:.1f} s (with the conversion)")
    print(f"  largest difference of a box or score {max(differences):.1e} (stated: {TOLERANCE})")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def bench_prediction_on_the_gpu(tmp_path: Path) -> None:
    batch, rounds = 32, 20
    images = torch.randn(batch, 3, *reversed(SCALING.size(*SIZE)))
    run = build_engine(_detr(tmp_path), threads=1)
    for _ in range(3):
        run(images)
    start = time.perf_counter()
    for _ in range(rounds):
        run(images)
    seconds = time.perf_counter() - start
    print(
        f"\nDETR-R50 in half precision, batches of {batch} at 800×1067: "
        f"{batch * rounds / seconds:.0f} images/s on {torch.cuda.get_device_name()}"
    )
