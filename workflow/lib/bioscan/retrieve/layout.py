"""The aligned models of a run, and what they are trained on."""

from functools import cached_property
from typing import Any

from bioscan.core.encoders import ALIGNED
from bioscan.core.errors import InputError
from bioscan.core.formats import SOURCE
from bioscan.core.run import PACK_INDEX, StageLayout, require

#: Counts of a training set.
SAMPLES_TABLE = "retrieve_samples"


class Layout(StageLayout):
    name = "retrieve"

    PAIRS = "{dataset}/retrieve/training/{training}"
    MODEL = ALIGNED

    def check(self) -> None:
        for name, given in self.training_sets.items():
            self._check_training_set(f"retrieve.training.{name}", given)
        for name, given in self.models.items():
            key = f"retrieve.models.{name}"
            require(f"{key}.training", given["training"], self.training_sets)
            require(f"{key}.recipe", given["recipe"], self._config["recipes"])
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
                files = [path.rsplit("/", 1)[-1] for path in self._published(name)]
                require(f"{key}.file", given["file"], files)
        for name in self.run.encoders.aligned:
            if name in self.run.config["encoders"]:
                raise InputError(
                    f"config: encoders.{name} has the name of an encoder of an aligned model; "
                    "expected another name"
                )

    def _check_training_set(self, key: str, given: dict[str, Any]) -> None:
        require(f"{key}.dataset", given["dataset"], self.run.datasets)
        require("embed.package", self._package, self.run.packages(given["dataset"]))
        if "apart_from" in given:
            known = self.run.having(format="bioscan5m")
            require(f"{key}.apart_from", given["apart_from"], known)

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

    def products(self) -> list[str]:
        """The counts of the training sets of each dataset."""
        datasets = [self.training_sets[name]["dataset"] for name in self.trained_on]
        return [self.artefact_path(SAMPLES_TABLE, name) for name in dict.fromkeys(datasets)]

    def targets(self) -> list[str]:
        """The models too."""
        return self.products() + [
            path for name in self.models for path in self.files(name, "model.safetensors")
        ]

    def reads(self) -> list[str]:
        """Published weights of the encoders, published models, and partitionings."""
        names = [name for given in self.models.values() for name in given["encoders"].values()]
        files = [path for name in dict.fromkeys(names) for path in self.run.encoders.weights(name)]
        files += [path for name in self.models for path in self._published(name)]
        return files + [path for name in self.trained_on for path in self.partitioning(name)]

    @property
    def _config(self) -> dict[str, Any]:
        return self.run.config.get("retrieve", {})

    @property
    def _package(self) -> str:
        return self.run.config["embed"]["package"]

    @property
    def models(self) -> dict[str, Any]:
        """The models by name; none where the config has none."""
        return self._config.get("models", {})

    @property
    def training_sets(self) -> dict[str, Any]:
        """The training sets by name."""
        return self._config.get("training", {})

    @property
    def trained(self) -> list[str]:
        """The models that are trained here; the others are published."""
        return [name for name, given in self.models.items() if "weights" not in given]

    @property
    def converted(self) -> list[str]:
        """The published ones."""
        return [name for name in self.models if name not in self.trained]

    @cached_property
    def trained_on(self) -> list[str]:
        """The training sets of these."""
        return list(dict.fromkeys(self.models[name]["training"] for name in self.trained))

    def files(self, model: str, file: str) -> list[str]:
        """A file of the model of each seed."""
        given = self.models[model]
        dataset = self.training_sets[given["training"]]["dataset"]
        folder = f"{self.MODEL}/{file}"
        return [
            self.run.path(folder, dataset=dataset, model=model, seed=seed)
            for seed in given["seeds"]
        ]

    def counts(self, dataset: str) -> list[str]:
        """The counts of the training sets of a dataset."""
        return [
            self.run.path(f"{self.PAIRS}.csv", dataset=dataset, training=name)
            for name in self.trained_on
            if self.training_sets[name]["dataset"] == dataset
        ]

    def index(self, dataset: str) -> str:
        """The index of the package whose images are trained on."""
        return self.run.path(PACK_INDEX, dataset=dataset, package=self._package)

    def partitioning(self, training: str) -> list[str]:
        """The zip that lists the samples of a training set, where one does."""
        given = self.training_sets[training]
        if "partitioning" not in given:
            return []
        file = given["partitioning"]
        if file in self.run.downloadable(given["dataset"]):
            return [self.run.path(SOURCE, dataset=given["dataset"], file=file)]
        return [file]

    def apart_from(self, training: str) -> list[str]:
        """The dataset whose test queries are compared with a training set, if any."""
        given = self.training_sets[training]
        return [given["apart_from"]] if "apart_from" in given else []

    def pairs(self, model: str) -> str:
        """The training set of a model."""
        training = self.models[model]["training"]
        dataset = self.training_sets[training]["dataset"]
        return self.run.path(f"{self.PAIRS}.parquet", dataset=dataset, training=training)

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
        return [path for path in self._published(model) if path.rsplit("/", 1)[-1] == name]

    def _published(self, model: str) -> list[str]:
        return self.run.weights(
            self.models[model].get("weights"), f"retrieve.models.{model}.weights"
        )

    def recipe(self, model: str, seed: str) -> dict[str, Any]:
        """The settings of a training."""
        return {**self._config["recipes"][self.models[model]["recipe"]], "seed": int(seed)}
