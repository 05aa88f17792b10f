"""Draw how well clusters agree with labels, by rank: Figures 6 and A11 of 5M."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.cluster.choice import ALL_SAMPLES, ONE_PER_BARCODE, published_scores
from bioscan.cluster.figures import draw_agreement
from bioscan.core.figures import save_figure
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log

#: Figure → the variant of the samples that it draws.
VARIANTS = {"figure6": ALL_SAMPLES, "figureA11": ONE_PER_BARCODE}


def draw(
    scores: Path,
    figure: str,
    published: Mapping[str, str],
    title: str,
    encoders: Mapping[str, str],
    palette: Sequence[str],
    figures: Sequence[Path],
    table: Path,
) -> None:
    """Draw one figure, and write the values that it draws.

    Args:
        scores: scores.parquet.
        figure: a key of VARIANTS.
        published: missing and split, as in `published_scores`.
        encoders, palette: as in `figures.draw_agreement`.
    """
    values = published_scores(pl.read_parquet(scores), VARIANTS[figure], **published)
    write_csv(values, table)
    save_figure(draw_agreement(values, f"{title}, {VARIANTS[figure]}", encoders, palette), *figures)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw(
            scores=Path(snakemake.input.scores),
            figure=snakemake.wildcards.figure,
            published=snakemake.params.published,
            title=f"{snakemake.wildcards.dataset}: UMAP and Ward's method",
            encoders=snakemake.params.encoders,
            palette=snakemake.params.palette,
            figures=[Path(path) for path in snakemake.output[:2]],
            table=Path(snakemake.output.table),
        )
