"""What the jobs of a run took, from their benchmarks."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.pages import html_page

log = logging.getLogger("bioscan.report")

#: Columns of a benchmark of Snakemake that are read: seconds, megabytes, seconds of processors.
MEASURES = {"s": pl.Float64, "max_rss": pl.Float64, "cpu_time": pl.Float64}

_STYLE = """
body { max-width: 60rem; }
table { border-collapse: collapse; font: 13px/1.5 "Helvetica Neue", Arial, sans-serif; }
th, td { padding: .1rem 1.2rem .1rem 0; text-align: left; }
th { font-weight: 600; border-bottom: 1px solid #b8b2a4; }
tbody td { border-top: 1px solid #eceae3; }
tfoot td { font-weight: 600; border-top: 1px solid #b8b2a4; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
"""

SCHEMA = {
    "stage": pl.String,
    "rule": pl.String,
    "jobs": pl.Int64,
    "seconds": pl.Float64,
    "longest_job_seconds": pl.Float64,
    "processor_seconds": pl.Float64,
    "greatest_memory_mb": pl.Float64,
}


def read_benchmarks(folder: Path, paths: Iterable[Path]) -> pl.DataFrame:
    """The benchmarks of a run's jobs: rule, s, max_rss, cpu_time; a row per job.

    Snakemake looks at memory at intervals, and writes NA or - for a job that ended before; such a
    job has a time and no memory. A file that is no benchmark is left out, with a warning, and a job
    without one, as where its files were copied from another run, is counted in another.

    Args:
        folder: of all of them.
        paths: `{rule}/{wildcards}.tsv` below it, of the jobs of the plan alone: a dataset or a
            model that was removed from the config leaves its benchmarks behind.
    """
    rows, absent = [], []
    for path in sorted(paths):
        if not path.is_file():
            absent.append(path)
            continue
        table = pl.read_csv(path, separator="\t", infer_schema=False)
        if missing := MEASURES.keys() - set(table.columns):
            log.warning("%s: no benchmark, as it has no %s", path, ", ".join(sorted(missing)))
            continue
        rows.append(
            table.select(
                pl.lit(path.relative_to(folder).parts[0]).alias("rule"),
                *(pl.col(name).cast(kind, strict=False) for name, kind in MEASURES.items()),
            )
        )
    if absent:
        log.warning("jobs of the plan without a benchmark: %d, such as %s", len(absent), absent[0])
    return pl.concat(rows) if rows else pl.DataFrame(schema={"rule": pl.String, **MEASURES})


def tabulate(
    benchmarks: pl.DataFrame, stages: Mapping[str, str], order: Iterable[str]
) -> pl.DataFrame:
    """Costs of each rule: SCHEMA, in the order of the stages, the costliest rule of each first.

    Args:
        benchmarks: of `read_benchmarks`.
        stages: rule → its stage.
        order: of the stages.
    """
    order = list(order)
    return (
        benchmarks.group_by("rule")
        .agg(
            jobs=pl.len().cast(pl.Int64),
            seconds=pl.col("s").sum().round(1),
            longest_job_seconds=pl.col("s").max().round(1),
            processor_seconds=pl.col("cpu_time").sum().round(1),
            # 0 is what Snakemake had not seen.
            greatest_memory_mb=pl.col("max_rss").max().round(0).replace(0, None),
        )
        .with_columns(stage=pl.col("rule").replace_strict(stages, return_dtype=pl.Enum(order)))
        .sort("stage", "seconds", "rule", descending=[False, True, False])
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )


def costs_page(costs: pl.DataFrame) -> str:
    """The costs as a page, with their sum.

    Args:
        costs: of `tabulate`.
    """
    total = {
        "stage": "all",
        "rule": "",
        "jobs": costs["jobs"].sum(),
        "seconds": costs["seconds"].sum(),
        "longest_job_seconds": costs["longest_job_seconds"].max() or 0,
        "processor_seconds": costs["processor_seconds"].sum(),
        "greatest_memory_mb": costs["greatest_memory_mb"].max(),
    }
    body = "".join(map(_row, costs.iter_rows(named=True)))
    return html_page(
        "Costs of every rule",
        _STYLE,
        "<p>As Snakemake measured the jobs of this run. Time is that of all jobs of a rule, one "
        "after the other, processor time that of all their threads, and memory that of the largest "
        "job; it is seen at intervals, so a job of a second may have none.</p>"
        '<table><thead><tr><th>stage</th><th>rule</th><th class="n">jobs</th>'
        '<th class="n">time</th><th class="n">longest job</th><th class="n">processor time</th>'
        f'<th class="n">memory</th></tr></thead><tbody>{body}</tbody>'
        f"<tfoot>{_row(total)}</tfoot></table>",
    )


def _row(row: Mapping[str, Any]) -> str:
    times = (row["seconds"], row["longest_job_seconds"], row["processor_seconds"])
    return (
        f'<tr><td>{row["stage"]}</td><td>{row["rule"]}</td><td class="n">{row["jobs"]:,}</td>'
        + "".join(f'<td class="n">{duration(seconds)}</td>' for seconds in times)
        + f'<td class="n">{memory(row["greatest_memory_mb"])}</td></tr>'
    )


def duration(seconds: float) -> str:
    """As people say it: "0.4 s", "12 min", "5.2 h"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:,.1f} h"


def memory(megabytes: float | None) -> str:
    """As people say it: "76 MB", "3.7 GB"; a dash where it is not known."""
    if megabytes is None:
        return "–"
    return f"{megabytes:,.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:,.1f} GB"
