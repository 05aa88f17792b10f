"""Specimens for the tests of tables and pages."""

from typing import Any

import polars as pl

from bioscan.core.records import RANKS
from bioscan.identify.evidence import EVIDENCE_SCHEMA
from bioscan.identify.lineages import read_taxonomy
from bioscan.identify.novelty import NOVELTY_SCHEMA
from bioscan.identify.specimens import NO_INSECT, identify

LINEAGES = pl.DataFrame(
    [
        ("P", "C", "Diptera", "Sciaridae", None, "Aus", "Aus bus"),
        ("P", "C", "Coleoptera", "Carabidae", None, "Xus", "Xus yus"),
    ],
    dict.fromkeys(RANKS, pl.String),
    orient="row",
)

FLY = {"order": "Diptera", "family": "Sciaridae", "genus": "Aus", "species": "Aus bus"}


def says(rows: dict[str, tuple[dict[str, str], tuple[float, ...]]], **more: object) -> pl.DataFrame:
    """What a witness says: query → labels, and the probability of each."""
    table = [
        {
            "query": query,
            "rank": rank,
            "label": label,
            "support": 1.0,
            "distance": 0.01,
            "gap": 1.0,
            "key": "r1",
            "rivals": ["Aus cus"] if rank == "species" else [],
            "aligned": 658,
            "probability": probability,
            **more,
        }
        for query, (labels, probabilities) in rows.items()
        for (rank, label), probability in zip(labels.items(), probabilities, strict=True)
    ]
    added = {"probability": pl.Float64, "excluded": pl.List(pl.String), "within": pl.String}
    return pl.DataFrame(
        table, EVIDENCE_SCHEMA | {k: added[k] for k in added if k == "probability" or k in more}
    )


def identified(**settings: Any) -> pl.DataFrame:
    """A specimen of each outcome.

    Args:
        settings: of `identify`, beyond those that all have.
    """
    sure = (1.0, 1.0, 0.99, 0.98)
    barcode = says(
        {
            "known": (FLY, sure),
            "new": (FLY, (1.0, 1.0, 0.97, 0.01)),
            "between": (FLY, (1.0, 1.0, 0.97, 0.5)),
            "swapped": (FLY, sure),
            "nothing": (FLY, (0.5, 0.5, 0.5, 0.5)),
            "unnamed": ({r: FLY[r] for r in ("order", "family", "genus")}, sure[:3]),
        }
    )
    beetle = ({"order": "Coleoptera"}, (0.7,))
    image = says({"swapped": beetle, "flyless": beetle}, excluded=["Diptera"])
    flies = says({"flyless": ({"family": "Sciaridae"}, (0.999,))}, within="Diptera")
    # The barcode again, which says nothing new; and a photograph, which knows no new species.
    space = says({"new": (FLY, (1.0, 1.0, 0.9, 0.94))})
    species = says({"new": ({"species": "Aus bus"}, (0.9,))})
    names = ["known", "new", "between", "swapped", "nothing", "flyless", "unnamed"]
    names += ["empty", "mixed"]
    return identify(
        pl.Series("processid", names),
        {
            "barcode": barcode,
            "image": image,
            "image, flies": flies,
            "barcode in the learned space": space,
            "nearest images": species,
        },
        pl.DataFrame(
            [
                ("known", "r1", 0.0, 658, "Aus bus"),
                ("known", "r2", 0.04, 650, "Aus <cus>"),
                ("new", "r1", 0.1, 600, "Aus bus"),
                ("nothing", "r1", 0.2, 640, "Aus bus"),
            ],
            ["query", "key", "distance", "aligned", "name"],
            orient="row",
        ),
        pl.DataFrame(
            [(name, 658, None) for name in names[:5]] + [("mixed", 600, "a mixture")],
            {"processid": pl.String, "letters": pl.Int64, "fault": pl.String},
            orient="row",
        ),
        pl.DataFrame({"processid": ["empty"], "fault": [NO_INSECT]}),
        pl.DataFrame([(658, 0.97, 10, 10)], NOVELTY_SCHEMA, orient="row"),
        read_taxonomy([LINEAGES]),
        confidence=0.95,
        **settings,
    )
