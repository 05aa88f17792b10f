"""The searches by alignment, as their scripts run them."""

import json
import logging
import runpy
from pathlib import Path

import polars as pl
import pytest

from bioscan.barcode.blast import missing_program
from bioscan.core.records import RANKS
from tests.unit.mitochondria import Barcodes
from tests.workflow.runs import ROOT

SCRIPTS = ROOT / "scripts" / "barcode"
search_barcodes = runpy.run_path(str(SCRIPTS / "search_barcodes.py"))["search_barcodes"]
compare_searches = runpy.run_path(str(SCRIPTS / "compare_searches.py"))["compare_searches"]
find_suspects = runpy.run_path(str(SCRIPTS / "find_barcode_suspects.py"))["find_barcode_suspects"]
search_short = runpy.run_path(str(SCRIPTS / "search_short_barcodes.py"))["search_short_barcodes"]

SPECIES = ["Aus bus", "Aus cus", "Bus dus", "Cus eus"]


@pytest.fixture(scope="module")
def sequences(tmp_path_factory) -> Path:
    """Keys of three species; queries of these, and of a fourth whose genus no key has."""
    rows = []
    for species, members in zip(SPECIES, Barcodes(codons=140).family(4, 4), strict=True):
        splits = ["test_unseen"] * 4 if species == "Cus eus" else ["train", "train", "val", "test"]
        rows += [(split, species, text) for split, text in zip(splits, members, strict=True)]
    rows.append(("test", "Aus bus", "N"))
    table = pl.DataFrame(rows, ["split", "species", "sequence"], orient="row").with_row_index()
    genus = pl.col("species").str.split(" ").list.first().alias("genus")
    others = [pl.lit(rank).alias(rank) for rank in RANKS if rank not in ("genus", "species")]
    path = tmp_path_factory.mktemp("search") / "sequences.parquet"
    named = table.with_columns(pl.format("P{}", "index").alias("processid"), genus, *others)
    named.select("processid", "sequence", "split", *RANKS).write_parquet(path)
    return path


def searched(sequences: Path, folder: Path, method: str, **changes) -> tuple[pl.DataFrame, dict]:
    answers, summary = folder / f"{method}.parquet", folder / f"{method}.json"
    given = {"answer": "nearest", "max_targets": 500, "threads": 1} | changes
    search_barcodes(sequences, method, **given, answers=answers, summary=summary)
    return pl.read_parquet(answers), json.loads(summary.read_text())


@pytest.mark.parametrize("answer", ["nearest", "vote"])
def test_known_species_are_found_and_queries_without_a_letter_counted(sequences, tmp_path, answer):
    found, summary = searched(sequences, tmp_path, "exact", answer=answer)
    asked = pl.read_parquet(sequences).filter(pl.col("split").is_in(["val", "test"]))
    both = asked.join(found, on="processid", suffix="_found")
    assert (both["species"] == both["species_found"]).all()
    assert both.height == 6
    assert (summary["keys"], summary["queries"], summary["unanswered"]) == (6, 11, 1)
    assert summary["status"] == "run"


def test_without_blastn_its_row_says_so_and_all_else_goes_on(
    sequences, tmp_path, monkeypatch, caplog
):
    searched(sequences, tmp_path, "exact")
    monkeypatch.setenv("PATH", str(tmp_path))
    with caplog.at_level(logging.WARNING, "bioscan"):
        found, summary = searched(sequences, tmp_path, "blastn")
    assert found.is_empty()
    assert summary["status"] == "not run: makeblastdb is not installed"
    (said,) = caplog.messages
    assert said.startswith("makeblastdb is not installed: the rows of blastn are left out")
    table = compared(sequences, tmp_path)
    assert table.filter(method="blastn")["status"].to_list() == [summary["status"]]
    exact = table.filter(method="exact", level="species", split="test")
    assert (exact["value"].item(), exact["agreement"].item()) == (75, None)
    assert exact["unanswered"].item() == 1
    assert pl.read_csv(tmp_path / "differences.csv").is_empty()


@pytest.mark.skipif(missing_program() is not None, reason="blastn is not installed (ncbi-blast+)")
def test_blastn_agrees_with_the_exact_search(sequences, tmp_path):
    exact, _ = searched(sequences, tmp_path, "exact")
    blastn, summary = searched(sequences, tmp_path, "blastn")
    assert summary["program"].startswith("blastn 2.")
    shared = ["processid", "key", "score", "ties", "common_rank", "species"]
    known = pl.col("split") != "test_unseen"
    assert blastn.filter(known).select(shared).equals(exact.filter(known).select(shared))
    # Far from all keys, blastn may stop at a stretch of differences and miss the best one.
    both = exact.join(blastn, on="processid", suffix="_blastn")
    assert (both["score"] >= both["score_blastn"]).all()
    table = compared(sequences, tmp_path)
    assert set(table.filter(known)["agreement"].drop_nulls()) == {100}
    unseen = table.filter(method="blastn", split="test_unseen", level="genus")
    assert (unseen["value"].item(), unseen["without_key"].item()) == (0, 4)


def compared(sequences: Path, folder: Path) -> pl.DataFrame:
    names = ["exact", "blastn"]
    answers, summaries = ([folder / f"{n}.{end}" for n in names] for end in ("parquet", "json"))
    table, differing = folder / "table.csv", folder / "differences.csv"
    compare_searches(sequences, answers, summaries, table, differing)
    return pl.read_csv(table)


def test_without_keys_nothing_is_searched_and_a_line_says_so(sequences, tmp_path, caplog):
    none = tmp_path / "none.parquet"
    pl.read_parquet(sequences).filter(pl.col("split") != "train").write_parquet(none)
    with caplog.at_level(logging.WARNING, "bioscan"):
        found, summary = searched(none, tmp_path, "exact")
    assert found.is_empty()
    assert summary["status"] == "not run: no keys"
    assert caplog.messages == ["there is no barcode in the split train, so nothing to search"]


def test_whole_barcodes_are_asked_at_each_length(tmp_path, caplog):
    whole = Barcodes(codons=220).family(2, 3)
    rows = [
        (split, species, text)
        for species, members in zip(SPECIES, whole, strict=False)
        for split, text in zip(["train", "test", "test"], members, strict=True)
    ]
    rows[-1] = ("test", SPECIES[1], whole[1][2][:500])
    table = pl.DataFrame(rows, ["split", "species", "sequence"], orient="row").with_row_index()
    others = [pl.lit(None, pl.String).alias(rank) for rank in RANKS if rank != "species"]
    named = table.with_columns(pl.format("P{}", "index").alias("processid"), *others)
    path = tmp_path / "sequences.parquet"
    named.select("processid", "sequence", "split", *RANKS).write_parquet(path)
    with caplog.at_level(logging.WARNING, "bioscan"):
        search_short(path, "nearest", 1, tmp_path / "short.parquet")
    assert caplog.messages == ["not cut, as they have fewer than 658 letters: 1 queries"]
    found = pl.read_parquet(tmp_path / "short.parquet")
    counts = found.group_by("length").len().sort("length").rows()
    assert counts == [(300, 3), (400, 3), (500, 3), (658, 3)]
    asked = found.join(named, on="processid", suffix="_true")
    assert (asked["species"] == asked["species_true"]).all()
    # A shorter query has fewer letters to match.
    assert found.group_by("length").agg(pl.col("score").max()).sort("length")["score"].is_sorted()

    none = named.filter(split="test").select("processid", "sequence", "split", *RANKS)
    none.write_parquet(path)
    search_short(path, "nearest", 1, tmp_path / "short.parquet")
    assert pl.read_parquet(tmp_path / "short.parquet")["species"].is_null().all()


def test_suspects_of_every_kind_are_listed_and_counted(tmp_path):
    drawn = Barcodes(codons=220)
    one, two = (drawn.relative(drawn.ancestor, 0.2) for _ in range(2))
    near = [drawn.relative(one, 0.01) for _ in range(6)]
    other = "".join(drawn.random.choice(list("ACGT"), 600))
    rows = [(text, "O", "F") for text in near]
    rows += [(drawn.relative(two, 0.01), "O", "G") for _ in range(3)]
    rows += [
        (drawn.relative(one, 0.01), "O", "G"),
        (drawn.relative(one, 0.01), "Q", "H"),
        (near[0][::-1].translate(str.maketrans("ACGT", "TGCA")), "O", "F"),
        (near[1][:300] + near[1][301:], "O", "F"),
        (near[2][:300] + "TAA" + near[2][303:], "O", "F"),
        (other, "O", "F"),
        ("MFSTNHKDIGTLYFIFGAWSGMVGTSLSLLIRAELGNPGSLIGDDQIYN", "O", "F"),
        (near[3][:400], "O", "F"),
        (None, "O", "F"),
        ("NNNN", "O", "F"),
    ]
    table = pl.DataFrame(rows, ["dna_barcode", "order", "family"], orient="row").with_row_index()
    empty = [pl.lit(None, pl.String).alias(name) for name in ("dna_bin", "genus", "species")]
    named = table.with_columns(pl.format("P{}", "index").alias("processid"), *empty)
    named.write_parquet(tmp_path / "records.parquet")
    files = {name: tmp_path / name for name in ("quality", "suspects", "counts")}
    find_suspects(tmp_path / "records.parquet", 1, **files)
    suspects = pl.read_csv(files["suspects"])
    assert dict(suspects.select("processid", "labels").iter_rows()) == {
        "P15": "not DNA; short; unknown letters",
        "P14": "unlike the others",
        "P11": "reverse complement",
        "P10": "neighbours of another order",
        "P9": "neighbours of another family",
        "P12": "frameshift",
        "P13": "stop codons",
    }
    counts = dict(pl.read_csv(files["counts"]).select("label", "records").iter_rows())
    assert (counts["short"], counts["none of these"], counts["no barcode"]) == (2, 9, 2)
    assert pl.read_parquet(files["quality"]).height == 17


def test_a_dataset_without_barcodes_has_no_suspects(tmp_path):
    names = ("processid", "dna_barcode", "dna_bin", "order", "family", "genus", "species")
    table = pl.DataFrame({name: ["P"] if name == "processid" else [None] for name in names})
    table.cast(pl.String).write_parquet(tmp_path / "records.parquet")
    files = {name: tmp_path / name for name in ("quality", "suspects", "counts")}
    find_suspects(tmp_path / "records.parquet", 1, **files)
    assert pl.read_csv(files["suspects"]).is_empty()
    counts = dict(pl.read_csv(files["counts"]).select("label", "records").iter_rows())
    assert counts["no barcode"] == 1
