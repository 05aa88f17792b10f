"""Fetch one file of the catalogue."""

from pathlib import Path

import yaml

from bioscan.acquire.catalogue import find_download
from bioscan.acquire.download import fetch, place
from bioscan.core.logs import job_log


def fetch_file(catalogue: Path, key: str, download: Path, path: Path) -> None:
    """Fetch a file that all runs share, unless it exists, and link it into this run.

    Args:
        catalogue: config/catalogue.yaml.
        key: `<section>/<collection>/<file>` in the catalogue.
        download: path of the file that all runs share, fetched here or manually.
        path: where this run expects it.
    """
    fetch(find_download(yaml.safe_load(catalogue.read_text()), key), download)
    place(download, path)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        fetch_file(
            catalogue=Path(snakemake.input.catalogue),
            key=snakemake.params.key,
            download=Path(snakemake.params.download),
            path=Path(snakemake.output[0]),
        )
