"""Annotated sets: images whose insects are marked, for detectors to be trained and evaluated on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
