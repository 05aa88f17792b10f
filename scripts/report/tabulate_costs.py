"""Tabulate the costs of every rule."""

from pathlib import Path

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.report.costs import read_benchmarks, tabulate
from bioscan.report.pages import write_page

NOTE = (
    "hours: of all jobs of a rule, one after the other; processor hours: of all their threads; "
    "greatest memory: of the largest job, seen at intervals, so a job of a second may have none"
)

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        benchmarks = read_benchmarks(Path(snakemake.params.folder))
        costs = tabulate(benchmarks, snakemake.params.stages, snakemake.params.order)
        write_csv(costs, Path(snakemake.output.table))
        write_page(costs, "Costs of every rule", NOTE, Path(snakemake.output.page))
