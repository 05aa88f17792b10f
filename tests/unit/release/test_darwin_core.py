"""Darwin Core archives, which a reader of GBIF's kind opens."""

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from dwca.darwincore.utils import qualname
from dwca.read import DwCAReader

from bioscan.core.records import SCHEMA
from bioscan.release.about import About
from bioscan.release.darwin_core import DC, DWC, GBIF, MIXS, write_darwin_core
from tests.unit.release.exported import Run

#: An invented record.
RECORD = dict.fromkeys(SCHEMA) | {
    "processid": "A1-22",
    "sampleid": "S1",
    "taxon": "unassigned Sciaridae",
    "phylum": "Arthropoda",
    "class": "Insecta",
    "order": "Diptera",
    "family": "Sciaridae",
    "subfamily": "unassigned Sciaridae",
    "dna_bin": "BOLD:AAA0001",
    "dna_barcode": "ACGT",
    "country": 'a\ttab and\nlines, "quoted"',
    "coord-lat": -35.019,
    "split": "val",
    "chunk": "",
    "copyright_license": "CC BY",
}
OTHER = dict.fromkeys(SCHEMA) | {"processid": "B2-22", "split": "val", "chunk": ""}


def about(**given: object) -> About:
    said = {"title": "Flies & more", "description": "Of <here>.", **given}
    catalogue = {"licences": {}, "data": {}}
    return About.of("mine", "folder", "own", said, catalogue)


def archive(path: Path, package: str | None = None, **given: object) -> Path:
    records = pl.LazyFrame([RECORD, OTHER], schema=SCHEMA)
    write_darwin_core(records, about(**given), path, package)
    return path


def test_an_occurrence_is_a_record(tmp_path: Path):
    with DwCAReader(archive(tmp_path / "a.zip", licence="CC BY 4.0", holder="Me")) as read:
        assert read.descriptor.core.type == DWC + "Occurrence"
        first, second = read.rows
    assert first.id == first.data[qualname("occurrenceID")] == "A1-22"
    assert first.data[qualname("basisOfRecord")] == "MaterialSample"
    # The deepest name that is one, not the placeholder.
    assert first.data[qualname("scientificName")] == "Sciaridae"
    assert first.data[qualname("taxonRank")] == "family"
    assert first.data[DWC + "verbatimIdentification"] == "unassigned Sciaridae"
    assert first.data[DWC + "subfamily"] == ""
    assert first.data[qualname("order")] == "Diptera"
    assert first.data[DWC + "taxonConceptID"] == "BOLD:AAA0001"
    assert first.data[qualname("country")] == 'a tab and lines, "quoted"'
    assert first.data[qualname("decimalLatitude")] == "-35.019"
    assert first.data[DC + "license"] == "CC BY"
    assert second.data[DC + "license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert second.data[DC + "rightsHolder"] == "Me"
    # A record without any label is an animal.
    assert second.data[qualname("scientificName")] == "Animalia"
    assert second.data[qualname("taxonRank")] == "kingdom"


def test_a_barcode_is_an_extension_of_its_record(tmp_path: Path):
    with DwCAReader(archive(tmp_path / "a.zip")) as read:
        assert [extension.type for extension in read.descriptor.extensions] == [
            GBIF + "1.0/DNADerivedData"
        ]
        first, second = read.rows
        (barcode,) = first.extensions
        assert second.extensions == []
    assert barcode.data[GBIF + "dna_sequence"] == "ACGT"
    assert barcode.data[MIXS + "0000044"] == "COI"


def test_images_are_an_extension_where_they_have_an_address(tmp_path: Path):
    path = archive(tmp_path / "a.zip", "cropped_256", files="https://example.org/data/")
    with DwCAReader(path) as read:
        first, _ = read.rows
        extensions = first.extensions
    image = next(row for row in extensions if row.rowtype == GBIF + "1.0/Multimedia")
    assert image.data[DC + "identifier"] == (
        "https://example.org/data/bioscan5m/images/cropped_256/val/A1-22.jpg"
    )
    assert image.data[DC + "type"] == "StillImage"


def test_sizes_are_an_extension_where_the_size_of_a_pixel_is_known(tmp_path: Path):
    sizes = {"box_length_mm": [3.14159, None], "area_mm2": [2.0, None]}
    records = pl.LazyFrame([RECORD, OTHER], schema=SCHEMA).with_columns(
        pl.Series(name, values) for name, values in sizes.items()
    )
    write_darwin_core(records, about(), tmp_path / "a.zip", None, sized=True)
    with DwCAReader(tmp_path / "a.zip") as read:
        facts = [row for row in read.rows[0].extensions if "Measurement" in row.rowtype]
        assert read.rows[1].extensions == []
    found = [
        (fact.data[DWC + "measurementValue"], fact.data[DWC + "measurementUnit"]) for fact in facts
    ]
    assert found == [("3.1416", "mm"), ("2.0", "mm2")]


def test_the_dataset_is_described(tmp_path: Path):
    organisation = {"name": "A Museum", "kind": "organisation"}
    person = {"name": "Anna Collector", "orcid": "0000-0002-1825-0097"}
    creators = [organisation, person, "van Collector, B."]
    given = {"licence": "CC0 1.0", "creators": creators, "contact": "a@example.org"}
    with DwCAReader(archive(tmp_path / "a.zip", published="2026-01-31", **given)) as read:
        dataset = read.metadata.find("dataset")
    assert dataset.find("title").text == "Flies & more"
    found = [
        [
            (element.tag, element.text.strip())
            for element in creator.iter()
            if element is not creator
        ]
        for creator in dataset.iterfind("creator")
    ]
    assert found == [
        [("organizationName", "A Museum"), ("electronicMailAddress", "a@example.org")],
        [
            ("individualName", ""), ("givenName", "Anna"), ("surName", "Collector"),
            ("userId", "0000-0002-1825-0097"),
        ],
        [("individualName", ""), ("givenName", "B."), ("surName", "van Collector")],
    ]  # fmt: skip
    assert dataset.find("contact/electronicMailAddress").text == "a@example.org"
    assert dataset.find("pubDate").text == "2026-01-31"
    link = dataset.find("intellectualRights/para/ulink")
    assert link.get("url") == "https://creativecommons.org/publicdomain/zero/1.0/legalcode"


def test_images_have_urls_whatever_the_names(tmp_path: Path):
    named = [{**RECORD, "processid": "moth 1 #2 50%e"}]
    said = about(files="https://example.org/my data")
    path = tmp_path / "a.zip"
    write_darwin_core(pl.LazyFrame(named, schema=SCHEMA), said, path, "cropped_256")
    with DwCAReader(path) as read:
        image = read.rows[0].extensions[-1]
    assert image.data[DC + "identifier"] == (
        "https://example.org/my%20data/bioscan5m/images/cropped_256/val/moth%201%20%232%2050%25e.jpg"
    )


def test_a_licence_without_an_address_is_plain_text(tmp_path: Path):
    with DwCAReader(archive(tmp_path / "a.zip", licence="House rules")) as read:
        rights = read.metadata.find("dataset/intellectualRights/para")
    assert len(rights) == 0
    assert rights.text == "This work is licensed under House rules"


def test_without_a_licence_that_is_said(tmp_path: Path):
    with DwCAReader(archive(tmp_path / "a.zip")) as read:
        rights = read.metadata.find("dataset/intellectualRights/para")
    assert rights.text == "No licence is stated."


def test_every_column_of_the_core_has_its_term(tmp_path: Path):
    with zipfile.ZipFile(archive(tmp_path / "a.zip")) as packed:
        header = packed.read("occurrence.txt").decode().splitlines()[0].split("\t")
        core = ElementTree.fromstring(packed.read("meta.xml")).find("{*}core")
    terms = {int(field.get("index")): field.get("term") for field in core.iterfind("{*}field")}
    assert [terms[n].rsplit("/", 1)[-1] for n in range(len(header))] == header


def test_the_same_records_give_the_same_bytes(tmp_path: Path):
    assert archive(tmp_path / "a.zip").read_bytes() == archive(tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize("name", ["of_1m", "of_5m"])
def test_all_released_records_are_in_it(name: str, tmp_path: Path, request):
    run: Run = request.getfixturevalue(name)
    write_darwin_core(run.released.lazy(), run.about(), tmp_path / "a.zip", None)
    with DwCAReader(tmp_path / "a.zip") as read:
        assert [row.id for row in read.rows] == run.released["processid"].to_list()
