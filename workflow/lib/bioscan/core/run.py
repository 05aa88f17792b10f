"""The run that a config describes: the parts that stages share, and the layout of a stage.

Only the Snakefile and the rules use layouts; scripts are handed their paths. Paths are relative to
the working directory and begin with the results of the run.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from bioscan.core.annotated import AnnotatedSets
from bioscan.core.artefacts import Artefacts
from bioscan.core.encoders import ALIGNED, FINETUNED, PRETRAINED, Encoders, aligned_encoders
from bioscan.core.errors import InputError
from bioscan.core.formats import NAMES, SOURCE
from bioscan.core.weights import CONFIG, WEIGHTS, model_files

#: Where the images of a package lie in its packs: the rows of all shards.
PACK_INDEX = "{dataset}/packs/{package}/index.parquet"

#: The boxes of a dataset whose photographs are cropped here.
BOXES = "{dataset}/boxes.parquet"

#: Keys of a dataset that name photographs, which are detected and cropped here.
PHOTOGRAPHS = ("archives", "images", "path")


#: Whose specimens a dataset is of: those of the papers, of the simulator, or of the user.
Specimens = Literal["published", "simulated", "own"]


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes:
        config: the validated config.
        catalogue: what can be downloaded (config/catalogue.yaml).
        artefacts: the tables, figures and pages of the report.
        root: the repository, for files that are part of it.
    """

    config: dict[str, Any]
    catalogue: dict[str, Any]
    artefacts: Artefacts
    root: Path

    @property
    def results(self) -> str:
        return f"results/{self.config['run']}"

    @property
    def datasets(self) -> dict[str, dict[str, Any]]:
        return self.config["datasets"]

    @property
    def studied(self) -> list[str]:
        """The datasets that are described and released: all but specimens to be identified."""
        specimens = self.config.get("identify", {}).get("specimens")
        return [name for name in self.datasets if name != specimens]

    @property
    def cropped(self) -> list[str]:
        """The datasets whose photographs are detected and cropped here.

        Not those that come as packages, nor those of records alone.
        """
        return [
            name
            for name, dataset in self.datasets.items()
            if "packages" not in dataset and any(key in dataset for key in PHOTOGRAPHS)
        ]

    def specimens_of(self, dataset: str) -> Specimens:
        """Whose specimens a dataset is of.

        Files of a published format that the user names are of the user's own specimens, unless the
        config says that they are copies of the published ones: only the specimens of the papers are
        compared with the papers' numbers, and released with their licence and holder.
        """
        settings = self.datasets[dataset]
        return "published" if settings.get("copy_of_published") else settings["source"]

    def partition_method(self, dataset: str) -> str:
        """Whether a dataset's splits are the `published` ones, by default those of files that carry
        them, or are made here (`recompute`)."""
        settings = self.datasets[dataset]
        carried = settings["format"] in NAMES and settings["source"] != "simulated"
        return settings["partition"].get("method", "published" if carried else "recompute")

    def detector_of(self, dataset: str) -> str | None:
        """The detector that a dataset's photographs are cropped with: its own, or the only one."""
        given = self.config["detect"]["detectors"]
        only = next(iter(given)) if len(given) == 1 else None
        return self.datasets[dataset].get("detector", only)

    def measured_boxes(self, dataset: str) -> list[str]:
        """The boxes of a dataset whose source does not carry sizes; none of a published one."""
        carried = self.specimens_of(dataset) == "published"
        return (
            [self.path(BOXES, dataset=dataset)] if dataset in self.cropped and not carried else []
        )

    @property
    def released(self) -> list[str]:
        """The datasets that are released, where the config has a release.

        Not those that come in packages, which are published already, nor specimens that are to be
        identified.
        """
        names = self.studied if self.config.get("release") else []
        return [name for name in names if name not in self.packaged]

    @property
    def packaged(self) -> list[str]:
        """The datasets whose images come in packages, and are copied as they are."""
        return [name for name, dataset in self.datasets.items() if "packages" in dataset]

    def packages(self, dataset: str) -> list[str]:
        """The image packages of a dataset: made here, or those that it comes in."""
        if dataset in self.cropped:
            return self.config["image"]["packages"]
        return list(self.datasets[dataset].get("packages", ()))

    @property
    def all_packages(self) -> list[str]:
        """The image packages of any dataset."""
        found = (package for dataset in self.datasets for package in self.packages(dataset))
        return list(dict.fromkeys(found))

    def package_files(self, dataset: str, package: str) -> list[str]:
        """The zips or HDF5 files that hold a package: downloaded ones, or the user's own."""
        downloads = self.downloadable(dataset)
        return [
            self.path(SOURCE, dataset=dataset, file=file) if file in downloads else file
            for file in self.datasets[dataset]["packages"][package]
        ]

    def downloadable(self, dataset: str) -> Iterable[str]:
        """The names of the catalogue's files of a published dataset; none of another."""
        settings = self.datasets[dataset]
        if settings["source"] != "published":
            return ()
        return self.catalogue["data"][NAMES[settings["format"]]]["files"].keys()

    @property
    def annotated(self) -> AnnotatedSets:
        return AnnotatedSets(self.config["detect"]["sets"], self.results)

    @cached_property
    def encoders(self) -> Encoders:
        given = self.config["encoders"] | aligned_encoders(self.config.get("retrieve", {}))
        return Encoders(given, self.weights, frozenset(self.catalogue["weights"]))

    def having(self, **values: str) -> list[str]:
        """The datasets whose config has these values (format, source)."""
        return [
            name
            for name, dataset in self.datasets.items()
            if all(dataset[key] == value for key, value in values.items())
        ]

    def min_barcode_letters(self, dataset: str) -> int:
        """Letters A, C, G, T below which a barcode is never compared with others."""
        return self.datasets[dataset]["min_barcode_letters"]

    def verdicts(self, dataset: str) -> list[str]:
        """The CSV of a curator's verdicts on a dataset, if there is one."""
        settings = self.datasets[dataset]
        return [settings["verdicts"]] if "verdicts" in settings else []

    def shards(self, dataset: str) -> list[str]:
        return [f"{shard:04d}" for shard in range(self.datasets[dataset]["shards"])]

    def all_shards(self, pattern: str) -> Callable[[Any], list[str]]:
        """An input function: a file of each shard of the dataset, by a pattern with {shard}."""
        return lambda wildcards: [
            pattern.format(**dict(wildcards.items()), shard=shard)
            for shard in self.shards(wildcards.dataset)
        ]

    def path(self, pattern: str, **names: Any) -> str:
        """A file below the results, from a layout's pattern and the names in it."""
        return f"{self.results}/{pattern.format(**names)}"

    def own(self, path: str | Path) -> str:
        """A file of the repository, relative to the working directory."""
        return os.path.relpath(self.root / path)

    def weights(self, name: str | None, key: str = "weights") -> list[str]:
        """Files of pretrained weights: a catalogue entry's, or those of a folder or checkpoint.

        Raises:
            InputError: there are none of this name, which the config's `key` gives.
        """
        if name is None:
            return []
        if name in self.catalogue["weights"]:
            files = self.catalogue["weights"][name]["files"]
            return [f"{self.results}/weights/{name}/{file}" for file in files]
        return [
            # Those of the repository are named from the working directory, wherever that is.
            self.own(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)
            for path in model_files(name, self.root, key)
        ]

    def encoder_files(self, name: str, dataset: str) -> list[str]:
        """The weights of an encoder, and files beside them; none if it is randomly initialised.

        They are published, of one's own, trained here on the barcodes of the dataset, or those of
        an aligned model, whatever the dataset.
        """
        given = self.encoders.given[name]
        if "pretrain" in given:
            folder = self.path(PRETRAINED, dataset=dataset, encoder=name)
        elif "finetuned" in given:
            folder = self.path(FINETUNED, dataset=dataset, **given["finetuned"])
        elif "aligned" in given:
            folder = self.path(ALIGNED, **given["aligned"])
        else:
            return self.encoders.weights(name)
        return [f"{folder}/{WEIGHTS}", f"{folder}/{CONFIG}"]

    def published(self, table: str) -> list[str]:
        """The file with a table's published values, where a paper prints them."""
        path = f"config/published/{table}.csv"
        return [self.own(path)] if (self.root / path).is_file() else []


@dataclass(frozen=True)
class StageLayout:
    """The part of a stage that follows from the config: grids, settings, patterns, targets.

    A stage with nothing of its own needs no subclass: its products are its artefacts.

    Attributes:
        name: of the stage, its rule file, folders of scripts, library and tests, and its target.
    """

    run: Run
    name: ClassVar[str]

    def check(self) -> None:
        """Check what the schema cannot.

        Raises:
            InputError: naming the key, its value and what was expected.
        """

    def products(self) -> list[str]:
        """The files that the stage makes for people, its tables as pages of the report.

        `snakemake` makes those of all stages. Files that only other stages take are not among them:
        a finished run may lose them, to free space, without being made again.
        """
        return [path for dataset in self.run.studied for path in self.artefacts_of(dataset)]

    def targets(self) -> list[str]:
        """The files that `snakemake <stage>` makes."""
        return self.products()

    def reads(self) -> list[str]:
        """Files from outside the workflow that the stage takes: sources, weights, annotations."""
        return []

    def artefacts_of(self, dataset: str) -> list[str]:
        """The stage's tables, figures and pages of a dataset."""
        format = self.run.datasets[dataset]["format"]
        names = self.run.artefacts.names(self.name, format=format)
        return [self.artefact_path(name, dataset) for name in names]

    def artefact_path(self, artefact: str, dataset: str, of: str | None = None) -> str:
        """One of them. Where a rule makes several, `of` is what its wildcards make of the name."""
        return self.run.path(self.run.artefacts.path(artefact, of or artefact, dataset))


def require(key: str, name: str | None, known: Iterable[str]) -> None:
    """Refuse a name that the config gives and that nothing has.

    Raises:
        InputError: naming the key, the name and those that there are.
    """
    if name not in known:
        given = "not given" if name is None else f"'{name}'"
        expected = (
            f"one of {', '.join(known)}" if known else "one that the config describes: none is"
        )
        raise InputError(f"config: {key} is {given}, expected {expected}")


def any_of(names: Iterable[str]) -> str:
    """A wildcard constraint that matches these names; nothing where there are none."""
    return "|".join(names) or "(?!)"
