"""Find bad photographs and wrong labels among the errors of the selected model of an experiment.

Writes a table and a gallery for people to look through, and a summary.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.classify.gallery import build_gallery
from bioscan.classify.settings import ClassifierRun
from bioscan.classify.suspects import (
    NO_BOXES,
    choose_measured,
    compare_seeds,
    diagnose,
    list_suspects,
    measure_images,
    read_image,
    summarise_suspects,
)
from bioscan.classify.tables import read_selected
from bioscan.core.files import atomic, write_csv
from bioscan.core.images import encode
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader, packs_beside

#: JPEG quality of the images in the gallery.
QUALITY = 90


def find_suspects(
    summary: Path,
    runs: Sequence[ClassifierRun],
    predictions: Sequence[Path],
    models: Sequence[Path],
    index: Path,
    boxes: Path | None,
    title: str,
    table: Path,
    shares: Path,
    page: Path,
) -> None:
    """Compare the seeds of the selected model.

    Args:
        summary, runs, predictions, models: as in `read_selected`.
        index: index.parquet of the package, beside its packs.
        boxes: boxes.parquet. None: there are none, and no hint follows from them.
        table, shares, page: the suspects, the summary and the gallery to write.
    """
    model = read_selected(summary, runs, predictions, models)
    classes = model.description["label_names"]

    images = compare_seeds(model.predictions)
    reader = PackReader(packs_beside(index))
    found = NO_BOXES if boxes is None else pl.read_parquet(boxes)
    measured = measure_images(choose_measured(images), reader, pl.read_parquet(index), found)
    diagnosed = diagnose(measured, images)
    suspects = list_suspects(diagnosed, classes)
    write_csv(suspects.drop("shard", "row"), table)
    write_csv(summarise_suspects(images, diagnosed, classes, model.run.experiment), shares)
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
            runs=[ClassifierRun(**run) for run in snakemake.params.runs],
            predictions=[Path(path) for path in snakemake.input.predictions],
            models=[Path(path) for path in snakemake.input.models],
            index=Path(snakemake.input.index),
            boxes=Path(snakemake.input.boxes[0]) if snakemake.input.boxes else None,
            title=f"{snakemake.wildcards.dataset}, {snakemake.wildcards.experiment}: suspects",
            table=Path(snakemake.output.table),
            shares=Path(snakemake.output.summary),
            page=Path(snakemake.output.page),
        )
