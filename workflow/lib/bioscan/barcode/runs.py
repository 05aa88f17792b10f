"""The evaluations of DNA models, from the blocks of the config."""

from collections.abc import Mapping
from typing import Any

from bioscan.core.grid import expand_grid

#: Table → the splits that it evaluates, of known species and of unseen ones.
SPLITS_OF_TABLE = {"models": ("test", "test_unseen"), "search": ("val", "val_unseen")}

#: Rows with table ("models" for Table 4, "search" for A15), encoder, evaluation, and the recipe of
#: a fine-tuning or the pooling of the embeddings that a probe takes.
Evaluations = list[dict[str, Any]]

#: Evaluations that train the encoder, or a head on it, with the key of a block that names how.
_TRAINED = {"fine_tuned": "finetuning", "linear_probe": "linear_probe"}


def expand_evaluations(barcode: Mapping[str, Any]) -> Evaluations:
    """The rows of both tables; none where the config has no DNA models.

    Args:
        barcode: the config's `barcode`.
    """
    rows = []
    axes = {"encoder": "encoders", "evaluation": "evaluations", "pooling": "poolings"}
    for block in barcode.get("models", []):
        for row in expand_grid([block], axes):
            recipe = block["finetuning"] if row["evaluation"] == "fine_tuned" else None
            pooling = None if recipe else row["pooling"]
            rows.append({"table": "models", **row, "recipe": recipe, "pooling": pooling})
    # A fine-tuning has one pooling, that of its recipe.
    rows = [row for place, row in enumerate(rows) if row not in rows[:place]]
    if search := barcode.get("search"):
        # Table A15's linear probe is a fine-tuning of the head alone (5M §A5.3).
        for encoder in search["encoders"]:
            for evaluation in ("fine_tuned", "linear_probe", "1nn_probe"):
                recipe = search.get(_TRAINED.get(evaluation))
                pooling = None if recipe else "masked"
                row = {"encoder": encoder, "evaluation": evaluation, "pooling": pooling}
                rows.append({"table": "search", **row, "recipe": recipe})
    return rows
