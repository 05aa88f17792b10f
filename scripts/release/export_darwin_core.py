"""Write a Darwin Core archive of the released records."""

from pathlib import Path

from bioscan.core.logs import job_log
from bioscan.release.about import About
from bioscan.release.darwin_core import write_darwin_core
from bioscan.release.records import read_released

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        boxes = snakemake.input.boxes
        released = read_released(
            records=Path(snakemake.input.records),
            boxes=Path(boxes[0]) if boxes else None,
            indices=[Path(path) for path in snakemake.input.indices],
            sizes=snakemake.params.sizes,
        )
        about = About(**snakemake.params.about)
        write_darwin_core(released, about, Path(snakemake.output[0]), snakemake.params.package)
