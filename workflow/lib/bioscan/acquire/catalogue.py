"""The entries of config/catalogue.yaml: the files that can be downloaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Checksums that the catalogue may state, strongest first.
ALGORITHMS = ("sha256", "md5")


@dataclass(frozen=True)
class Checksum:
    """A checksum: the algorithm's name in hashlib, and its hexadecimal digest."""

    algorithm: str
    digest: str


@dataclass(frozen=True)
class Download:
    """One file that can be downloaded.

    Attributes:
        name: its file name.
        sources: URLs, in order of preference.
        size: in bytes, where it is known exactly.
        checksum: the published one, if any.
        manual: a page from which to fetch it manually in a browser, if any.
    """

    name: str
    sources: tuple[str, ...] = ()
    size: int | None = None
    checksum: Checksum | None = None
    manual: str | None = None


def find_download(catalogue: Mapping[str, Any], key: str) -> Download:
    """The entry of a file in the catalogue.

    A file without an entry has no source, but may still be fetched manually.

    Args:
        catalogue: the content of config/catalogue.yaml.
        key: `<section>/<collection>/<file>`.
    """
    section, name, file = key.split("/")
    collection = catalogue[section][name]
    entry = collection["files"].get(file, {})
    size = entry.get("size")
    sources = entry.get("sources", ())
    return Download(
        name=file,
        sources=tuple(_url(source, file, catalogue["hosts"]) for source in sources),
        size=size if isinstance(size, int) else None,
        checksum=next((Checksum(name, entry[name]) for name in ALGORITHMS if name in entry), None),
        manual=entry.get("manual", collection.get("manual")),
    )


def _url(source: str, file: str, hosts: Mapping[str, str]) -> str:
    host, _, identifier = source.partition(":")
    return hosts[host].format(identifier or file) if host in hosts else source


def licence(catalogue: Mapping[str, Any], collection: str) -> str | None:
    """The licence of a collection in a few lines; None if it is unknown.

    Args:
        catalogue: the content of config/catalogue.yaml.
        collection: `<section>/<name>`.
    """
    section, name = collection.split("/")
    entry = catalogue[section][name]
    if "licence" not in entry:
        return None
    lines = [f"{name}: {entry['licence']}, {catalogue['licences'][entry['licence']]}"]
    if "holder" in entry:
        lines.append(f"Copyright: {entry['holder']}")
    if "cite" in entry:
        lines.append(f"Cite: {entry['cite']}")
    return "\n".join([*lines, ""])
