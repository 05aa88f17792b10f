"""Draw the accuracy of the nearest key by rank."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log
from bioscan.retrieve.figures import draw_accuracy
from bioscan.retrieve.scores import SCORES_SCHEMA


def draw_retrieval(scores: Path, dataset: str, figures: Sequence[Path]) -> None:
    """Write the figure.

    Args:
        scores: of `tabulate_retrieval`.
    """
    # A column without any value would be read as text.
    table = pl.read_csv(scores, schema_overrides=SCORES_SCHEMA | {"sd": pl.Float64})
    save_figure(draw_accuracy(table, dataset), *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_retrieval(
            scores=Path(snakemake.input.scores),
            dataset=snakemake.wildcards.dataset,
            figures=[Path(path) for path in snakemake.output],
        )
