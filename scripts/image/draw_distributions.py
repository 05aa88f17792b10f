"""Draw the distributions of the scores and sizes of the boxes."""

from pathlib import Path

import polars as pl

from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log
from bioscan.image.distributions import draw_distributions

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        boxes = pl.read_parquet(snakemake.input.boxes)
        figure = draw_distributions(boxes, snakemake.params.threshold)
        save_figure(figure, *map(Path, snakemake.output))
