"""Notes are counted."""

from bioscan.ingest.notes import NOTES_SCHEMA, Notes


def test_the_same_note_is_one_row_with_its_count_in_the_order_of_first_mention():
    notes = Notes()
    notes.add("taken as missing", "genus", "NA", 3)
    notes.add("column without a name", count=1)
    notes.add("taken as missing", "genus", "NA", 2)
    notes.add("taken as missing", "family", "NA", 0)
    assert notes.table().rows() == [
        ("taken as missing", "genus", "NA", 5),
        ("column without a name", "", "", 1),
    ]


def test_a_source_without_notes_has_an_empty_table_of_the_same_columns():
    assert Notes().table().schema == NOTES_SCHEMA


def test_each_thing_that_was_done_is_a_line_with_the_commonest_cases_first():
    notes = Notes()
    notes.add("taken as missing", "genus", "NA", 3)
    notes.add("line ends are carriage returns")
    notes.add("taken as missing", "family", "-", 5)
    assert notes.lines() == [
        "taken as missing: 8 (family '-' 5, genus 'NA' 3)",
        "line ends are carriage returns: 1 (in all 1)",
    ]


def test_the_notes_of_several_sources_are_counted_together():
    notes, others = Notes(), Notes()
    notes.add("taken as missing", "genus", "NA", 3)
    others.add("column without a name")
    others.add("taken as missing", "genus", "NA", 2)
    notes.update(others)
    assert notes.table().rows() == [
        ("taken as missing", "genus", "NA", 5),
        ("column without a name", "", "", 1),
    ]
    assert others.table()["count"].to_list() == [1, 2]
