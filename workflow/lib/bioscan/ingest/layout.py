"""The source of each dataset: published or simulated files, or a folder or table of the user's."""

from pathlib import Path

from bioscan.core.errors import InputError
from bioscan.core.formats import NAMES, SOURCE, source_names
from bioscan.core.run import StageLayout

#: The formats of a user's own table, folder, or both.
OWN = ("folder", "bold")


class Layout(StageLayout):
    name = "ingest"

    RECORDS = "{dataset}/records/raw.parquet"
    INDEX = "{dataset}/records/images.parquet"
    QUARANTINE = "{dataset}/records/images_quarantine.parquet"

    #: Of the images of a package that a dataset comes in.
    PACKAGE_INDEX = "{dataset}/records/images_{package}.parquet"
    PACKAGE_QUARANTINE = "{dataset}/records/images_{package}_quarantine.parquet"

    def photographs(self, dataset: str) -> list[str]:
        """The index of a dataset's photographs; none of one that has packages or records alone."""
        return [self.run.path(self.INDEX, dataset=dataset)] if dataset in self.run.cropped else []

    def check(self) -> None:
        for dataset in self.run.packaged:
            self._check_packages(dataset)

    def products(self) -> list[str]:
        """Pages of what reading passed over; of images, where there are photographs."""
        pages = super().products()
        without = {
            self.artefact_path("reading_images", dataset)
            for dataset in self.run.datasets
            if dataset not in self.run.cropped
        }
        return [page for page in pages if page not in without]

    def targets(self) -> list[str]:
        """The canonical records and the image indices of each dataset too."""
        files = []
        for dataset in self.run.datasets:
            files += [self.run.path(self.RECORDS, dataset=dataset), *self._indices(dataset)]
        return self.products() + files

    def reads(self) -> list[str]:
        datasets = self.run.datasets
        found = [path for name in datasets for path in self.metadata(name) + self.archives(name)]
        return found + [
            path
            for dataset in self.run.packaged
            for package in self.run.packages(dataset)
            for path in self.run.package_files(dataset, package)
        ]

    def quarantine(self, dataset: str) -> dict[str, str]:
        """Tables of the images that could not be used → what they are of."""
        if dataset in self.run.cropped:
            return {self.run.path(self.QUARANTINE, dataset=dataset): "photograph"}
        return {
            self.run.path(self.PACKAGE_QUARANTINE, dataset=dataset, package=package): package
            for package in self.run.packages(dataset)
        }

    def metadata(self, dataset: str) -> list[str]:
        """The metadata of a dataset: a published file, or a table of the user's."""
        settings = self.run.datasets[dataset]
        if settings["format"] in OWN:
            return [settings["table"]] if settings.get("table") else []
        if settings["source"] == "own":
            return [settings["table"]]
        return self._source(dataset)[:1]

    def archives(self, dataset: str) -> list[str]:
        """The archives of photographs; none for packages, nor a folder, which is read itself."""
        settings = self.run.datasets[dataset]
        if settings["format"] in OWN or dataset in self.run.packaged:
            return []
        if "images" in settings:
            return settings["images"]
        return self._source(dataset)[1:]

    def folder(self, dataset: str) -> list[str]:
        """The user's folder of images, if a dataset has one."""
        settings = self.run.datasets[dataset]
        return [settings["path"]] if settings["format"] in OWN and "path" in settings else []

    def every_record(self, dataset: str) -> bool:
        """Whether every record of a dataset should have an image.

        Most specimens of an export of BOLD were never photographed by its user; of simulated ones
        the config says how many have a photograph. Specimens to be identified have what they have.
        """
        settings = self.run.datasets[dataset]
        if dataset not in self.run.studied:
            return False
        return settings["format"] != "bold" and "photographs" not in settings.get("simulate", {})

    def _source(self, dataset: str) -> list[str]:
        """Metadata and archives, as published or simulated."""
        settings = self.run.datasets[dataset]
        names = source_names(settings["format"], settings.get("archives", 0))
        return [self.run.path(SOURCE, dataset=dataset, file=name) for name in names]

    def _indices(self, dataset: str) -> list[str]:
        """The image indices of a dataset: of its photographs, or of each package it comes in."""
        if dataset in self.run.cropped:
            return [self.run.path(self.INDEX, dataset=dataset)]
        return [
            self.run.path(self.PACKAGE_INDEX, dataset=dataset, package=package)
            for package in self.run.packages(dataset)
        ]

    def _check_packages(self, dataset: str) -> None:
        """Check that a dataset of packages names nothing to crop, and files that there are.

        Raises:
            InputError: naming the key, its value and what was expected.
        """
        settings, key = self.run.datasets[dataset], f"datasets.{dataset}"
        if settings["format"] not in NAMES:
            expected = " or ".join(NAMES)
            raise InputError(
                f"config: {key}.packages is for published packages, and format is "
                f"'{settings['format']}', expected {expected}"
            )
        meant_for_photographs = ("archives", "images", "detector", "simulate")
        if surplus := [name for name in meant_for_photographs if name in settings]:
            raise InputError(
                f"config: {key} has packages, whose images are used as they are; leave out "
                f"{', '.join(surplus)} (null in an overlay)"
            )
        known = self.run.downloadable(dataset)
        for package, files in settings["packages"].items():
            for file in files:
                if file not in known and not Path(file).is_file():
                    place = f" nor under {NAMES[settings['format']]} in config/catalogue.yaml"
                    raise InputError(
                        f"config: {key}.packages.{package} is '{file}', which is no file"
                        f"{place if settings['source'] == 'published' else ''}"
                    )
