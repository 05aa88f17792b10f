"""Tabulate the costs of every rule."""

from pathlib import Path

from bioscan.core.files import atomic, write_csv
from bioscan.core.logs import job_log
from bioscan.report.costs import costs_page, read_benchmarks, tabulate

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        folder, measured = Path(snakemake.params.folder), map(Path, snakemake.params.measured)
        benchmarks = read_benchmarks(folder, measured)
        costs = tabulate(benchmarks, snakemake.params.stages, snakemake.params.order)
        write_csv(costs, Path(snakemake.output.table))
        with atomic(Path(snakemake.output.page)) as partial:
            partial.write_text(costs_page(costs))
