"""Write the opening of the report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.files import atomic
from bioscan.core.logs import job_log
from bioscan.report.ledger import SCHEMA
from bioscan.report.overview import Dataset, overview


def write_overview(
    run: str,
    datasets: Sequence[Mapping[str, Any]],
    counts: Sequence[Path],
    quarantines: Sequence[Path],
    images: Mapping[str, tuple[Path, Path]],
    packages: Mapping[str, str],
    chapters: Mapping[str, Mapping[str, int]],
    tables: tuple[Path, Path, Path],
    pages: Mapping[str, str],
    target: Path,
) -> None:
    """Write the page.

    Args:
        run: its name.
        datasets: name, format, source and detector of each.
        counts: a table of each with its records: numbers in the text, or splits.
        quarantines: what was set aside of each.
        images: dataset → the index of its package, and a strip of its images.
        packages: dataset → the name of that package.
        chapters: see `overview`.
        tables: ledger, its summary, costs (CSV).
        pages: see `overview`.
        target: HTML.
    """
    shown = []
    for facts, table, quarantine in zip(datasets, counts, quarantines, strict=True):
        index, strip = images.get(facts["name"], (None, None))
        shown.append(
            Dataset(
                **facts,
                records=_records(pl.read_csv(table)),
                package=packages.get(facts["name"]),
                images=index and pl.scan_parquet(index).select(pl.len()).collect().item(),
                # Processids of many kinds: none is read as a number.
                set_aside=pl.read_csv(quarantine, infer_schema=False).height,
                strip=strip and strip.read_bytes(),
            )
        )
    ledger = pl.read_csv(tables[0], schema=SCHEMA)
    page = overview(
        run, shown, chapters, ledger, pl.read_csv(tables[1]), pl.read_csv(tables[2]), pages
    )
    with atomic(target) as partial:
        partial.write_text(page)


def _records(table: pl.DataFrame) -> int:
    if "fact" in table.columns:
        return int(table.filter(fact="records")["value"].item())
    return table["samples"].sum()


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        of_run = snakemake.input
        write_overview(
            run=snakemake.params.run,
            datasets=snakemake.params.datasets,
            counts=[Path(path) for path in of_run.splits],
            quarantines=[Path(path) for path in of_run.quarantines],
            images={
                name: (Path(index), Path(strip))
                for name, index, strip in zip(
                    snakemake.params.shown, of_run.indexes, of_run.strips, strict=True
                )
            },
            packages=snakemake.params.packages,
            chapters=snakemake.params.chapters,
            tables=(Path(of_run.ledger), Path(of_run.summary), Path(of_run.costs)),
            pages=snakemake.params.pages,
            target=Path(snakemake.output[0]),
        )
