"""Simulate the records of a dataset in its published format, with the truth beside them."""

from pathlib import Path

from bioscan.core.logs import job_log
from bioscan.simulate.metadata import write_bioscan1m, write_bioscan5m
from bioscan.simulate.records import simulate
from bioscan.simulate.settings import DatasetSettings

WRITERS = {"bioscan1m": write_bioscan1m, "bioscan5m": write_bioscan5m}


def simulate_records(settings: DatasetSettings, metadata: Path, truth: Path) -> None:
    """Write the metadata of a simulated dataset.

    Args:
        settings: of the dataset.
        metadata: the published table to write (1M: TSV, 5M: zip).
        truth: the Parquet file to write: processid, the truth columns, dna_barcode.
    """
    frames = simulate(settings.community, settings.format)
    WRITERS[settings.format](frames, metadata, truth)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        simulate_records(
            settings=DatasetSettings.of(
                snakemake.params.format, snakemake.params.settings, snakemake.params.archives
            ),
            metadata=Path(snakemake.output.metadata),
            truth=Path(snakemake.output.truth),
        )
