"""The detectors: what each is trained on, starts from and is evaluated on."""

from itertools import chain, product
from typing import Any

from bioscan.core.errors import InputError
from bioscan.core.run import StageLayout, require

#: The tables that compare detectors: name → the groups of sets in the paper's columns.
PAPER_TABLES = {
    "bioscan1m_tableA5": [["IP-100-val"], ["IW-150-val"]],
    "bioscan5m_tableA7": [["NWC-100-val"], ["IP-100-val", "IW-150-val"]],
}

#: Keys of a detector that are inputs of its training, not settings.
_INPUTS = ("weights", "train")


class Layout(StageLayout):
    name = "detect"

    #: Detectors serve all datasets; their report pages lie where those of a dataset would.
    FOLDER = "detect"
    MODEL = "detect/models/{detector}"
    METRICS = "detect/metrics/{detector}/{sets}.json"
    BOXES = "{dataset}/boxes.parquet"

    def check(self) -> None:
        sets = self.run.annotated.sets
        for name in chain.from_iterable(self._groups):
            require("detect.evaluate_on", name, sets)
        known: list[str] = []
        for name, settings in self.detectors.items():
            for trained in settings["train"]:
                require(f"detect.detectors.{name}.train", trained, sets)
            self._check_start(name, known)
            known.append(name)
        for dataset in self.run.datasets:
            require(f"datasets.{dataset}.detector", self.detector_of(dataset), self.detectors)

    def products(self) -> list[str]:
        """The tables that compare the detectors."""
        return [self.artefact_path(name, self.FOLDER) for name in self.tables]

    def targets(self) -> list[str]:
        """The boxes of each dataset too."""
        boxes = [self.run.path(self.BOXES, dataset=dataset) for dataset in self.run.datasets]
        return self.products() + boxes

    def reads(self) -> list[str]:
        """Weights and sets of the detectors that are evaluated or crop a dataset."""
        pending = list(self.detectors) if self._groups else []
        pending += [self.detector_of(dataset) for dataset in self.run.datasets]
        used, files, sets = set(), [], list(chain.from_iterable(self._groups))
        while pending:
            name = pending.pop()
            if name not in used:
                used.add(name)
                weights = self.detectors[name]["weights"]
                sets += self.train(name)
                if weights in self.detectors:
                    pending.append(weights)
                else:
                    files += self.run.weights(weights)
        return files + self.run.annotated.coco(sets) + self.run.annotated.images(sets)

    @property
    def detectors(self) -> dict[str, dict[str, Any]]:
        return self.run.config["detect"]["detectors"]

    def train(self, detector: str) -> list[str]:
        """The training sets of a detector."""
        return self.detectors[detector]["train"]

    @property
    def trained(self) -> list[str]:
        return [name for name, settings in self.detectors.items() if settings["train"]]

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
        only = next(iter(self.detectors)) if len(self.detectors) == 1 else None
        return self.run.datasets[dataset].get("detector", only)

    def settings(self, detector: str) -> dict[str, Any]:
        """The settings of a detector without its inputs."""
        return {key: v for key, v in self.detectors[detector].items() if key not in _INPUTS}

    def starts_from(self, detector: str) -> list[str]:
        """Files of the model that a detector's training starts from: weights, or a detector."""
        weights = self.detectors[detector]["weights"]
        return self.model(weights) if weights in self.detectors else self.run.weights(weights)

    def model(self, detector: str) -> list[str]:
        """A detector's config.json and weights: trained here, or used as they are."""
        if detector not in self.trained:
            return self.starts_from(detector)
        folder = self.run.path(self.MODEL, detector=detector)
        return [f"{folder}/config.json", f"{folder}/model.safetensors"]

    def evaluations(self) -> list[tuple[str, list[str]]]:
        """Each detector with each group of sets that it is evaluated on."""
        return list(product(self.detectors, self._groups))

    def metrics(self) -> list[str]:
        """The metrics of all detectors, in the order of `evaluations`."""
        return [
            self.run.path(self.METRICS, detector=name, sets="+".join(sets))
            for name, sets in self.evaluations()
        ]

    @property
    def _groups(self) -> list[list[str]]:
        return self.run.config["detect"]["evaluate_on"]

    def _check_start(self, detector: str, known: list[str]) -> None:
        """A detector starts from weights that there are, or from a detector named before it."""
        weights = self.detectors[detector]["weights"]
        key = f"detect.detectors.{detector}.weights"
        if weights in self.detectors:
            if weights not in known:
                raise InputError(
                    f"config: {key} is '{weights}', expected a detector that is named before it"
                )
            return
        files = self.run.weights(weights, key)
        has_weights = any(path.endswith("model.safetensors") for path in files)
        if not has_weights and not self.detectors[detector]["train"]:
            raise InputError(
                f"config: {key} is '{weights}', which has no model.safetensors, and the detector "
                "has no training set (train)"
            )
