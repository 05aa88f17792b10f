"""Photographs with boxes drawn by people, in COCO format."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from bioscan.core.errors import InputError
from bioscan.core.images import BrokenImage, decode
from bioscan.detect.model import INSECT, Scaling, prepare


@dataclass(frozen=True)
class Annotated:
    """One photograph: its file, (width, height), and boxes (n, 4) as x, y, width, height."""

    image_id: int
    file_name: str
    size: tuple[int, int]
    boxes: np.ndarray


def read_coco(path: Path) -> list[Annotated]:
    """The photographs of a COCO file, those without a box too (an empty well shows no insect).

    Raises:
        InputError: not JSON, or not COCO.
    """
    try:
        coco = json.loads(path.read_text())
        boxes: dict[int, list[list[float]]] = {image["id"]: [] for image in coco["images"]}
        for annotation in coco["annotations"]:
            boxes[annotation["image_id"]].append(annotation["bbox"])
        return [
            Annotated(
                image["id"],
                image["file_name"],
                (image["width"], image["height"]),
                np.array(boxes[image["id"]], dtype=np.float32).reshape(-1, 4),
            )
            for image in coco["images"]
        ]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a COCO annotation file ({error!r})") from error


class AnnotatedPhotographs(Dataset):
    """Prepared photographs with DETR's labels, from one or more annotated sets.

    Indexed by an integer, or by the (index, draw) pairs of the training sampler; the published
    training has no augmentation, so the draw is unused.
    """

    def __init__(self, sets: Sequence[tuple[Path, Path]], scaling: Scaling) -> None:
        """
        Args:
            sets: the COCO file and the photographs (a zip or a folder) of each set.
            scaling: the size at which the detector sees them.
        """
        self.items = [(photographs, item) for coco, photographs in sets for item in read_coco(coco)]
        self.scaling = scaling
        self._zips: dict[Path, zipfile.ZipFile] = {}

    def __getstate__(self) -> dict:
        # Each process opens the zips for itself.
        return {**self.__dict__, "_zips": {}}

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(
        self, key: int | tuple[int, int]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        photographs, item = self.items[key[0] if isinstance(key, tuple) else key]
        width, height = item.size
        size = self.scaling.size(width, height)
        try:
            pixels = decode(self._read(photographs, item.file_name), min_size=size)
        except BrokenImage as reason:
            raise InputError(f"{photographs}: cannot read {item.file_name} ({reason})") from reason
        x, y, w, h = (item.boxes / [width, height, width, height]).T
        boxes = np.stack([x + w / 2, y + h / 2, w, h], axis=1).astype(np.float32)
        labels = {
            "class_labels": torch.full((len(boxes),), INSECT),
            "boxes": torch.from_numpy(boxes),
        }
        return prepare(pixels, size), labels

    def _read(self, photographs: Path, file_name: str) -> bytes:
        try:
            if photographs.is_dir():
                return (photographs / file_name).read_bytes()
            if photographs not in self._zips:
                self._zips[photographs] = zipfile.ZipFile(photographs)
            return self._zips[photographs].read(file_name)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise InputError(f"{photographs}: cannot read {file_name} ({error})") from error
