"""Simulated DNA barcodes: 658 bp of COI that evolve codon by codon along the tree.

Each node of the tree inherits the codons of its parent. Most changes are silent changes of the
third base; a few replace the amino acid; none makes a stop codon (invertebrate mitochondrial code).
A species has several haplotypes, each with its own set of up to three further silent transitions,
as in the star-like networks of real species; on average two specimens share a haplotype. BINs
follow the species, with the two kinds of exception that real BINs have: a species split into two
BINs, and two sister species in one BIN.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from bioscan.simulate.taxonomy import Tree

#: NCBI's order of bases and translation table 5: codon 16·b1 + 4·b2 + b3 encodes CODE[codon].
#: In this order, flipping the lowest bit of a base is a transition (T↔C, A↔G), and a transition
#: of the third base is silent for every codon of table 5.
BASES = "TCAG"
CODE = "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSSSSVVVVAAAADDEEGGGG"

#: The Folmer fragment: one last base of a codon, then 219 whole codons.
CODONS = 219
LENGTH = 1 + 3 * CODONS
FLANK = 30  # most bases of a long read beyond the fragment

#: Frequency of T, C, A, G at the three positions of a codon; third positions of insect COI are
#: nearly all A or T (about 70 % A+T overall).
_USE = np.array([[0.30, 0.16, 0.29, 0.25], [0.42, 0.22, 0.20, 0.16], [0.43, 0.12, 0.38, 0.07]])

#: For a branch that ends at each rank: the mean share of codons whose third base is redrawn among
#: the silent ones (half of them then differ), and of codons that are redrawn entirely.
RATES = {
    "class": (0.70, 0.060),
    "order": (0.60, 0.040),
    "family": (0.45, 0.020),
    "subfamily": (0.25, 0.006),
    "genus": (0.12, 0.003),
    "species": (0.30, 0.003),
}

#: Shape of the gamma distribution of clock rates, whose mean is 1. Nodes of a rank have many ages
#: and rates, so the ranks overlap, as in libraries of insects: congeners differ by 4 to 14 % and
#: confamilials by 8 to 16 % (medians 8 and 13 %), orders by a fifth. The nearest species is of
#: another genus for about one species in seven.
CLOCK_SHAPE = 3.0

#: Codons that vary among the haplotypes of a species, in three interleaved blocks of `BLOCK`, and
#: codons that distinguish the second BIN of a species from its first. The two ends are left out, so
#: that unread ends never hide a difference. 3 + 3 + 6 differences keep a species below 2 % of 658.
FIRST_SITE, BLOCK, BLOCKS = 20, 60, 3
BIN_SITES = slice(FIRST_SITE + BLOCK * BLOCKS, FIRST_SITE + BLOCK * BLOCKS + 6)
HAPLOTYPES = (BLOCK + 1) ** BLOCKS
UNREAD_HEAD, UNREAD_TAIL = 60, 39

#: Specimens per haplotype: P(k) ∝ k^-2.4. Its mean, truncated at the size of the species, is the
#: published 5,150,850 / 2,486,492 = 2.07, with a tail of thousands (5M Table 2: at most 3,743).
SHARING_POWER = 2.4

#: Share of the barcodes with unread (N) ends, with ambiguous bases inside, and with more than
#: 660 bases.
UNREAD, AMBIGUOUS, LONG = 0.10, 0.03, 0.005

#: Share of the species with two BINs, and of the species in the BIN of their sister.
TWO_BINS, SHARED_BIN = 0.04, 0.03


def _codon_frequencies() -> np.ndarray:
    """(64,) equilibrium frequencies of the codons; 0 for stops."""
    use = np.einsum("i,j,k->ijk", *_USE).ravel()
    use[[aa == "*" for aa in CODE]] = 0.0
    return use / use.sum()


def _silent_draws() -> np.ndarray:
    """(64, 16) synonymous codons that differ at most in the third base, in proportion to the
    frequency of that base. They include the codon itself, which keeps the bases in proportion."""
    table = np.zeros((64, 16), np.uint8)
    for codon, amino_acid in enumerate(CODE):
        family = [4 * (codon // 4) + base for base in range(4)]
        silent = [c for c in family if CODE[c] == amino_acid]
        use = np.cumsum(_USE[2][[c % 4 for c in silent]])
        slots = (np.arange(16) + 0.5) / 16 * use[-1]
        table[codon] = np.array(silent)[np.searchsorted(use, slots)]
    return table


_FREQUENCIES = _codon_frequencies()
_SILENT = _silent_draws()
_LETTERS = np.frombuffer(
    "".join(a + b + c for a in BASES for b in BASES for c in BASES).encode(), np.uint8
).reshape(64, 3)

#: The IUPAC code of a base and its transition: Y for T and C, R for A and G.
_TWOFOLD = np.zeros(128, np.uint8)
_TWOFOLD[[ord(base) for base in BASES]] = np.frombuffer(b"YYRR", np.uint8)


def root(rng: np.random.Generator) -> np.ndarray:
    """(219,) codons of an open, AT-rich reading frame."""
    return rng.choice(64, CODONS, p=_FREQUENCIES).astype(np.uint8)


def descend(parents: np.ndarray, rank: str, rng: np.random.Generator) -> np.ndarray:
    """Codons of child nodes; their clock rates vary.

    Args:
        parents: (n, 219) codons of the parent of each node.
        rank: of the children.
        rng: source of random numbers.

    Returns:
        (n, 219) codons.
    """
    silent, replaced = RATES[rank]
    children = parents.copy()
    step = 20_000  # rows at a time, because their random numbers take most of the memory
    for start in range(0, len(children), step):
        block = children[start : start + step]
        clock = rng.gamma(CLOCK_SHAPE, 1 / CLOCK_SHAPE, (len(block), 1)).astype(np.float32)
        rows, sites = np.nonzero(rng.random(block.shape, np.float32) < silent * clock)
        block[rows, sites] = _SILENT[block[rows, sites], rng.integers(16, size=len(rows))]
        rows, sites = np.nonzero(rng.random(block.shape, np.float32) < replaced * clock)
        block[rows, sites] = rng.choice(64, len(rows), p=_FREQUENCIES)
    return children


def evolve(tree: Tree, rng: np.random.Generator) -> np.ndarray:
    """(species, 219) codons of the central haplotype of every species."""
    codons = descend(np.tile(root(rng), (len(tree.classes), 1)), "class", rng)
    for rank, parents in tree.parents.items():
        codons = descend(codons[parents], rank, rng)
    return codons


def assign_haplotypes(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Assign haplotypes to specimens that are sorted by species.

    Args:
        counts: (species,) specimens of each species.

    Returns:
        (specimens,) haplotype of each specimen, numbered from 0 across all species.
    """
    total = int(counts.sum())
    sizes = np.minimum(rng.zipf(SHARING_POWER, total), total)
    ends = np.cumsum(sizes)
    begins = np.zeros(total, bool)
    begins[ends[ends < total]] = True
    begins[np.cumsum(counts)[:-1]] = True
    return np.cumsum(begins, dtype=np.int32)


def assign_bins(
    genus: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Assign BINs to species that are sorted by genus.

    Args:
        genus: (species,) the genus of each species.

    Returns:
        (species,) the number of the first BIN, which a sister species may share; (species,) the
        number of the second BIN, equal to the first for species with one; the code of every BIN.
    """
    species = len(genus)
    draw = rng.random(species)
    sister = np.zeros(species, bool)
    sister[1:] = (draw[1:] < SHARED_BIN) & (genus[1:] == genus[:-1])
    first = np.cumsum(~sister) - 1
    split = draw > 1.0 - TWO_BINS
    second = np.where(split, first[-1] + np.cumsum(split), first)
    return first, second, bin_codes(int(second.max()) + 1, rng)


def bin_codes(count: int, rng: np.random.Generator) -> list[str]:
    """Distinct codes such as "BOLD:AAA0000", in no apparent order; real ones begin with A.

    Raises:
        ValueError: more codes than there are.
    """
    codes = 26 * 26 * 10_000
    if count > codes:
        raise ValueError(f"{count} BINs; there are codes for {codes}")
    # A multiplier without a factor of 2, 5 or 13 visits every code once.
    numbers = (int(rng.integers(codes)) + 2_860_333 * np.arange(count)) % codes
    return [
        f"BOLD:A{chr(65 + n // 260_000)}{chr(65 + n // 10_000 % 26)}{n % 10_000:04d}"
        for n in numbers.tolist()
    ]


@dataclass(frozen=True)
class Reads:
    """The defects of the read of each haplotype.

    Attributes:
        head, tail: (haplotypes,) unread bases at the two ends.
        ambiguous: (haplotypes,) number of ambiguous bases inside, 0 to 4.
        flank: (haplotypes,) bases beyond the 658.
    """

    head: np.ndarray
    tail: np.ndarray
    ambiguous: np.ndarray
    flank: np.ndarray


def draw_reads(haplotypes: int, rng: np.random.Generator) -> Reads:
    """Draw the defects of the reads."""

    def amount(probability: float, low: int, high: int) -> np.ndarray:
        size = rng.integers(low, high + 1, haplotypes, dtype=np.uint8)
        return size * (rng.random(haplotypes, np.float32) < probability)

    return Reads(
        head=amount(UNREAD / 2, 1, UNREAD_HEAD),
        tail=amount(UNREAD / 2, 1, UNREAD_TAIL),
        ambiguous=amount(AMBIGUOUS, 1, 4),
        flank=amount(LONG, 3, FLANK),
    )


def haplotype_codons(
    centre: np.ndarray, ordinal: np.ndarray, species: np.ndarray, second_bin: np.ndarray
) -> np.ndarray:
    """Codons of haplotypes.

    The three digits of a haplotype's ordinal in base 61 give the site that changed in each block.
    Distinct ordinals therefore give distinct sequences, and low ones are closest to the centre.

    Args:
        centre: (n, 219) codons of the central haplotype of the species.
        ordinal: (n,) number of the haplotype within its species, from 0.
        species: (n,) number of the species, which shifts the sites so that species vary at
            different ones.
        second_bin: (n,) whether it belongs to the second BIN of the species.

    Returns:
        (n, 219) codons.

    Raises:
        ValueError: a species has more haplotypes than the sites can distinguish.
    """
    if len(ordinal) and ordinal.max() >= HAPLOTYPES:
        raise ValueError(f"a species has more than {HAPLOTYPES} haplotypes")
    codons = centre.copy()
    codons[second_bin, BIN_SITES] ^= 1
    for block in range(BLOCKS):
        digit = ordinal // (BLOCK + 1) ** block % (BLOCK + 1)
        rows = np.flatnonzero(digit)
        site = (digit[rows] - 1 + 17 * species[rows]) % BLOCK
        codons[rows, FIRST_SITE + BLOCKS * site + block] ^= 1
    return codons


def sequences(codons: np.ndarray, haplotype: np.ndarray, reads: Reads) -> pl.Series:
    """Barcodes as published text.

    Ambiguous bases stand at first positions of codons, where haplotypes of a species never differ.

    Args:
        codons: (n, 219) codons of each barcode.
        haplotype: (n,) the row of `reads` of each barcode.
        reads: the defects.
    """
    count = len(codons)
    text = np.empty((count, LENGTH + FLANK), np.uint8)
    text[:, 0] = ord("A")
    text[:, 1:LENGTH] = _LETTERS[codons].reshape(count, 3 * CODONS)
    text[:, LENGTH:] = text[:, 1 : 1 + FLANK]  # any open reading frame serves

    for nth in range(4):
        rows = np.flatnonzero(reads.ambiguous[haplotype] > nth)
        # Knuth's multiplicative hash scatters the places; a third are N, the others two-fold codes.
        place = (haplotype[rows].astype(np.int64) * 2_654_435_761 + nth * 47) % CODONS
        column = 1 + 3 * place
        text[rows, column] = np.where(place % 3 == 0, ord("N"), _TWOFOLD[text[rows, column]])
    head, tail = reads.head[haplotype], reads.tail[haplotype]
    _mask(text[:, :UNREAD_HEAD], head)
    _mask(text[:, LENGTH - 1 : LENGTH - 1 - UNREAD_TAIL : -1], tail)
    return _strings(text, LENGTH + reads.flank[haplotype].astype(np.int64) * (tail == 0))


def _mask(text: np.ndarray, unread: np.ndarray) -> None:
    """Overwrite the first `unread` letters of each row with N."""
    rows = np.flatnonzero(unread)
    text[rows] = np.where(np.arange(text.shape[1]) < unread[rows, None], ord("N"), text[rows])


def _strings(text: np.ndarray, lengths: np.ndarray) -> pl.Series:
    """The first letters of each row of a (n, width) ASCII matrix as strings."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    kept = text[np.arange(text.shape[1]) < lengths[:, None]]
    array = pa.LargeStringArray.from_buffers(len(text), pa.py_buffer(offsets), pa.py_buffer(kept))
    return pl.Series(array)
