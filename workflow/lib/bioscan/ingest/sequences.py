"""Barcodes as people and their programs write them."""

import numpy as np
import polars as pl

from bioscan.ingest.missing import BLANK
from bioscan.ingest.notes import Notes

#: Any character that is neither a nucleotide in the one-letter code of the IUPAC (NC-IUB 1984), in
#: either case, nor a gap. Ambiguous nucleotides and gaps are allowed, as the models read them as
#: unknown.
NO_NUCLEOTIDE = r"[^ACGTUNRYSWKMBDHVacgtunryswkmbdhv-]"

#: What is done to a sequence that is written otherwise, for the notes.
WITHOUT_HEADER = "header of FASTA above a sequence is left out"
WITHOUT_BLANKS = "white space within a sequence is left out"
U_AS_T = "U in a sequence is read as T"
CAPITALS = "small letters of a sequence are read as capitals"

_A, _C, _G, _T = b"ACGT"

#: The other letters of the IUPAC in capitals, and gaps, as bytes.
_AMBIGUOUS = np.frombuffer(b"NRYSWKMBDHV-", np.uint8)

#: Bytes that are looked at in one go: what a processor's cache holds.
PIECE = 1 << 18


def tidy_barcodes(rows: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Write sequences in capitals, without white space or a header of FASTA, and with T for U.

    Args:
        rows: `dna_barcode`, and any other columns.
        notes: gets the number of sequences that were written otherwise.

    Returns:
        The same rows, with `no_nucleotide`, the first character of a sequence that is none (null
        in a sound one, which alone is tidied), and `letters`, the number of its letters A, C, G and
        T (0 without a barcode).
    """
    barcode = rows["dna_barcode"]
    letters, odd = _count_letters(barcode)
    fault = pl.lit(None, pl.String)
    if odd.len():
        barcode = barcode.scatter(odd, _tidied(barcode.gather(odd), notes))
        letters, _ = _count_letters(barcode)
        fault = barcode.str.extract(f"({NO_NUCLEOTIDE})")
    return rows.with_columns(barcode, fault.alias("no_nucleotide"), letters)


def _count_letters(barcode: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The letters A, C, G, T of each sequence, and the rows that are not in capitals of the IUPAC.

    Comparing bytes takes a third of the time of a regular expression.
    """
    text = barcode.to_arrow()
    _, ends, data = text.buffers()
    ends = np.frombuffer(ends, np.int64)[text.offset : text.offset + len(text) + 1]
    data = np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]]
    others = [np.empty(0, np.int64)]
    for start in range(0, len(data), PIECE):
        part = data[start : start + PIECE]
        named = (part == _A) | (part == _C) | (part == _G) | (part == _T)
        others.append(start + np.flatnonzero(~named))
    others = np.concatenate(others)
    rows = np.searchsorted(ends[1:] - ends[0], others, side="right")
    letters = np.diff(ends) - np.bincount(rows, minlength=len(text))
    odd = np.unique(rows[~np.isin(data[others], _AMBIGUOUS)])
    # Where a sequence was made null, its text may still be there.
    is_null = barcode.is_null().to_numpy()
    letters[is_null], odd = 0, odd[~is_null[odd]]
    return pl.Series("letters", letters, pl.Int64), pl.Series(odd, dtype=pl.Int64)


def _tidied(written: pl.Series, notes: Notes) -> pl.Series:
    headless = written.str.replace(r"^\s*>[^\r\n]*[\r\n]+", "")
    dense = headless.str.replace_all(f"[{BLANK}]+", "")
    is_sound = ~dense.str.contains(NO_NUCLEOTIDE)
    capitals = dense.str.to_uppercase()
    tidied = capitals.str.replace_all("U", "T", literal=True)
    for what, before, after in (
        (WITHOUT_HEADER, written, headless),
        (WITHOUT_BLANKS, headless, dense),
        (CAPITALS, dense, capitals),
        (U_AS_T, capitals, tidied),
    ):
        notes.add(what, "dna_barcode", count=int(((before != after) & is_sound).sum()))
    return tidied.zip_with(is_sound, dense).set(dense == "", None)
