"""Labels of barcodes that look wrong; nothing is removed."""

import numpy as np
import polars as pl

from bioscan.core.columns import MIN_LETTERS as MIN_PLACED
from bioscan.core.columns import Columns, plain
from bioscan.core.sequences import AMBIGUOUS, trimmed

#: Letters and share of unknown ones below and above which a barcode is no BARCODE to GenBank and
#: BOLD (Hanner 2009, data standards for BARCODE records: 500 bp, 1 % ambiguous).
MIN_LETTERS, MAX_UNKNOWN = 500, 0.01

#: Share of letters that stand for no nucleotide, above which a text is no DNA.
MAX_FOREIGN = 0.05

#: Stop codons of the invertebrate mitochondrial code (NCBI translation table 5).
STOPS = ("TAA", "TAG")

#: Columns of quality.parquet; neighbours (`barcode.neighbours`) follow them.
QUALITY_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "letters": pl.Int64(),
    "unknown": pl.Int64(),
    "share": pl.Float64(),
    "reverse": pl.Boolean(),
    "stop_codons": pl.Int64(),
    "frameshift": pl.Boolean(),
}

#: Labels in their order, the gravest first.
LABELS = (
    "not DNA",
    "unlike the others",
    "reverse complement",
    "neighbours of another order",
    "neighbours of another family",
    "frameshift",
    "stop codons",
    "short",
    "unknown letters",
)


def read_barcodes(records: pl.LazyFrame) -> pl.DataFrame:
    """The records that have a barcode: processid, sequence (trimmed) and foreign.

    `foreign` is the share of letters that stand for no nucleotide in what was entered.
    """
    entered = pl.col("dna_barcode").str.replace_all(r"\s+", "").str.to_uppercase()
    letters = entered.str.replace_all("[-N]+", "")
    foreign = letters.str.replace_all(f"[ACGTU{AMBIGUOUS}]+", "").str.len_chars()
    return (
        records.select(
            "processid",
            trimmed().alias("sequence"),
            (foreign / letters.str.len_chars()).alias("foreign"),
            "dna_bin",
            *("order", "family", "genus", "species"),
        )
        .filter(pl.col("sequence").is_not_null())
        .collect()
    )


def examine(sequences: pl.Series, columns: Columns) -> pl.DataFrame:
    """Measure distinct barcodes.

    Args:
        sequences: distinct and trimmed.
        columns: of the barcodes of the data set. Their reading frame is the one of fewest stop
            codons in the consensus.

    Returns:
        sequence; letters (A, C, G, T) and unknown ones between the first and last of them; share of
        the letters that equal the consensus; and, null where a barcode lies on no columns, reverse
        (the other strand), stop_codons and frameshift.
    """
    placed = columns.place([plain(sequence) for sequence in sequences])
    codons = _stop_codons(placed.letters, reading_frame(columns))
    inner = pl.col("sequence").str.strip_chars("N")
    known = inner.str.replace_all("[^ACGT]+", "").str.len_chars().cast(pl.Int64)
    measured = pl.DataFrame(
        {
            "sequence": sequences,
            "share": placed.share,
            "reverse": placed.reverse,
            "stop_codons": codons,
            "frameshift": placed.shifted,
            "found": placed.found,
        }
    ).with_columns(
        known.alias("letters"), (inner.str.len_chars().cast(pl.Int64) - known).alias("unknown")
    )
    shown = [
        pl.when("found").then(pl.col(name)).alias(name)
        for name in ("reverse", "stop_codons", "frameshift")
    ]
    return measured.with_columns(shown).drop("found")


def reading_frame(columns: Columns) -> int:
    """The column of the first whole codon: that of fewest stop codons in the consensus."""
    letters = columns.place([columns.consensus]).letters
    return min(range(3), key=lambda frame: _stop_codons(letters, frame)[0])


def _stop_codons(letters: np.ndarray, frame: int) -> np.ndarray:
    """The number of stop codons of each barcode on columns, (n,)."""
    whole = (letters.shape[1] - frame) // 3
    codons = letters[:, frame : frame + 3 * whole].reshape(len(letters), whole, 3)
    stops = [["ACGT".index(base) for base in codon] for codon in STOPS]
    return sum((codons == stop).all(axis=2).sum(axis=1, dtype=np.int64) for stop in stops)


def label(examined: pl.DataFrame) -> pl.DataFrame:
    """Add `labels` to each record: those of LABELS that apply, joined by "; ", null without any.

    Args:
        examined: columns of `examine` and of `neighbours.conflicts`, and `foreign`.
    """
    found = pl.col("reverse").is_not_null()
    applies = {
        "not DNA": pl.col("foreign") > MAX_FOREIGN,
        # Of shorter ones nothing is known.
        "unlike the others": ~found & (pl.col("letters") >= MIN_PLACED),
        "reverse complement": pl.col("reverse"),
        "neighbours of another order": pl.col("conflict") == "order",
        "neighbours of another family": pl.col("conflict") == "family",
        "frameshift": pl.col("frameshift"),
        "stop codons": pl.col("stop_codons") > 0,
        "short": pl.col("letters") < MIN_LETTERS,
        "unknown letters": pl.col("unknown")
        > MAX_UNKNOWN * (pl.col("letters") + pl.col("unknown")),
    }
    words = [pl.when(applies[name]).then(pl.lit(name)) for name in LABELS]
    joined = pl.concat_str(words, separator="; ", ignore_nulls=True)
    return examined.with_columns(joined.replace("", None).alias("labels"))


def count_labels(labelled: pl.DataFrame, records: int) -> pl.DataFrame:
    """One row per label, and for barcodes without any: label, records, percent of all records.

    Args:
        labelled: of `label`, the records with a barcode.
        records: all records.
    """
    words = labelled["labels"].drop_nulls().str.split("; ").explode()
    rows = [(name, int((words == name).sum())) for name in LABELS]
    rows += [
        ("none of these", labelled["labels"].null_count()),
        ("no barcode", records - labelled.height),
    ]
    table = pl.DataFrame(rows, {"label": pl.String, "records": pl.Int64}, orient="row")
    percent = 100 * pl.col("records") / max(1, records)
    return table.with_columns(percent.round(3).alias("percent"))
