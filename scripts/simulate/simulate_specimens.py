"""Simulate new specimens of a community: their photographs and barcodes, and the truth."""

from pathlib import Path

import polars as pl

from bioscan.core.files import atomic, write_csv
from bioscan.core.images import encode
from bioscan.core.logs import job_log
from bioscan.simulate.photographs import JPEG_QUALITY
from bioscan.simulate.settings import DatasetSettings
from bioscan.simulate.specimens import new_specimens, truth


def simulate_specimens(
    settings: DatasetSettings, seed: int, looks: int, photographs: Path, table: Path, known: Path
) -> None:
    """Write a folder of photographs, a table of barcodes, and what the specimens are.

    Args:
        settings: of the dataset whose community the specimens are of.
        seed: of the specimens.
        looks: seed of the community that has their looks.
        photographs: the folder.
        table: CSV: processid and dna_barcode.
        known: CSV, of `specimens.truth`, for evaluation only.
    """
    specimens = list(
        new_specimens(settings.community, settings.format, settings.photograph_size, seed, looks)
    )
    for one in specimens:
        with atomic(photographs / f"{one.processid}.jpg") as partial:
            partial.write_bytes(encode(one.pixels, JPEG_QUALITY))
    barcodes = [(one.processid, one.barcode) for one in specimens]
    write_csv(pl.DataFrame(barcodes, ["processid", "dna_barcode"], orient="row"), table)
    write_csv(truth(specimens), known)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        given = snakemake.params.settings
        simulate_specimens(
            settings=DatasetSettings.of(given["format"], given["like"], given["archives"]),
            seed=given["seed"],
            looks=given["looks"],
            photographs=Path(snakemake.output.photographs),
            table=Path(snakemake.output.table),
            known=Path(snakemake.output.truth),
        )
