"""Draw images of small to large organisms, with the pixels that they occupy."""

from pathlib import Path

import polars as pl
import torch

from bioscan.core.image_index import read_images
from bioscan.core.images import BrokenImage, decode
from bioscan.core.logs import job_log
from bioscan.core.sheets import Example, draw_examples, save_sheet
from bioscan.core.words import counted
from bioscan.detect.masks import choose_sizes, draw_mask
from bioscan.detect.model import load_detector, scaling_of
from bioscan.detect.segmentation import SegmentationDetector
from bioscan.detect.settings import DetectorSettings


def draw_masks(
    index: Path,
    boxes: Path,
    records: Path,
    model: Path,
    settings: DetectorSettings,
    carried: bool,
    png: Path,
    pdf: Path,
) -> None:
    """Draw images above, and their masks below, if the detector draws masks.

    Args:
        index: images.parquet of the dataset.
        boxes: boxes.parquet.
        records: partitioned.parquet.
        model: folder with config.json and, where trained, model.safetensors.
        carried: whether the source's image_measurement_value was measured in these images; that of
            simulated records was not.
    """
    sizes = pl.read_parquet(records, columns=["processid", "image_measurement_value"])
    if not carried:
        sizes = sizes.with_columns(pl.lit(None, pl.Float64).alias("image_measurement_value"))
    chosen = choose_sizes(pl.read_parquet(boxes), sizes)
    rows = chosen.join(
        pl.scan_parquet(index).collect(), on="processid", how="left", maintain_order="left"
    )
    detector = load_detector(model)
    scaling = scaling_of(detector, settings)
    images, masks = [], []
    for row, (processid, data) in zip(rows.iter_rows(named=True), read_images(rows), strict=True):
        given = row["image_measurement_value"]
        source = () if given is None else (f"{given:,.0f} in the source",)
        if isinstance(data, BrokenImage):  # it was readable when its box was drawn
            images.append(Example(None, (processid,)))
            masks.append(Example(None, source))
        elif isinstance(detector, SegmentationDetector):
            images.append(Example(decode(data), (processid,)))
            lines = f"{row['pixels']:,} pixels", *source
            masks.append(Example(draw_mask(detector, data, scaling, settings.zoom), lines))
        else:
            images.append(Example(decode(data), (processid, *source)))
    title = f"{counted(rows.height, 'image')}, from small to large organisms"
    if not isinstance(detector, SegmentationDetector):
        title += "; the detector draws boxes and no masks"
        masks = []
    save_sheet(draw_examples(images + masks, title, columns=max(1, rows.height)), png, pdf)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        torch.set_num_threads(1)
        draw_masks(
            index=Path(snakemake.input.index),
            boxes=Path(snakemake.input.boxes),
            records=Path(snakemake.input.records),
            model=Path(snakemake.input.model[0]).parent,
            settings=DetectorSettings(**snakemake.params.settings),
            carried=snakemake.params.carried,
            png=Path(snakemake.output[0]),
            pdf=Path(snakemake.output[1]),
        )
