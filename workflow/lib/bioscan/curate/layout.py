"""Which labels are cleaned, and how."""

from bioscan.core.run import StageLayout


class Layout(StageLayout):
    name = "curate"

    RECORDS = "{dataset}/records/curated.parquet"

    def products(self) -> list[str]:
        """Pages of the changes and, where the truth is known, of how good they are."""
        simulated = self.run.having(source="simulated")
        pages = [self.artefact_path("cleaning", dataset) for dataset in self.run.studied]
        return pages + [self.artefact_path("cleaning_scores", dataset) for dataset in simulated]

    def targets(self) -> list[str]:
        """The cleaned records too."""
        records = [self.run.path(self.RECORDS, dataset=dataset) for dataset in self.run.datasets]
        return records + self.products()

    def min_majority(self, dataset: str) -> float | None:
        """The share that overrules a label in cleaning; None leaves labels as entered."""
        clean = self.run.datasets[dataset]["clean"]
        return self.run.config["curate"]["min_majority"] if clean else None
