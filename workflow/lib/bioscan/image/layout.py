"""The packages of each dataset."""

from bioscan.core.run import StageLayout


class Layout(StageLayout):
    name = "image"

    PACK = "{dataset}/packs/{package}/{shard}.h5"
    INDEX = "{dataset}/packs/{package}/index.parquet"

    def targets(self) -> list[str]:
        """The index of each package, which follows from all of its packs, and the figures."""
        files = []
        for dataset in self.run.datasets:
            files += [self.index(dataset, package) for package in self.run.packages]
            files += self.artefacts_of(dataset)
        return files

    def index(self, dataset: str, package: str) -> str:
        return self.run.path(self.INDEX, dataset=dataset, package=package)
