"""Simulated images in the published zips, and annotated wells for the detector."""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import polars as pl
from pycocotools import mask as coco_mask

from bioscan.core.files import atomic
from bioscan.core.formats import Format
from bioscan.core.images import encode
from bioscan.core.published import member_name
from bioscan.core.records import RANKS
from bioscan.simulate.community import Community
from bioscan.simulate.conditions import HARD_CONDITION_RATES, draw_condition
from bioscan.simulate.hard import SCENE_RATES, hard_photograph
from bioscan.simulate.phenotype import Phenotype, phenotype
from bioscan.simulate.photographs import JPEG_QUALITY, Photograph, photograph
from bioscan.simulate.records import simulate
from bioscan.simulate.settings import WellSettings

#: Photographs a phenotype: with a source of random numbers, a size and a condition.
Camera = Callable[[Phenotype, np.random.Generator, tuple[int, int], str], Photograph]

#: How annotated wells are photographed → the rates of the conditions, and how.
SCENES: dict[str, tuple[Mapping[str, float], Camera]] = {
    "release": (HARD_CONDITION_RATES, photograph),
    "hard": (SCENE_RATES, hard_photograph),
}


def specimens(community: Community, format: Format) -> pl.DataFrame:
    """The specimens of a community that have a photograph.

    Returns:
        One row per specimen: its position among all, the member name of its image, its true
        lineage.
    """
    columns = member_name(format, "original_full").alias("member"), *(f"true_{r}" for r in RANKS)
    frames = simulate(community, format)
    rows = pl.concat(frame.select(*columns, "photographed") for frame in frames)
    return rows.with_row_index("position").filter("photographed").drop("photographed")


def photograph_specimens(
    rows: pl.DataFrame,
    size: tuple[int, int],
    rates: Mapping[str, float],
    seed: int,
    take: Camera = photograph,
) -> Iterator[tuple[str, Photograph]]:
    """Photograph each specimen.

    Args:
        rows: as returned by `specimens`, or some of them; a specimen always gets the same
            photograph.
        size: (width, height), pixels.
        rates: rate of each condition.
        seed: of the community.
        take: photographs a specimen.

    Yields:
        The member name and the photograph.
    """
    for position, member, *lineage in rows.iter_rows():
        rng = np.random.default_rng([seed, position])
        condition = draw_condition(rng, rates)
        yield member, take(phenotype(lineage, seed), rng, size, condition)


def write_zip(images: Iterable[tuple[str, np.ndarray]], path: Path) -> None:
    """Write images as JPEGs in a zip: stored, as JPEGs do not shrink, and with fixed dates.

    Args:
        images: member name and pixels, uint8 (height, width, 3).
        path: the zip to write.
    """
    with atomic(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for member, pixels in images:
            archive.writestr(zipfile.ZipInfo(member), encode(pixels, JPEG_QUALITY))


def write_annotated(settings: WellSettings, zip_path: Path, coco: Path) -> None:
    """Write images that are hard to crop, with masks and tight boxes in COCO format.

    A well without an insect has no annotation, as in the annotated wells of BIOSCAN-5M.

    Args:
        settings: number, seed and size of the wells.
        zip_path: the zip of images to write.
        coco: the COCO file to write.
    """
    wells, seed, size = settings.wells, settings.seed, settings.photograph_size
    # Many species, so that a training set shows each of them once or twice.
    community = Community(specimens=wells, seed=seed, species=max(1, wells // 2), evenness=0.2)
    rates, take = SCENES[settings.scenes]
    images, annotations = [], []

    def annotate() -> Iterator[tuple[str, np.ndarray]]:
        rows = specimens(community, "bioscan5m")
        found = photograph_specimens(rows, size, rates, seed, take)
        for number, (_, taken) in enumerate(found):
            name = f"well{number:05d}.jpg"
            images.append({"id": number, "file_name": name, "width": size[0], "height": size[1]})
            if taken.box is not None:
                annotations.append(annotation(number, taken))
            yield name, taken.image

    write_zip(annotate(), zip_path)
    categories = [{"id": 0, "name": "insect"}]
    with atomic(coco) as partial:
        partial.write_text(
            json.dumps({"images": images, "categories": categories, "annotations": annotations})
        )


def annotation(number: int, taken: Photograph) -> dict:
    """The COCO annotation of a photograph; its image has the same number."""
    x0, y0, x1, y1 = taken.box
    # Run lengths keep legs of one pixel's width, which polygons lose.
    code = coco_mask.encode(np.asfortranarray(taken.mask.astype(np.uint8)))
    return {
        "id": number,
        "image_id": number,
        "category_id": 0,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": int(taken.mask.sum()),
        "segmentation": {**code, "counts": code["counts"].decode()},
        "iscrowd": 0,
    }
