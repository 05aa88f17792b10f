"""Which embeddings a run has."""

from functools import cached_property
from typing import Any

from bioscan.core.encoders import EMBEDDINGS, Modality, Pooling, embedding_name
from bioscan.core.errors import InputError
from bioscan.core.grid import expand_grid
from bioscan.core.run import PACK_INDEX, StageLayout, require

#: The axes of a block: name in a row → key of the config.
AXES = {
    "dataset": "datasets",
    "encoder": "encoders",
    "pooling": "poolings",
    "split": "splits",
}

#: A table of all embeddings of a dataset.
TABLE = "embeddings"


class Layout(StageLayout):
    name = "embed"

    EMBEDDINGS = EMBEDDINGS

    def check(self) -> None:
        for name in self.run.encoders.given:
            self.run.encoders.check(name)
        for name, (encoder, pooling) in self.embeddings.items():
            if name != encoder and name in self.run.encoders.given:
                raise InputError(
                    f"config: encoders.{name} has the name of the embeddings of '{encoder}' with "
                    f"pooling '{pooling}'; expected another name"
                )
        for block in self._config["samples"]:
            for name in block["datasets"]:
                require("embed.samples.datasets", name, self.run.datasets)
            for name in block["encoders"]:
                require("embed.samples.encoders", name, self.run.encoders.given)
                if self.run.encoders.modality(name) == "image":
                    for dataset in block["datasets"]:
                        packages = self.run.packages(dataset)
                        require("embed.package", self._config["package"], packages)

    def products(self) -> list[str]:
        """The table of each dataset that has embeddings of its own."""
        datasets = dict.fromkeys(row["dataset"] for row in self.grid)
        return [self.artefact_path(TABLE, dataset) for dataset in datasets]

    def targets(self) -> list[str]:
        """The embeddings too."""
        suffixes = ("npy", "parquet", "json")
        datasets = dict.fromkeys(row["dataset"] for row in self.grid)
        return self.products() + [
            path
            for dataset in datasets
            for suffix in suffixes
            for path in self.files(dataset, suffix)
        ]

    def reads(self) -> list[str]:
        names = dict.fromkeys(row["encoder"] for row in self.grid)
        return [path for name in names for path in self.run.encoders.weights(name)]

    @property
    def _config(self) -> dict[str, Any]:
        return self.run.config["embed"]

    @cached_property
    def embeddings(self) -> dict[str, tuple[str, Pooling | None]]:
        """The folders that embeddings may have → encoder and pooling.

        There is none to choose for images, texts, and encoders of aligned models.
        """
        encoders = self.run.encoders
        unpooled: dict[str, tuple[str, Pooling | None]] = {
            name: (name, None)
            for name in (*encoders.of("image"), *encoders.of("text"), *encoders.aligned)
        }
        poolings: tuple[Pooling, ...] = ("masked", "released")
        return unpooled | {
            embedding_name(name, pooling): (name, pooling)
            for name in encoders.of("dna")
            for pooling in poolings
        }

    @cached_property
    def grid(self) -> list[dict[str, Any]]:
        """The embeddings that are made for themselves: dataset, embedding (a folder), split."""
        rows = expand_grid(self._config["samples"], AXES)
        return [
            {"dataset": row["dataset"], "encoder": row["encoder"], "split": row["split"]}
            | {"embedding": embedding_name(row["encoder"], row["pooling"])}
            for row in rows
            # Others have no positions to choose from.
            if row["pooling"] == "masked" or row["encoder"] in self.run.encoders.of("dna")
        ]

    def files(self, dataset: str, suffix: str) -> list[str]:
        """One file of each of the dataset's embeddings of the grid."""
        rows = [row for row in self.grid if row["dataset"] == dataset]
        return [self.run.path(EMBEDDINGS, suffix=suffix, **row) for row in rows]

    def encoder(self, embedding: str) -> dict[str, Any]:
        """The settings of the encoder of embeddings."""
        return self.run.encoders.given[self.embeddings[embedding][0]]

    def modality(self, embedding: str) -> Modality:
        """What is embedded."""
        return self.run.encoders.modality(self.embeddings[embedding][0])

    def index(self, dataset: str, embedding: str) -> list[str]:
        """The index of the package whose images are embedded; none for others."""
        if self.modality(embedding) != "image":
            return []
        return [self.run.path(PACK_INDEX, dataset=dataset, package=self._config["package"])]

    def weights(self, dataset: str, embedding: str) -> list[str]:
        """The weights of the encoder."""
        return self.run.encoder_files(self.embeddings[embedding][0], dataset)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that all embeddings depend on."""
        return {key: self._config[key] for key in ("dtype", "batch_size")}
