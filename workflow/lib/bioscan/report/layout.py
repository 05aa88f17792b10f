"""The pages about a run as a whole."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from bioscan.core.formats import NAMES
from bioscan.core.run import PACK_INDEX, StageLayout
from bioscan.report.settings import Settings, used_settings

#: Tables without a file of published numbers from which workflow/report/ledger.yaml gathers some.
GATHERED = ("cluster_scores",)


class Layout(StageLayout):
    name = "report"

    #: The pages about all datasets lie where those of a dataset would.
    FOLDER = "overview"
    OVERVIEW = "overview/overview.html"
    STRIP = "overview/crops/{dataset}.jpg"

    #: Packages whose images are shown, the best first.
    SHOWN = ("cropped_256", "cropped", "original_256")

    def products(self) -> list[str]:
        """The pages of each dataset, and those of the run, which follow from all other products."""
        return super().products() + self.closing()

    def closing(self) -> list[str]:
        """What follows from all other products of the run."""
        pages = [self.artefact_path(name, self.FOLDER) for name in ("ledger", "costs")]
        return [*pages, self.run.path(self.OVERVIEW)]

    def opening(self) -> str | None:
        """The page that the report opens with, where a run has come so far."""
        path = self.run.path(self.OVERVIEW)
        return path if Path(path).is_file() else None

    def compared(self, products: Iterable[str]) -> list[str]:
        """The tables (CSV) among a run's products that have published numbers, or that numbers in
        the text are taken from."""
        return [
            str(Path(path).parents[1] / "tables" / f"{Path(path).stem}.csv")
            for path in products
            if self._is_compared(Path(path).stem)
        ]

    def _is_compared(self, name: str) -> bool:
        known = self.run.artefacts.get(name)
        table = known is not None and known.kind == "table"
        printed = name in GATHERED or bool(self.run.published(name))
        return name == "cleaning" or (table and printed)

    def printed(self) -> list[str]:
        """All files of published numbers."""
        folder = self.run.root / "config" / "published"
        return [self.run.own(path.relative_to(self.run.root)) for path in sorted(folder.glob("*"))]

    def keys(self) -> dict[str, tuple[str, ...]]:
        """Table → the columns that name its rows."""
        return {name: artefact.keys for name, artefact in self.run.artefacts.items()}

    @cached_property
    def settings(self) -> Settings:
        return used_settings(self.run)

    def formats(self) -> dict[str, str]:
        """Dataset → format."""
        return {name: self.run.datasets[name]["format"] for name in self.run.studied}

    def sources(self) -> dict[str, str]:
        """Dataset, or folder of the detectors → whose specimens it is of.

        The papers' tables of detectors are made of sets with the papers' names alone, so those are
        the papers' unless they are simulated.
        """
        sets = self.run.config["detect"]["sets"].values()
        simulated = any("simulate" in given for given in sets)
        found = {name: self.run.specimens_of(name) for name in self.run.studied}
        return {**found, "detect": "simulated" if simulated else "published"}

    # What the opening shows

    def strips(self) -> dict[str, str]:
        """Dataset → the package of which it shows images; none of one without images."""
        found = {}
        for dataset in self.run.studied:
            packages = self.run.packages(dataset)
            shown = [name for name in self.SHOWN if name in packages] or packages
            found |= {dataset: shown[0]} if shown else {}
        return found

    def shown_index(self, dataset: str) -> str:
        """The index of the package of which a dataset's strip shows images."""
        return self.run.path(PACK_INDEX, dataset=dataset, package=self.strips()[dataset])

    def indexes(self) -> list[str]:
        """Those of all datasets with images, in the order of `strips`."""
        return [self.shown_index(dataset) for dataset in self.strips()]

    def all_strips(self) -> list[str]:
        return [self.run.path(self.STRIP, dataset=dataset) for dataset in self.strips()]

    def splits(self) -> list[str]:
        """A table of each dataset from which its records follow, in their order."""
        return [
            self.run.path(
                "{dataset}/tables/{name}.csv",
                dataset=dataset,
                name=f"{format}_text_facts" if format in NAMES else "splits",
            )
            for dataset, format in self.formats().items()
        ]

    def quarantines(self) -> list[str]:
        return [
            self.run.path("{dataset}/tables/quarantine.csv", dataset=dataset)
            for dataset in self.run.studied
        ]

    def facts(self) -> list[dict[str, Any]]:
        """Name, format, source and detector of each dataset."""
        return [
            {
                "name": name,
                "format": dataset["format"],
                "source": self.run.specimens_of(name),
                "detector": self.run.detector_of(name) if name in self.run.cropped else None,
            }
            for name in self.run.studied
            for dataset in [self.run.datasets[name]]
        ]

    def chapters(self, products: Iterable[str]) -> dict[str, dict[str, int]]:
        """Category of the report → kind → how many artefacts of the run it has."""
        found = {self.run.artefacts.category(name): {} for name in self.run.artefacts.chapters}
        for path in products:
            artefact = self.run.artefacts.of_file(path)
            if artefact is not None:
                counts = found[self.run.artefacts.category(artefact.chapter)]
                counts[artefact.kind] = counts.get(artefact.kind, 0) + 1
        return {name: counts for name, counts in found.items() if counts}
