"""Memory of a shard, which depends neither on the number of images nor on that of shards.

Each step runs in its own process, as in the workflow, so that its peak memory is measured alone.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.image_index import IMAGE_INDEX_SCHEMA
from bioscan.core.images import encode
from bioscan.ingest.images import list_archive
from bioscan.ingest.notes import Notes
from bioscan.simulate.photographs import JPEG_QUALITY, photograph

ROOT = Path(__file__).parents[2]
SIZE = (1024, 768)

#: Different images; an archive holds many copies of each.
DIFFERENT = 20

#: Images in the archive and number of shards, of which one is measured.
CASES = ((200, 1), (2_000, 1), (2_000, 10))

STEPS = {
    "predict_boxes": """
from detect.predict_boxes import predict_shard
from dataclasses import replace
from tests.unit.detect.settings import SETTINGS
edges = dict(shortest_edge=192, longest_edge=256)
settings = replace(SETTINGS, **edges, threshold=0, predict_batch_size=8)
model, found = Path("config/detectors/rt_detr"), here / "found.parquet"
predict_shard(index, shards, 0, model, settings, 1, found)
""",
    "pack_images": """
from bioscan.image.cropping import Cropping
from bioscan.image.packages import ImageSettings
from bioscan.ingest.notes import Notes
from image.pack_images import pack_images
settings = ImageSettings(("original_256", "cropped", "cropped_256"), Cropping(), quality=90)
packs = [here / f"{package}.h5" for package in settings.packages]
boxes, contents, quarantine = (here / f"{n}.parquet" for n in ("boxes", "contents", "quarantine"))
pack_images(index, boxes, shards, 0, settings, packs, contents, quarantine)
""",
}

#: The process of a step: its files before, its peak memory after.
PROCESS = """
import resource, sys
from pathlib import Path
here, shards = Path(sys.argv[1]), int(sys.argv[2])
index = here / "images.parquet"
{step}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def bench_memory_of_a_shard(tmp_path: Path) -> None:
    """MiB at the peak of each step, beside the MiB of packs that it wrote."""
    rng = np.random.default_rng(0)
    jpegs = [
        encode(photograph(None, rng, SIZE, "empty").image, JPEG_QUALITY) for _ in range(DIFFERENT)
    ]
    lines = [f"{'images':>11} {'shards':>6} {'packs':>10}" + "".join(map("{:>19}".format, STEPS))]
    for images, shards in CASES:
        folder = tmp_path / f"{images}_{shards}"
        folder.mkdir()
        _write_source(folder, jpegs, images)
        _write_boxes(folder, images // shards)
        peaks = [_run(step, folder, shards) for step in STEPS.values()]
        packs = sum(path.stat().st_size for path in folder.glob("*.h5")) / 2**20
        lines.append(
            f"{images:11,} {shards:6} {packs:6.0f} MiB"
            + "".join(f"{peak:15.0f} MiB" for peak in peaks)
        )
    print("\nmemory at the peak\n  " + "\n  ".join(lines))


def _write_source(folder: Path, jpegs: list[bytes], images: int) -> None:
    """An archive, and its image index."""
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for number in range(images):
            archive.writestr(f"{number:05}.jpg", jpegs[number % len(jpegs)])
    found = list_archive(folder / "a.zip", Notes()).with_columns(processid="image_file")
    found.select(list(IMAGE_INDEX_SCHEMA)).write_parquet(folder / "images.parquet")


def _write_boxes(folder: Path, images: int) -> None:
    """An insect half as wide and high as the image, in each of the first `images` images."""
    width, height = SIZE
    box = {"x0": width // 4, "y0": height // 4, "x1": 3 * width // 4, "y1": 3 * height // 4}
    pl.DataFrame({"processid": [f"{number:05}.jpg" for number in range(images)]}).with_columns(
        status=pl.lit("ok"), reason=pl.lit(None, pl.String), **box
    ).write_parquet(folder / "boxes.parquet")


def _run(step: str, folder: Path, shards: int) -> float:
    """MiB at the peak of a step."""
    output = subprocess.run(
        [sys.executable, "-c", PROCESS.format(step=step), folder, str(shards)],
        cwd=ROOT,
        env={
            "PYTHONPATH": f"{ROOT / 'workflow' / 'lib'}:{ROOT / 'scripts'}",
            "OMP_NUM_THREADS": "1",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return float(output.split()[-1])
