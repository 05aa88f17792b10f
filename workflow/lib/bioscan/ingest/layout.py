"""The source of each dataset: published or simulated files, or a folder or table of the user's."""

from bioscan.core.formats import SOURCE, source_names
from bioscan.core.run import StageLayout

#: The formats of a user's own table, folder, or both.
OWN = ("folder", "bold")


class Layout(StageLayout):
    name = "ingest"

    RECORDS = "{dataset}/records/raw.parquet"
    INDEX = "{dataset}/records/images.parquet"

    def targets(self) -> list[str]:
        """The canonical records and the image index of each dataset too."""
        return self.products() + [
            self.run.path(pattern, dataset=dataset)
            for dataset in self.run.datasets
            for pattern in (self.RECORDS, self.INDEX)
        ]

    def reads(self) -> list[str]:
        datasets = self.run.datasets
        return [path for name in datasets for path in self.metadata(name) + self.archives(name)]

    def metadata(self, dataset: str) -> list[str]:
        """The metadata of a dataset: a published file, or a table of the user's."""
        settings = self.run.datasets[dataset]
        if settings["format"] in OWN:
            return [settings["table"]] if settings.get("table") else []
        return self._source(dataset)[:1]

    def archives(self, dataset: str) -> list[str]:
        """The archives of images; none of the user's own images, which lie in a folder."""
        settings = self.run.datasets[dataset]
        if settings["format"] in OWN:
            return []
        if "images" in settings:
            return settings["images"]
        return self._source(dataset)[1:]

    def folder(self, dataset: str) -> list[str]:
        """The user's folder of images, if a dataset has one."""
        settings = self.run.datasets[dataset]
        return [settings["path"]] if settings["format"] in OWN and "path" in settings else []

    def _source(self, dataset: str) -> list[str]:
        """Metadata and archives, as published or simulated."""
        settings = self.run.datasets[dataset]
        names = source_names(settings["format"], settings["archives"])
        return [self.run.path(SOURCE, dataset=dataset, file=name) for name in names]
