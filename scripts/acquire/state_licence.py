"""Write the licence of a collection of the catalogue beside its downloaded files."""

from pathlib import Path

from bioscan.core.files import atomic
from bioscan.core.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]), atomic(Path(snakemake.output[0])) as partial:
        partial.write_text(snakemake.params.text)
