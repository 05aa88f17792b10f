"""Barcodes as people and their programs write them."""

import polars as pl

from bioscan.ingest.missing import BLANK
from bioscan.ingest.notes import Notes

#: Any character that is neither a nucleotide in the one-letter code of the IUPAC (NC-IUB 1984), in
#: either case, nor a gap. Ambiguous nucleotides and gaps are allowed, as the models read them as
#: unknown.
NO_NUCLEOTIDE = r"[^ACGTUNRYSWKMBDHVacgtunryswkmbdhv-]"

#: What is done to a sequence that is written otherwise, for the notes.
WITHOUT_BLANKS = "white space within a sequence is left out"
U_AS_T = "U in a sequence is read as T"
CAPITALS = "small letters of a sequence are read as capitals"


def tidy_barcodes(rows: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Write sequences in capitals, without white space and with T for U.

    Args:
        rows: `dna_barcode`, and any other columns.
        notes: gets the number of sequences that were written otherwise.

    Returns:
        The same rows, with `no_nucleotide`, the first character of a sequence that is none (null
        in a sound one, which alone is tidied), and `letters`, the number of its letters A, C, G and
        T (0 without a barcode).
    """
    barcode = rows["dna_barcode"]
    # Most sequences hold nothing else, and one look at each letter is a fifth of all the work.
    has_others = barcode.str.contains("[^ACGT]").fill_null(False)
    others = barcode.filter(has_others)
    if (odd := others.str.contains("[^ACGTNRYSWKMBDHV-]")).any():
        others = others.scatter(odd.arg_true(), _tidied(others.filter(odd), notes))
        barcode = barcode.scatter(has_others.arg_true(), others)
    fault = pl.lit(None, pl.String)
    if odd.any():
        fault = barcode.str.extract(f"({NO_NUCLEOTIDE})")
    letters = barcode.str.len_bytes().fill_null(0)
    if others.len():
        informative = others.str.replace_all("[^ACGT]+", "").str.len_bytes().fill_null(0)
        letters = letters.scatter(has_others.arg_true(), informative)
    return rows.with_columns(barcode, fault.alias("no_nucleotide"), letters.alias("letters"))


def _tidied(written: pl.Series, notes: Notes) -> pl.Series:
    dense = written.str.replace_all(f"[{BLANK}]+", "")
    is_sound = ~dense.str.contains(NO_NUCLEOTIDE)
    capitals = dense.str.to_uppercase()
    tidied = capitals.str.replace_all("U", "T", literal=True)
    for what, before, after in (
        (WITHOUT_BLANKS, written, dense),
        (CAPITALS, dense, capitals),
        (U_AS_T, capitals, tidied),
    ):
        notes.add(what, "dna_barcode", count=int(((before != after) & is_sound).sum()))
    return tidied.zip_with(is_sound, dense).set(dense == "", None)
