"""How good the names of real barcodes are: the figures of workflow/docs/identify.md.

The species, and the barcodes of each, are divided by MD5, so that the queries whose answers are
reported are none of those on which a constant may be chosen.
"""

import runpy
from hashlib import md5
from pathlib import Path

import polars as pl
import pytest

from bioscan.core.intervals import wilson_interval
from bioscan.core.records import RANKS
from bioscan.core.sequences import trimmed
from bioscan.identify.barcodes import examine_barcodes
from bioscan.identify.evaluation import decided, tabulate_calibration
from bioscan.identify.lineages import read_taxonomy
from tests.workflow.runs import ROOT

#: Real barcodes, not everywhere at hand: id, order, family, genus, species, sequence.
BARCODES = ROOT.parent / "shared" / "real" / "barcodes" / "insect_bold.tsv.gz"

#: A species in five is held out for the calibration, and another for the test.
FIFTHS = ("val_unseen", "test_unseen", "train", "train", "train")

#: Distinct barcodes per species, the first ones by MD5: references, and queries of each split.
REFERENCES, QUERIES = 8, {"val": 2, "val_unseen": 2, "test": 4, "test_unseen": 6}

CONFIDENCE = 0.95


def bench_identification_of_real_barcodes(tmp_path: Path) -> None:
    """Named and right by rank, the errors of calibration, and wrong species of unseen species."""
    if not BARCODES.exists():
        pytest.skip(f"{BARCODES} is not at hand")
    table = _divided(pl.read_csv(BARCODES, separator="\t", infer_schema=False))
    print(f"\n  {dict(table['split'].value_counts(sort=True).iter_rows())}")
    table.write_parquet(tmp_path / "sequences.parquet")
    script = runpy.run_path(str(ROOT / "scripts/identify/calibrate_barcodes.py"))
    script["calibrate_barcodes"](
        *(tmp_path / "sequences.parquet", 2),
        *(tmp_path / "calibration.json", tmp_path / "known.parquet"),
    )
    known = pl.read_parquet(tmp_path / "known.parquet")
    lineage = decided({"barcode": known}, read_taxonomy([table]), CONFIDENCE)
    halves = {"chosen on": ~_odd(pl.col("query")), "reported": _odd(pl.col("query"))}
    for half, rows in halves.items():
        for witness, answers in (("barcode", known), ("lineage", lineage)):
            found = tabulate_calibration(answers.filter(rows), CONFIDENCE)
            held_out = found.filter(~pl.col("fitted"), ~pl.col("kind").str.contains("cut"))
            print(f"  {half}, {witness}")
            with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=160):
                print(held_out.filter(pl.col("rank").is_in(RANKS[2:])))
        unseen = lineage.filter(rows, kind="test_unseen", rank="species")
        wrong = unseen["label"].is_not_null().mean()
        low, high = wilson_interval(wrong, unseen.height)
        print(
            f"  {half}: {100 * wrong:.2f} % ({100 * low:.2f} to {100 * high:.2f}) of "
            f"{unseen.height} barcodes of unseen species get the name of a species"
        )


def _divided(table: pl.DataFrame) -> pl.DataFrame:
    """Distinct barcodes as sequences.parquet has them, with a split."""
    named = table.select(
        pl.col("id").alias("processid"),
        trimmed("sequence"),
        pl.lit("Arthropoda").alias("phylum"),
        pl.lit("Insecta").alias("class"),
        *("order", "family", "genus", "species"),
        pl.lit(None, pl.String).alias("subfamily"),
    ).unique(["species", "sequence"], keep="first", maintain_order=True)
    sound = examine_barcodes(named).filter(pl.col("fault").is_null()).select("processid")
    named = named.join(sound, on="processid", how="semi").sort(_md5("processid"), "processid")
    fifth = (_md5("species").str.slice(0, 8).str.to_integer(base=16, dtype=pl.Int64)) % 5
    named = named.with_columns(
        fifth.replace_strict(dict(enumerate(FIFTHS)), return_dtype=pl.String).alias("split"),
        pl.int_range(pl.len()).over("species").alias("place"),
    )
    of_known, held_out = pl.col("split") == "train", pl.col("place")
    test = REFERENCES + QUERIES["val"]
    place = (
        pl.when(~of_known)
        .then("split")
        .when(held_out < REFERENCES)
        .then(pl.lit("train"))
        .when(held_out < test)
        .then(pl.lit("val"))
        .otherwise(pl.lit("test"))
    )
    named = named.with_columns(place.alias("split"))
    turn = pl.int_range(pl.len()).over("species", "split")
    most = pl.col("split").replace_strict({"train": REFERENCES} | QUERIES, return_dtype=pl.Int64)
    return named.filter(turn < most).select("processid", "sequence", "split", *RANKS)


def _md5(column: str) -> pl.Expr:
    return pl.col(column).map_elements(lambda name: md5(name.encode()).hexdigest(), pl.String)


def _odd(query: pl.Expr) -> pl.Expr:
    """Half of the queries, by the last digit of their MD5."""
    odd = "13579bdf"
    return query.map_elements(lambda name: md5(name.encode()).hexdigest()[-1] in odd, pl.Boolean)
