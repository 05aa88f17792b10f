"""Which labels are cleaned, and how."""

from pathlib import Path

from bioscan.core.errors import InputError
from bioscan.core.run import StageLayout


class Layout(StageLayout):
    name = "curate"

    RECORDS = "{dataset}/records/curated.parquet"

    def check(self) -> None:
        for dataset in self.run.datasets:
            for file in self.run.verdicts(dataset):
                key = f"config: datasets.{dataset}.verdicts is {file!r}"
                if not Path(file).is_file():
                    raise InputError(f"{key}, which is no file; expected a CSV of verdicts")
                if Path(file).resolve().is_relative_to(Path(self.run.results).resolve()):
                    raise InputError(
                        f"{key}, and what lies in {self.run.results} is written anew; move it "
                        "to a place outside"
                    )

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
