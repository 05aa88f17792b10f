"""Draw the accuracy of DNA models by rank, by distance to the nearest key, or by length."""

from pathlib import Path

import polars as pl

from bioscan.barcode.figures import FIGURES
from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log

#: Types of columns that may be empty, or look like numbers.
TYPES = dict.fromkeys(("value", "low", "high"), pl.Float64) | {"distance": pl.String}

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw = FIGURES[snakemake.wildcards.by]
        table = pl.read_csv(snakemake.input[0], schema_overrides=TYPES)
        save_figure(draw(table, snakemake.params.encoders), *map(Path, snakemake.output))
