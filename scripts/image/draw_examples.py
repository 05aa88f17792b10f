"""Draw examples of the images of a dataset, an image per category."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.core.images import decode
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader, packs_beside
from bioscan.core.sheets import ROOM, Example, draw_examples, save_sheet
from bioscan.core.words import counted
from bioscan.image.examples import EXAMPLES, choose_examples


def draw_figure(
    records: Path, indices: Sequence[Path], figure: str, italic: bool, png: Path, pdf: Path
) -> None:
    """Draw one figure.

    Args:
        records: partitioned.parquet.
        indices: index.parquet of each package, beside its packs; images are drawn from the first,
            and are of specimens that are in all of them: cropped packages lack empty wells.
        figure: one of EXAMPLES.
        italic: whether the names are printed in italics, as those of species are.
    """
    imaged = pl.scan_parquet(indices[0])
    for index in indices[1:]:
        imaged = imaged.join(pl.scan_parquet(index), on="processid", how="semi")
    choice = choose_examples(pl.scan_parquet(records), imaged, EXAMPLES[figure])
    places = imaged.select("processid", "shard", "row").unique("processid", keep="first")
    rows = choice.rows.join(places.collect(), on="processid", how="left", maintain_order="left")
    reader = PackReader(packs_beside(indices[0]))
    examples = [
        Example(
            decode(reader.read(row["shard"], row["row"]), min_size=ROOM),
            (*_names(row), counted(row["specimens"], "specimen")),
        )
        for row in rows.iter_rows(named=True)
    ]
    title = f"{choice.title}, package {indices[0].parent.name}"
    save_sheet(draw_examples(examples, title, italic=italic), png, pdf)


def _names(row: dict) -> list[str]:
    return [row[rank] for rank in ("class", "order", "family", "species") if row.get(rank)]


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_figure(
            records=Path(snakemake.input.records),
            indices=[Path(path) for path in snakemake.input.indices],
            figure=snakemake.wildcards.examples,
            italic=snakemake.wildcards.examples == "bioscan5m_figureA5",
            png=Path(snakemake.output[0]),
            pdf=Path(snakemake.output[1]),
        )
