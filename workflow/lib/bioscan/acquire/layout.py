"""Files that a run may download, and those that it needs."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from bioscan.core.formats import SOURCE, source_names
from bioscan.core.run import StageLayout, require

#: The names of the published formats in the catalogue.
COLLECTIONS = {"bioscan1m": "BIOSCAN-1M", "bioscan5m": "BIOSCAN-5M"}

#: Where files that were downloaded, or fetched manually, lie for all runs.
DOWNLOADS = "results/downloads"


class Layout(StageLayout):
    name = "acquire"

    def check(self) -> None:
        for name in self._acquired_sets:
            require(f"detect.sets.{name}", name, self.run.catalogue["annotations"])

    def targets(self) -> list[str]:
        """The downloads that the run needs; `downloads` has those too that a user may ask for."""
        needed = [file for name in self._published for file in self._source(name)]
        for name in dict.fromkeys(_named_weights(self.run.config)):
            files = self.run.catalogue["weights"].get(name, {}).get("files", [])
            needed += [f"weights/{name}/{file}" for file in files]
        for name in self._acquired_sets:
            files = self.run.catalogue["annotations"][name]["files"]
            needed += [f"detect/sets/{name}/{file}" for file in files]
        return [f"{self.run.results}/{path}" for path in needed]

    @cached_property
    def collections(self) -> dict[str, str]:
        """Folders below the results that hold downloads → `<section>/<name>` in the catalogue."""
        found = {
            f"{dataset}/source": f"data/{COLLECTIONS[self.run.datasets[dataset]['format']]}"
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
            for file in self._collection(collection)["files"]:
                found[f"{folder}/{file}"] = f"{collection}/{file}"
        for dataset in self._published:
            for path in self._source(dataset):
                found[path] = f"{self.collections[str(Path(path).parent)]}/{Path(path).name}"
        return found

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
        """Metadata and archives of a dataset; no archives where the config names others."""
        settings = self.run.datasets[dataset]
        count = 0 if "images" in settings else settings["archives"]
        names = source_names(settings["format"], count)
        return [SOURCE.format(dataset=dataset, file=name) for name in names]

    def _collection(self, collection: str) -> dict[str, Any]:
        section, name = collection.split("/")
        return self.run.catalogue[section][name]


def _named_weights(node: Any) -> Iterator[str]:
    """The values of all keys `weights` in a config, which name pretrained weights or folders."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "weights" and isinstance(value, str):
                yield value
            else:
                yield from _named_weights(value)
