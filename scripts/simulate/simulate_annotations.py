"""Simulate annotated wells, to train and evaluate the detector on."""

from pathlib import Path

from bioscan.core.logs import job_log
from bioscan.simulate.archives import write_annotated
from bioscan.simulate.settings import WellSettings

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_annotated(
            settings=WellSettings.of(snakemake.params.settings),
            zip_path=Path(snakemake.output.images),
            coco=Path(snakemake.output.coco),
        )
