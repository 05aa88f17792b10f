"""The files of a release: zips, metadata and descriptions under the published names."""

from dataclasses import asdict
from functools import cached_property
from typing import Any

from bioscan.core.errors import InputError
from bioscan.core.formats import METADATA
from bioscan.core.released import BOXES, HDF5, archives
from bioscan.core.run import PACK_INDEX, StageLayout, require
from bioscan.release.trained import about_of, files_of, trained_models


class Layout(StageLayout):
    name = "release"

    FILE = "{dataset}/release/{file}"
    PARQUET = "{dataset}/release/parquet/{package}"
    BOXES, HDF5 = BOXES, HDF5
    DARWIN_CORE = "{dataset}/release/darwin_core.zip"
    CARD = "{dataset}/release/README.md"
    MODELS = "release/models"

    def check(self) -> None:
        for package in self.packages:
            require("release.packages", package, self.run.config["image"]["packages"])
        if self.packages and not self.run.cropped:
            raise InputError(
                "config: release.packages is given, and there is nothing to release: no dataset "
                f"({', '.join(self.run.datasets)}) has photographs that are cropped here"
            )
        for dataset in self._config.get("about", {}):
            require("release.about", dataset, self.run.datasets)

    def products(self) -> list[str]:
        """All files of each released dataset, and the models; none without the key `release`."""
        files = [path for dataset in self.datasets for path in self.files(dataset)]
        models = [self.run.path(self.MODELS)] if self._trains else []
        cards = [self.run.path(self.CARD, dataset=dataset) for dataset in self.datasets]
        return files + cards + models

    @property
    def _config(self) -> dict[str, Any]:
        return self.run.config.get("release", {})

    @property
    def _trains(self) -> bool:
        """Whether there are models to release."""
        parts = any(key in self.run.config for key in ("classify", "barcode", "retrieve"))
        trained = any(given["train"] for given in self.run.config["detect"]["detectors"].values())
        return bool(self._config.get("models")) and (parts or trained)

    @property
    def packages(self) -> list[str]:
        return self._config.get("packages", [])

    @property
    def formats(self) -> list[str]:
        """What images and records are written as: zip, hdf5, parquet, darwin_core."""
        return self._config.get("formats", [])

    @property
    def sizes(self) -> str:
        return self._config.get("sizes", "measured")

    @property
    def datasets(self) -> list[str]:
        """Those whose photographs are cropped here, and those of records alone.

        Not those that come in packages, which are published already, nor specimens that are to be
        identified.
        """
        if not self._config:
            return []
        return [name for name in self.run.studied if name not in self.run.packaged]

    def packages_of(self, dataset: str) -> list[str]:
        return self.packages if dataset in self.run.cropped else []

    def indices(self, dataset: str) -> list[str]:
        """The index of each released package."""
        packages = self.packages_of(dataset)
        return [self.run.path(PACK_INDEX, dataset=dataset, package=package) for package in packages]

    def format(self, dataset: str) -> str:
        """The published format of a dataset; that of 5M for own ones."""
        return "bioscan1m" if self.run.datasets[dataset]["format"] == "bioscan1m" else "bioscan5m"

    def having(self, format: str, *, cropped: bool) -> list[str]:
        """The released datasets of a published format, with images or without."""
        return [
            name
            for name in self.datasets
            if self.format(name) == format and (name in self.run.cropped) == cropped
        ]

    def files(self, dataset: str) -> list[str]:
        """The files of a release of a dataset, but for those that describe it."""
        format, names = self.format(dataset), {"dataset": dataset}
        found = [self.run.path(self.FILE, file=METADATA[format], **names)]
        if dataset in self.run.cropped:
            found.append(self.run.path(self.FILE, file=BOXES[format], **names))
        if "zip" in self.formats:
            found += [
                self.run.path(self.FILE, file=file, **names) for file in self.archives(dataset)
            ]
        for package in self.packages_of(dataset):
            if "hdf5" in self.formats:
                found.append(self.run.path(HDF5[format], package=package, **names))
            if "parquet" in self.formats:
                found.append(self.run.path(self.PARQUET, package=package, **names))
        if "darwin_core" in self.formats:
            found.append(self.run.path(self.DARWIN_CORE, **names))
        return found

    def archives(self, dataset: str) -> dict[str, dict[str, Any]]:
        """The zips of a release (`core.released.archives`); a folder's are those of 5M."""
        found = {}
        for package in self.packages_of(dataset):
            found |= archives(self.format(dataset), package, self.parts(dataset))
        return found

    def parts(self, dataset: str) -> int:
        """The numbered folders in which 1M has its images, one per archive of photographs."""
        return self.run.datasets[dataset].get("archives", 1)

    def whole_packages(self, dataset: str) -> dict[str, str]:
        """The zips that together hold all images of a package: name → package."""
        return {
            name: archive["package"]
            for name, archive in self.archives(dataset).items()
            if "zip" in self.formats and "split" not in archive["where"]
        }

    @cached_property
    def names(self) -> list[str]:
        """The zips of any release."""
        if "zip" not in self.formats:
            return []
        names = (name for dataset in self.datasets for name in self.archives(dataset))
        return list(dict.fromkeys(names))

    def about(self, dataset: str) -> dict[str, Any]:
        """What is said of a dataset (`About`), as plain values."""
        return asdict(about_of(self.run, dataset))

    def made(self, dataset: str, stages: Any) -> dict[str, Any]:
        """How records and images were made, for the data card: a phrase → its value.

        Args:
            dataset: its name.
            stages: the layout of the run, with those of the stages that made them.
        """
        settings = self.run.datasets[dataset]
        found = {
            "Source": f"{settings['source']}, format {settings['format']}",
            "Labels": "cleaned" if settings["clean"] else "as they were entered",
            "Splits": _splits(self.format(dataset), stages.partition.settings(dataset)),
        }
        if dataset in self.run.cropped:
            image = self.run.config["image"]
            name = stages.detect.detector_of(dataset)
            detector = self.run.config["detect"]["detectors"][name]
            said = [f"weights {detector['weights']}"]
            if detector["train"]:
                said.append(f"trained on {' and '.join(detector['train'])}")
            said.append(f"threshold {detector['threshold']}")
            found["Detector"] = f"{name} ({', '.join(said)})"
            found["Crops"] = ", ".join(
                f"{key} {image[key]}" for key in sorted(image) if key != "packages"
            )
            if "mm_per_pixel" in settings:
                found["Pixel"] = f"{settings['mm_per_pixel']} mm of the original image"
            found["Sizes"] = f"area_fraction and scale_factor are {self.sizes}"
        return found

    def models(self, stages: Any) -> list[dict[str, Any]]:
        """The models that are trained for others (`trained_models`).

        Args:
            stages: the layout of the run, with those of the stages that train.
        """
        trains = (stages.classify, stages.detect, stages.barcode, stages.retrieve)
        return trained_models(self.run, *trains)

    def model_files(self, stages: Any) -> list[str]:
        return files_of(self.models(stages))


def _splits(format: str, settings: dict[str, Any]) -> str:
    """How they were made, with the settings that matter in this format."""
    if settings["method"] == "published":
        return "those of the source (published)"
    used = [f"rules {settings['rules']}"]
    if format == "bioscan1m":
        sizes = settings["sizes"].items()
        used += [f"{size} {'all' if count is None else count} records" for size, count in sizes]
        used.append(f"{settings['families']} families")
    else:
        used.append(f"barcodes {settings['barcode_key']}")
        if settings["min_barcode_letters"]:
            used.append(f"of {settings['min_barcode_letters']} letters or more")
    return f"recomputed ({', '.join(used)}, seed {settings['seed']})"
