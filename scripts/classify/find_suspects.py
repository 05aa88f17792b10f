"""Find bad photographs and wrong labels among what the selected model of an experiment gets wrong.

For people to look at: a table, a gallery and a summary.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.classify.gallery import build_gallery
from bioscan.classify.suspects import (
    choose_measured,
    compare_seeds,
    judge,
    list_suspects,
    measure_images,
    read_image,
    summarise_suspects,
)
from bioscan.classify.tables import selected_among
from bioscan.core.files import atomic, write_csv
from bioscan.core.images import encode
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader

#: JPEG quality of the images in the gallery.
QUALITY = 90


def find_suspects(
    summary: Path,
    runs: Sequence[Mapping[str, Any]],
    predictions: Sequence[Path],
    models: Sequence[Path],
    index: Path,
    packs: Sequence[Path],
    boxes: Path,
    title: str,
    table: Path,
    shares: Path,
    page: Path,
) -> None:
    """Compare the seeds of the selected model."""
    chosen = selected_among(pl.read_csv(summary), runs)
    seeds = [pl.read_parquet(predictions[place]) for place in chosen]
    classes = json.loads(models[chosen[0]].read_text())["label_names"]

    images = compare_seeds(seeds)
    reader = PackReader(packs)
    measured = measure_images(
        choose_measured(images), reader, pl.read_parquet(index), pl.read_parquet(boxes)
    )
    judged = judge(measured, images)
    suspects = list_suspects(judged, classes)
    write_csv(suspects.drop("shard", "row"), table)
    write_csv(summarise_suspects(images, judged, classes, runs[0]["experiment"]), shares)
    gallery = build_gallery(
        suspects,
        lambda shard, row: encode(read_image(reader, shard, row), QUALITY),
        title,
        table.name,
    )
    with atomic(page) as partial:
        partial.write_text(gallery)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        find_suspects(
            summary=Path(snakemake.input.runs),
            runs=snakemake.params.runs,
            predictions=[Path(path) for path in snakemake.input.predictions],
            models=[Path(path) for path in snakemake.input.models],
            index=Path(snakemake.input.index),
            packs=[Path(path) for path in snakemake.input.packs],
            boxes=Path(snakemake.input.boxes),
            title=f"{snakemake.wildcards.dataset}, {snakemake.wildcards.experiment}: suspects",
            table=Path(snakemake.output.table),
            shares=Path(snakemake.output.summary),
            page=Path(snakemake.output.page),
        )
