"""How the splits of a dataset are made."""

from typing import Any

from bioscan.core.formats import NAMES
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
        """Settings of a dataset's splits; one in published files keeps its own by default."""
        given = self.run.datasets[dataset]
        published = given["format"] in NAMES and given["source"] != "simulated"
        method = "published" if published else "recompute"
        letters = self.run.min_barcode_letters(dataset)
        return {"method": method, "min_barcode_letters": letters, **given["partition"]}
