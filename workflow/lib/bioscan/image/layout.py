"""The packages of each dataset."""

from typing import Any

from bioscan.core.run import StageLayout


class Layout(StageLayout):
    name = "image"

    PACK = "{dataset}/packs/{package}/{shard}.h5"
    CONTENTS = "{dataset}/packs/contents/{shard}.parquet"
    INDEX = "{dataset}/packs/{package}/index.parquet"

    def products(self) -> list[str]:
        """The index of each package and the contents of each shard's packs; and figures.

        Packs that are deleted to free space are not made again. Those of a job that failed are, as
        Snakemake has removed the contents with them.
        """
        files = []
        for dataset in self.run.datasets:
            files += [self.index(dataset, package) for package in self.run.packages]
            files += self._of_shards(self.CONTENTS, dataset)
            files += self.artefacts_of(dataset)
        return files

    def targets(self) -> list[str]:
        """The packs too."""
        return self.products() + [
            path
            for dataset in self.run.datasets
            for package in self.run.packages
            for path in self._of_shards(self.PACK, dataset, package=package)
        ]

    def index(self, dataset: str, package: str) -> str:
        return self.run.path(self.INDEX, dataset=dataset, package=package)

    def cropping(self, sheet: str) -> dict[str, Any]:
        """The settings that a sheet of images depends on."""
        keys = () if sheet == "quarantined" else ("ratio", "fill", "aspect", "rotate")
        return {key: self.run.config["image"][key] for key in keys}

    def _of_shards(self, pattern: str, dataset: str, **names: str) -> list[str]:
        shards = self.run.shards(dataset)
        return [self.run.path(pattern, dataset=dataset, shard=n, **names) for n in shards]
