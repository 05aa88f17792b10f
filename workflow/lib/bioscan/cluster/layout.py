"""What a run clusters, and the files that this makes."""

from functools import cached_property
from typing import Any

from bioscan.cluster.spaces import Spaces
from bioscan.core.run import PACK_INDEX, StageLayout

#: A table of one paper alone.
TABLE_A16 = "bioscan5m_tableA16"

#: The artefacts of the best space of each modality.
PER_MODALITY = ("cluster_map", "cluster_explorer", "cluster_gallery")


class Layout(StageLayout):
    name = "cluster"

    FOLDER = "{dataset}/cluster/{space}"
    SPECIMENS = f"{FOLDER}/specimens.parquet"
    REDUCED = f"{FOLDER}/reduced.npy"
    POINTS = f"{FOLDER}/points.npy"
    CLUSTERS = f"{FOLDER}/clusters.parquet"
    NAMED = f"{FOLDER}/named.parquet"
    BARCODES = "{dataset}/cluster/barcodes.parquet"
    SCORES = "{dataset}/cluster/scores.parquet"

    def check(self) -> None:
        self.spaces.check()

    @cached_property
    def spaces(self) -> Spaces:
        """What is clustered."""
        return Spaces(self.run)

    def products(self) -> list[str]:
        """The artefacts of each dataset that is clustered, some of them per modality."""
        return [
            path
            for dataset in self.spaces.datasets
            for name in self.run.artefacts.names(
                self.name, format=self.run.datasets[dataset]["format"]
            )
            for path in self._artefact(name, dataset)
        ]

    def _artefact(self, name: str, dataset: str) -> list[str]:
        if name not in PER_MODALITY:
            return [self.artefact_path(name, dataset)]
        return [
            self.artefact_path(name, dataset, of=f"{name}_{modality}")
            for modality in self.spaces.modalities(dataset)
        ]

    def targets(self) -> list[str]:
        """The clusters too."""
        return self.products() + [
            path
            for dataset in self.spaces.datasets
            for pattern in (self.CLUSTERS, self.NAMED)
            for path in self.all_spaces(pattern, dataset)
        ]

    def reads(self) -> list[str]:
        """Published weights of the encoders."""
        encoders = self.run.encoders
        return [path for name in self.spaces.encoders for path in encoders.weights(name)]

    def all_spaces(self, pattern: str, dataset: str, method: str | None = None) -> list[str]:
        """A file of each space of a dataset, or of each that is clustered by a method."""
        return [
            self.run.path(pattern, dataset=dataset, space=name)
            for name, space in self.spaces.of(dataset).items()
            if method is None or method in space.methods
        ]

    def shown(self, dataset: str, modality: str) -> dict[str, Any]:
        """The inputs of what is drawn of the best space of a modality, of which scores decide."""
        patterns = {"specimens": self.SPECIMENS, "points": self.POINTS}
        patterns |= {"clusters": self.CLUSTERS, "named": self.NAMED}
        names = self.spaces.of_modality(dataset, modality)
        return {"scores": self.run.path(self.SCORES, dataset=dataset)} | {
            key: [self.run.path(pattern, dataset=dataset, space=name) for name in names]
            for key, pattern in patterns.items()
        }

    def published(self, dataset: str) -> dict[str, Any]:
        """The scores of the published method: those of these columns."""
        return self.settings("missing") | {"split": "+".join(self.spaces.splits(dataset))}

    def crops(self, dataset: str) -> list[str]:
        """The index of the package whose images are shown; none where a dataset has no images."""
        packages, embedded = self.run.packages(dataset), self.run.config["embed"]["package"]
        shown = embedded if embedded in packages else next(iter(packages), None)
        return [self.run.path(PACK_INDEX, dataset=dataset, package=shown)] if shown else []

    def barcodes(self, dataset: str, space: str) -> list[str]:
        """The clusters of barcodes by distance, for spaces of DNA."""
        found = self.spaces.of(dataset)[space]
        needed = found.dna and "distance" in found.methods
        return [self.run.path(self.BARCODES, dataset=dataset)] if needed else []

    def settings(self, *keys: str) -> dict[str, Any]:
        """Some settings of all spaces."""
        config = self.run.config.get("cluster", {})
        return {key: config[key] for key in keys if key in config}
