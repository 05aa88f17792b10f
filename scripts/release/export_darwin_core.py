"""Write a Darwin Core archive of the released records."""

from pathlib import Path

from bioscan.core.logs import job_log
from bioscan.release.about import About
from bioscan.release.darwin_core import write_darwin_core
from bioscan.release.records import read_released, with_sizes_mm

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        boxes, about = snakemake.input.boxes, About(**snakemake.params.about)
        released = read_released(
            format=about.format,
            records=Path(snakemake.input.records),
            boxes=Path(boxes[0]) if boxes else None,
            indices=[Path(path) for path in snakemake.input.indices],
            sizes=snakemake.params.sizes,
        )
        mm_per_pixel = snakemake.params.mm_per_pixel
        sized = bool(boxes and mm_per_pixel)
        if sized:
            released = with_sizes_mm(released, Path(boxes[0]), mm_per_pixel)
        path = Path(snakemake.output[0])
        write_darwin_core(released, about, path, snakemake.params.package, sized)
