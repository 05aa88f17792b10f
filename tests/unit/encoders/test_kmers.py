"""Tokens of barcodes, worked by hand and beside a loop."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioscan.encoders.kmers import BARCODEBERT, CLIBD, KmerTokenizer

MASK, UNK = 0, 1


def tokens(k: int, sequence: str, offset: int = 0) -> list[int]:
    """The tokens of one sequence, without those of the padding."""
    encoded = KmerTokenizer(k).encode([sequence], np.array([offset]))
    found = encoded.ids[0]
    assert found.dtype == np.int64 and len(found) == 660 // k
    kept = -(-max(len(sequence) - offset, 0) // k)
    assert (found[kept:] == UNK).all()
    return found[:kept].tolist()


def real(k: int, sequence: str, offset: int = 0) -> int:
    """How many positions are of the sequence; they are the first."""
    mask = KmerTokenizer(k).encode([sequence], np.array([offset])).mask[0]
    assert mask[: mask.sum()].all()
    return int(mask.sum())


# [MASK] 0, [UNK] 1, then AA 2, AC 3, AG 4, AT 5, CA 6, … TT 17.
@pytest.mark.parametrize(
    ("sequence", "offset", "expected"),
    [
        ("AAACAGATCATT", 0, [2, 3, 4, 5, 6, 17]),
        ("AAACAGATCATT", 1, [2, 6, 10, 15, 5, UNK]),  # AA CA GA TC AT T
        ("AAACAGATCATT", 2, [3, 4, 5, 6, 17]),  # an offset of k leaves out a token
        ("NNAACC", 0, [UNK, 2, 7]),
        ("NAACC", 0, [UNK, 3, UNK]),
        ("AAN", 0, [2, UNK]),
        ("AACCT", 0, [2, 7, UNK]),  # not divisible by k
        ("aacg", 0, [2, 8]),
        ("AUUA", 0, [5, 14]),
        ("AA--CC", 0, [2, UNK, 7]),
        ("A", 0, [UNK]),
        ("A", 5, []),
        ("", 0, []),
        ("NNNN", 0, [UNK, UNK]),
    ],
)
def test_sequences_are_cut_into_pairs(sequence, offset, expected):
    assert tokens(2, sequence, offset) == expected


def test_longer_tokens_are_in_lexicographic_order_too():
    assert tokens(4, "AAAAAAACTTTT") == [2, 3, 257]
    assert tokens(8, "AAAAAAAATTTTTTTTAAAAAAAC") == [2, 2 + 4**8 - 1, 3]
    assert tokens(1, "ACGT") == [2, 3, 4, 5]


@pytest.mark.parametrize("letter", "NRYSWKMBDHV-nryswkmbdhvEFILPQJOXZ*?.7 ßéΩ\x00\n")
def test_any_letter_but_the_bases_makes_only_its_own_token_unknown(letter):
    for place in range(4):
        kmer = "CCCC"[:place] + letter + "CCCC"[place + 1 :]
        assert tokens(4, f"AAAA{kmer}TTTT") == [2, UNK, 257]


@pytest.mark.parametrize("k", [1, 2, 4, 6, 7, 8])
def test_the_vocabulary_names_each_token(k):
    tokenizer = KmerTokenizer(k)
    names = tokenizer.vocabulary()
    assert len(names) == tokenizer.vocabulary_size == 4**k + 2
    assert names[:3] == ["[MASK]", "[UNK]", "A" * k]
    assert (tokenizer.mask_id, tokenizer.unknown_id) == (MASK, UNK)
    for number in (2, 3, len(names) // 2, len(names) - 1):
        assert tokens(k, names[number]) == [number]


@pytest.mark.parametrize(
    ("k", "sequence", "offset", "expected"),
    [
        (4, "A" * 658, 0, 164),
        (4, "A" * 660, 0, 165),
        (4, "A" * 660, 1, 164),
        (4, "A" * 1536, 4, 165),
        (4, "N" * 4 + "A" * 8, 0, 3),
        (8, "A" * 658, 0, 82),
        (8, "A" * 9, 0, 1),
        (8, "A", 0, 1),
        (8, "", 0, 1),
        (8, "A" * 8, 8, 1),
    ],
)
def test_positions_are_real_where_a_whole_kmer_was_read(k, sequence, offset, expected):
    assert real(k, sequence, offset) == expected


def test_a_long_sequence_is_cut_after_its_offset():
    assert tokens(4, "A" + "CCCC" * 200, 1)[:165] == [2 + 85] * 165


def test_kmers_that_are_attended_to_are_those_that_are_averaged():
    encoded = KmerTokenizer(4).encode(["ACGT", "A" * 658])
    assert (encoded.mask == encoded.attention).all()


def test_the_vocabulary_of_clibd_begins_each_sequence_with_a_token_of_id_0():
    tokenizer = KmerTokenizer(5, CLIBD)
    assert tokenizer.vocabulary_size == 4**5 + 3
    assert tokenizer.vocabulary()[:4] == ["[MASK]", "[CLS]", "[UNK]", "AAAAA"]
    encoded = tokenizer.encode(["AAAAAAAAAC", "NAAAA"])
    assert encoded.ids.shape == (2, 133) == (2, tokenizer.length)
    assert encoded.ids[0, :4].tolist() == [0, 3, 4, 2]
    assert encoded.ids[1, :3].tolist() == [0, 2, 2]
    assert encoded.mask[0].nonzero()[0].tolist() == [1, 2]
    assert encoded.attention[0].nonzero()[0].tolist() == [0, 1, 2]


def by_loop(k: int, specials: tuple[str, ...], sequence: str, offset: int) -> list[int]:
    """The released way: a dictionary, and the next k letters again and again."""
    numbers = {"".join(kmer): i for i, kmer in enumerate(product("ACGT", repeat=k), len(specials))}
    padded = sequence[offset:][:660].ljust(660, "N")
    pieces = [padded[at : at + k] for at in range(0, 660 - k + 1, k)]
    return [numbers.get(piece, specials.index("[UNK]")) for piece in pieces]


@given(
    st.sampled_from([2, 3, 4, 6, 8]),
    st.lists(st.tuples(st.text("ACGTNR-", max_size=700), st.integers(0, 8)), max_size=4),
)
def test_many_sequences_are_encoded_as_one_at_a_time(k, pairs):
    offsets = np.array([offset for _, offset in pairs], dtype=np.int64)
    encoded = KmerTokenizer(k).encode([sequence for sequence, _ in pairs], offsets)
    assert encoded.ids.shape == encoded.mask.shape == (len(pairs), 660 // k)
    assert encoded.ids.tolist() == [by_loop(k, BARCODEBERT, *pair) for pair in pairs]
