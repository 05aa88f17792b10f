"""Mean and standard deviation over the seeds of each classifier, and which ones are selected."""

from collections.abc import Sequence
from pathlib import Path

from bioscan.classify.settings import ClassifierRun
from bioscan.classify.tables import read_runs, summarise_runs
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log


def summarise_classifiers(
    runs: Sequence[ClassifierRun], metrics: Sequence[Path], summary: Path
) -> None:
    """Write the table of `summarise_runs`."""
    write_csv(summarise_runs(read_runs(runs, metrics)), summary)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        summarise_classifiers(
            runs=[ClassifierRun(**run) for run in snakemake.params.runs],
            metrics=[Path(path) for path in snakemake.input.metrics],
            summary=Path(snakemake.output[0]),
        )
