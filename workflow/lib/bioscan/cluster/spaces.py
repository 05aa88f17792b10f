"""The spaces of a config: which embeddings are clustered, by which methods."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bioscan.core.encoders import ALL, EMBEDDINGS, embedding_name
from bioscan.core.errors import InputError
from bioscan.core.run import Run, require

#: Splits of 5M that are clustered (5M §4.3). Other datasets are clustered whole.
CLUSTERED = ("test", "test_unseen")


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


class Spaces:
    """The spaces of each dataset that is clustered, with what each of them needs."""

    #: Splits on which a criterion is chosen, and of labelled keys.
    VALIDATION = ("val", "val_unseen")
    KEYS = ("train",)

    def __init__(self, run: Run) -> None:
        self.run = run
        self._blocks: list[dict[str, Any]] = run.config.get("cluster", {}).get("spaces", [])

    def check(self) -> None:
        """Check that all datasets, encoders and packages that are named exist.

        Raises:
            InputError: naming the key, its value and what was expected.
        """
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

    @property
    def datasets(self) -> list[str]:
        """The datasets that are clustered."""
        return list(dict.fromkeys(name for block in self._blocks for name in block["datasets"]))

    @property
    def encoders(self) -> list[str]:
        """The encoders whose embeddings are clustered."""
        keys = ("images", "dna")
        return list(dict.fromkeys(n for block in self._blocks for key in keys for n in block[key]))

    @cached_property
    def _found(self) -> dict[str, dict[str, Space]]:
        """Dataset → name → space; one that two blocks name has the methods of both."""
        found: dict[str, dict[str, Space]] = {dataset: {} for dataset in self.datasets}
        for block in self._blocks:
            for space in _spaces_of(block):
                for dataset in block["datasets"]:
                    other = found[dataset].get(space.name, space).methods
                    methods = tuple(dict.fromkeys((*other, *space.methods)))
                    found[dataset][space.name] = Space(space.image, space.dna, methods)
        return found

    @property
    def names(self) -> list[str]:
        """The names of all spaces."""
        return list(dict.fromkeys(name for spaces in self._found.values() for name in spaces))

    def of(self, dataset: str) -> dict[str, Space]:
        """The spaces of a dataset by name."""
        return self._found.get(dataset, {})

    def modalities(self, dataset: str) -> list[str]:
        """Those of spaces of one modality."""
        found = dict.fromkeys(space.modality for space in self.of(dataset).values())
        return [modality for modality in found if modality != "both"]

    def of_modality(self, dataset: str, modality: str) -> list[str]:
        """The names of the spaces of a modality."""
        return [space.name for space in self.of(dataset).values() if space.modality == modality]

    def has_splits(self, dataset: str) -> bool:
        """Whether a dataset is divided as 5M is: into what is known, and what is not."""
        return self.run.datasets[dataset]["format"] != "bioscan1m"

    def splits(self, dataset: str) -> tuple[str, ...]:
        """The splits that are clustered together."""
        return self._embedded(dataset, CLUSTERED)

    def _embedded(self, dataset: str, splits: tuple[str, ...]) -> tuple[str, ...]:
        """The embeddings that hold some splits: of 5M one each, of others those of all records."""
        return splits if self.run.datasets[dataset]["format"] == "bioscan5m" else (ALL,)

    def clustered(self, dataset: str, space: str) -> list[str]:
        """The matrices of what is clustered."""
        return self._embeddings(dataset, space, self.splits(dataset))

    def validation(self, dataset: str, space: str) -> list[str]:
        """Those that hold what a method chooses a criterion on; none where no method does."""
        wanted = {"ward_cut", "known"} & {*self.of(dataset)[space].methods}
        needed = wanted and self.has_splits(dataset)
        splits = self._embedded(dataset, self.VALIDATION)
        return self._embeddings(dataset, space, splits) if needed else []

    def keys(self, dataset: str, space: str) -> list[str]:
        """Those that hold labelled specimens; none where no method takes them."""
        needed = "known" in self.of(dataset)[space].methods and self.has_splits(dataset)
        splits = self._embedded(dataset, self.KEYS)
        return self._embeddings(dataset, space, splits) if needed else []

    def _embeddings(self, dataset: str, space: str, splits: tuple[str, ...]) -> list[str]:
        """The matrices of some splits, those of images first."""
        return [
            self.run.path(EMBEDDINGS, dataset=dataset, embedding=name, split=split, suffix="npy")
            for name in self.of(dataset)[space].embeddings
            for split in splits
        ]


def _spaces_of(block: dict[str, Any]) -> list[Space]:
    """The spaces of a block: each embedding, and each pair."""
    methods = tuple(block["methods"])
    dna = [embedding_name(name, pooling) for name in block["dna"] for pooling in block["poolings"]]
    alone = [Space(name, None, methods) for name in block["images"]]
    alone += [Space(None, name, methods) for name in dna]
    pairs = [Space(image, name, methods) for image in block["images"] for name in dna]
    return alone + (pairs if block["pairs"] else [])
