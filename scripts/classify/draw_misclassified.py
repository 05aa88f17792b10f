"""Draw test images that the selected model of an experiment takes for the dominant class."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bioscan.classify.settings import ClassifierRun
from bioscan.classify.suspects import compare_seeds, read_image, take_dominated
from bioscan.classify.tables import read_selected
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader, packs_beside
from bioscan.core.sheets import Example, draw_examples, save_sheet


def draw_misclassified(
    summary: Path,
    runs: Sequence[ClassifierRun],
    predictions: Sequence[Path],
    models: Sequence[Path],
    index: Path,
    png: Path,
    pdf: Path,
) -> None:
    """Draw images of other classes that all seeds take for the dominant one.

    Args:
        summary, runs, predictions, models: as in `read_selected`.
        index: index.parquet of the package, beside its packs.
    """
    model = read_selected(summary, runs, predictions, models)
    classes = model.description["label_names"]
    chosen, total = take_dominated(compare_seeds(model.predictions))
    places = chosen.join(pl.read_parquet(index), on="processid", how="left", maintain_order="left")
    reader = PackReader(packs_beside(index))
    examples = [
        Example(
            read_image(reader, row["shard"], row["row"]),
            (classes[row["class"]], f"p({classes[0]}) = {row['probability']:.2f}"),
        )
        for row in places.iter_rows(named=True)
    ]
    seeds = len(model.predictions)
    by = f" by each of {seeds} seeds" if seeds > 1 else ""
    title = f"test images of other classes taken for {classes[0]}{by}: {chosen.height} of {total:,}"
    save_sheet(draw_examples(examples, title), png, pdf)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        draw_misclassified(
            summary=Path(snakemake.input.runs),
            runs=[ClassifierRun(**run) for run in snakemake.params.runs],
            predictions=[Path(path) for path in snakemake.input.predictions],
            models=[Path(path) for path in snakemake.input.models],
            index=Path(snakemake.input.index),
            png=Path(snakemake.output[0]),
            pdf=Path(snakemake.output[1]),
        )
