"""Barcodes as models and searches read them, and what was changed to get there."""

import polars as pl

#: Nucleotides that are read of a barcode (5M §A5.1).
MAX_LENGTH = 660

#: Letters of the IUPAC (NC-IUB 1984) for more than one nucleotide, but for N. They are kept: a
#: search may match them, and to models they are unknown.
AMBIGUOUS = "RYSWKMBDHV"

#: All letters that stay, in either case.
_NUCLEOTIDES = "".join(f"{letter}{letter.lower()}" for letter in f"ACGTUN{AMBIGUOUS}")


def trimmed(column: str = "dna_barcode") -> pl.Expr:
    """A barcode in capitals without what was not read at its end; null where nothing was read.

    Trailing N are removed, leading N kept, as they are likely to be unread nucleotides, and the
    sequence is cut at 660 nucleotides (5M §A5.1); N that the cut lays open are removed too. U is
    read as T. Gaps, and letters that are no nucleotide, are read as N: they keep the positions of
    all others. White space is left out.

    Applied again, it changes nothing.
    """
    dense = _dense(pl.col(column))
    return _cut(_unread_removed(_readable(dense))).alias(column)


def _dense(sequence: pl.Expr) -> pl.Expr:
    return sequence.str.replace_all(r"\s+", "")


def _readable(sequence: pl.Expr) -> pl.Expr:
    """The letters A, C, G, T, N and the ambiguous ones."""
    nucleotides = sequence.str.replace_all(f"[^{_NUCLEOTIDES}]", "N")
    return nucleotides.str.to_uppercase().str.replace_all("U", "T", literal=True)


def _unread_removed(sequence: pl.Expr) -> pl.Expr:
    return sequence.str.strip_chars_end("N")


def _cut(sequence: pl.Expr) -> pl.Expr:
    short = _unread_removed(sequence.str.slice(0, MAX_LENGTH))
    return pl.when(short != "").then(short)


def count_changes(records: pl.DataFrame, column: str = "dna_barcode") -> pl.DataFrame:
    """What `trimmed` changes, and which letters models read as unknown.

    Args:
        records: `dna_barcode` as it was ingested; null where a record has none.

    Returns:
        One row per change, in the order in which they are made: `change`; `sequences`, those that
        it concerns; `letters`, how many of them (null where none are counted). Changes that
        concern no sequence have their row too. The last rows are letters that stay and that models
        read as unknown, one row per letter.
    """
    # Each step once: polars would make it again for each count.
    steps = records.select(pl.col(column).alias("written"))
    for step, made in {
        "dense": _dense(pl.col("written")),
        "readable": _readable(pl.col("dense")),
        "read": _unread_removed(pl.col("readable")),
        "kept": _cut(pl.col("read")),
        # The other letters are a hundredth of the text, so that to count them is cheap.
        "others": pl.col("dense").str.replace_all("[ACGT]+", ""),
        "unknown": pl.col("kept").str.replace_all("[ACGT]+", ""),
    }.items():
        steps = steps.with_columns(made.alias(step))
    written, kept = pl.col("written"), pl.col("kept")
    changes = {
        "no barcode": (written.is_null(), None),
        "white space left out": _lost("written", "dense"),
        "small letters read as capitals": _matches("others", "[acgtunryswkmbdhv]"),
        "U read as T": _matches("others", "[Uu]"),
        "gaps read as N": _matches("others", "-"),
        "letters that are no nucleotide read as N": _matches("others", f"[^{_NUCLEOTIDES}-]"),
        "trailing N removed": _lost("readable", "read"),
        f"cut at {MAX_LENGTH} nucleotides": _lost("read", "kept"),
        "nothing read, so no sequence": (written.is_not_null() & kept.is_null(), None),
        **{
            f"{letter} kept, unknown to models": _matches("unknown", letter)
            for letter in f"N{AMBIGUOUS}"
        },
    }
    counts = [
        steps.select(
            pl.lit(change).alias("change"),
            concerned.fill_null(False).sum().cast(pl.Int64).alias("sequences"),
            (pl.lit(None) if letters is None else letters.sum()).cast(pl.Int64).alias("letters"),
        )
        for change, (concerned, letters) in changes.items()
    ]
    return pl.concat(counts)


def _matches(step: str, pattern: str) -> tuple[pl.Expr, pl.Expr]:
    letters = pl.col(step).str.count_matches(pattern)
    return letters > 0, letters


def _lost(before: str, after: str) -> tuple[pl.Expr, pl.Expr]:
    lengths = [pl.col(step).str.len_chars().fill_null(0).cast(pl.Int64) for step in (before, after)]
    letters = lengths[0] - lengths[1]
    return letters > 0, letters
