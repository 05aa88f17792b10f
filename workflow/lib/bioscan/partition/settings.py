"""Settings of a dataset's splits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bioscan.core.barcodes import BarcodeKey

RuleSet = Literal["paper", "released"]


@dataclass(frozen=True)
class PartitionSettings:
    """How a dataset is divided, by the keys of the config's `partition`. Defaults are the papers'.

    Attributes:
        method: `published` keeps the splits of the metadata, `recompute` makes new ones.
        rules: recomputed splits follow the paper or the code released with it.
        barcode_key: which barcodes count as identical, see `core.barcodes.barcode_key` (5M and
            own folders).
        seed: of recomputed splits.
        sizes: samples of large, medium and small; None takes every record (1M Table 3).
        families: number of Diptera families, the largest first (1M §4.1).
        min_barcode_letters: letters A, C, G, T below which a barcode is none; a key of the dataset.
    """

    method: Literal["published", "recompute"]
    rules: RuleSet = "paper"
    barcode_key: BarcodeKey = "stripped"
    seed: int = 0
    sizes: Mapping[str, int | None] = field(
        default_factory=lambda: {"large": None, "medium": 200_000, "small": 50_000}
    )
    families: int = 40
    min_barcode_letters: int = 0
