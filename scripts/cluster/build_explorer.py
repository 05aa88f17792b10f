"""Build the map of the best space of a modality as a page to move about in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bioscan.cluster.choice import coloured_values, read_shown
from bioscan.cluster.explorer import SIDE, build_explorer, choose_crops, take_specimens
from bioscan.cluster.thumbnails import having_images, read_thumbnails
from bioscan.core.files import atomic
from bioscan.core.logs import job_log


def build(
    scores: Path,
    published: Mapping[str, str],
    spaces: Sequence[str],
    specimens: Sequence[Path],
    points: Sequence[Path],
    clusters: Sequence[Path],
    records: Path,
    index: Path | None,
    title: str,
    page: Path,
) -> None:
    """Build the page.

    Args:
        scores: scores.parquet.
        published: missing and split, as in `published_scores`.
        spaces: their names; specimens, points, clusters: their files.
        records: partitioned.parquet, of which the commonest labels have a colour.
        index: index.parquet of the package of the crops. None: the dataset has no images.
    """
    place, _, table, method = read_shown(scores, published, spaces, specimens, clusters)
    shown = take_specimens(table)
    chosen = choose_crops(having_images(shown, index), method)
    crops = read_thumbnails(index, chosen, SIDE)
    heading = f"{title}: {spaces[place]}"
    coloured = coloured_values(records, published["split"])
    html = build_explorer(shown, np.load(points[place]), crops, heading, table.height, coloured)
    with atomic(page) as partial:
        partial.write_text(html)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        build(
            scores=Path(snakemake.input.scores),
            published=snakemake.params.published,
            spaces=snakemake.params.spaces,
            specimens=[Path(path) for path in snakemake.input.specimens],
            points=[Path(path) for path in snakemake.input.points],
            clusters=[Path(path) for path in snakemake.input.clusters],
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.crops[0]) if snakemake.input.crops else None,
            title=snakemake.wildcards.dataset,
            page=Path(snakemake.output[0]),
        )
