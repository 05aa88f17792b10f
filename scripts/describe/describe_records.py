"""Count the records of a dataset for all tables that describe it."""

from collections.abc import Iterable
from pathlib import Path

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.describe.tables import TABLES, read_records


def describe_records(records: Path, tables: Iterable[Path]) -> None:
    """Write the tables, each known by its file's name."""
    frame = read_records(records)
    for path in tables:
        write_csv(TABLES[path.stem](frame), path)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        describe_records(Path(snakemake.input.records), map(Path, snakemake.output))
