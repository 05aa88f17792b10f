"""Running a detector fast: OpenVINO where there is no GPU, half-precision torch where there is.

On a CPU, DETR (ResNet-50, random weights, 800×1067 pixels, one thread of a Xeon with AVX-512) took
2.4 s an image in eager torch, as much with channels last, 1.34 s in ONNX Runtime, 1.21 s
compiled and frozen by torch (after 50 s) and 1.12 s in OpenVINO (after 4 s), which is why it is
OpenVINO. Several images at once took no less each.
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
from bioscan.detect.masks import MaskDetector, box_of_mask
from bioscan.detect.model import INSECT

#: From prepared images (n, 3, h, w) to the best box of each, (n, 4) as x0, y0, x1, y1 in
#: fractions of the image, and its score (n,), float32. Images of one size need no
#: padding, which would leak through the convolutions into a box.
Engine = Callable[[Tensor], tuple[np.ndarray, np.ndarray]]

#: Boxes and scores are those of eager float32 within this on a CPU,
TOLERANCE = 1e-4

#: and on a GPU within these.
HALF_PRECISION_BOX, HALF_PRECISION_SCORE = 5e-3, 2e-2


def engine(detector: PreTrainedModel | MaskDetector, threads: int) -> Engine:
    """What runs a detector fastest on this machine; the detector is its own from then on.

    Args:
        threads: of the CPU.
    """
    if not has_gpu():
        return in_openvino(detector, threads)
    torch.set_float32_matmul_precision("high")
    # Before Ampere, GPUs only emulate bfloat16, slower than they compute in float32.
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    return in_half_precision(detector, "cuda", torch.bfloat16 if native else torch.float16)


def in_torch(detector: PreTrainedModel | MaskDetector, device: str) -> Engine:
    """A detector as it is."""
    inference = _Inference(detector.to(device, memory_format=torch.channels_last))

    @torch.inference_mode()
    def run(images: Tensor) -> tuple[np.ndarray, np.ndarray]:
        return _best_boxes(*inference(images.to(device, memory_format=torch.channels_last)))

    return run


def in_half_precision(
    detector: PreTrainedModel | MaskDetector, device: str, dtype: torch.dtype
) -> Engine:
    """A detector in torch whose backbone, most of the work, computes in half precision.

    The rest stays in float32: with all of a small RT-DETR in bfloat16, boxes in images 1024
    pixels wide were off by 1.3 pixels in the mean, with its backbone alone by 0.3.
    """
    marks = isinstance(detector, MaskDetector)
    backbone = detector.network.encoder if marks else detector.model.backbone
    backbone.forward = torch.autocast(device, dtype)(backbone.forward)
    backbone.register_forward_hook(
        lambda module, inputs, outputs: tree_map_only(Tensor, _widened, outputs)
    )
    return in_torch(detector, device)


def _widened(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def in_openvino(detector: PreTrainedModel | MaskDetector, threads: int) -> Engine:
    """A detector on the CPU, `threads` images at a time.

    It is converted for images of any size by following what torch does with the first ones.
    Where a detector does something else with those of another size, these are left to torch.
    """
    # OpenVINO reports its use to its makers over the network, unless it cannot find this.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino

    settings = {
        "INFERENCE_PRECISION_HINT": "f32",  # or it is bfloat16 on processors that know it
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        "ENABLE_CPU_PINNING": False,  # or all jobs of a machine share its first processors
    }
    inference = _Inference(detector)
    eager = in_torch(detector, "cpu")
    queue: Any = None
    agrees: dict[torch.Size, bool] = {}

    @torch.inference_mode()
    def converted(images: Tensor) -> tuple[np.ndarray, np.ndarray]:
        nonlocal queue
        if queue is None:
            with warnings.catch_warnings():
                # Of what may depend on the size, which is looked into below, and of torch's age.
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

    def run(images: Tensor) -> tuple[np.ndarray, np.ndarray]:
        size = images.shape[2:]
        if size not in agrees:
            pairs = zip(converted(images[:1]), eager(images[:1]), strict=True)
            agrees[size] = all(np.abs(one - other).max() <= TOLERANCE for one, other in pairs)
            if not agrees[size]:
                logging.warning("images scaled to %d×%d run in torch", size[1], size[0])
        return converted(images) if agrees[size] else eager(images)

    return run


class _Inference(nn.Module):
    """A detector as a function of tensors."""

    def __init__(self, detector: PreTrainedModel | MaskDetector) -> None:
        super().__init__()
        self.detector = detector.eval()

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        count, _, height, width = images.shape
        unpadded = torch.ones(count, height, width, dtype=torch.long, device=images.device)
        output = self.detector(pixel_values=images, pixel_mask=unpadded)
        if isinstance(self.detector, MaskDetector):
            return (output.logits,)
        return output.logits, output.pred_boxes


def _best_boxes(logits: Tensor, boxes: Tensor | None = None) -> tuple[np.ndarray, np.ndarray]:
    """What an engine returns, from a detector's output.

    Args:
        logits: (n, queries, classes), or (n, 1, h, w) of pixels.
        boxes: (n, queries, 4), centre, width and height in fractions; pixels have none.
    """
    if boxes is None:
        found = [box_of_mask(pixels) for pixels in logits[:, 0].sigmoid().cpu().numpy()]
        corners, scores = zip(*found, strict=True)
        return np.stack(corners), np.array(scores, dtype=np.float32)
    # DETR's softmax has a second class for "no object"; its successors score the one by itself.
    probabilities = logits.softmax(-1) if logits.shape[-1] == 2 else logits.sigmoid()
    scores, best = probabilities[..., INSECT].max(-1)
    cx, cy, w, h = boxes[torch.arange(len(best), device=best.device), best].unbind(-1)
    corners = torch.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], -1)
    return corners.clamp(0, 1).cpu().numpy(), scores.cpu().numpy()
