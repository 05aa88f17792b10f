"""The barcodes of a run: the models that are trained on them, and the searches."""

from functools import cached_property
from typing import Any

from bioscan.barcode.models import PROBED, DnaModels
from bioscan.core.encoders import FINETUNED, PRETRAINED
from bioscan.core.run import StageLayout, require

#: Formats whose records have the splits of BIOSCAN-5M.
FORMATS = ("bioscan5m", "folder", "bold")

#: Made where the config has the search of architectures.
SEARCH_TABLE = "bioscan5m_tableA15"

#: Made where the exact search is one of the methods.
FROM_EXACT = ("barcode_distances", "barcode_lengths")


class Layout(StageLayout):
    name = "barcode"

    SEQUENCES = "{dataset}/barcode/sequences.parquet"
    PRETRAINED = PRETRAINED
    FINETUNED = FINETUNED
    PROBED = PROBED
    SEARCHED = "{dataset}/barcode/search/{method}"
    SHORT = "{dataset}/barcode/search/short.parquet"

    def check(self) -> None:
        if self.dataset is None:
            return
        divided = [name for format in FORMATS for name in self.run.having(format=format)]
        require("barcode.dataset", self.dataset, divided)
        self.models.check()

    def products(self) -> list[str]:
        if self.dataset is None:
            return []
        return [
            self.artefact_path(name, self.dataset)
            for name, artefact in self.run.artefacts.items()
            if artefact.stage == self.name and name not in self._missing
        ]

    @property
    def _missing(self) -> set[str]:
        """Artefacts that the config has no part for."""
        missing = set() if "search" in self._config else {SEARCH_TABLE}
        return missing if self._has_exact else missing | set(FROM_EXACT)

    def reads(self) -> list[str]:
        """Published weights of the encoders."""
        return [path for name in self.models.evaluated for path in self.run.encoders.weights(name)]

    @property
    def dataset(self) -> str | None:
        """The dataset whose barcodes are learnt; None where the config has no DNA models."""
        return self._config.get("dataset")

    @cached_property
    def models(self) -> DnaModels:
        return DnaModels(self.run)

    @property
    def _config(self) -> dict[str, Any]:
        return self.models.config

    @property
    def pretraining_splits(self) -> list[str]:
        """The splits whose barcodes are pretrained on: those of 5M §A5.1 by default.

        The records of one's own often all have a species; then only known species are left.
        """
        own = self.dataset is not None and self.run.datasets[self.dataset]["format"] != "bioscan5m"
        default = ["pretrain", "other_heldout", *(["train"] if own else [])]
        return self._config.get("pretraining_splits", default)

    @property
    def deduplicate(self) -> str | None:
        """How one of several records with the same barcode is chosen."""
        return self._config.get("deduplicate")

    @property
    def probe(self) -> dict[str, Any]:
        """The settings of linear probes."""
        return self._config.get("probe", {})

    @property
    def alignment(self) -> dict[str, Any]:
        """The settings of the searches by alignment."""
        return self._config.get("alignment", {})

    def searched(self, file: str) -> list[str]:
        """A file of each search."""
        folder, methods = f"{self.SEARCHED}/{file}", self.alignment.get("methods", [])
        return [self.run.path(folder, dataset=self.dataset, method=name) for name in methods]

    @property
    def _has_exact(self) -> bool:
        return "exact" in self.alignment.get("methods", [])

    def exact(self, file: str) -> list[str]:
        """A file of the exact search; none where it is not one of the methods."""
        folder = f"{self.SEARCHED}/{file}"
        dataset = {"dataset": self.dataset, "method": "exact"}
        return [self.run.path(folder, **dataset)] if self._has_exact else []

    @property
    def short(self) -> list[str]:
        """Its answers to queries that are cut short, likewise."""
        return [self.run.path(self.SHORT, dataset=self.dataset)] if self._has_exact else []
