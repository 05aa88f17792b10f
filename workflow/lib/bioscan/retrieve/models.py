"""The aligned models of a config: their training sets, encoders and files."""

from functools import cached_property
from typing import Any

from bioscan.core.encoders import ALIGNED
from bioscan.core.errors import InputError
from bioscan.core.run import Run, require

#: A training set, and its counts beside it.
PAIRS = "{dataset}/retrieve/training/{training}"


class AlignedModels:
    """The models of Tables 5 and A17.

    Attributes:
        config: the config's `retrieve`; empty where there is none.
        models, training_sets: by name.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.config = run, run.config.get("retrieve", {})
        self.models: dict[str, Any] = self.config.get("models", {})
        self.training_sets: dict[str, Any] = self.config.get("training", {})

    def check(self) -> None:
        """Check that all that models name exists, and can be aligned.

        Raises:
            InputError: naming the key, its value and what was expected.
        """
        for name, given in self.models.items():
            key = f"retrieve.models.{name}"
            require(f"{key}.training", given["training"], self.training_sets)
            require(f"{key}.recipe", given["recipe"], self.config["recipes"])
            for modality, encoder in given["encoders"].items():
                known = self.run.encoders.of(modality)
                require(f"{key}.encoders.{modality}", encoder, known)
                self._check_encoder(f"{key}.encoders.{modality}", encoder)
            if len(given["encoders"]) < 2:
                raise InputError(f"config: {key}.encoders names one encoder, expected two or three")
            if ("weights" in given) != ("file" in given):
                raise InputError(
                    f"config: {key} has one of weights and file, expected both or none"
                )
            if "weights" in given:
                files = [path.rsplit("/", 1)[-1] for path in self._files_of(name)]
                require(f"{key}.file", given["file"], files)
        for name in self.run.encoders.aligned:
            if name in self.run.config["encoders"]:
                raise InputError(
                    f"config: encoders.{name} has the name of an encoder of an aligned model; "
                    "expected another name"
                )

    def _check_encoder(self, key: str, name: str) -> None:
        given = self.run.encoders.given[name]
        self.run.encoders.check(name)
        if given.get("dna", "barcodebert") != "barcodebert" or "finetuned" in given:
            raise InputError(
                f"config: {key} is '{name}', which cannot be aligned; expected one of dna: "
                "barcodebert, published, pretrained here or random"
            )
        if "pretrain" in given and "barcode" not in self.run.config:
            raise InputError(
                f"config: {key} is '{name}', which is pretrained on barcodes, but there is no key "
                "barcode that names their dataset"
            )

    @property
    def trained(self) -> list[str]:
        """The models that are trained here."""
        return [name for name, given in self.models.items() if "weights" not in given]

    @property
    def converted(self) -> list[str]:
        """The published ones."""
        return [name for name in self.models if name not in self.trained]

    @cached_property
    def trained_on(self) -> list[str]:
        """The training sets of those that are trained here."""
        return list(dict.fromkeys(self.models[name]["training"] for name in self.trained))

    def dataset(self, model: str) -> str:
        """The dataset that a model is trained on, below which it lies."""
        return self.training_sets[self.models[model]["training"]]["dataset"]

    def files(self, model: str, file: str) -> list[str]:
        """A file of the model of each seed."""
        names = {"dataset": self.dataset(model), "model": model}
        seeds = self.models[model]["seeds"]
        return [self.run.path(f"{ALIGNED}/{file}", seed=seed, **names) for seed in seeds]

    def pairs(self, model: str) -> str:
        """The training set of a model."""
        names = {"dataset": self.dataset(model), "training": self.models[model]["training"]}
        return self.run.path(f"{PAIRS}.parquet", **names)

    def encoders(self, model: str) -> dict[str, dict[str, Any]]:
        """The encoders of a model: modality → name and settings."""
        return {
            modality: {"name": name, "settings": self.run.encoders.given[name]}
            for modality, name in self.models[model]["encoders"].items()
        }

    def weights(self, model: str, modality: str) -> list[str]:
        """The weights that the encoder of a modality has before it is aligned."""
        name = self.models[model]["encoders"].get(modality)
        if name is None:
            return []
        return self.run.encoder_files(name, self.run.config.get("barcode", {}).get("dataset"))

    def published(self, model: str) -> list[str]:
        """The file of a model that is published."""
        name = self.models[model].get("file")
        return [path for path in self._files_of(model) if path.rsplit("/", 1)[-1] == name]

    def _files_of(self, model: str) -> list[str]:
        """All files that it is published with."""
        name = self.models[model].get("weights")
        return self.run.weights(name, f"retrieve.models.{model}.weights")

    def recipe(self, model: str, seed: str) -> dict[str, Any]:
        """The settings of a training."""
        return {**self.config["recipes"][self.models[model]["recipe"]], "seed": int(seed)}
