"""The detectors of a run, and how they are evaluated."""

from functools import cached_property
from itertools import chain, product

from bioscan.core.errors import InputError
from bioscan.core.run import BOXES, StageLayout, require
from bioscan.detect.detectors import Detectors

#: The tables that compare detectors: name → the groups of sets in the paper's columns.
PAPER_TABLES = {
    "bioscan1m_tableA5": [["IP-100-val"], ["IW-150-val"]],
    "bioscan5m_tableA7": [["NWC-100-val"], ["IP-100-val", "IW-150-val"]],
}


class Layout(StageLayout):
    name = "detect"

    #: Detectors serve all datasets; their report pages lie where those of a dataset would.
    FOLDER = "detect"
    METRICS = "detect/metrics/{detector}/{sets}.json"
    EVALUATED = "detect/metrics/{detector}/{sets}.parquet"
    BOXES = BOXES

    def check(self) -> None:
        for name in chain.from_iterable(self._groups):
            require("detect.evaluate_on", name, self.run.annotated.sets)
        self.detectors.check()
        for dataset in self.run.cropped:
            if not self.detectors:
                raise InputError(
                    f"config: datasets.{dataset} needs a detector, and there is none; describe one "
                    "in detect.detectors, as the README does for your own specimens"
                )
            require(f"datasets.{dataset}.detector", self.detector_of(dataset), self.detectors)

    def products(self) -> list[str]:
        """The tables that compare the detectors, and figures of the boxes of each dataset."""
        tables = [self.artefact_path(name, self.FOLDER) for name in self.tables]
        cropped = [name for name in self.run.studied if name in self.run.cropped]
        return tables + [path for name in cropped for path in self.artefacts_of(name)]

    def targets(self) -> list[str]:
        """The boxes of each dataset whose photographs are cropped too."""
        return self.products() + [path for name in self.run.cropped for path in self.boxes(name)]

    def reads(self) -> list[str]:
        """Weights and sets of the detectors that are evaluated or crop a dataset."""
        sets = list(chain.from_iterable(self._groups))
        used = list(self.detectors) if sets else map(self.detector_of, self.run.cropped)
        evaluated = self.run.annotated.coco(sets) + self.run.annotated.images(sets)
        return self.detectors.reads(used) + evaluated

    def boxes(self, dataset: str) -> list[str]:
        """The boxes of a dataset; none of one that is not cropped here."""
        known = dataset in self.run.cropped
        return [self.run.path(self.BOXES, dataset=dataset)] if known else []

    @cached_property
    def detectors(self) -> Detectors:
        return Detectors(self.run)

    @property
    def tables(self) -> list[str]:
        """The table of all detectors, and those of the papers whose sets they are evaluated on."""
        papers = [
            name
            for name, groups in PAPER_TABLES.items()
            if all(group in self._groups for group in groups)
        ]
        return ["detectors", *papers] if self._groups else []

    def detector_of(self, dataset: str) -> str | None:
        """The detector that a dataset's images are cropped with: its own, or the only one."""
        return self.run.detector_of(dataset)

    def threshold(self, dataset: str) -> float:
        """The score that a dataset's best box has to exceed."""
        return self.detectors.settings(self.detector_of(dataset))["threshold"]

    def evaluations(self) -> list[tuple[str, list[str]]]:
        """Each detector with each group of sets that it is evaluated on."""
        return list(product(self.detectors, self._groups))

    def metrics(self) -> list[str]:
        """The metrics of all detectors, in the order of `evaluations`."""
        return [
            self.run.path(self.METRICS, detector=name, sets="+".join(sets))
            for name, sets in self.evaluations()
        ]

    def evaluated(self, dataset: str) -> list[str]:
        """The boxes of a dataset's detector in the annotated images that it is evaluated on."""
        detector = self.detector_of(dataset)
        return [
            self.run.path(self.EVALUATED, detector=detector, sets="+".join(sets))
            for sets in self._groups
        ]

    @property
    def _groups(self) -> list[list[str]]:
        return self.run.config["detect"]["evaluate_on"]
