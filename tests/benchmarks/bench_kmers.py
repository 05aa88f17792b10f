"""Tokens of barcodes, beside a loop in Python as in the released code."""

import time
from itertools import product

import numpy as np

from bioscan.encoders.kmers import KmerTokenizer

PRETRAINING, CHUNK, ROUNDS = 2_325_132, 32_768, 10


def bench_tokens() -> None:
    """Processor seconds for the pretraining barcodes of 5M, and the ratio to a loop, for each k.

    The two take turns, and the ratio is that of their best rounds.
    """
    rng = np.random.default_rng(0)
    letters = np.frombuffer(b"ACGT", np.uint8)[rng.integers(4, size=(CHUNK, 658))]
    barcodes = [row.tobytes().decode() for row in letters]
    for k in (2, 4, 6, 8):
        numbers = {"".join(kmer): i for i, kmer in enumerate(product("ACGT", repeat=k), 2)}
        tokenizer, offsets = KmerTokenizer(k), rng.integers(k + 1, size=CHUNK)
        few = list(zip(barcodes, offsets.tolist(), strict=True))[: CHUNK // 64]
        encoding, looping = [], []
        for _ in range(ROUNDS):
            start = time.process_time()
            tokenizer.encode(barcodes, offsets)
            between = time.process_time()
            for barcode, offset in few:
                _loop(barcode, offset, numbers, k)
            encoding.append((between - start) / CHUNK)
            looping.append((time.process_time() - between) / len(few))
        print(
            f"\n  k = {k}: {PRETRAINING:,} barcodes in {np.mean(encoding) * PRETRAINING:.1f} s, "
            f"{min(looping) / min(encoding):.0f} times a loop"
        )


def _loop(
    barcode: str, offset: int, numbers: dict[str, int], k: int
) -> tuple[np.ndarray, np.ndarray]:
    mask = [1] * (660 // k)
    read = barcode[offset:][:660]
    mask[len(read) // k :] = [0] * (660 // k - len(read) // k)
    padded = read + "N" * (660 - len(read))
    kmers = [padded[at : at + k] for at in range(0, len(padded) - k + 1, k)]
    return np.array([numbers.get(kmer, 1) for kmer in kmers]), np.array(mask)
