"""Lay every published number beside that of the run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bioscan.core.files import atomic, write_csv
from bioscan.core.logs import job_log
from bioscan.report.ledger import Facts, ledger, summary
from bioscan.report.ledger_page import ledger_page
from bioscan.report.published import (
    Settings,
    printed_cells,
    read_entries,
    read_text,
    released_columns,
)


def build_ledger(
    tables: Sequence[Path],
    published: Sequence[Path],
    entries: Path,
    keys: Mapping[str, Sequence[str]],
    formats: Mapping[str, str],
    sources: Mapping[str, str],
    settings: Settings,
    run: str,
    outputs: tuple[Path, Path, Path],
) -> None:
    """Write the ledger, its summary and its page.

    Args:
        tables: of the run, `{dataset}/tables/{table}.csv`.
        published: the files of published numbers.
        entries: workflow/report/ledger.yaml, which describes each of them.
        keys: table → the columns that name its rows.
        formats, sources, settings: see `Facts`.
        run: its name.
        outputs: ledger and summary (CSV), page (HTML).
    """
    described = yaml.safe_load(entries.read_text())
    files = {path.stem: path for path in published}
    given = read_entries(described["tables"], list(files), keys)
    cells = [
        (entry, cell)
        for name, entry in given.items()
        for cell in printed_cells(name, entry, read_text(files[name]))
    ]
    facts = Facts(
        tables={(path.stem, path.parents[1].name): read_text(path) for path in tables},
        formats=formats,
        sources=sources,
        settings={**settings, **released_columns(settings)},
        choices=described["choices"],
    )
    rows = ledger(cells, facts)
    counted = summary(rows, {name: entry.title for name, entry in given.items()})
    write_csv(rows, outputs[0])
    write_csv(counted, outputs[1])
    with atomic(outputs[2]) as partial:
        partial.write_text(ledger_page(rows, counted, run))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        build_ledger(
            tables=[Path(path) for path in snakemake.input.tables],
            published=[Path(path) for path in snakemake.input.published],
            entries=Path(snakemake.input.entries),
            keys=snakemake.params.join_keys,
            formats=snakemake.params.formats,
            sources=snakemake.params.sources,
            settings=snakemake.params.settings,
            run=snakemake.params.run,
            outputs=(
                Path(snakemake.output.ledger),
                Path(snakemake.output.summary),
                Path(snakemake.output.page),
            ),
        )
