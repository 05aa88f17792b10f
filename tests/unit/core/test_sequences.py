"""Barcodes are trimmed as the paper says, and each change is counted."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioscan.core.sequences import AMBIGUOUS, MAX_LENGTH, count_changes, trimmed


def records(*barcodes: str | None) -> pl.DataFrame:
    return pl.DataFrame({"dna_barcode": barcodes}, schema={"dna_barcode": pl.String})


def trim(*barcodes: str | None) -> list[str | None]:
    return records(*barcodes).select(trimmed())["dna_barcode"].to_list()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ACGT", "ACGT"),
        ("NNACGTNN", "NNACGT"),
        ("ANNT", "ANNT"),
        ("acgu", "ACGT"),
        ("AC GT\n", "ACGT"),
        ("--AC-GT--", "NNACNGT"),
        ("ACGTN-N-", "ACGT"),
        ("AC*E?ßſGT", "ACNNNNNGT"),
        ("ARYSWKMBDHVT", "ARYSWKMBDHVT"),
        ("", None),
        ("NNN", None),
        ("--", None),
        (None, None),
    ],
)
def test_a_barcode_is_trimmed_at_its_end_and_read_in_capitals(written, read):
    assert trim(written) == [read]


def test_a_barcode_is_cut_after_trailing_n_are_removed():
    assert trim("A" * 700) == ["A" * 660]
    assert trim("C" * 1536 + "N" * 9) == ["C" * 660]
    assert trim("A" * 660 + "NNN") == ["A" * 660]


def test_n_that_the_cut_lays_open_are_removed():
    assert trim("A" * 655 + "N" * 10 + "A" * 20) == ["A" * 655]
    assert trim("N" * 660 + "A") == [None]


@given(st.lists(st.text("ACGTUNRacgtn- *ß", max_size=700), max_size=5))
def test_trimming_again_changes_nothing(barcodes):
    once = trim(*barcodes)
    assert trim(*once) == once
    read = [sequence for sequence in once if sequence is not None]
    assert all(0 < len(sequence) <= MAX_LENGTH and sequence[-1] != "N" for sequence in read)


def counted(*barcodes: str | None) -> dict[str, tuple[int, int | None]]:
    """The changes that concern any sequence."""
    table = count_changes(records(*barcodes))
    assert table.columns == ["change", "sequences", "letters"]
    return {change: tuple(counts) for change, *counts in table.iter_rows() if counts[0]}


def test_a_barcode_that_is_read_as_written_counts_nowhere():
    assert counted("ACGT", "TTT") == {}


def test_each_change_is_counted_with_its_letters():
    barcodes = ["acgT", "ACGU", "uu", "A--T-", "AC*?T", "A C\nG", "NNACGTNN", "A" * 663, "NN", ""]
    assert counted(*barcodes, None, "ART") == {
        "no barcode": (1, None),
        "white space left out": (1, 2),
        "small letters read as capitals": (2, 5),
        "U read as T": (2, 3),
        "gaps read as N": (1, 3),
        "letters that are no nucleotide read as N": (1, 2),
        "trailing N removed": (3, 5),
        f"cut at {MAX_LENGTH} nucleotides": (1, 3),
        "nothing read, so no sequence": (2, None),
        "N kept, unknown to models": (3, 6),
        "R kept, unknown to models": (1, 1),
    }


def test_every_ambiguous_letter_has_its_row():
    found = counted(f"A{AMBIGUOUS}T", f"A{AMBIGUOUS}{AMBIGUOUS}T")
    assert found == {f"{letter} kept, unknown to models": (2, 3) for letter in AMBIGUOUS}


def test_a_protein_counts_its_letters_that_are_no_nucleotide():
    assert counted("MFLIPQE")["letters that are no nucleotide read as N"] == (1, 6)


def test_the_table_has_the_same_rows_for_any_records():
    changes = [count_changes(records(*barcodes))["change"].to_list() for barcodes in ((), ("acn",))]
    assert changes[0] == changes[1] and len(changes[0]) == 9 + 11


@given(st.lists(st.text("ACGTUNRacgtn- *ß", max_size=30) | st.none(), max_size=5))
def test_the_letters_account_for_every_length(barcodes):
    """Letters written = letters kept + those counted as left out, removed or cut off."""
    counts = dict(count_changes(records(*barcodes)).select("change", "letters").iter_rows())
    gone = ("white space left out", "trailing N removed", f"cut at {MAX_LENGTH} nucleotides")
    kept = sum(len(sequence) for sequence in trim(*barcodes) if sequence)
    written = sum(len(barcode) for barcode in barcodes if barcode)
    assert written == kept + sum(counts[change] or 0 for change in gone)
