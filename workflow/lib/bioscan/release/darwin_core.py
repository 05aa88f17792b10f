"""A Darwin Core archive of the records, which GBIF and its tools read.

A zip of tables (tab-separated, without quotation marks), meta.xml, which says what their columns
are, and eml.xml, which describes the dataset. See https://dwc.tdwg.org/text and
https://ipt.gbif.org/manual.
"""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import polars as pl

from bioscan.core.files import atomic
from bioscan.core.published import member_name
from bioscan.core.records import RANKS
from bioscan.release.about import About, Party
from bioscan.release.archives import zip_member

#: Namespaces of terms.
DWC, DC = "http://rs.tdwg.org/dwc/terms/", "http://purl.org/dc/terms/"
GBIF, MIXS = "http://rs.gbif.org/terms/", "https://w3id.org/mixs/"
_TEXT = "http://rs.tdwg.org/dwc/text/"
_EML = "https://eml.ecoinformatics.org/eml-2.2.0"

#: Names that stand where taxonomy has no name (5M §A4.3).
PLACEHOLDER = "unassigned "


def write_darwin_core(
    records: pl.LazyFrame, about: About, path: Path, package: str | None, sized: bool = False
) -> None:
    """Write an archive: an occurrence per record, its barcode, and its image if it has an address.

    Args:
        records: as of `read_released`.
        about: the dataset; images have addresses where `about.files` is given.
        path: the zip to write.
        package: whose images are named; None where there are none.
        sized: whether the records have SIZES_MM.
    """
    tables = {"occurrence.txt": (DWC + "Occurrence", _occurrences(about))}
    rows = {
        "occurrence.txt": records,
        "dna.txt": records.filter(pl.col("dna_barcode").is_not_null()),
    }
    tables["dna.txt"] = (GBIF + "1.0/DNADerivedData", _barcodes())
    if about.files and package:
        tables["multimedia.txt"] = (GBIF + "1.0/Multimedia", _images(about, package))
        rows["multimedia.txt"] = records
    if sized:
        tables["measurement.txt"] = (DWC + "MeasurementOrFact", _measurements())
        rows["measurement.txt"] = _measured(records)
    with atomic(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (_, columns) in tables.items():
            member = zip_member(name, zipfile.ZIP_DEFLATED)
            with archive.open(member, "w", force_zip64=True) as file:
                chosen = rows[name].select(
                    _one_line(expression).alias(str(n))
                    for n, expression in enumerate(columns.values())
                )
                header = pl.LazyFrame(schema=[term.rsplit("/", 1)[-1] for term in columns])
                header.sink_csv(file, separator="\t")
                chosen.sink_csv(file, separator="\t", include_header=False, quote_style="never")
        described = {"meta.xml": _meta(tables), "eml.xml": _eml(about)}
        for name, text in described.items():
            archive.writestr(zip_member(name, zipfile.ZIP_DEFLATED), text)


def _occurrences(about: About) -> Mapping[str, pl.Expr]:
    """Term → values, of the core. The first is the identifier that extensions refer to."""
    named = {rank: _named(rank) for rank in RANKS}
    deepest = pl.coalesce(*(named[rank] for rank in reversed(RANKS)), pl.lit("Animalia"))
    rank = pl.coalesce(
        *(pl.when(named[rank].is_not_null()).then(pl.lit(rank)) for rank in reversed(RANKS)),
        pl.lit("kingdom"),
    )
    licence = about.licence.url or about.licence.name if about.licence else None
    constants = {
        DWC + "basisOfRecord": "MaterialSample",
        DWC + "kingdom": "Animalia",
        DWC + "geodeticDatum": "WGS84",
    }
    columns = {
        DWC + "occurrenceID": pl.col("processid"),
        DWC + "catalogNumber": pl.col("processid"),
        DWC + "materialSampleID": pl.col("sampleid"),
        DWC + "scientificName": deepest,
        DWC + "taxonRank": rank,
        # As it is written in the record, with names that are only placeholders.
        DWC + "verbatimIdentification": pl.col("taxon"),
        **{DWC + rank: named[rank] for rank in RANKS if rank != "species"},
        DWC + "tribe": pl.col("tribe"),
        # The practice of BOLD's own datasets at GBIF.
        DWC + "taxonConceptID": pl.col("dna_bin"),
        DWC + "country": pl.col("country"),
        DWC + "stateProvince": pl.col("province_state"),
        DWC + "decimalLatitude": pl.col("coord-lat"),
        DWC + "decimalLongitude": pl.col("coord-lon"),
        DC + "license": pl.coalesce("copyright_license", pl.lit(licence)),
        DC + "rightsHolder": pl.coalesce("copyright_holder", pl.lit(about.holder)),
        DWC + "datasetName": pl.lit(about.title),
    }
    return columns | {term: pl.lit(value) for term, value in constants.items()}


def _barcodes() -> Mapping[str, pl.Expr]:
    """Of GBIF's extension for data derived from DNA."""
    return {
        DWC + "occurrenceID": pl.col("processid"),
        GBIF + "dna_sequence": pl.col("dna_barcode"),
        # target_gene of MIxS.
        MIXS + "0000044": pl.lit("COI"),
    }


def _images(about: About, package: str) -> Mapping[str, pl.Expr]:
    """Of GBIF's extension for media."""
    licence = about.licence.url or about.licence.name if about.licence else None
    return {
        DWC + "occurrenceID": pl.col("processid"),
        DC + "type": pl.lit("StillImage"),
        DC + "format": pl.lit("image/jpeg"),
        DC + "identifier": _address(about, package),
        DC + "license": pl.coalesce("copyright_license", pl.lit(licence)),
        DC + "rightsHolder": pl.coalesce("copyright_holder", pl.lit(about.holder)),
        DC + "creator": pl.coalesce("photographer", pl.lit(None, pl.String)),
    }


def _address(about: About, package: str) -> pl.Expr:
    """The URL of an image."""

    def addresses(names: pl.Series) -> pl.Series:
        return pl.Series([name and about.address(name) for name in names], dtype=pl.String)

    named = member_name(about.format, package)
    return named.map_batches(addresses, return_dtype=pl.String, is_elementwise=True)


def _measurements() -> Mapping[str, pl.Expr]:
    """Of Darwin Core's extension for measurements, of the rows of `_measured`."""
    columns = ("Type", "Value", "Unit", "Method")
    return {
        DWC + "occurrenceID": pl.col("processid"),
        **{f"{DWC}measurement{name}": pl.col(name) for name in columns},
    }


def _measured(records: pl.LazyFrame) -> pl.LazyFrame:
    """A row per size of a record that is known."""
    facts = {
        "box_length_mm": ("length of the longer side of the bounding box", "mm"),
        "area_mm2": ("area of the organism in the image", "mm2"),
    }
    return pl.concat(
        records.filter(pl.col(name).is_not_null()).select(
            "processid",
            Type=pl.lit(kind),
            Value=pl.col(name).round(4),
            Unit=pl.lit(unit),
            Method=pl.lit("counted in the photograph"),
        )
        for name, (kind, unit) in facts.items()
    )


def _named(rank: str) -> pl.Expr:
    """The labels of a rank, but for placeholders."""
    return pl.when(~pl.col(rank).str.starts_with(PLACEHOLDER)).then(pl.col(rank))


def _one_line(values: pl.Expr) -> pl.Expr:
    """As text without tabs and line ends, which separate fields and rows."""
    return values.cast(pl.String).str.replace_all(r"[\t\r\n]+", " ")


def _meta(tables: Mapping[str, tuple[str, Iterable[str]]]) -> bytes:
    """meta.xml: the files of the archive, and the term of each column."""
    root = ElementTree.Element("archive", {"xmlns": _TEXT, "metadata": "eml.xml"})
    for number, (name, (kind, terms)) in enumerate(tables.items()):
        element = ElementTree.SubElement(
            root,
            "extension" if number else "core",
            {
                "encoding": "UTF-8",
                "fieldsTerminatedBy": "\\t",
                "linesTerminatedBy": "\\n",
                "fieldsEnclosedBy": "",
                "ignoreHeaderLines": "1",
                "rowType": kind,
            },
        )
        files = ElementTree.SubElement(element, "files")
        ElementTree.SubElement(files, "location").text = name
        ElementTree.SubElement(element, "coreid" if number else "id", {"index": "0"})
        for index, term in enumerate(terms):
            # The first column of an extension is the reference to the core, and no term of its own.
            if index or not number:
                ElementTree.SubElement(element, "field", {"index": str(index), "term": term})
    return _xml(root)


def _eml(about: About) -> bytes:
    """eml.xml: the dataset, in the profile of GBIF."""
    root = ElementTree.Element(
        "eml:eml",
        {
            "xmlns:eml": _EML,
            "packageId": f"{about.name}/{about.version}",
            "system": "bioscan-workflow",
            "xml:lang": "eng",
        },
    )
    dataset = ElementTree.SubElement(root, "dataset")
    _add(dataset, "title", about.title)
    _parties(dataset, "creator", about.makers, about.contact)
    _parties(dataset, "metadataProvider", about.makers[:1], about.contact)
    if about.published:
        _add(dataset, "pubDate", about.published)
    _add(dataset, "language", "eng")
    _add(ElementTree.SubElement(dataset, "abstract"), "para", about.description)
    rights = ElementTree.SubElement(ElementTree.SubElement(dataset, "intellectualRights"), "para")
    if about.licence is None:
        rights.text = "No licence is stated."
    else:
        rights.text = "This work is licensed under "
        url = about.licence.url
        if url:
            # GBIF knows licences by the addresses of their legal codes.
            url += "legalcode" * url.startswith("https://creativecommons.org/")
            link = ElementTree.SubElement(rights, "ulink", {"url": url})
            _add(link, "citetitle", about.licence.name)
        else:
            rights.text += about.licence.name
    _parties(dataset, "contact", about.makers[:1], about.contact)
    if about.cite:
        extra = ElementTree.SubElement(root, "additionalMetadata")
        gbif = ElementTree.SubElement(ElementTree.SubElement(extra, "metadata"), "gbif")
        _add(gbif, "citation", about.cite)
    return _xml(root)


def _parties(
    parent: ElementTree.Element, kind: str, parties: list[Party], contact: str | None
) -> None:
    for number, known in enumerate(parties):
        party = ElementTree.SubElement(parent, kind)
        if known.kind == "person":
            given, surname = known.names
            person = ElementTree.SubElement(party, "individualName")
            if given:
                _add(person, "givenName", given)
            _add(person, "surName", surname)
        else:
            _add(party, "organizationName", known.name)
        if contact and not number:
            _add(party, "electronicMailAddress", contact)
        if known.orcid:
            orcid = ElementTree.SubElement(party, "userId", {"directory": "https://orcid.org/"})
            orcid.text = known.orcid


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = text


def _xml(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"
