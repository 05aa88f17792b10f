"""Simulated barcodes: open reading frames that diverge along the tree."""

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.simulate import barcodes, taxonomy

TREE = taxonomy.grow(600, np.random.default_rng(5))
CODONS = barcodes.evolve(TREE, np.random.default_rng(5))
STOPS = [codon for codon, amino_acid in enumerate(barcodes.CODE) if amino_acid == "*"]


def clean(count: int) -> barcodes.Reads:
    nothing = np.zeros(count, np.uint8)
    return barcodes.Reads(nothing, nothing, nothing, nothing)


def text(codons: np.ndarray) -> list[str]:
    rows = np.arange(len(codons))
    return barcodes.sequences(codons, rows, clean(len(rows))).to_list()


def distance(a: str, b: str) -> float:
    return sum(x != y for x, y in zip(a, b, strict=True)) / len(a)


def test_the_code_is_translation_table_5():
    bases = barcodes.BASES
    code = {
        a + b + c: barcodes.CODE[16 * i + 4 * j + k]
        for i, a in enumerate(bases)
        for j, b in enumerate(bases)
        for k, c in enumerate(bases)
    }
    assert [codon for codon, amino_acid in code.items() if amino_acid == "*"] == ["TAA", "TAG"]
    # The codons that the invertebrate mitochondrion reads differently from the standard code.
    assert {code["TGA"], code["ATA"], code["AGA"], code["AGG"]} == {"W", "M", "S"}
    # The haplotypes rely on this: transitions of the third base are silent.
    assert all(barcodes.CODE[codon] == barcodes.CODE[codon ^ 1] for codon in range(64))


def test_reading_frames_are_open_and_rich_in_at():
    assert not np.isin(CODONS, STOPS).any()
    letters = "".join(text(CODONS))
    assert 0.60 < (letters.count("A") + letters.count("T")) / len(letters) < 0.75


def test_divergence_grows_with_the_rank():
    sequences = np.array([list(name) for name in text(CODONS)])
    first, second = np.triu_indices(len(CODONS), 1)
    chosen = np.random.default_rng(0).choice(len(first), 20_000, replace=False)
    genus = TREE.ancestors("genus")
    congeners = np.flatnonzero(genus[first] == genus[second])
    chosen = np.union1d(chosen, congeners)
    first, second = first[chosen], second[chosen]
    apart = (sequences[first] != sequences[second]).mean(axis=1)

    means, left = [], np.ones(len(first), bool)
    for rank in ("genus", "subfamily", "family", "order", "class"):
        node = TREE.ancestors(rank)
        same = left & (node[first] == node[second])
        left &= ~same
        means.append(apart[same].mean())
        if rank == "genus":
            few, median, most = np.quantile(apart[same], [0.05, 0.5, 0.95])
            assert 0.03 < few < 0.05 and 0.07 < median < 0.10 and 0.11 < most < 0.16
    assert means == sorted(means)
    assert means[0] < apart[left].mean() < 0.4


def test_the_nearest_species_is_mostly_of_the_genus_and_not_always():
    letters = np.array([list(name) for name in text(CODONS)]).view(np.uint32)
    apart = np.array([(letters != one).mean(axis=1) for one in letters])
    np.fill_diagonal(apart, 1.0)
    genus, family = TREE.ancestors("genus"), TREE.ancestors("family")
    nearest, has_kin = apart.argmin(axis=1), np.bincount(genus)[genus] > 1
    assert 0.75 < (genus[nearest] == genus)[has_kin].mean() < 0.95
    assert (family[nearest] == family)[has_kin].mean() > 0.9


@given(
    st.integers(0, 599),
    st.lists(st.integers(0, barcodes.HAPLOTYPES - 1), min_size=2, max_size=20, unique=True),
    st.data(),
)
@settings(max_examples=40)
def test_haplotypes_of_a_species_are_distinct_silent_and_close(species, ordinals, data):
    count = len(ordinals)
    second = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    centre = CODONS[[species] * count]
    codons = barcodes.haplotype_codons(centre, np.array(ordinals), np.full(count, species), second)
    code = np.array(list(barcodes.CODE))
    assert (code[codons] == code[centre]).all()
    sequences = text(codons)
    assert len(set(sequences)) == count
    assert max(distance(sequences[0], other) for other in sequences) < 0.02


def test_too_many_haplotypes_are_refused():
    with pytest.raises(ValueError, match="haplotypes"):
        barcodes.haplotype_codons(
            CODONS[:1], np.array([barcodes.HAPLOTYPES]), np.array([0]), np.array([False])
        )


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(0, 99))
@settings(max_examples=50)
def test_specimens_share_barcodes_only_within_their_species(counts, seed):
    shared = barcodes.assign_haplotypes(np.array(counts), np.random.default_rng(seed))
    species = np.repeat(np.arange(len(counts)), counts)
    assert (np.diff(shared) >= 0).all() and set(shared) == set(range(shared.max() + 1))
    owners = pl.DataFrame({"shared": shared, "species": species}).unique()
    assert owners["shared"].n_unique() == len(owners)


def test_about_two_specimens_share_a_barcode_and_some_very_many():
    counts = np.random.default_rng(1).multinomial(200_000, np.full(12_600, 1 / 12_600))
    sizes = np.bincount(barcodes.assign_haplotypes(counts[counts > 0], np.random.default_rng(1)))
    assert sizes.mean() == pytest.approx(2.07, abs=0.15)  # 5M §A6.2
    assert (sizes == 1).mean() > 0.5
    assert sizes.max() > 10


def test_bins_follow_the_species_with_both_exceptions():
    genus = TREE.parents["species"]
    first, second, codes = barcodes.assign_bins(genus, np.random.default_rng(2))
    assert all(re.fullmatch(r"BOLD:[A-Z]{3}\d{4}", code) for code in codes)
    assert len(set(codes)) == len(codes) == len(set(first) | set(second))
    split = first != second
    shared = np.flatnonzero(np.diff(first) == 0)
    assert 0 < split.mean() < 0.1 and 0 < len(shared) < 60
    assert (genus[shared] == genus[shared + 1]).all()
    assert len(set(second[split])) == split.sum() and not set(second[split]) & set(first)


def test_unread_ends_and_ambiguous_bases_replace_letters_and_flanks_are_added():
    codons = CODONS[[0, 0, 0, 0, 0]]
    reads = barcodes.Reads(
        head=np.array([0, 3, 0, 0, 0], np.uint8),
        tail=np.array([0, 0, 2, 0, 0], np.uint8),
        ambiguous=np.array([0, 0, 0, 4, 0], np.uint8),
        flank=np.array([0, 0, 0, 0, 5], np.uint8),
    )
    whole, head, tail, ambiguous, long = barcodes.sequences(codons, np.arange(5), reads)
    assert len(whole) == 658 and set(whole) == set("ACGT")
    assert head == "NNN" + whole[3:]
    assert tail == whole[:-2] + "NN"
    assert long.startswith(whole) and len(long) == 663
    changed = [i for i in range(658) if ambiguous[i] != whole[i]]
    assert 1 <= len(changed) <= 4 and {i % 3 for i in changed} == {1}
    expected = {"A": "RN", "G": "RN", "C": "YN", "T": "YN"}
    assert all(ambiguous[i] in expected[whole[i]] for i in changed)


def test_defects_never_hide_the_difference_of_two_haplotypes():
    count = 4_000
    codons = barcodes.haplotype_codons(
        CODONS[[7] * count],
        np.arange(count),
        np.full(count, 7),
        np.arange(count) % 2 == 1,
    )
    sequences = barcodes.sequences(
        codons, np.arange(count), barcodes.draw_reads(count, np.random.default_rng(3))
    )
    assert sequences.str.strip_chars("N").n_unique() == count
    assert sequences.str.starts_with("N").any() and sequences.str.ends_with("N").any()
    assert sequences.str.contains("[RY]").any() and (sequences.str.len_chars() > 660).any()
