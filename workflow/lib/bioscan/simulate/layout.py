"""The simulated files, under the names of the published ones, and the truth beside them."""

from bioscan.core.formats import ANNOTATED, METADATA, SOURCE, source_names
from bioscan.core.run import StageLayout


class Layout(StageLayout):
    name = "simulate"

    TRUTH = "{dataset}/truth/{file}.parquet"

    def products(self) -> list[str]:
        return []

    def targets(self) -> list[str]:
        """Metadata and archives of the simulated datasets, and the simulated annotated sets."""
        files = []
        for dataset in self.datasets:
            settings = self.run.datasets[dataset]
            names = source_names(settings["format"], settings["archives"])
            files += [self.run.path(SOURCE, dataset=dataset, file=name) for name in names]
        for name in self.sets:
            files += [self.run.path(pattern, set=name) for pattern in ANNOTATED.values()]
        return files

    @property
    def datasets(self) -> list[str]:
        return self.run.having(source="simulated")

    @property
    def sets(self) -> list[str]:
        """The annotated sets to simulate."""
        return self.run.annotated.having("simulate")

    def truth(self, dataset: str) -> str:
        """The truth about the records of a simulated dataset."""
        file = METADATA[self.run.datasets[dataset]["format"]]
        return self.run.path(self.TRUTH, dataset=dataset, file=file)
