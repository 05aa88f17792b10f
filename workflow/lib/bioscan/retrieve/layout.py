"""The aligned models of a run, and what they are trained on."""

from functools import cached_property

from bioscan.core.encoders import ALIGNED
from bioscan.core.formats import SOURCE
from bioscan.core.run import PACK_INDEX, StageLayout, require
from bioscan.retrieve.models import PAIRS, AlignedModels

#: The counts of the training sets of a dataset.
SAMPLES_TABLE = "retrieve_samples"


class Layout(StageLayout):
    name = "retrieve"

    PAIRS = PAIRS
    MODEL = ALIGNED

    def check(self) -> None:
        for name, given in self.models.training_sets.items():
            key = f"retrieve.training.{name}"
            require(f"{key}.dataset", given["dataset"], self.run.datasets)
            require("embed.package", self._package, self.run.packages(given["dataset"]))
            if "apart_from" in given:
                known = self.run.having(format="bioscan5m")
                require(f"{key}.apart_from", given["apart_from"], known)
        self.models.check()

    def products(self) -> list[str]:
        """The counts of the training sets of each dataset."""
        trained = [self.models.dataset(name) for name in self.models.trained]
        return [self.artefact_path(SAMPLES_TABLE, dataset) for dataset in dict.fromkeys(trained)]

    def targets(self) -> list[str]:
        """The models too."""
        return self.products() + [
            path
            for name in self.models.models
            for path in self.models.files(name, "model.safetensors")
        ]

    def reads(self) -> list[str]:
        """Published weights of the encoders, published models, and partitionings."""
        models = self.models
        names = [name for given in models.models.values() for name in given["encoders"].values()]
        files = [path for name in dict.fromkeys(names) for path in self.run.encoders.weights(name)]
        files += [path for name in models.models for path in models.published(name)]
        return files + [path for name in models.trained_on for path in self.partitioning(name)]

    @cached_property
    def models(self) -> AlignedModels:
        return AlignedModels(self.run)

    @property
    def _package(self) -> str:
        return self.run.config["embed"]["package"]

    def counts(self, dataset: str) -> list[str]:
        """The counts of the training sets of a dataset."""
        return [
            self.run.path(f"{PAIRS}.csv", dataset=dataset, training=name)
            for name in self.models.trained_on
            if self.models.training_sets[name]["dataset"] == dataset
        ]

    def index(self, dataset: str) -> str:
        """The index of the package whose images are trained on."""
        return self.run.path(PACK_INDEX, dataset=dataset, package=self._package)

    def partitioning(self, training: str) -> list[str]:
        """The zip that lists the samples of a training set, where one does."""
        given = self.models.training_sets[training]
        if "partitioning" not in given:
            return []
        file = given["partitioning"]
        if file in self.run.downloadable(given["dataset"]):
            return [self.run.path(SOURCE, dataset=given["dataset"], file=file)]
        return [file]

    def apart_from(self, training: str) -> list[str]:
        """The dataset whose test queries are compared with a training set, if any."""
        given = self.models.training_sets[training]
        return [given["apart_from"]] if "apart_from" in given else []
