"""Simulate wells with boxes, for the detector to learn from or be judged on."""

from pathlib import Path

from bioscan.core.logs import job_log
from bioscan.simulate.archives import write_annotated

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_annotated(
            wells=snakemake.params.settings["wells"],
            seed=snakemake.params.settings["seed"],
            size=tuple(snakemake.params.settings["photograph_size"]),
            zip_path=Path(snakemake.output.photographs),
            coco=Path(snakemake.output.coco),
        )
