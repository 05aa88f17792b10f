"""What the jobs of a run took, from their benchmarks."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

log = logging.getLogger("bioscan.report")

#: Columns of a benchmark of Snakemake that are read: seconds, megabytes, seconds of processors.
MEASURES = {"s": pl.Float64, "max_rss": pl.Float64, "cpu_time": pl.Float64}

SCHEMA = {
    "stage": pl.String,
    "rule": pl.String,
    "jobs": pl.Int64,
    "hours": pl.Float64,
    "longest_job_minutes": pl.Float64,
    "processor_hours": pl.Float64,
    "greatest_memory_mb": pl.Float64,
}


def read_benchmarks(folder: Path) -> pl.DataFrame:
    """The benchmarks of a run: rule, s, max_rss, cpu_time; a row per job.

    Snakemake looks at memory at intervals, and writes NA or - for a job that ended before; such a
    job has a time and no memory. A file that is no benchmark is left out, with a warning.
    """
    rows = []
    for path in sorted(folder.glob("*/*.tsv")):
        table = pl.read_csv(path, separator="\t", infer_schema=False)
        if missing := MEASURES.keys() - set(table.columns):
            log.warning("%s: no benchmark, as it has no %s", path, ", ".join(sorted(missing)))
            continue
        rows.append(
            table.select(
                pl.lit(path.parent.name).alias("rule"),
                *(pl.col(name).cast(kind, strict=False) for name, kind in MEASURES.items()),
            )
        )
    return pl.concat(rows) if rows else pl.DataFrame(schema={"rule": pl.String, **MEASURES})


def tabulate(
    benchmarks: pl.DataFrame, stages: Mapping[str, str], order: Iterable[str]
) -> pl.DataFrame:
    """Costs of each rule: SCHEMA, in the order of the stages, the costliest rule of each first.

    Args:
        benchmarks: of `read_benchmarks`.
        stages: rule → its stage; others are of jobs that earlier versions ran, and are left out.
        order: of the stages.
    """
    order = list(order)
    if unknown := sorted(set(benchmarks["rule"]) - stages.keys()):
        log.warning("benchmarks of rules that are none of this workflow: %s", ", ".join(unknown))
    return (
        benchmarks.filter(pl.col("rule").is_in(list(stages)))
        .group_by("rule")
        .agg(
            jobs=pl.len().cast(pl.Int64),
            hours=(pl.col("s").sum() / 3600).round(4),
            longest_job_minutes=(pl.col("s").max() / 60).round(2),
            processor_hours=(pl.col("cpu_time").sum() / 3600).round(4),
            greatest_memory_mb=pl.col("max_rss").max().round(0),
        )
        .with_columns(stage=pl.col("rule").replace_strict(stages, return_dtype=pl.Enum(order)))
        .sort("stage", "hours", "rule", descending=[False, True, False])
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )
