"""Lay every published number beside that of the run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from bioscan.core.errors import InputError
from bioscan.core.files import atomic, write_csv
from bioscan.core.logs import job_log
from bioscan.report.ledger import Facts, ledger, summary
from bioscan.report.ledger_page import ledger_page
from bioscan.report.published import Entry, printed_cells, read_text, released_columns
from bioscan.report.settings import Settings


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

    Raises:
        InputError: a file of published numbers is not described, or one that is described is none.
    """
    described = yaml.safe_load(entries.read_text())
    files = {path.stem: path for path in published}
    if files.keys() != described["tables"].keys():
        (name, *_) = sorted(files.keys() ^ described["tables"].keys())
        raise InputError(
            f"{entries}: {name!r} is {'not described' if name in files else 'described'}, and "
            f"config/published has {'such a' if name in files else 'no such'} file: "
            "each needs an entry under `tables`"
        )
    cells = []
    for name, given in described["tables"].items():
        entry = Entry(**given)
        entry = entry if entry.keys else replace(entry, keys=tuple(keys[name]))
        cells += [(entry, cell) for cell in printed_cells(name, entry, read_text(files[name]))]
    facts = Facts(
        tables={(path.stem, path.parents[1].name): read_text(path) for path in tables},
        formats=formats,
        sources=sources,
        settings=settings | released_columns(),
        choices=described["choices"],
    )
    rows = ledger(cells, facts)
    counted = summary(rows, {name: given["title"] for name, given in described["tables"].items()})
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
