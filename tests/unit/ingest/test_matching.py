"""Images get their records; images and records without a counterpart are quarantined."""

import zipfile
from pathlib import Path

import polars as pl
import pytest

from bioscan.core.image_index import IMAGE_INDEX_SCHEMA
from bioscan.core.quarantine import QUARANTINE_SCHEMA
from bioscan.ingest.matching import match_records, without_removed
from bioscan.ingest.notes import Notes
from tests.unit.ingest.zips import jpeg, listed, records, zipped


def match(found: pl.DataFrame, records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return match_records(found, records, Notes(), "a.zip")


def matched(tmp_path: Path, *rows: tuple[str, str | None]) -> tuple[pl.DataFrame, list[tuple]]:
    index, quarantined = match_records(
        listed(zipped(tmp_path / "a.zip")), records(*rows), Notes(), "images"
    )
    assert dict(index.schema) == IMAGE_INDEX_SCHEMA
    assert dict(quarantined.schema) == QUARANTINE_SCHEMA
    return index, quarantined.rows()


def test_each_image_gets_its_record_in_reading_order(tmp_path: Path):
    index, quarantined = matched(
        tmp_path, ("A3-21", "A3.jpeg"), ("A1-21", "A1.jpg"), ("A2-21", "A2.JPG")
    )
    assert index["processid"].to_list() == ["A1-21", "A2-21", "A3-21"]
    assert index["offset"].is_sorted()
    assert quarantined == []


def test_images_and_records_without_a_counterpart_are_quarantined(tmp_path: Path):
    index, quarantined = matched(
        tmp_path, ("A1-21", "A1.jpg"), ("B1-21", "B1.jpg"), ("B2-21", None), ("A2-21", "A2.JPG")
    )
    assert index["processid"].to_list() == ["A1-21", "A2-21"]
    assert quarantined == [
        ("A3.jpeg", "photograph without a record"),
        ("B1-21", "record without a photograph: B1.jpg is none of the files"),
        ("B2-21", "record without a photograph"),
    ]


def test_records_that_need_no_image_are_counted_instead(tmp_path: Path):
    found, notes = listed(zipped(tmp_path / "a.zip")), Notes()
    rows = records(("A1-21", "A1.jpg"), ("B1-21", "B1.jpg"), ("B2-21", None), ("A2-21", "A2.JPG"))
    index, quarantined = match_records(found, rows, notes, "a.zip", every_record=False)
    assert index["processid"].to_list() == ["A1-21", "A2-21"]
    assert quarantined.rows() == [("A3.jpeg", "photograph without a record")]
    assert notes.table().rows() == [("record without a photograph", "", "", 2)]


def test_a_record_that_may_have_one_of_two_images_is_quarantined_all_the_same(tmp_path: Path):
    found = listed(zipped(tmp_path / "a.zip", {"FLY.jpg": jpeg(4, 3), "fly.JPG": jpeg(4, 3)}))
    notes, rows = Notes(), records(("A1-21", "Fly.jpg"), ("B1-21", "y.jpg"))
    _, quarantined = match_records(found, rows, notes, "a.zip", every_record=False)
    of_record = quarantined.filter(processid="A1-21")["reason"].to_list()
    assert len(of_record) == 1 and of_record[0].startswith("record without a photograph: ")
    assert quarantined.filter(processid="B1-21").is_empty()
    assert ("record without a photograph", "", "", 1) in notes.table().rows()


def found_twice(tmp_path: Path, first: bytes, again: bytes, archive: str) -> pl.DataFrame:
    """A1.jpg in folder part1 of a.zip, and in folder part2 of the same or another archive."""
    content = {"a.zip": {"part1/A1.jpg": first}}
    content.setdefault(archive, {})["part2/A1.jpg"] = again
    return pl.concat(
        [listed(zipped(tmp_path / name, members)) for name, members in content.items()]
    )


@pytest.mark.parametrize("archive", ["a.zip", "b.zip"])
def test_a_repeated_image_counts_once(tmp_path: Path, archive: str):
    found = found_twice(tmp_path, jpeg(40, 30), jpeg(20, 10), archive)
    index, quarantined = match(found, records(("A1-21", "A1.jpg")))
    assert index.select("processid", "width").rows() == [("A1-21", 40)]
    assert quarantined.rows() == [
        ("A1-21", f"photograph occurs before (again in {tmp_path / archive})")
    ]


def test_the_usable_one_of_two_images_counts(tmp_path: Path):
    found = found_twice(tmp_path, b"", jpeg(20, 10), "b.zip")
    index, quarantined = match(found, records(("A1-21", "A1.jpg")))
    assert index.select("processid", "width").rows() == [("A1-21", 20)]
    assert quarantined.rows() == [("A1-21", "empty file")]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_repeated_member_name_counts_once(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("A1.jpg", jpeg(40, 30))
        archive.writestr("A1.jpg", jpeg(20, 10))
    index, quarantined = match_records(
        listed(tmp_path / "a.zip"), records(("A", "A1.jpg")), Notes(), "images"
    )
    assert index["width"].to_list() == [40]
    assert [name for name, _ in quarantined.rows()] == ["A"]


def test_one_image_of_two_records_goes_to_the_first(tmp_path: Path):
    index, quarantined = matched(
        tmp_path, ("X1", "A1.jpg"), ("X2", "A1.jpg"), ("A2", "A2.JPG"), ("A3", "A3.jpeg")
    )
    assert index["processid"].to_list() == ["X1", "A2", "A3"]
    assert [name for name, _ in quarantined] == ["X2"]


def test_an_unusable_image_is_reported_by_its_record(tmp_path: Path):
    found = listed(zipped(tmp_path / "a.zip", {"A1.jpg": b"", "A9.jpg": b""}))
    index, quarantined = match(found, records(("A1-21", "A1.jpg")))
    assert index.height == 0
    assert quarantined.rows() == [("A1-21", "empty file"), ("A9.jpg", "empty file")]


def test_an_unreadable_archive_costs_only_its_own_images(tmp_path: Path):
    (tmp_path / "b.zip").write_text("<html>quota exceeded</html>")
    found = pl.concat(
        [
            listed(tmp_path / "b.zip"),
            listed(zipped(tmp_path / "a.zip")),
        ]
    )
    known = records(("A1", "A1.jpg"), ("B1", "B1.jpg"), ("A2", "A2.JPG"), ("A3", "A3.jpeg"))
    index, quarantined = match(found, known)
    assert index["processid"].to_list() == ["A1", "A2", "A3"]
    assert quarantined.rows() == [
        ("b.zip", "not a readable zip (File is not a zip file)"),
        ("B1", "record without a photograph: B1.jpg is none of the files"),
    ]


def test_names_that_differ_in_case_suffix_or_folder_are_matched_and_counted(tmp_path: Path):
    found = listed(zipped(tmp_path / "a.zip"))
    known = records(("A", "plates/a1.JPG"), ("B", "A2.jpeg"), ("C", "A3"))
    notes = Notes()
    index, quarantined = match_records(found, known, notes, "a.zip")
    assert index["processid"].to_list() == ["A", "B", "C"]
    assert quarantined.rows() == []
    assert notes.table()["count"].sum() == 3


def test_a_record_without_an_image_is_told_the_nearest_file(tmp_path: Path):
    content = {"fly12.jpg": jpeg(9, 8), "FLY3.jpg": jpeg(9, 8), "fly3.JPG": jpeg(9, 8)}
    found = listed(zipped(tmp_path / "a.zip", content))
    index, quarantined = match(found, records(("A", "fly1.jpg"), ("B", "Fly3.jpg"), ("C", None)))
    assert index.height == 0
    assert quarantined.rows()[-3:] == [
        (
            "A",
            "record without a photograph: fly1.jpg is none of the files (the nearest is fly12.jpg)",
        ),
        (
            "B",
            "record without a photograph: 'Fly3.jpg' may be FLY3.jpg or fly3.JPG "
            "(the nearest is FLY3.jpg)",
        ),
        ("C", "record without a photograph"),
    ]


def test_photographs_that_a_curator_removed_are_set_aside():
    index = pl.DataFrame({"processid": ["a", "b"], "archive": ["x.zip", "x.zip"]})
    rows = [("a", "remove photograph"), ("b", "confirmed"), ("c", "remove photograph")]
    verdicts = pl.DataFrame(rows, ["processid", "verdict"], orient="row")
    left, removed = without_removed(index, verdicts)
    assert left["processid"].to_list() == ["b"]
    assert removed.rows() == [("a", "removed by a curator")]
