"""Running a detector fast: a DETR in half precision on a GPU, in OpenVINO where there is none.

On a CPU, DETR (ResNet-50, random weights, 800×1067 pixels, one thread of a Xeon with AVX-512) took
2.4 s per image in eager torch, as much with channels last, 1.34 s in ONNX Runtime, 1.21 s compiled
and frozen by torch (after 50 s) and 1.12 s in OpenVINO (after 4 s), so OpenVINO is used. Batches of
several images took as long per image.
"""

import logging
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only
from transformers import PreTrainedModel

from bioscan.core.devices import has_gpu
from bioscan.detect.model import INSECT
from bioscan.detect.segmentation import (
    SegmentationDetector,
    box_of_mask,
    overlaps_of_sides,
    scores_of_verdicts,
)

#: Maps prepared images (n, 3, h, w) to the best box of each, (n, 4) as x0, y0, x1, y1 in fractions
#: of the image, its score (n,), and the area of what was found in it (n,) as a fraction of the
#: image, float32; a detector without masks knows no area, NaN. Images of one size need no padding,
#: which would leak through the convolutions into a box.
Engine = Callable[[Tensor], tuple[np.ndarray, np.ndarray, np.ndarray]]

#: Largest difference from the boxes and scores of eager float32, on a CPU.
TOLERANCE = 1e-4

#: The same on a GPU.
HALF_PRECISION_BOX, HALF_PRECISION_SCORE = 5e-3, 2e-2


def build_engine(detector: PreTrainedModel | SegmentationDetector, threads: int) -> Engine:
    """The fastest engine for a detector on this machine. It may change the detector.

    Args:
        threads: of the CPU.
    """
    if not has_gpu():
        return in_openvino(detector, threads)
    torch.set_float32_matmul_precision("high")
    if isinstance(detector, SegmentationDetector):
        return in_torch(detector, "cuda")
    # GPUs before Ampere emulate bfloat16, which is slower than float32.
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    return in_half_precision(detector, "cuda", torch.bfloat16 if native else torch.float16)


def in_torch(detector: PreTrainedModel | SegmentationDetector, device: str) -> Engine:
    """A detector in eager torch, unchanged."""
    inference = _Inference(detector.to(device, memory_format=torch.channels_last))

    @torch.inference_mode()
    def run(images: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return _best_boxes(*inference(images.to(device, memory_format=torch.channels_last)))

    return run


def in_half_precision(detector: PreTrainedModel, device: str, dtype: torch.dtype) -> Engine:
    """A DETR in torch whose backbone, most of the work, computes in half precision.

    The rest stays in float32: with all of a small RT-DETR in bfloat16, boxes in images 1024 pixels
    wide were off by 1.3 pixels on average, with its backbone alone by 0.3. (A segmentation network
    stays in float32: it is small, and which pixels are probable enough would change.)
    """
    backbone = detector.model.backbone
    backbone.forward = torch.autocast(device, dtype)(backbone.forward)
    backbone.register_forward_hook(
        lambda module, inputs, outputs: tree_map_only(Tensor, _widened, outputs)
    )
    return in_torch(detector, device)


def _widened(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def in_openvino(detector: PreTrainedModel | SegmentationDetector, threads: int) -> Engine:
    """A detector in OpenVINO on the CPU, `threads` images at a time.

    It is converted by tracing torch on the first image. The trace should hold for images of any
    size; where its boxes or scores differ for another size, images of that size run in torch.
    """
    # OpenVINO reports its use to its makers over the network, unless this module is missing.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino

    settings = {
        "INFERENCE_PRECISION_HINT": "f32",  # the default is bfloat16 on processors that have it
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        "ENABLE_CPU_PINNING": False,  # pinned jobs would all share the machine's first processors
    }
    inference = _Inference(detector)
    eager = in_torch(detector, "cpu")
    queue: Any = None
    agrees: dict[torch.Size, bool] = {}

    @torch.inference_mode()
    def converted(images: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        nonlocal queue
        if queue is None:
            with warnings.catch_warnings():
                # Warnings about what may depend on the size, which `run` checks, and about torch's
                # version.
                warnings.simplefilter("ignore")
                model = openvino.convert_model(
                    inference, example_input=images[:1], input=[1, 3, -1, -1]
                )
            compiled = openvino.Core().compile_model(model, "CPU", settings)
            queue = openvino.AsyncInferQueue(compiled, threads)
        found: list[Any] = [None] * len(images)

        def keep(request: Any, row: int) -> None:
            found[row] = [torch.from_numpy(output.data.copy()) for output in request.output_tensors]

        queue.set_callback(keep)
        for row, image in enumerate(images):
            queue.start_async([image[None].numpy()], row)
        queue.wait_all()
        return _best_boxes(*(torch.cat(outputs) for outputs in zip(*found, strict=True)))

    def run(images: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        size = images.shape[2:]
        if size not in agrees:
            # Areas are not compared: a pixel at the threshold is no difference of the network.
            pairs = zip(converted(images[:1])[:2], eager(images[:1])[:2], strict=True)
            agrees[size] = all(np.abs(one - other).max() <= TOLERANCE for one, other in pairs)
            if not agrees[size]:
                logging.warning("images scaled to %d×%d run in torch", size[1], size[0])
        return converted(images) if agrees[size] else eager(images)

    return run


class _Inference(nn.Module):
    """A detector as a function of tensors, which OpenVINO can trace."""

    def __init__(self, detector: PreTrainedModel | SegmentationDetector) -> None:
        super().__init__()
        self.detector = detector.eval()

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        count, _, height, width = images.shape
        unpadded = torch.ones(count, height, width, dtype=torch.long, device=images.device)
        output = self.detector(pixel_values=images, pixel_mask=unpadded)
        if not isinstance(self.detector, SegmentationDetector):
            return output.logits, output.pred_boxes
        return (output.logits,) if output.verdicts is None else (output.logits, output.verdicts)


def _best_boxes(
    logits: Tensor, others: Tensor | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best box, score and area of each image, from a detector's output.

    Args:
        logits: (n, queries, classes), or (n, 1 or 5, h, w) of a segmentation network.
        others: boxes (n, queries, 4), as centre, width and height in fractions; or the verdicts
            (n, 2) of a segmentation network that has them.
    """
    if logits.ndim == 4:
        found = [box_of_mask(pixels) for pixels in logits[:, 0].sigmoid().cpu().numpy()]
        corners, scores, areas = map(np.array, zip(*found, strict=True))
        if others is not None:
            sides, boxes = logits[:, 1:], torch.from_numpy(corners).to(logits.device)
            # A box is more often wrong where the sides make another one.
            agreements = overlaps_of_sides(sides, boxes) if sides.shape[1] else 1.0
            scores = scores_of_verdicts(others, agreements).cpu().numpy()
        return corners, scores.astype(np.float32), areas.astype(np.float32)
    # DETR has a second class for "no object"; its successors score the only class with a sigmoid.
    probabilities = logits.softmax(-1) if logits.shape[-1] == 2 else logits.sigmoid()
    scores, best = probabilities[..., INSECT].max(-1)
    cx, cy, w, h = others[torch.arange(len(best), device=best.device), best].unbind(-1)
    corners = torch.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], -1)
    areas = np.full(len(best), np.nan, np.float32)
    return corners.clamp(0, 1).cpu().numpy(), scores.cpu().numpy(), areas
