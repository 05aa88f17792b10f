"""Descriptions of a release for machines: schema.org (JSON-LD) and Croissant."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from bioscan.core.formats import METADATA
from bioscan.core.published import BIOSCAN5M_MEMBER
from bioscan.release.about import About, Party
from bioscan.release.fields import Field, Kind

#: Of files, by their suffix. (IANA, and the names that Croissant knows.)
MEDIA_TYPES = {
    ".zip": "application/zip",
    ".tsv": "text/tab-separated-values",
    ".csv": "text/csv",
    ".hdf5": "application/x-hdf5",
    ".parquet": "application/x-parquet",
}

#: Types of values in Croissant.
_TYPES: dict[Kind, str] = {"text": "sc:Text", "integer": "sc:Integer", "float": "sc:Float"}

#: The context of Croissant 1.0 (http://mlcommons.org/croissant/1.0).
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


class File(NamedTuple):
    """A file of a release.

    Attributes:
        name: below the folder of the release.
        bytes: its size.
        sha256: its checksum.
        package: whose images it holds as a zip, None for others.
    """

    name: str
    bytes: int
    sha256: str
    package: str | None = None

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES["." + self.name.rsplit(".", 1)[-1]]


def schema_org(about: About, files: Sequence[File], fields: Sequence[Field]) -> dict[str, Any]:
    """A Dataset of schema.org, in JSON-LD, as search engines for datasets read it."""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        **_common(about),
        "keywords": ["insects", "biodiversity", "DNA barcode", "images", "taxonomy"],
        "isAccessibleForFree": True,
        "measurementTechnique": ["photography of single specimens", "sequencing of COI"],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": field.name, "description": field.description}
            for field in fields
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.name,
                "contentUrl": about.address(file.name),
                "contentSize": f"{file.bytes} B",
                "encodingFormat": file.media_type,
                "sha256": file.sha256,
            }
            for file in files
        ],
    }


def croissant(about: About, files: Sequence[File], fields: Sequence[Field]) -> dict[str, Any]:
    """The release in Croissant 1.0: its files, the table, and the images of the whole zips.

    Addresses are relative to the description, unless `about.files` says where the files lie.
    """
    known = {file.name: file for file in files}
    distribution = [_file_object(about, file) for file in files]
    table = METADATA[about.format]
    source = table
    if table.endswith(".zip"):
        source = "metadata.csv"
        distribution.append(
            {
                "@type": "cr:FileObject",
                "@id": source,
                "name": source,
                "contentUrl": BIOSCAN5M_MEMBER,
                "containedIn": {"@id": table},
                "encodingFormat": "text/csv",
            }
        )
    record_sets = [
        {
            "@type": "cr:RecordSet",
            "@id": "records",
            "name": "records",
            "description": "One row per specimen.",
            "key": {"@id": "records/processid"},
            "field": [
                {
                    "@type": "cr:Field",
                    "@id": f"records/{field.name}",
                    "name": field.name,
                    "description": field.description,
                    "dataType": _TYPES[field.kind],
                    "source": {"fileObject": {"@id": source}, "extract": {"column": field.name}},
                }
                for field in fields
            ],
        }
    ]
    for package, names in _whole_packages(files).items():
        distribution.append(
            {
                "@type": "cr:FileSet",
                "@id": f"{package}-images",
                "name": f"{package}-images",
                "containedIn": [{"@id": name} for name in names],
                "encodingFormat": "image/jpeg",
                "includes": "**/*.jpg",
            }
        )
        record_sets.append(_images(about, package))
    assert table in known
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        **_common(about),
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "citeAs": about.cite or about.title,
        "distribution": distribution,
        "recordSet": record_sets,
    }


def _images(about: About, package: str) -> dict[str, Any]:
    """The record set of the images of a package; `key` refers to the table of records."""
    key = "image_file" if about.format == "bioscan1m" else "processid"
    # The name of the file, in 5M without its suffix. (mlcroissant applies it twice.)
    name = r"([^/\\]+)$" if key == "image_file" else r"([^/\\]+?)(?:\.jpg)?$"
    source = {"fileSet": {"@id": f"{package}-images"}}
    return {
        "@type": "cr:RecordSet",
        "@id": package,
        "name": package,
        "description": f"The images of the package {package}.",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{package}/image",
                "name": "image",
                "description": "The image.",
                "dataType": "sc:ImageObject",
                "source": {**source, "extract": {"fileProperty": "content"}},
            },
            {
                "@type": "cr:Field",
                "@id": f"{package}/{key}",
                "name": key,
                "description": "The record that the image is of.",
                "dataType": "sc:Text",
                "references": {"field": {"@id": f"records/{key}"}},
                "source": {
                    **source,
                    "extract": {"fileProperty": "filename"},
                    "transform": {"regex": name},
                },
            },
        ],
    }


def _whole_packages(files: Sequence[File]) -> dict[str, list[str]]:
    """Package → the zips that together hold all its images."""
    found: dict[str, list[str]] = {}
    for file in files:
        if file.package is not None:
            found.setdefault(file.package, []).append(file.name)
    return found


def _file_object(about: About, file: File) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": about.address(file.name),
        "contentSize": f"{file.bytes} B",
        "encodingFormat": file.media_type,
        "sha256": file.sha256,
    }


def _common(about: About) -> dict[str, Any]:
    """Properties of schema.org that both descriptions have."""
    licence = about.licence and (about.licence.url or about.licence.name)
    given = {
        "name": re.sub(r"[^\w.-]+", "_", about.title),
        "alternateName": about.title,
        "description": about.description,
        "version": about.version,
        "license": licence,
        "url": about.url or about.cite,
        "datePublished": about.published,
        "copyrightHolder": about.owner and _party(about.owner),
        "creator": [_party(maker) for maker in about.makers],
    }
    return {key: value for key, value in given.items() if value}


def _party(party: Party) -> dict[str, str]:
    kind = "Person" if party.kind == "person" else "Organization"
    orcid = {"url": f"https://orcid.org/{party.orcid}"} if party.orcid else {}
    return {"@type": kind, "name": party.name, **orcid}
