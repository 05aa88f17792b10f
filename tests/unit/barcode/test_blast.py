"""blastn, where it is installed."""

from pathlib import Path

import pytest

from bioscan.barcode import blast
from bioscan.barcode.blast import blastn_version, missing_program, search_with_blastn
from bioscan.core.alignment import HITS_SCHEMA, ExactSearch
from bioscan.core.columns import reverse_complement
from bioscan.core.errors import InputError
from tests.unit.mitochondria import Barcodes

installed = pytest.mark.skipif(
    missing_program() is not None, reason="blastn is not installed (ncbi-blast+)"
)


@pytest.fixture(scope="module")
def keys() -> list[str]:
    return [one for species in Barcodes().family(5, 3) for one in species]


@installed
def test_blastn_and_the_exact_search_find_the_same(keys):
    new = Barcodes(7)
    queries = [new.relative(key, 0.02) for key in keys]
    queries += [queries[0][60:], queries[1][:200], reverse_complement(queries[2])]
    ids = [f"query {place}" for place in range(len(queries))]
    names = [f"key|{place} x" for place in range(len(keys))]
    hits, full = search_with_blastn(names, keys, ids, queries, max_targets=500)
    exact = ExactSearch(names, keys).search(ids, queries)
    shared = ["query", "key", "score", "reverse"]
    assert hits.select(shared).rows() == exact.select(shared).rows()
    assert dict(hits.schema) == HITS_SCHEMA
    assert full == 0


@installed
def test_all_keys_of_one_score_are_found_and_lost_ones_counted(keys):
    # Keys of other flanks, so that they are distinct, align alike.
    same = [f"{'ACGT' * place}{keys[0]}" for place in range(8)]
    ids = list("hgfedcba")
    hits, full = search_with_blastn(ids, same, ["query"], [keys[0]], max_targets=500)
    assert hits["key"].to_list() == ids
    assert full == 0
    hits, full = search_with_blastn(ids, same, ["query"], [keys[0]], max_targets=5)
    assert hits.height == 5
    assert full == 1


@installed
def test_a_query_that_aligns_to_nothing_has_no_row(keys):
    other = "".join(Barcodes(9).random.choice(list("ACGT"), 300))
    hits, _ = search_with_blastn(["a"], keys[:1], ["none", "", "q"], [other, "", keys[0]], 500)
    assert hits["query"].to_list() == ["q"]


@installed
def test_a_database_of_another_run_is_never_searched(keys, tmp_path, monkeypatch):
    """One lies where blastn would look for it by its name, and by BLASTDB."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BLASTDB", str(tmp_path))
    (tmp_path / "keys.fa").write_text(f">0\n{keys[9]}\n")
    blast._run("makeblastdb", "-in", "keys.fa", "-dbtype", "nucl", "-out", "keys.fa")
    before = sorted(path.name for path in tmp_path.iterdir())
    hits, _ = search_with_blastn(["own"], [keys[0]], ["query"], [keys[0]], 500)
    assert hits.select("key", "score").rows() == [("own", float(len(keys[0])))]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_nothing_is_searched_without_keys_or_queries():
    assert search_with_blastn([], [], ["a"], ["ACGT"], 500)[0].is_empty()
    assert search_with_blastn(["a"], ["ACGT"], [], [], 500)[0].is_empty()


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_missing_program_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_program() == "makeblastdb"
    program(tmp_path, "makeblastdb", "exit 0")
    assert missing_program() == "blastn"
    program(tmp_path, "blastn", "exit 0")
    assert missing_program() is None


def test_a_program_that_fails_is_named_with_its_message(tmp_path, monkeypatch):
    program(tmp_path, "makeblastdb", "echo first >&2; echo 'no space left' >&2; exit 3")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"^makeblastdb ended with code 3: 'no space left'$"):
        search_with_blastn(["a"], ["ACGT"], ["b"], ["ACGT"], 500)


def test_another_program_of_that_name_is_refused(tmp_path, monkeypatch):
    program(tmp_path, "blastn", "echo BLASTN 1.4.11 [24-Nov-97]")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"prints 'BLASTN 1\.4\.11 .*': is it NCBI's blastn\?$"):
        blastn_version()
    program(tmp_path, "blastn", "echo 'blastn: 2.17.0+'")
    assert blastn_version() == "2.17.0+"
