"""Draw the best space of a modality in two dimensions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.cluster.choice import COLOURED, coloured_values, rank_values, read_shown
from bioscan.cluster.composition import NOISE
from bioscan.cluster.figures import draw_map
from bioscan.core.figures import save_figure
from bioscan.core.logs import job_log

#: Columns that colour the map, of which the first with several labels is taken → what they are.
LABELS = {"family": "families", "order": "orders"}


def draw(
    scores: Path,
    published: Mapping[str, str],
    spaces: Sequence[str],
    specimens: Sequence[Path],
    points: Sequence[Path],
    clusters: Sequence[Path],
    records: Path,
    title: str,
    figures: Sequence[Path],
) -> None:
    """Draw the map.

    Args:
        scores: scores.parquet.
        published: missing and split, as in `published_scores`.
        spaces: their names; specimens, points, clusters: their files.
        records: partitioned.parquet, of which the commonest labels have a colour.
    """
    place, _, table, method = read_shown(scores, published, spaces, specimens, clusters)
    by = next((name for name in LABELS if table[name].drop_nulls().n_unique() > 1), None)
    if by is None:
        by = method
        table = table.with_columns(pl.col(by).replace(NOISE, None).cast(pl.String))
        coloured = rank_values(table[by], COLOURED)
    else:
        coloured = coloured_values(records, published["split"])[by]
    figure = draw_map(
        table,
        np.load(points[place]),
        by,
        LABELS.get(by, f"clusters ({method})"),
        f"{title}: {spaces[place]}, UMAP",
        coloured,
    )
    save_figure(figure, *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw(
            scores=Path(snakemake.input.scores),
            published=snakemake.params.published,
            spaces=snakemake.params.spaces,
            specimens=[Path(path) for path in snakemake.input.specimens],
            points=[Path(path) for path in snakemake.input.points],
            clusters=[Path(path) for path in snakemake.input.clusters],
            records=Path(snakemake.input.records),
            title=snakemake.wildcards.dataset,
            figures=[Path(path) for path in snakemake.output],
        )
