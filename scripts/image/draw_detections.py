"""Draw annotated images in which the box of a dataset's detector is imperfect."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.annotated import read_annotated
from bioscan.core.errors import BrokenImage, InputError
from bioscan.core.figures import BOXES
from bioscan.core.images import decode
from bioscan.core.logs import job_log
from bioscan.core.sheets import draw_examples, save_sheet
from bioscan.image.cropping import Cropping
from bioscan.image.detections import choose_imperfect, show_detection


def draw_detections(
    evaluated: Sequence[Path], settings: Mapping[str, Any], png: Path, pdf: Path
) -> None:
    """Draw the annotated, detected and extended boxes of each image.

    Args:
        evaluated: the boxes of the detector in each group of annotated sets (Parquet).
        settings: how crops are cut, by the keys of the config.

    Raises:
        InputError: an annotated image cannot be read any more.
    """
    chosen, title = choose_imperfect(pl.concat(map(pl.read_parquet, evaluated)))
    how = Cropping.from_config(settings)
    examples, opened = [], {}
    for row in chosen.iter_rows(named=True):
        images = Path(row["images"])
        try:
            pixels = decode(read_annotated(images, row["file_name"], opened))
        except BrokenImage as reason:
            raise InputError(f"{images}: cannot read {row['file_name']} ({reason})") from reason
        examples.append(show_detection(pixels, row, how))
    save_sheet(draw_examples(examples, title, boxes=tuple(BOXES)), png, pdf)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_detections(
            evaluated=[Path(path) for path in snakemake.input.evaluated],
            settings=snakemake.params.settings,
            png=Path(snakemake.output[0]),
            pdf=Path(snakemake.output[1]),
        )
