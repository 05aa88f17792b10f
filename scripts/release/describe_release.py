"""Describe the files of a release: data card, checksums, schema.org and Croissant."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bioscan.core.files import atomic, digest, write_json
from bioscan.core.logs import job_log
from bioscan.release.about import About
from bioscan.release.cards import checksums, count_released, data_card
from bioscan.release.descriptions import File, croissant, schema_org
from bioscan.release.fields import fields
from bioscan.release.records import read_released

# Below `bioscan`, so that its warnings reach the terminal.
log = logging.getLogger("bioscan.release")


def list_files(paths: Sequence[Path], packages: Mapping[str, str], folder: Path) -> list[File]:
    """The files of a release with their checksums; those of a folder in the order of their names.

    Args:
        paths: files, and folders of files.
        packages: name of a zip → the package that it and others like it hold whole.
        folder: of the release.
    """
    found = []
    for path in paths:
        for file in sorted(path.glob("data/*")) if path.is_dir() else [path]:
            name = file.relative_to(folder).as_posix()
            size, checksum = file.stat().st_size, digest(file, "sha256")
            found.append(File(name, size, checksum, packages.get(name)))
    return found


def parquet_of(files: Sequence[File]) -> dict[str, dict[str, list[str]]]:
    """Package → split → its Parquet files."""
    found: dict[str, dict[str, list[str]]] = {}
    for file in files:
        if file.name.endswith(".parquet"):
            _, package, _, name = file.name.split("/")
            split = name.rsplit("-", 3)[0]
            found.setdefault(package, {}).setdefault(split, []).append(file.name)
    return found


def describe_release(
    about: About,
    made: Mapping[str, Any],
    records: Path,
    indices: Sequence[Path],
    paths: Sequence[Path],
    packages: Mapping[str, str],
    card: Path,
    sums: Path,
    json_ld: Path,
    croissant_json: Path,
) -> None:
    """Write the data card, the checksums and both descriptions for machines.

    Args:
        about: the dataset.
        made: see `data_card`.
        records: the partitioned records (Parquet).
        indices: index.parquet of the released packages.
        paths, packages: see `list_files`.
        card, sums, json_ld, croissant_json: the files to write, in one folder.
    """
    if about.licence is None:
        log.warning(
            "%s: the release states no licence; name one in release.about.%s.licence",
            *(card.parent, about.name),
        )
    files = list_files(paths, packages, card.parent)
    columns = fields(about.format)
    counts = count_released(read_released(about.format, records, None, indices))
    write_json(schema_org(about, files, columns), json_ld)
    write_json(croissant(about, files, columns), croissant_json)
    described = [*files, *list_files([json_ld, croissant_json], {}, card.parent)]
    with atomic(sums) as partial:
        partial.write_text(checksums(described))
    with atomic(card) as partial:
        partial.write_text(data_card(about, counts, files, columns, parquet_of(files), made))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        describe_release(
            about=About(**snakemake.params.about),
            made=snakemake.params.made,
            records=Path(snakemake.input.records),
            indices=[Path(path) for path in snakemake.input.indices],
            paths=[Path(path) for path in snakemake.input.files],
            packages=snakemake.params.packages,
            card=Path(snakemake.output.card),
            sums=Path(snakemake.output.sums),
            json_ld=Path(snakemake.output.json_ld),
            croissant_json=Path(snakemake.output.croissant),
        )
