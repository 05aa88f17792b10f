"""How the splits of a dataset are made."""

from typing import Any

from bioscan.core.run import StageLayout


class Layout(StageLayout):
    name = "partition"

    RECORDS = "{dataset}/records/partitioned.parquet"

    def products(self) -> list[str]:
        return []

    def targets(self) -> list[str]:
        """The records of each dataset with their splits."""
        return [self.run.path(self.RECORDS, dataset=dataset) for dataset in self.run.datasets]

    def settings(self, dataset: str) -> dict[str, Any]:
        """Settings of a dataset's splits."""
        return {
            **self.run.datasets[dataset]["partition"],
            "method": self.run.partition_method(dataset),
            "min_barcode_letters": self.run.min_barcode_letters(dataset),
        }
