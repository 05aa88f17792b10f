"""Which labels are cleaned, and how."""

from bioscan.core.run import StageLayout


class Layout(StageLayout):
    name = "curate"

    RECORDS = "{dataset}/records/curated.parquet"

    def targets(self) -> list[str]:
        """The cleaned records of each dataset, and the pages that show what was done."""
        files = []
        for dataset in self.run.datasets:
            files.append(self.run.path(self.RECORDS, dataset=dataset))
            files.append(self.shown("cleaning", dataset))
            if self.run.datasets[dataset]["source"] == "simulated":
                files.append(self.shown("cleaning_scores", dataset))
        return files

    def min_majority(self, dataset: str) -> float | None:
        """The share that overrules a label in cleaning; None leaves labels as entered."""
        clean = self.run.datasets[dataset]["clean"]
        return self.run.config["curate"]["min_majority"] if clean else None
