"""The files of a release: zips and metadata under the published names."""

from typing import Any

from bioscan.core.errors import InputError
from bioscan.core.formats import METADATA
from bioscan.core.run import StageLayout, require

#: The packages of BIOSCAN-5M for experiments: end of the name → its splits (5M §A1.4, Table A2).
PARTITIONS = {
    "pretrain": ["pretrain"],
    "train": ["train"],
    "eval": ["val", "test", "val_unseen", "test_unseen", "key_unseen", "other_heldout"],
}

#: Parts of 1M in a zip of its cropped package (1M §A1.1).
PARTS_PER_ZIP = 20


class Layout(StageLayout):
    name = "release"

    FILE = "{dataset}/release/{file}"

    def check(self) -> None:
        for package in self.packages:
            require("release.packages", package, self.run.config["image"]["packages"])
        if self.packages and not self.run.cropped:
            raise InputError(
                "config: release.packages is given, and there is nothing to release: no dataset "
                f"({', '.join(self.run.datasets)}) has photographs that are cropped here"
            )

    def products(self) -> list[str]:
        """Metadata and zips of datasets that are cropped here; none without the key `release`."""
        return [
            self.run.path(self.FILE, dataset=dataset, file=file)
            for dataset in self.run.cropped
            if self.packages
            for file in (self._metadata(dataset), *self.archives(dataset))
        ]

    @property
    def packages(self) -> list[str]:
        return self.run.config.get("release", {}).get("packages", [])

    def archives(self, dataset: str) -> dict[str, dict[str, Any]]:
        """The zips of a release: file name → package, and `where`, column → values of its records.

        The names are the published ones (1M §A1.1, 5M Table A2); a folder's are those of 5M.
        """
        settings = self.run.datasets[dataset]
        found = {}
        for package in self.packages:
            if settings["format"] != "bioscan1m":
                found |= _archives_of_5m(package)
            elif package != "cropped":
                found[f"{package}.zip"] = {"package": package, "where": {}}
            else:
                found |= _cropped_archives_of_1m(settings["archives"])
        return found

    @property
    def names(self) -> list[str]:
        """The zips of any release."""
        names = (name for dataset in self.run.cropped for name in self.archives(dataset))
        return list(dict.fromkeys(names))

    def _metadata(self, dataset: str) -> str:
        return METADATA.get(self.run.datasets[dataset]["format"], METADATA["bioscan5m"])


def _archives_of_5m(package: str) -> dict[str, dict[str, Any]]:
    found = {f"BIOSCAN_5M_{package}.zip": {"package": package, "where": {}}}
    if package != "cropped":
        for name, splits in PARTITIONS.items():
            where = {"split": splits}
            found[f"BIOSCAN_5M_{package}_{name}.zip"] = {"package": package, "where": where}
    return found


def _cropped_archives_of_1m(count: int) -> dict[str, dict[str, Any]]:
    parts = range(1, count + 1)
    found = {}
    for start in range(0, len(parts), PARTS_PER_ZIP):
        within = parts[start : start + PARTS_PER_ZIP]
        name = f"bioscan_images_cropped_part{within[0]}-{within[-1]}.zip"
        found[name] = {"package": "cropped", "where": {"image_part": list(within)}}
    return found
