"""Annotated sets: images whose insects are marked, for detectors to be trained and evaluated on."""

import zipfile
import zlib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bioscan.core.errors import InputError
from bioscan.core.formats import ANNOTATED


@dataclass(frozen=True)
class AnnotatedSets:
    """The annotated sets of a run: the user's, acquired or simulated.

    Attributes:
        sets: name → settings, as in the config's `detect.sets`.
        results: the folder of the run.
    """

    sets: Mapping[str, Mapping[str, Any]]
    results: str

    def having(self, key: str) -> list[str]:
        """The sets with a key in their settings: `acquire`, `simulate` or `annotations`."""
        return [name for name, settings in self.sets.items() if key in settings]

    def coco(self, names: list[str]) -> list[str]:
        """The COCO file of each set."""
        return [self.sets[name].get("annotations", self._made(name, "coco")) for name in names]

    def images(self, names: list[str]) -> list[str]:
        """The images of each set: a zip, or a folder of the user's."""
        return [self.sets[name].get("images", self._made(name, "images")) for name in names]

    def _made(self, name: str, kind: str) -> str:
        return f"{self.results}/{ANNOTATED[kind].format(set=name)}"


def read_annotated(
    images: Path, file_name: str, opened: MutableMapping[Path, zipfile.ZipFile]
) -> bytes:
    """The file of an image of an annotated set.

    Args:
        images: a folder or a zip.
        file_name: within it.
        opened: the zips that are open, to which this one is added.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    try:
        if images.is_dir():
            return (images / file_name).read_bytes()
        if images not in opened:
            opened[images] = zipfile.ZipFile(images)
        return opened[images].read(file_name)
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{images}: cannot read {file_name} ({error})") from error
