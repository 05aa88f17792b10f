"""Which embeddings a run clusters, by which methods."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bioscan.core.encoders import ALL, EMBEDDINGS, embedding_name
from bioscan.core.errors import InputError
from bioscan.core.run import PACK_INDEX, StageLayout, require

#: A table of one paper alone.
TABLE_A16 = "bioscan5m_tableA16"

#: Splits of 5M that are clustered, those on which a criterion is chosen, and that of the labelled
#: keys (5M §4.3). Other datasets are clustered whole.
CLUSTERED = ("test", "test_unseen")
VALIDATION = ("val", "val_unseen")
KEYS = "train"

#: The artefacts of the best space of each modality.
PER_MODALITY = ("cluster_map", "cluster_explorer", "cluster_gallery")


@dataclass(frozen=True)
class Space:
    """Vectors that are clustered: an image embedding, a DNA embedding, or both joined.

    Attributes:
        image, dna: folders of embeddings.
        methods: names of the methods beside the published one.
    """

    image: str | None
    dna: str | None
    methods: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return "+".join(self.embeddings)

    @property
    def embeddings(self) -> list[str]:
        return [name for name in (self.image, self.dna) if name]

    @property
    def modality(self) -> str:
        if self.image and self.dna:
            return "both"
        return "image" if self.image else "dna"


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
        encoders = self.run.encoders
        for block in self._blocks:
            for name in block["datasets"]:
                require("cluster.spaces.datasets", name, self.run.datasets)
            for key, modality in (("images", "image"), ("dna", "dna")):
                for name in block[key]:
                    require(f"cluster.spaces.{key}", name, encoders.of(modality))
            if not block["images"] and not block["dna"]:
                raise InputError(
                    "config: cluster.spaces has a block without encoders, expected names in "
                    "'images', 'dna' or both"
                )
            for name in block["datasets"] if block["images"] else ():
                package = self.run.config["embed"]["package"]
                require("embed.package", package, self.run.packages(name))

    def products(self) -> list[str]:
        """The artefacts of each dataset that is clustered, some of them per modality."""
        return [
            path
            for dataset in self.datasets
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
            for modality in self.modalities(dataset)
        ]

    def modalities(self, dataset: str) -> list[str]:
        """Those of spaces of one modality."""
        found = dict.fromkeys(space.modality for space in self.spaces(dataset).values())
        return [modality for modality in found if modality != "both"]

    def spaces_of(self, dataset: str, modality: str) -> list[str]:
        """The names of the spaces of a modality."""
        spaces = self.spaces(dataset).values()
        return [space.name for space in spaces if space.modality == modality]

    def of_modality(self, pattern: str, dataset: str, modality: str) -> list[str]:
        """A file of each space of a modality."""
        names = self.spaces_of(dataset, modality)
        return [self.run.path(pattern, dataset=dataset, space=space) for space in names]

    def shown(self, dataset: str, modality: str) -> dict[str, Any]:
        """The inputs of what is drawn of the best space of a modality, of which scores decide."""
        patterns = {"specimens": self.SPECIMENS, "points": self.POINTS}
        patterns |= {"clusters": self.CLUSTERS, "named": self.NAMED}
        return {"scores": self.run.path(self.SCORES, dataset=dataset)} | {
            name: self.of_modality(pattern, dataset, modality) for name, pattern in patterns.items()
        }

    def published(self, dataset: str) -> dict[str, Any]:
        """The scores of the published method: those of these columns."""
        return self.settings("missing") | {"split": "+".join(self.splits(dataset))}

    def crops(self, dataset: str) -> list[str]:
        """The index of the package whose images are shown; none where a dataset has no images."""
        packages, embedded = self.run.packages(dataset), self.run.config["embed"]["package"]
        shown = embedded if embedded in packages else next(iter(packages), None)
        return [self.run.path(PACK_INDEX, dataset=dataset, package=shown)] if shown else []

    def targets(self) -> list[str]:
        """The clusters too."""
        return self.products() + [
            self.run.path(pattern, dataset=dataset, space=space)
            for dataset in self.datasets
            for space in self.spaces(dataset)
            for pattern in (self.CLUSTERS, self.NAMED)
        ]

    def reads(self) -> list[str]:
        """Published weights of the encoders."""
        names = dict.fromkeys(
            name for block in self._blocks for key in ("images", "dna") for name in block[key]
        )
        return [path for name in names for path in self.run.encoders.weights(name)]

    @property
    def _config(self) -> dict[str, Any]:
        return self.run.config.get("cluster", {})

    @property
    def _blocks(self) -> list[dict[str, Any]]:
        return self._config.get("spaces", [])

    @property
    def datasets(self) -> list[str]:
        """The datasets that are clustered."""
        return list(dict.fromkeys(name for block in self._blocks for name in block["datasets"]))

    @cached_property
    def _spaces(self) -> dict[str, dict[str, Space]]:
        """Dataset → name → space; one that two blocks name has the methods of both."""
        found: dict[str, dict[str, Space]] = {dataset: {} for dataset in self.datasets}
        for block in self._blocks:
            for space in _spaces_of(block):
                for dataset in block["datasets"]:
                    other = found[dataset].get(space.name, space).methods
                    methods = tuple(dict.fromkeys((*other, *space.methods)))
                    joined = Space(space.image, space.dna, methods)
                    found[dataset][space.name] = joined
        return found

    def spaces(self, dataset: str) -> dict[str, Space]:
        """The spaces of a dataset by name."""
        return self._spaces.get(dataset, {})

    @property
    def names(self) -> list[str]:
        """The names of all spaces."""
        return list(dict.fromkeys(name for spaces in self._spaces.values() for name in spaces))

    def splits(self, dataset: str) -> tuple[str, ...]:
        """The splits that are clustered together."""
        return CLUSTERED if self.has_splits(dataset) else (ALL,)

    def has_splits(self, dataset: str) -> bool:
        """Whether a dataset has the splits of 5M: what is known, and what is not."""
        return self.run.datasets[dataset]["format"] == "bioscan5m"

    def embeddings(self, dataset: str, space: str, splits: tuple[str, ...]) -> list[str]:
        """The matrices of some splits, those of images first."""
        return [
            self.run.path(EMBEDDINGS, dataset=dataset, embedding=name, split=split, suffix="npy")
            for name in self.spaces(dataset)[space].embeddings
            for split in splits
        ]

    def clustered(self, dataset: str, space: str) -> list[str]:
        """The matrices that are clustered."""
        return self.embeddings(dataset, space, self.splits(dataset))

    def validation(self, dataset: str, space: str) -> list[str]:
        """Those on which a method chooses a criterion; none where no method does."""
        wanted = {"ward_cut", "known"} & {*self.spaces(dataset)[space].methods}
        needed = wanted and self.has_splits(dataset)
        return self.embeddings(dataset, space, VALIDATION) if needed else []

    def keys(self, dataset: str, space: str) -> list[str]:
        """Those of labelled specimens; none where no method takes them."""
        needed = "known" in self.spaces(dataset)[space].methods and self.has_splits(dataset)
        return self.embeddings(dataset, space, (KEYS,)) if needed else []

    def barcodes(self, dataset: str, space: str) -> list[str]:
        """The clusters of barcodes by distance, for spaces of DNA."""
        found = self.spaces(dataset)[space]
        needed = found.dna and "distance" in found.methods
        return [self.run.path(self.BARCODES, dataset=dataset)] if needed else []

    def all_spaces(self, pattern: str, dataset: str) -> list[str]:
        """A file of each space of a dataset."""
        return [
            self.run.path(pattern, dataset=dataset, space=space) for space in self.spaces(dataset)
        ]

    def modality(self, dataset: str, space: str) -> str:
        """`image`, `dna` or `both`."""
        return self.spaces(dataset)[space].modality

    def methods(self, dataset: str, space: str) -> tuple[str, ...]:
        """The methods beside the published one."""
        return self.spaces(dataset)[space].methods

    def encoders(self, dataset: str) -> dict[str, tuple[str | None, str | None]]:
        """The image and the DNA embedding of each space."""
        return {name: (space.image, space.dna) for name, space in self.spaces(dataset).items()}

    def settings(self, *keys: str) -> dict[str, Any]:
        """Some settings of all spaces."""
        return {key: self._config[key] for key in keys if key in self._config}


def _spaces_of(block: dict[str, Any]) -> list[Space]:
    """The spaces of a block: each embedding, and each pair."""
    methods = tuple(block["methods"])
    dna = [embedding_name(name, pooling) for name in block["dna"] for pooling in block["poolings"]]
    alone = [Space(name, None, methods) for name in block["images"]]
    alone += [Space(None, name, methods) for name in dna]
    pairs = [Space(image, name, methods) for image in block["images"] for name in dna]
    return alone + (pairs if block["pairs"] else [])
