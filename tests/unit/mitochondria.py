"""Invented barcodes for tests: relatives of a random ancestor without stop codons."""

import numpy as np

#: Letters by code.
BASES = np.array(list("ACGT"))


class Barcodes:
    """Draws barcodes that differ from one another by substitutions."""

    def __init__(self, seed: int = 0, codons: int = 110) -> None:
        self.random = np.random.default_rng(seed)
        # No codon begins with T, so the frame has no stop codon.
        letters = self.random.choice(BASES, (codons, 3))
        letters[letters[:, 0] == "T", 0] = "C"
        self.ancestor = "".join(letters.ravel())

    def relative(self, of: str, share: float) -> str:
        """The same with a share of third bases of codons replaced by other letters."""
        letters = np.array(list(of))
        third = self.random.choice(np.arange(2, len(of), 3), round(share * len(of)), replace=False)
        for place in third:
            letters[place] = self.random.choice(BASES[letters[place] != BASES])
        return "".join(letters)

    def family(self, species: int, members: int, apart: float = 0.08, within: float = 0.01):
        """Barcodes of each species, which are relatives of the ancestor."""
        roots = [self.relative(self.ancestor, apart) for _ in range(species)]
        return [[self.relative(root, within) for _ in range(members)] for root in roots]
