"""Barcodes in FASTA."""

import gzip

import pytest

from bioscan.core.errors import InputError
from bioscan.ingest.fasta import is_fasta, read_fasta
from bioscan.ingest.notes import Notes
from bioscan.ingest.own_tables import read_own_table

TEXT = b">A1|Aus bus|COI-5P\nACGT\nACGT\n\n>B 2 of 3\nTTTT\n>C\n"


@pytest.mark.parametrize("write", [bytes, gzip.compress])
def test_identifiers_and_whole_sequences_are_read(tmp_path, write):
    path = tmp_path / "barcodes.fasta"
    path.write_bytes(write(TEXT))
    assert is_fasta(path)
    notes = Notes()
    rows = read_fasta(path, notes).rows()
    assert rows == [("A1", "ACGTACGT", 1, None), ("B", "TTTT", 5, None), ("C", None, 7, None)]
    assert any("FASTA" in line for line in notes.lines())


def test_fasta_is_a_table_of_barcodes(tmp_path):
    path = tmp_path / "barcodes.fasta"
    path.write_bytes(TEXT)
    found = read_own_table(path, [], Notes())
    assert found.select("processid", "dna_barcode").rows()[0] == ("A1", "ACGTACGT")


def test_another_table_is_no_fasta(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("processid\n>A\n")
    assert not is_fasta(path)


def test_what_is_no_text_is_named(tmp_path):
    path = tmp_path / "barcodes.fasta"
    path.write_bytes(b">A\n\xff\xfe\n")
    with pytest.raises(InputError, match="line 2 is"):
        read_fasta(path, Notes())
