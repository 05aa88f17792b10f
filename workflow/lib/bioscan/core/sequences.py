"""Barcodes as models and searches read them, and what was changed to get there."""

import polars as pl

#: Nucleotides that are read of a barcode (5M §A5.1).
MAX_LENGTH = 660

#: Letters of the IUPAC (NC-IUB 1984) for more than one nucleotide, but for N. They are kept: a
#: search may match them, and to models they are unknown.
AMBIGUOUS = "RYSWKMBDHV"


def trimmed(column: str = "dna_barcode") -> pl.Expr:
    """A barcode in capitals without what was not read at its end; null where nothing was read.

    Trailing N are removed, leading N kept, as they are likely to be unread nucleotides, and the
    sequence is cut at 660 nucleotides (5M §A5.1); N that the cut lays open are removed too. U is
    read as T. Gaps, and letters that are no nucleotide, are read as N: they keep the positions of
    all others. White space is left out.

    Applied again, it changes nothing.
    """
    return _cut(_unread_removed(_readable(column))).alias(column)


def _dense(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all(r"\s+", "")


def _readable(column: str) -> pl.Expr:
    """The letters A, C, G, T, N and the ambiguous ones."""
    return (
        _dense(column)
        .str.to_uppercase()
        .str.replace_all("U", "T", literal=True)
        .str.replace_all(f"[^ACGTN{AMBIGUOUS}]", "N")
    )


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
    dense, readable = _dense(column), _readable(column)
    unread, cut = _unread_removed(readable), _cut(_unread_removed(readable))
    length = {
        "written": pl.col(column).str.len_chars(),
        "dense": dense.str.len_chars(),
        "readable": readable.str.len_chars(),
        "read": unread.str.len_chars(),
        "kept": cut.str.len_chars().fill_null(0),
    }
    # The other letters alone are a hundredth of the text, so that all that follows is cheap.
    other = dense.str.replace_all("[ACGT]+", "")
    capitals = other.str.to_uppercase()
    kept = cut.str.replace_all("[ACGT]+", "")
    changes = {
        "no barcode": (pl.col(column).is_null(), None),
        "white space left out": _lost(length["written"], length["dense"]),
        "small letters read as capitals": _matches(other, "[a-z]"),
        "U read as T": _matches(capitals, "U"),
        "gaps read as N": _matches(capitals, "-"),
        "letters that are no nucleotide read as N": _matches(capitals, f"[^ACGTUN{AMBIGUOUS}-]"),
        "trailing N removed": _lost(length["readable"], length["read"]),
        f"cut at {MAX_LENGTH} nucleotides": _lost(length["read"], length["kept"]),
        "nothing read, so no sequence": (pl.col(column).is_not_null() & cut.is_null(), None),
        **{
            f"{letter} kept, unknown to models": _matches(kept, letter)
            for letter in f"N{AMBIGUOUS}"
        },
    }
    counts = records.lazy().select(
        pl.struct(
            concerned.fill_null(False).sum().cast(pl.Int64).alias("sequences"),
            (pl.lit(None) if letters is None else letters.sum()).cast(pl.Int64).alias("letters"),
        ).alias(change)
        for change, (concerned, letters) in changes.items()
    )
    return counts.collect().unpivot(variable_name="change").unnest("value")


def _matches(sequence: pl.Expr, pattern: str) -> tuple[pl.Expr, pl.Expr]:
    letters = sequence.str.count_matches(pattern)
    return letters > 0, letters


def _lost(before: pl.Expr, after: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    letters = before.cast(pl.Int64) - after.cast(pl.Int64)
    return letters > 0, letters
