"""Fetch one file of the catalogue."""

from pathlib import Path

from bioscan.acquire.download import fetch
from bioscan.core.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        fetch(
            path=Path(snakemake.output[0]),
            sources=snakemake.params.sources,
            md5=snakemake.params.md5,
            by_hand=Path(snakemake.params.by_hand),
        )
