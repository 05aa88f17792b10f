"""The nearest keys by alignment."""

import numpy as np
import polars as pl
import pytest

from bioscan.core import alignment
from bioscan.core.alignment import (
    GAP,
    HITS_SCHEMA,
    MATCH,
    MIN_SCORE,
    MISMATCH,
    ExactSearch,
    aligned,
)
from bioscan.core.columns import plain, reverse_complement
from tests.unit.mitochondria import Barcodes


def local_score(query: str, key: str) -> float:
    """The best local alignment by the textbook (Smith & Waterman 1981), in points of blastn."""
    best, row = 0, np.zeros(len(key) + 1, int)
    for a in query:
        above, row = row, np.zeros(len(key) + 1, int)
        for place, b in enumerate(key, 1):
            pair = 0 if "N" in (a, b) else MATCH if a == b else MISMATCH
            steps = (above[place - 1] + pair, above[place] - GAP, row[place - 1] - GAP, 0)
            row[place] = max(steps)
        best = max(best, row.max())
    return best / MATCH


def found(hits: pl.DataFrame, query: str) -> list[str]:
    return hits.filter(query=query)["key"].to_list()


@pytest.fixture(scope="module")
def keys() -> list[str]:
    return [one for species in Barcodes(codons=60).family(5, 3) for one in species]


@pytest.fixture(scope="module")
def search(keys) -> ExactSearch:
    return ExactSearch([f"key{place}" for place in range(len(keys))], keys)


def damaged(keys: list[str]) -> dict[str, str]:
    """Queries as they come: whole, short, with gaps, unknown letters, of the other strand."""
    new = Barcodes(3, codons=60).relative(keys[0], 0.02)
    return {
        "whole": new,
        "start missing": new[70:],
        "end missing": new[:90],
        "middle": new[60:110],
        "codon lost": new[:90] + new[93:],
        "base lost": new[:90] + new[91:],
        "base more": new[:90] + "G" + new[90:],
        "unknown": new[:40] + "NNNRYNNN" + new[48:],
        "leading N": "N" * 30 + new[30:],
        "other strand": reverse_complement(new),
        "long": "ACGT" * 20 + new + "TGCA" * 20,
        "distant": Barcodes(4, codons=60).relative(new, 0.25),
    }


def test_the_keys_of_each_query_are_those_of_an_alignment_with_every_key(search, keys):
    queries = damaged(keys)
    hits = search.search(list(queries), list(queries.values()))
    assert dict(hits.schema) == HITS_SCHEMA
    for name, sequence in queries.items():
        text = plain(sequence)
        text = reverse_complement(text) if name == "other strand" else text
        scores = [local_score(text, key) for key in keys]
        best = [f"key{row}" for row, score in enumerate(scores) if score == max(scores)]
        assert found(hits, name) == best, name
        assert set(hits.filter(query=name)["score"]) == {max(scores)}, name
        assert set(hits.filter(query=name)["reverse"]) == {name == "other strand"}, name


def test_a_query_of_another_marker_is_aligned_to_all_keys(keys):
    random = np.random.default_rng(5)
    other = "".join(random.choice(list("ACGT"), 180))
    search = ExactSearch([*map(str, range(len(keys))), "other"], [*keys, other])
    hits = search.search(["a", "b"], [other[20:], reverse_complement(other[20:])])
    assert hits["key"].to_list() == ["other", "other"]
    assert hits["score"].to_list() == [160, 160]
    assert hits["identity"].to_list() == [1, 1]
    assert hits["reverse"].to_list() == [False, True]
    assert hits["aligned"].to_list() == [160, 160]


@pytest.mark.parametrize(("length", "found"), [(MIN_SCORE - 1, False), (MIN_SCORE, True)])
def test_an_alignment_counts_from_the_letters_of_a_word_of_megablast(search, keys, length, found):
    """Letters between two that are unknown: the best local alignment is these, all equal."""
    query = "N" * 60 + keys[0][20 : 20 + length] + "N" * 60
    hits = search.search(["query"], [query]).filter(key="key0")
    rows = hits.select("score", "identity", "aligned").rows()
    assert rows == ([(length, 1, length)] if found else [])


def test_a_sequence_that_has_nothing_in_common_with_the_keys_has_none(search):
    letters = np.random.default_rng(9).choice(list("ACGT"), (20, 500))
    unrelated = ["".join(row) for row in letters]
    assert search.search([*map(str, range(20))], unrelated).is_empty()


def test_a_key_that_goes_on_beyond_the_columns_is_found_by_a_query_that_does(keys):
    """As the gene does beyond the barcode: both lie on the columns, and match most behind them."""
    behind = "".join(np.random.default_rng(6).choice(list("ACGT"), 150))
    new = Barcodes(7, codons=60)
    query = keys[0] + behind
    longer = new.relative(keys[-1], 0.02) + behind
    search = ExactSearch([*map(str, range(len(keys))), "longer"], [*keys, longer])
    hits = search.search(["query"], [query])
    scores = [local_score(query, key) for key in (*keys, longer)]
    assert scores[-1] == max(scores) > max(scores[:-1]) + 20
    assert (hits["key"].to_list(), hits["score"].to_list()) == (["longer"], [scores[-1]])


def test_a_short_key_is_found_by_a_short_query(keys):
    """Neither is long enough to lie on the columns for sure."""
    short = Barcodes(8, codons=60).relative(keys[0], 0.1)[40:100]
    search = ExactSearch([*map(str, range(len(keys))), "short"], [*keys, short])
    flanked = Barcodes(9, codons=5).ancestor + short + Barcodes(10, codons=5).ancestor
    for query in (short[:50], flanked):
        hits = search.search(["query"], [query])
        scores = [local_score(query, key) for key in [*keys, short]]
        assert hits["score"].unique().to_list() == [max(scores)]
        assert "short" in found(hits, "query")


def test_keys_of_the_other_strand_are_found(keys):
    turned = [*keys[:4], reverse_complement(keys[4]), *keys[5:]]
    hits = ExactSearch(list(map(str, range(len(keys)))), turned).search(["query"], [keys[4]])
    assert hits.rows() == [("query", "4", float(len(keys[4])), 1.0, True, len(keys[4]))]


def test_all_keys_of_one_score_are_found_in_their_order(keys):
    ids = ["b", "a", "c", "d"]
    search = ExactSearch(ids, [keys[0], keys[0] + "TTT", keys[5], keys[0]])
    assert found(search.search(["query"], [keys[0]]), "query") == ["b", "a", "d"]


def test_keys_within_a_distance_are_kept_too(search, keys):
    scores = [local_score(keys[0], key) for key in keys]
    limit = max(scores) - 20
    hits = search.search(["query"], [keys[0]], within=20)
    near = [f"key{row}" for row, score in enumerate(scores) if score >= limit]
    assert found(hits, "query") == near
    assert len(near) > 1


def test_identity_counts_the_letters_that_both_have(search, keys):
    query = keys[0][:30] + "NN" + keys[0][32:100]
    changed = query[:50] + {"A": "C", "C": "A", "G": "A", "T": "A"}[query[50]] + query[51:]
    hits = search.search(["query"], [changed]).filter(key="key0")
    assert hits["identity"].item() == pytest.approx(97 / 98)


def test_a_query_without_a_known_letter_has_no_key(search):
    assert search.search(["empty", "unread"], ["", "NNNNN"]).is_empty()
    assert search.search([], []).is_empty()


def test_more_threads_find_the_same(search, keys):
    queries = damaged(keys)
    one, four = (
        search.search(list(queries), list(queries.values()), threads=number) for number in (1, 4)
    )
    assert one.equals(four)


def test_fewer_queries_at_a_time_find_the_same(search, keys, monkeypatch):
    ids, queries = [f"q{number}" for number in range(5)], keys[:5]
    expected = search.search(ids, queries, within=10)
    monkeypatch.setattr(alignment, "_SCORES_HELD", 2 * len(keys))
    monkeypatch.setattr(alignment, "_KEYS", 7)
    assert search.search(ids, queries, within=10).equals(expected)


def test_an_alignment_is_shown_in_three_lines():
    lines = aligned("ACGTACGTTACG", "ACGTACGTACG")
    assert [len(line) for line in lines] == [12, 12, 12]
    assert lines[0] == "ACGTACGTTACG"
    assert lines[1].count("|") == 11
    assert lines[2].replace("-", "") == "ACGTACGTACG"
