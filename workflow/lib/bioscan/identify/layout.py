"""The specimens that are identified, and the models and references that identify them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bioscan.core.encoders import ALL, EMBEDDINGS, LABELLED, Modality, aligned_name
from bioscan.core.errors import InputError
from bioscan.core.grid import experiments_of
from bioscan.core.run import PACK_INDEX, StageLayout, require
from bioscan.identify.command import SPECIMENS

#: What is compared in the space of a model, specimens to references → the name of this witness.
PAIRS = {
    "image_to_image": "nearest images",
    "image_to_dna": "nearest barcodes of the image",
    "dna_to_dna": "barcode in the learned space",
}

#: The name of the witness that compares barcodes by alignment.
BARCODE = "barcode"

#: Formats whose records have the splits of BIOSCAN-5M.
DIVIDED = ("bioscan5m", "folder", "bold")

#: Tables of how good answers are, below the dataset of the references.
TABLES = ("identify_calibration", "identify_novelty")

#: The page of the specimens.
PAGE = "identified"


class Layout(StageLayout):
    name = "identify"

    #: Files of each witness: below the dataset that a model or its references are of, and below the
    #: specimens.
    CALIBRATED = "{dataset}/identify/calibration"
    EVIDENCE = "{dataset}/identify/evidence"
    SCORES = "{dataset}/identify/scores/{experiment}.parquet"
    ALL, LABELLED = ALL, LABELLED

    def check(self) -> None:
        if not self._config:
            return
        if self.specimens is not None or "simulate" in self._config:
            require("identify.specimens", self.specimens, self.run.datasets)
        formats = {name: self.run.datasets[name]["format"] for name in self.run.studied}
        divided = [name for name, format in formats.items() if format in DIVIDED]
        require("identify.references", self.references, divided)
        for name in self.experiments:
            require("identify.experiments", name, self._trained)
        if self.model:
            aligned = self.run.config.get("retrieve", {}).get("models", {})
            require("identify.model", self.model, aligned)
        for file in self.region:
            if not Path(file).is_file():
                raise InputError(f"config: identify.region is '{file}', expected a CSV of species")
        if "simulate" in self._config:
            simulated = self.run.having(source="simulated")
            for key in ("like", "looks"):
                if key in self._config["simulate"]:
                    require(f"identify.simulate.{key}", self._config["simulate"][key], simulated)

    def products(self) -> list[str]:
        """The page of the specimens, if there are any, and tables of how good such answers are.

        Specimens of the command line have their page alone: the tables need all models of the run.
        """
        if not self._config:
            return []
        asked = self.specimens is not None
        pages = [self.artefact_path(PAGE, self.specimens)] if asked else []
        if self.specimens == SPECIMENS:
            return pages
        return pages + [self.artefact_path(name, self.references) for name in TABLES]

    @property
    def _config(self) -> dict[str, Any]:
        return self.run.config.get("identify", {})

    @property
    def _trained(self) -> list[str]:
        """The experiments that classifiers are trained for."""
        classify = self.run.config.get("classify")
        if not classify:
            return []
        format = self.run.datasets[classify["dataset"]]["format"]
        return [name for block in classify["grid"] for name in experiments_of(block, format)]

    @property
    def specimens(self) -> str | None:
        """The dataset of the specimens; None where none are named."""
        return self._config.get("specimens")

    @property
    def references(self) -> str | None:
        """The dataset of the references; None where nothing is identified."""
        return self._config.get("references")

    @property
    def confidence(self) -> float | None:
        """The probability from which a label is given, likewise."""
        return self._config.get("confidence")

    @property
    def excluded(self) -> float | None:
        """The share of the images of a class that have it ruled out, likewise."""
        return self._config.get("excluded")

    @property
    def region(self) -> list[str]:
        """The CSV of the species that may be answered, if there is one."""
        return [self._config["region"]] if "region" in self._config else []

    @property
    def photographed(self) -> bool:
        """Whether the specimens have photographs."""
        return self.specimens in self.run.cropped

    @property
    def experiments(self) -> list[str]:
        """The experiments whose classifiers look at photographs."""
        return self._config.get("experiments", [])

    @property
    def model(self) -> str | None:
        """The aligned model whose space is searched."""
        return self._config.get("model")

    @property
    def witnesses(self) -> dict[str, str]:
        """The name of each witness of the config → that of its files; none without `identify`.

        They do not depend on the specimens, so neither do tables of how good answers are.
        """
        if not self._config:
            return {}
        experiments = {f"image, {name}": f"classifier_{name}" for name in self.experiments}
        models = self.run.config.get("retrieve", {}).get("models", {})
        encoded = set(models[self.model]["encoders"]) if self.model else set()
        pairs = {name: pair for pair, name in PAIRS.items() if set(pair.split("_to_")) <= encoded}
        return {BARCODE: "barcodes", **experiments, **pairs}

    @property
    def asked(self) -> dict[str, str]:
        """Those that look at what the specimens have: barcodes alone, or photographs too."""
        of_photographs = ("classifier_", "image_")
        return {
            name: part
            for name, part in self.witnesses.items()
            if self.photographed or not part.startswith(of_photographs)
        }

    def _taught_by(self, part: str) -> str:
        """The dataset that a witness was trained on, or whose references it compares."""
        trained = part.startswith("classifier_")
        return self.run.config["classify"]["dataset"] if trained else self.references

    def taught_by(self, witnesses: Mapping[str, str]) -> list[str]:
        """The datasets of witnesses, of `witnesses` or `asked`."""
        return list(dict.fromkeys(map(self._taught_by, witnesses.values())))

    def calibrations(self, suffix: str, witnesses: Mapping[str, str]) -> list[str]:
        """A file of the calibration of each witness.

        Args:
            witnesses: of `witnesses` or `asked`.
        """
        pattern = f"{self.CALIBRATED}/{{part}}.{suffix}"
        return [
            self.run.path(pattern, dataset=self._taught_by(part), part=part)
            for part in witnesses.values()
        ]

    def evidence(self, dataset: str) -> list[str]:
        """What each witness says of the specimens."""
        pattern = f"{self.EVIDENCE}/{{part}}.parquet"
        return [self.run.path(pattern, dataset=dataset, part=p) for p in self.asked.values()]

    def embeddings(self, pair: str, side: int, dataset: str, split: str) -> str:
        """The embeddings of a side of a pair (0: the specimens) in the space of the model."""
        modality: Modality = pair.split("_to_")[side]
        seed = self.run.config["retrieve"]["models"][self.model]["seeds"][0]
        names = {"embedding": aligned_name(self.model, seed, modality), "split": split}
        return self.run.path(EMBEDDINGS, dataset=dataset, suffix="npy", **names)

    def aligned_weights(self) -> list[str]:
        """The weights of the aligned model, if it is asked."""
        pair = next((part for part in self.asked.values() if part in PAIRS), None)
        if pair is None:
            return []
        seed = self.run.config["retrieve"]["models"][self.model]["seeds"][0]
        name = aligned_name(self.model, seed, pair.split("_to_")[1])
        return self.run.encoder_files(name, self.references)[:1]

    def index(self) -> list[str]:
        """Where the specimens' images lie in their packs; none where there are no photographs."""
        names = {"dataset": self.specimens, "package": self.run.config["embed"]["package"]}
        return [self.run.path(PACK_INDEX, **names)] if self.photographed else []

    @property
    def simulated(self) -> dict[str, Any]:
        """The folder and table of the specimens, where they are simulated, and their settings."""
        if "simulate" not in self._config:
            place = self.run.path("simulated_specimens")
            names = {"path": "photographs", "table": "specimens.csv", "truth": "truth.csv"}
            return {key: f"{place}/{name}" for key, name in names.items()}
        settings = self._config["simulate"]
        like = self.run.datasets[settings["like"]]
        looks = self.run.datasets[settings.get("looks", settings["like"])]
        own = self.run.datasets[self.specimens]
        return {
            **{key: own[key] for key in ("path", "table")},
            "truth": self.run.path("{dataset}/truth/specimens.csv", dataset=self.specimens),
            "seed": settings["seed"],
            "looks": looks["simulate"]["seed"],
            "format": like["format"],
            "archives": like["archives"],
            "like": like["simulate"],
        }

    @property
    def facts(self) -> dict[str, Any]:
        """What is stated beside digests; `simulated`: whether real ones are named by simulated."""
        taught = {self.run.datasets[name]["source"] for name in self.taught_by(self.asked)}
        simulated = "simulate" not in self._config and "simulated" in taught
        facts = {"run": self.run.config["run"], "references": self.references, "model": self.model}
        return {**facts, "simulated": simulated}
