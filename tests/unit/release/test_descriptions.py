"""Descriptions for machines: mlcroissant checks them and loads records and images by them."""

import json
import re
from pathlib import Path

import mlcroissant
import pytest
from etils import epath
from mlcroissant._src.operation_graph.operations import extract

from bioscan.core.files import digest
from bioscan.release.descriptions import File, croissant, schema_org
from bioscan.release.fields import fields
from tests.unit.release.exported import Run


@pytest.fixture(autouse=True)
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mlcroissant unpacks zips into a folder of its own, by default in that of the user."""
    monkeypatch.setattr(extract, "EXTRACT_PATH", epath.Path(tmp_path / "extracted"))


def opened(run: Run, tmp_path: Path) -> mlcroissant.Dataset:
    return mlcroissant.Dataset(jsonld=str(run.release(tmp_path / "r") / "croissant.json"))


def test_croissant_is_valid_without_a_warning(run: Run, tmp_path: Path, caplog):
    creators = ["A. Person", {"name": "B. Person", "orcid": "0000-0002-1825-0097"}]
    about = run.about(published="2026-01-31", url="https://example.org", creators=creators)
    folder = run.release(tmp_path / "r", about)
    found = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not found.metadata.ctx.issues.errors
    assert not found.metadata.ctx.issues.warnings
    assert not caplog.messages


def test_records_are_loaded_through_it(run: Run, tmp_path: Path):
    rows = list(opened(run, tmp_path).records("records"))
    columns = fields(run.format)
    assert len(rows) == run.released.height
    for row, record in zip(rows, run.released.iter_rows(named=True), strict=True):
        assert list(row) == [f"records/{field.name}" for field in columns]
        assert row["records/processid"].decode() == record["processid"]
        if run.format == "bioscan5m":
            assert row["records/area_fraction"] == pytest.approx(record["index"] / 100 + 0.0001)
            assert row["records/inferred_ranks"] == 0
        else:
            assert row["records/chunk_number"] == record["image_part"]


def test_images_are_loaded_through_it(run: Run, tmp_path: Path):
    rows = list(opened(run, tmp_path).records("cropped_256"))
    key = "image_file" if run.format == "bioscan1m" else "processid"
    names = run.released[key].to_list()
    found = {row[f"cropped_256/{key}"].decode() for row in rows}
    assert len(rows) == len(found) and found == set(names)
    assert {row["cropped_256/image"].size for row in rows} == {(20, 16)}


def test_files_are_named_with_their_size_and_checksum(run: Run, tmp_path: Path):
    folder = run.release(tmp_path / "r")
    described = json.loads((folder / "dataset.jsonld").read_text())
    assert described["@context"] == "https://schema.org/" and described["@type"] == "Dataset"
    assert described["license"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    files = {entry["contentUrl"]: entry for entry in described["distribution"]}
    for name, entry in files.items():
        assert entry["sha256"] == digest(folder / name, "sha256")
        assert entry["contentSize"] == f"{(folder / name).stat().st_size} B"
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there - set(files) == {"README.md", "SHA256SUMS", "dataset.jsonld", "croissant.json"}
    names = [entry["name"] for entry in described["variableMeasured"]]
    assert names == [field.name for field in fields(run.format)]


def test_files_have_an_address_where_one_is_given(of_5m: Run):
    about = of_5m.about(files="https://example.org/data/")
    table = File("BIOSCAN_5M_Insect_Dataset_metadata_MultiTypes.zip", 1, "0" * 64)
    for describe in (schema_org, croissant):
        entry = describe(about, [table], fields("bioscan5m"))["distribution"][0]
        assert entry["contentUrl"] == f"https://example.org/data/{table.name}"


def test_persons_and_organisations_are_told_apart(of_5m: Run):
    person = {"name": "Anna Collector", "orcid": "0000-0002-1825-0097"}
    organisation = {"name": "A Museum", "kind": "organisation"}
    about = of_5m.about(creators=[person, organisation, "B. Person"], holder="B. Person")
    table = File("BIOSCAN_5M_Insect_Dataset_metadata_MultiTypes.zip", 1, "0" * 64)
    for describe in (schema_org, croissant):
        found = describe(about, [table], [])
        assert found["creator"] == [
            {
                "@type": "Person",
                "name": "Anna Collector",
                "url": "https://orcid.org/0000-0002-1825-0097",
            },
            {"@type": "Organization", "name": "A Museum"},
            {"@type": "Person", "name": "B. Person"},
        ]
        assert found["copyrightHolder"] == {"@type": "Person", "name": "B. Person"}


def test_what_is_not_known_is_left_out(of_5m: Run):
    about = of_5m.about(licence=None, holder=None, cite=None)
    table = File("BIOSCAN_5M_Insect_Dataset_metadata_MultiTypes.zip", 1, "0" * 64)
    found = schema_org(about, [table], [])
    assert not {"license", "copyrightHolder", "url", "datePublished"} & set(found)
    assert re.fullmatch(r"[\w.-]+", found["name"])


def test_parts_of_a_package_are_one_set_of_images(of_5m: Run):
    table = File("BIOSCAN_5M_Insect_Dataset_metadata_MultiTypes.zip", 1, "0" * 64)
    parts = [File(f"BIOSCAN_5M_cropped.0{n}.zip", 1, "0" * 64, "cropped") for n in (1, 2)]
    found = croissant(of_5m.about(), [table, *parts], [])
    (images,) = (entry for entry in found["distribution"] if entry["@type"] == "cr:FileSet")
    assert images["containedIn"] == [{"@id": part.name} for part in parts]
    assert [entry["@id"] for entry in found["recordSet"]] == ["records", "cropped"]
