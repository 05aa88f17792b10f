"""Rows and files find each other as people write names, and nothing is guessed."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.ingest.notes import Notes
from bioscan.ingest.pairing import (
    IN_PLACE,
    LETTER_CASE,
    MATCHED,
    TIDIED,
    WITHOUT_SUFFIX,
    match_names,
    nearest_files,
    pair_folder,
    pair_rows,
)

ORDERS = ("Diptera", "Coleoptera", "Hemiptera")


def folder(
    files: list[str], notes: Notes | None = None, **columns: list[str | None]
) -> list[tuple]:
    """processid, image_file, order and reason of the records of a folder with a table."""
    rows = len(next(iter(columns.values())))
    columns = columns | {"order": ORDERS[:rows]}
    table = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    records = pair_folder(table, files, notes or Notes(), "specimens.csv")
    assert set(records.columns) == {"processid", "image_file", "order", "reason"}
    return records.select("processid", "image_file", "order", "reason").rows()


# ---- names as people write them


@pytest.mark.parametrize(
    ("file", "name", "way"),
    [
        ("fly0.JPG", "fly0.jpg", TIDIED),
        ("fly0.jpeg", "fly0.jpg", TIDIED),
        ("fly0.jfif", "fly0.JPE", TIDIED),
        ("fly0.tif", "fly0.TIFF", TIDIED),
        ("fly0.jpg", " fly0.jpg ", TIDIED),
        ("fly0.jpg", "fly0 .jpg", TIDIED),
        ("fly0 .jpg", "fly0.jpg", TIDIED),
        ("fly0.jpg", "\ufefffly0.jpg\u00a0", TIDIED),
        ("fly0.jpg", "photographs/fly0.jpg", TIDIED),
        ("fly0.jpg", "./fly0.jpg", TIDIED),
        ("fly0.jpg", r"C:\photographs\fly0.JPG", TIDIED),
        (unicodedata.normalize("NFD", "Käfer.jpg"), "Käfer.jpg", TIDIED),
        ("Käfer.jpg", unicodedata.normalize("NFD", "Käfer.jpg"), TIDIED),
        ("fly 0.jpg", "fly\u00a00.jpg", TIDIED),
        ("Fly0.jpg", "FLY0.JPG", LETTER_CASE),
        ("fly0.jpg", "fly0", WITHOUT_SUFFIX),
        ("fly0.x.png", "fly0.x", WITHOUT_SUFFIX),
        ("fly0.jpg", "photographs/fly0", TIDIED),
        ("Fly0.webp", " FLY0", LETTER_CASE),
    ],
)
def test_a_row_finds_its_file_and_the_difference_is_counted(file: str, name: str, way: str):
    notes = Notes()
    ((processid, image_file, order, reason), other) = folder(
        [file, "other.jpg"], notes, image_file=[name]
    )
    assert (image_file, order, reason) == (file, "Diptera", None)
    assert processid == unicodedata.normalize("NFC", file).rpartition(".")[0].strip()
    assert other == ("other", "other.jpg", None, None)
    assert notes.table().rows() == [(MATCHED, "image_file", way, 1)]


@pytest.mark.parametrize("name", ["fly0.png", "fly1.jpg", "fly", "fly0.jpg.bak", "", "a/b/"])
def test_a_row_that_names_another_file_finds_none(name: str):
    first, *others = folder(["fly0.jpg"], image_file=[name])
    assert first == ("fly0", "fly0.jpg", None, None)
    assert [order for _, _, order, _ in others] == ["Diptera"]


def test_one_line_says_that_names_differ(caplog: pytest.LogCaptureFixture):
    folder(["A.JPG", "B.JPG"], image_file=["A.jpg", "B.jpg"])
    assert caplog.messages == [
        "specimens.csv: 2 files found under other names ('A.jpg': A.JPG, by folder, spaces, suffix "
        "or Unicode form)"
    ]
    caplog.clear()
    folder(["A.jpg", "B.jpg"], processid=["A", "B"])
    assert caplog.messages == []


@pytest.mark.parametrize("name", ["fly0", "FLY0", " fly0", "photographs/fly0", "fly0\u200b"])
def test_an_identifier_finds_the_file_of_its_name(name: str):
    ((processid, image_file, order, reason),) = folder(["fly0.JPG"], processid=[name])
    assert (image_file, order, reason) == ("fly0.JPG", "Diptera", None)
    assert processid.lower() == "fly0"


def test_the_size_in_the_names_of_bioscan_5m_is_no_part_of_them():
    assert folder(["A1.1024px.jpg"], processid=["A1"]) == [("A1", "A1.1024px.jpg", "Diptera", None)]


def test_an_identifier_counts_where_the_file_name_is_missing_or_no_file():
    notes = Notes()
    records = folder(
        ["A.jpg", "B.jpg", "C.jpg"],
        notes,
        image_file=["C.jpg", None, "DSC_0001.NEF"],
        processid=["P1", "A", "B"],
    )
    assert records == [
        ("A", "A.jpg", "Coleoptera", None),
        ("B", "B.jpg", "Hemiptera", None),
        ("P1", "C.jpg", "Diptera", None),
    ]
    assert notes.table().rows() == [(MATCHED, "processid", IN_PLACE, 1)]


# ---- exact names win, and nothing is guessed


def test_exact_names_win():
    records = folder(["A.JPG", "A.jpg", "a.jpg"], image_file=["a.jpg", "A.jpg", "A.JPG"])
    assert [order for _, _, order, _ in records] == ["Hemiptera", "Coleoptera", "Diptera"]
    # Their processids are the same, so one can stay.
    assert [reason for *_, reason in records] == [None, "A.JPG has the same name", None]


def test_a_row_for_which_there_are_two_files_is_set_aside_with_them():
    reason = "'FLY0.jpg' may be Fly0.jpg or fly0.JPG"
    assert folder(["Fly0.jpg", "fly0.JPG", "fly1.jpg"], image_file=["FLY0.jpg"]) == [
        ("Fly0.jpg", "Fly0.jpg", None, reason),
        ("fly0.JPG", "fly0.JPG", None, reason),
        ("fly1", "fly1.jpg", None, None),
        ("FLY0.jpg", "FLY0.jpg", "Diptera", reason),
    ]


@pytest.mark.parametrize("column", ["image_file", "processid"])
def test_a_name_without_suffix_may_be_that_of_two_files(column: str):
    records = folder(["fly0.jpg", "fly0.tif"], **{column: ["fly0"]})
    assert {reason for *_, reason in records} == {"'fly0' may be fly0.jpg or fly0.tif"}


def test_two_rows_for_one_file_are_set_aside_with_it():
    records = folder(["Fly0.JPG"], image_file=["fly0.jpg", "FLY0.jpeg"])
    assert len(records) == 3
    assert {reason for *_, reason in records} == {"'fly0.jpg' and 'FLY0.jpeg' both name Fly0.JPG"}


def test_folders_of_a_table_may_hide_that_names_repeat():
    records = folder(["fly0.jpg"], image_file=["a/fly0.jpg", "b/fly0.jpg"])
    assert {reason for *_, reason in records} == {
        "'a/fly0.jpg' and 'b/fly0.jpg' both name fly0.jpg"
    }


def test_the_file_of_an_exact_row_is_not_had_by_another_one():
    assert folder(["fly0.jpg"], image_file=["FLY0.JPG", "fly0.jpg"]) == [
        ("fly0", "fly0.jpg", "Coleoptera", None),
        (
            "FLY0.JPG",
            "FLY0.JPG",
            "Diptera",
            "'FLY0.JPG' is no file; fly0.jpg is that of 'fly0.jpg'",
        ),
    ]


def test_a_row_is_not_given_the_file_that_is_left_over():
    files = ["fly0.jpg", "fly0.tif"]
    records = folder(files, image_file=["fly0.jpg", "fly0"])
    assert records[0] == ("fly0", "fly0.jpg", "Diptera", None)
    assert records[-1][1:] == ("fly0", "Coleoptera", "'fly0' may be fly0.jpg or fly0.tif")


# ---- names that are no processids


def test_of_two_files_of_one_name_the_first_stays():
    nothing = pl.DataFrame(schema={"image_file": pl.String})
    records = pair_folder(nothing, ["fly0.jpg", "fly0.tif"], Notes(), "photographs")
    assert records.select("processid", "reason").rows() == [
        ("fly0", None),
        ("fly0.tif", "fly0.jpg has the same name"),
    ]


def test_of_two_files_of_one_name_the_one_that_a_row_names_stays():
    assert folder(["fly0.jpg", "fly0.tif"], image_file=["fly0.tif"]) == [
        ("fly0.jpg", "fly0.jpg", None, "fly0.tif has the same name"),
        ("fly0", "fly0.tif", "Diptera", None),
    ]


def test_a_row_that_repeats_a_file_is_set_aside_in_words_of_the_table():
    assert folder(["fly0.jpg"], image_file=["fly0.jpg", "fly0.jpg"]) == [
        ("fly0", "fly0.jpg", "Diptera", None),
        ("fly0.jpg", "fly0.jpg", "Coleoptera", "occurs before in the table"),
    ]


def test_rows_that_repeat_a_file_that_is_not_there_are_set_aside_too():
    names = ["fly0.jpg", "fly0.jpg", "a/fly0.jpg"]
    assert [reason for *_, reason in folder([], image_file=names)] == [
        None,
        "occurs before in the table",
        "fly0.jpg has the same name",
    ]


def test_a_row_of_another_suffix_is_set_aside_in_favour_of_the_file():
    assert folder(["fly0.jpg"], image_file=["fly0.png"])[1] == (
        "fly0.png",
        "fly0.png",
        "Diptera",
        "is no file of the folder; fly0.jpg is",
    )


def test_a_processid_of_the_table_goes_before_the_name_of_a_file():
    records = folder(["A.jpg", "B.jpg"], image_file=["B.jpg"], processid=["A"])
    assert records == [
        ("A.jpg", "A.jpg", None, "its name is the processid of B.jpg"),
        ("A", "B.jpg", "Diptera", None),
    ]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("-fly.jpg", "its name has control characters, or a dash or dot in front"),
        ("fly\t.jpg", "its name has control characters, or a dash or dot in front"),
        ("fly .jpg", "its name has spaces around it"),
        ("fly (1).jpg", None),
        ("fly#%🐝'.jpg", None),
    ],
)
def test_a_name_that_is_no_safe_processid_is_set_aside_unless_there_is_one(
    file: str, reason: str | None
):
    assert folder([file], image_file=["other.jpg"])[0][3] == reason
    assert folder([file], image_file=[file], processid=["P1"])[0] == ("P1", file, "Diptera", None)


def test_a_row_that_names_nothing_has_a_reason():
    assert folder([], image_file=[None])[0][3] == "no image_file"
    assert folder([], image_file=[None], processid=[None])[0][3] == "no image_file or processid"


def test_a_row_that_is_broken_already_is_left_alone():
    rows = pl.DataFrame({"image_file": ["A.jpg"], "reason": ["row 2 has 1 fields, not 2"]})
    records = pair_folder(rows, ["A.jpg"], Notes(), "t.csv")
    assert records.select("image_file", "reason").rows() == [
        ("A.jpg", None),
        ("A.jpg", "row 2 has 1 fields, not 2"),
    ]


def test_rows_without_a_file_stay_behind_the_files():
    assert folder(["B.jpg"], image_file=["x/A.jpg", "B.jpg"]) == [
        ("B", "B.jpg", "Coleoptera", None),
        ("A", "x/A.jpg", "Diptera", None),
    ]


# ---- any names


def test_rows_are_paired_by_any_columns_in_their_order():
    rows = pl.DataFrame({"processid": ["P1", "P2", "P3"], "sampleid": ["S1", "S2", None]})
    paired = pair_rows(rows, ["P1.jpg", "S2.JPG"], ["processid", "sampleid"], Notes(), "t.tsv")
    assert paired.select("file", "key", "reason").rows() == [
        ("P1.jpg", "processid", None),
        ("S2.JPG", "sampleid", None),
        (None, None, None),
    ]


NAMES = st.text(st.sampled_from("aAbB ./\\é\u0301-_"), max_size=5)
FILES = st.builds(
    "{}{}".format,
    st.text(st.sampled_from("aAbBé\u0301 "), min_size=1, max_size=4),
    st.sampled_from([".jpg", ".JPG", ".jpeg", ".tif"]),
)


@settings(max_examples=200, deadline=None)
@given(
    names=st.lists(
        st.builds("{}{}".format, NAMES, st.sampled_from(["", ".jpg", ".JPG"])), unique=True
    ),
    files=st.lists(FILES, unique=True),
)
def test_no_file_is_given_twice_and_exact_names_win(names: list[str], files: list[str]):
    matches = match_names(pl.Series(names, dtype=pl.String), pl.Series(files, dtype=pl.String))
    assert matches["name"].to_list() == names
    given = matches["file"].drop_nulls()
    assert given.is_unique().all()
    assert set(given) <= set(files)
    for name, file, fault in matches.select("name", "file", "fault").iter_rows():
        assert file is None or fault is None
        if name in files:
            assert file == name


@settings(max_examples=100, deadline=None)
@given(files=st.lists(FILES, unique=True), names=st.lists(FILES, unique=True, max_size=3))
def test_every_file_and_every_row_is_in_the_records(files: list[str], names: list[str]):
    records = folder(files, image_file=[*names]) if names else []
    if names:
        assert {image for _, image, *_ in records} >= set(files)
        assert sorted(order for _, _, order, _ in records if order) == sorted(ORDERS[: len(names)])
        stay = [processid for processid, *_, reason in records if reason is None]
        assert len(stay) == len(set(stay))


# ---- the nearest file


def test_the_nearest_file_is_found_if_one_is_near():
    files = pl.Series(["fly0.jpg", "00012.jpg", "Apis mellifera.tif"])
    assert nearest_files(
        ["photographs/fly00.JPG", "12", "Apis melifera.jpg", "fly0.png", "moth", "moth.jpg"], files
    ) == ["fly0.jpg", "00012.jpg", "Apis mellifera.tif", "fly0.jpg", None, None]
    assert nearest_files([], files) == []
    assert nearest_files(["fly0"], files.clear()) == [None]
