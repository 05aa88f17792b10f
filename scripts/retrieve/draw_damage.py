"""Draw the accuracy of damaged barcodes."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log
from bioscan.retrieve.figures import draw_damage
from bioscan.retrieve.scores import SCORES_SCHEMA


def draw_damaged(scores: Path, model: str, dataset: str, figures: Sequence[Path]) -> None:
    """Write the figure.

    Args:
        scores: of `score_damage`.
    """
    # A column without any value would be read as text.
    table = pl.read_csv(scores, schema_overrides=SCORES_SCHEMA | {"amount": pl.Float64})
    save_figure(draw_damage(table, model, dataset), *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_damaged(
            scores=Path(snakemake.input.scores),
            model=snakemake.params.model,
            dataset=snakemake.wildcards.dataset,
            figures=[Path(path) for path in snakemake.output],
        )
