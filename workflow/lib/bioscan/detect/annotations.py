"""Images with annotated insects, in COCO format."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pycocotools import mask as coco_mask
from torch.utils.data import Dataset
from torchvision import tv_tensors
from torchvision.ops import box_convert, masks_to_boxes
from torchvision.transforms import v2

from bioscan.core.annotated import read_annotated
from bioscan.core.errors import InputError
from bioscan.core.images import BrokenImage, decode
from bioscan.detect.looks import WHOLE_IMAGE, cut
from bioscan.detect.model import INSECT, Scaling, resize
from bioscan.detect.normalisation import normalise
from bioscan.detect.views import choose_part

#: Random changes that a detector should be invariant to: position, size and orientation of the
#: insect, and light, colour, focus and sharpness of the image. Wells vary far less than this.
AUGMENTATION = v2.Compose(
    [
        v2.RandomHorizontalFlip(),
        v2.RandomVerticalFlip(),
        v2.RandomAffine(
            degrees=20,
            translate=(0.12, 0.12),
            scale=(0.6, 1.5),
            interpolation=v2.InterpolationMode.BILINEAR,
            fill={tv_tensors.Image: 200, "others": 0},  # the grey of a well
        ),
        v2.ColorJitter(brightness=0.2, contrast=0.3, saturation=0.3),
        v2.RandomApply([v2.GaussianBlur(5, (0.4, 1.5))], p=0.3),
        v2.RandomAdjustSharpness(2, p=0.3),
    ]
)

#: A pixel that a mask covers by more than this (of 255) is inside its box.
MOSTLY = 127


@dataclass(frozen=True)
class Annotated:
    """One image with its annotations.

    Attributes:
        file_name: within its folder or zip.
        size: (width, height).
        boxes: (n, 4) as x, y, width, height in pixels; without an insect n is 0.
        masks: one per box, as run-length codes of pycocotools; none where there are boxes only.
    """

    file_name: str
    size: tuple[int, int]
    boxes: np.ndarray
    masks: tuple[dict[str, Any], ...]


def read_coco(path: Path) -> list[Annotated]:
    """The images of a COCO file, also those without a box (an empty well shows no insect).

    Where only a mask is given, as polygons or run lengths, its box is the tight one (1M §A7.1).

    Raises:
        InputError: not JSON, or not COCO.
    """
    try:
        coco = json.loads(path.read_text())
        images = {image["id"]: image for image in coco["images"]}
        notes: dict[int, list[dict]] = {image_id: [] for image_id in images}
        for note in coco["annotations"]:
            notes[note["image_id"]].append(note)
        return [_annotated(image, notes[image_id]) for image_id, image in images.items()]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a COCO annotation file ({error!r})") from error


def _annotated(image: dict, notes: Sequence[dict]) -> Annotated:
    size = image["width"], image["height"]
    codes = [_run_lengths(note.get("segmentation"), size) for note in notes]
    boxes = [
        note["bbox"] if code is None or note.get("bbox") else coco_mask.toBbox(code)
        for note, code in zip(notes, codes, strict=True)
    ]
    masks = tuple(codes) if all(codes) else ()
    return Annotated(
        image["file_name"], size, np.array(boxes, dtype=np.float32).reshape(-1, 4), masks
    )


def _run_lengths(segmentation: Any, size: tuple[int, int]) -> dict[str, Any] | None:
    """A COCO segmentation (polygons, or run lengths, compressed or not) as one code."""
    width, height = size
    if not segmentation:
        return None
    if isinstance(segmentation, list):
        if not all(len(polygon) >= 6 and len(polygon) % 2 == 0 for polygon in segmentation):
            raise ValueError("a polygon has pairs of numbers, three at least")
        return coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width))
    if list(segmentation["size"]) != [height, width]:
        raise ValueError(f"a mask of size {segmentation['size']}, not {[height, width]}")
    if isinstance(segmentation["counts"], list):
        return coco_mask.frPyObjects(segmentation, height, width)
    return segmentation


class AnnotatedImages(Dataset):
    """Prepared images with DETR's labels, from one or more annotated sets.

    Indexed by an integer, or by the (index, augmentation seed) pairs of `SeededBatches`.
    """

    def __init__(
        self,
        sets: Sequence[tuple[Path, Path]],
        scaling: Scaling,
        augment: bool = False,
        zoom: int = 1,
    ) -> None:
        """
        Args:
            sets: the COCO file and the images (a zip or a folder) of each set.
            scaling: the size at which the detector sees them.
            augment: change images at random where the index has an augmentation seed (the papers
                do not augment, 1M §A7.2).
            zoom: of a detector that looks twice. Where the index has an augmentation seed, the
                image is what one of its looks sees, 1 / zoom of the scaled size.
        """
        self.items = [(images, item) for coco, images in sets for item in read_coco(coco)]
        self.scaling = scaling
        self.augment = augment
        self.zoom = zoom
        self._zips: dict[Path, zipfile.ZipFile] = {}

    def require_masks(self) -> None:
        """Refuse insects without a mask: their pixels would count as the well's.

        Raises:
            InputError: naming the set and the first such image.
        """
        for images, item in self.items:
            if len(item.boxes) and not item.masks:
                raise InputError(
                    f"{images}: {item.file_name} has a box without a mask, and a segmentation "
                    "network can be trained on masks only"
                )

    def __getstate__(self) -> dict:
        # Each process opens its own zips.
        return {**self.__dict__, "_zips": {}}

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(
        self, key: int | tuple[int, int]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """An image (3, h, w) and its labels.

        The labels are `class_labels` (n,), `boxes` (n, 4) as centre, width and height in fractions
        of the image, and `mask` (1, h, w), 0 to 1, the union of the masks: all 0 where there are
        boxes only.
        """
        index, seed = key if isinstance(key, tuple) else (key, None)
        images, item = self.items[index]
        size = self.scaling.size(*item.size)
        try:
            pixels = decode(read_annotated(images, item.file_name, self._zips), min_size=size)
        except BrokenImage as reason:
            raise InputError(f"{images}: cannot read {item.file_name} ({reason})") from reason
        part = WHOLE_IMAGE
        if self.zoom > 1 and seed is not None:
            rng = np.random.default_rng(seed)
            part = choose_part(pixels, _around_all(item), self.zoom, rng)
            size = size[0] // self.zoom, size[1] // self.zoom
        image, masks, boxes = _scaled(pixels, item, size, part)
        if self.augment and seed is not None:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                image, masks, boxes = AUGMENTATION(image, masks, boxes)
            # A rotated box is not tight: use the masks where there are some.
            boxes = _tight(masks) if len(masks) else _clip(boxes)
        width, height = size
        centred = box_convert(torch.as_tensor(boxes), "xyxy", "cxcywh")
        labels = {
            "class_labels": torch.full((len(boxes),), INSECT),
            "boxes": centred / torch.tensor([width, height, width, height]),
            "mask": _union(masks, size),
        }
        return normalise(image), labels


def _around_all(item: Annotated) -> np.ndarray | None:
    """The box around all insects, x0, y0, x1, y1 in fractions of the image; None without one."""
    if not len(item.boxes):
        return None
    corners = np.concatenate([item.boxes[:, :2], item.boxes[:, :2] + item.boxes[:, 2:]])
    return np.concatenate([corners.min(0), corners.max(0)]) / (item.size * 2)


def _scaled(
    pixels: np.ndarray, item: Annotated, size: tuple[int, int], part: np.ndarray
) -> tuple[tv_tensors.Image, tv_tensors.Mask, tv_tensors.BoundingBoxes]:
    """A part of an image (3, h, w), its masks (n, h, w), 0 to 255, and boxes (n, 4), at a size."""
    width, height = size
    covers = [resize(255 * cut(coco_mask.decode(mask), part), size) for mask in item.masks]
    x, y, w, h = item.boxes.T
    corners = np.stack([x, y, x + w, y + h], 1) / (item.size * 2)
    corners = (corners - np.tile(part[:2], 2)) / np.tile(part[2:], 2) * (size * 2)
    boxes = tv_tensors.BoundingBoxes(
        torch.from_numpy(corners.astype(np.float32)), format="XYXY", canvas_size=(height, width)
    )
    return (
        tv_tensors.Image(torch.from_numpy(resize(cut(pixels, part), size)).permute(2, 0, 1)),
        tv_tensors.Mask(torch.from_numpy(np.array(covers, np.uint8).reshape(-1, height, width))),
        boxes if part is WHOLE_IMAGE else tv_tensors.wrap(_clip(boxes), like=boxes),
    )


def _tight(masks: torch.Tensor) -> torch.Tensor:
    """The boxes around masks (n, h, w), without masks that have left the frame."""
    covered = masks > MOSTLY
    covered = covered[covered.any((1, 2))]
    boxes = masks_to_boxes(covered)
    return boxes + torch.tensor([0.0, 0.0, 1.0, 1.0])  # half open


def _clip(boxes: tv_tensors.BoundingBoxes) -> torch.Tensor:
    """Boxes clipped to the frame, without those that have left it."""
    inside = torch.as_tensor(v2.functional.clamp_bounding_boxes(boxes))
    return inside[(inside[:, 2:] > inside[:, :2]).all(1)]


def _union(masks: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """One mask (1, h, w), 0 to 1, of all masks (n, h, w)."""
    if not len(masks):
        return torch.zeros(1, size[1], size[0])
    return torch.as_tensor(masks).amax(0, keepdim=True).float() / 255
