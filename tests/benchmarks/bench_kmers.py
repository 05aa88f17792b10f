"""Tokens of barcodes, beside a loop in Python as in the released code."""

import time
from itertools import product

import numpy as np

from bioscan.encoders.kmers import KmerTokenizer

PRETRAINING, CHUNK, LOOP = 2_325_132, 32_768, 2_000


def bench_tokens() -> None:
    """Processor seconds for the pretraining barcodes of 5M, and the ratio to a loop, for each k."""
    rng = np.random.default_rng(0)
    letters = np.frombuffer(b"ACGT", np.uint8)[rng.integers(4, size=(CHUNK, 658))]
    barcodes = [row.tobytes().decode() for row in letters]
    for k in (2, 4, 6, 8):
        numbers = {"".join(kmer): i for i, kmer in enumerate(product("ACGT", repeat=k), 2)}
        start = time.process_time()
        for barcode in barcodes[:LOOP]:
            _loop(barcode, numbers, k)
        loop = (time.process_time() - start) / LOOP
        tokenizer = KmerTokenizer(k)
        offsets = rng.integers(k + 1, size=CHUNK)
        rounds = -(-PRETRAINING // CHUNK)
        start = time.process_time()
        for _ in range(rounds):
            tokenizer.encode(barcodes, offsets)
        each = (time.process_time() - start) / (rounds * CHUNK)
        print(
            f"\n  k = {k}: {PRETRAINING:,} barcodes in {each * PRETRAINING:.1f} s, "
            f"{loop / each:.0f} times a loop"
        )


def _loop(barcode: str, numbers: dict[str, int], k: int) -> tuple[np.ndarray, np.ndarray]:
    mask = [1] * (660 // k)
    mask[len(barcode) // k :] = [0] * (660 // k - len(barcode) // k)
    padded = barcode[:660] + "N" * (660 - len(barcode))
    kmers = [padded[at : at + k] for at in range(0, len(padded) - k + 1, k)]
    return np.array([numbers.get(kmer, 1) for kmer in kmers]), np.array(mask)
