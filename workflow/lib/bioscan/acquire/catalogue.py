"""What config/catalogue.yaml says of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Checksums that the catalogue may give, strongest first.
ALGORITHMS = ("sha256", "md5")


@dataclass(frozen=True)
class Checksum:
    """A checksum: the algorithm's name in hashlib, and its hexadecimal digest."""

    algorithm: str
    digest: str


@dataclass(frozen=True)
class Artefact:
    """One file that can be downloaded.

    Attributes:
        name: its file name.
        sources: URLs, in order of preference.
        size: in bytes, where it is known exactly.
        checksum: where one is published.
        manual: a page to have it from in a browser, where there is one.
    """

    name: str
    sources: tuple[str, ...] = ()
    size: int | None = None
    checksum: Checksum | None = None
    manual: str | None = None


def artefact(catalogue: Mapping[str, Any], key: str) -> Artefact:
    """What the catalogue says of the file `key`: `<section>/<collection>/<file>`.

    A file without an entry has no source, but may still be had by hand.
    """
    section, name, file = key.split("/")
    collection = catalogue[section][name]
    entry = collection["files"].get(file, {})
    size = entry.get("size")
    sources = entry.get("sources", ())
    return Artefact(
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
    """The licence of a collection, `<section>/<name>`, in a few lines; None where none is known."""
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
