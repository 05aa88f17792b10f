"""Draw a strip of images of a dataset."""

from pathlib import Path

import polars as pl

from bioscan.core.files import atomic
from bioscan.core.images import encode
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader, packs_beside
from bioscan.report.strip import draw_strip, take_evenly

QUALITY = 80

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        index = Path(snakemake.input.index)
        reader = PackReader(packs_beside(index))
        chosen = take_evenly(pl.read_parquet(index, columns=["shard", "row"]))
        with atomic(Path(snakemake.output[0])) as partial:
            partial.write_bytes(encode(draw_strip(chosen, reader.read), QUALITY))
