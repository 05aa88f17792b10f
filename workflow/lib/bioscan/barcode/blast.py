"""The nearest keys of barcodes by NCBI's blastn, as biologists search for them."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from bioscan.core.alignment import HITS_SCHEMA
from bioscan.core.errors import InputError

#: What blastn prints of each aligned pair: `score` is the raw one, in the units of HITS_SCHEMA.
_COLUMNS = {
    "query": pl.Int64(),
    "key": pl.Int64(),
    "score": pl.Float64(),
    "percent": pl.Float64(),
    "strand": pl.String(),
    "aligned": pl.Int64(),
}
_FORMAT = "6 qseqid sseqid score pident sstrand length"


def missing_program() -> str | None:
    """The program of BLAST that is not installed; None where all are."""
    return next((name for name in ("makeblastdb", "blastn") if not shutil.which(name)), None)


def blastn_version() -> str:
    """The version of the installed blastn, such as 2.12.0+."""
    text = _run("blastn", "-version")
    found = re.search(r"blastn: (\S+)", text)
    if found is None:
        raise InputError(f"blastn -version prints {text[:80]!r}: is it NCBI's blastn?")
    return found[1]


def search_with_blastn(
    key_ids: Sequence[str],
    key_sequences: Sequence[str],
    query_ids: Sequence[str],
    query_sequences: Sequence[str],
    max_targets: int,
    threads: int = 1,
) -> tuple[pl.DataFrame, int]:
    """The keys of the best score of each query, of those that blastn finds.

    blastn runs with its defaults (megablast), as published. Its database is made anew in a folder
    of its own each time, so none of another run is ever searched. Keys and queries are numbered
    there, so ids may have any letters.

    Args:
        max_targets: keys that blastn keeps per query; those of equal score beyond it are lost.

    Returns:
        HITS_SCHEMA, in the order of the queries, then of the keys; and the number of queries whose
        best score `max_targets` keys have, so there may be more.

    Raises:
        InputError: a program fails; with its message.
    """
    with TemporaryDirectory(prefix="blast-") as folder:
        keys, queries, hits = (Path(folder, name) for name in ("keys.fa", "queries.fa", "hits.tsv"))
        if not (_write_fasta(key_sequences, keys) and _write_fasta(query_sequences, queries)):
            return pl.DataFrame(schema=HITS_SCHEMA), 0
        _run("makeblastdb", "-in", str(keys), "-dbtype", "nucl", "-out", str(keys))
        given = {
            "-query": queries,
            "-db": keys,
            "-outfmt": _FORMAT,
            "-max_target_seqs": max_targets,
            "-num_threads": threads,
            "-out": hits,
        }
        _run("blastn", *(str(part) for option in given.items() for part in option))
        found = pl.read_csv(hits, separator="\t", has_header=False, schema=_COLUMNS)
    best = (
        found.filter(pl.col("score") == pl.col("score").max().over("query"))
        .unique(["query", "key"], keep="first", maintain_order=True)
        .sort("query", "key")
    )
    full = best.group_by("query").len().filter(pl.col("len") >= max_targets).height
    table = best.select(
        pl.Series(list(query_ids), dtype=pl.String).gather(best["query"]).alias("query"),
        pl.Series(list(key_ids), dtype=pl.String).gather(best["key"]).alias("key"),
        "score",
        (pl.col("percent") / 100).alias("identity"),
        (pl.col("strand") == "minus").alias("reverse"),
        "aligned",
    )
    return table.cast(HITS_SCHEMA), full


def _write_fasta(sequences: Sequence[str], path: Path) -> int:
    """Write the sequences that are not empty under their numbers, and return how many there are."""
    lines = [f">{number}\n{sequence}\n" for number, sequence in enumerate(sequences) if sequence]
    path.write_text("".join(lines))
    return len(lines)


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no message"]
        raise InputError(f"{program} ended with code {done.returncode}: {said[-1]!r}")
    return done.stdout
