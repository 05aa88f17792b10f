"""A second, slow implementation of the 5M partition: one record, barcode, species at a time.

Written from 5M §4.1 and §A4.5 and from the released code, independently of `bioscan.partition`, so
that the two can disagree.
"""

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

#: processid, genus, species, barcode.
Record = tuple[str, str | None, str | None, str | None]

#: Random numbers of a barcode: its place among equally large ones of its species, one choice of its
#: species for test and one for val, and its turn in the tail.
Draw = tuple[float, float, float, float]


def partition(
    records: list[Record], draw: Callable[[str, list[tuple[str, str]]], list[Draw]], tail_from: int
) -> dict[str, tuple[str, str]]:
    """Species set and split of each processid.

    Args:
        draw: gives the draws of the (species, barcode) pairs of a species set, in order.
    """
    sets = species_sets(records)
    split = {}
    for species_set, test, val, rest, percent in (
        ("seen", "test", "val", "train", 5),
        ("unseen", "test_unseen", "val_unseen", "key_unseen", 20),
    ):
        samples: dict[tuple[str, str], list[str]] = defaultdict(list)
        for processid, _, species, barcode in records:
            if species is not None and sets[species] == species_set:
                samples[species, same(barcode) or f"record {processid}"].append(processid)
        pairs = sorted(samples)
        draws = dict(zip(pairs, draw(species_set, pairs), strict=True))
        sizes = {pair: len(processids) for pair, processids in samples.items()}
        chosen = evaluation_barcodes(sizes, draws, percent, species_set == "seen", tail_from)
        for pair, processids in samples.items():
            for processid in processids:
                split[processid] = {"test": test, "val": val, None: rest}[chosen.get(pair)]
    found = {}
    for processid, _, species, _ in records:
        species_set = "unknown" if species is None else sets[species]
        elsewhere = {"unknown": "pretrain", "heldout": "other_heldout"}
        found[processid] = (species_set, split.get(processid) or elsewhere[species_set])
    return found


def species_sets(records: list[Record]) -> dict[str, str]:
    samples: dict[str, int] = defaultdict(int)
    genera: dict[str, set[str]] = defaultdict(set)
    for _, genus, species, _ in records:
        if species is not None:
            samples[species] += 1
            if genus is not None:
                genera[species].add(genus)
    named = {species for species in samples if established(species)}
    seen_genera = {genus for species in named for genus in genera[species]}
    sets = {}
    for species in samples:
        known_genus = genera[species] and genera[species] <= seen_genera
        if species in named:
            sets[species] = "seen"
        elif known_genus and samples[species] >= 8:
            sets[species] = "unseen"
        else:
            sets[species] = "heldout"
    return sets


def established(species: str) -> bool:
    return not (
        "a" <= species[0] <= "z"
        or "." in species
        or any("0" <= letter <= "9" for letter in species)
        or "malaise" in species.lower()
        or any("A" <= letter <= "Z" for letter in species[1:])
    )


def same(barcode: str | None) -> str:
    return (barcode or "").strip("N")


def evaluation_barcodes(
    sizes: dict[tuple[str, str], int],
    draws: dict[tuple[str, str], Draw],
    percent: int,
    with_tail: bool,
    tail_from: int,
) -> dict[tuple[str, str], str]:
    """`test` or `val` for the pairs of species and barcode that go there."""
    chosen = {}
    tail, candidates = 0, []
    for name in sorted({species for species, _ in sizes}):
        own = sorted(pair for pair in sizes if pair[0] == name)
        _, test_choices, val_choices, _ = zip(*(draws[pair] for pair in own), strict=True)
        by_size = sorted(own, key=lambda pair: (sizes[pair], draws[pair][0]))
        samples = sum(sizes[pair] for pair in own)
        if samples >= 8 and len(own) >= 2:
            target = min(25, floor(4 + Fraction(samples - 8, 4)))
            most = floor(4 + Fraction(samples - 8, 3))
            slots = floor(1 + Fraction(len(own) - 2, 3))
            taken = closest(by_size, sizes, Fraction(target), Fraction(most), slots, test_choices)
            if sum(sizes[pair] for pair in taken) >= 3:
                chosen |= dict.fromkeys(taken, "test")
        left = [pair for pair in by_size if pair not in chosen]
        samples = sum(sizes[pair] for pair in left)
        if with_tail and samples < 20:
            tail += samples
            singles = [pair for pair in left if sizes[pair] == 1]
            if samples >= tail_from and singles:
                candidates.append(singles[0])
        elif len(left) >= 2:
            target = Fraction(percent * samples, 100)
            slots = ceil(Fraction(percent * len(left), 100))
            taken = closest(left, sizes, target, 2 * target, slots, val_choices)
            chosen |= dict.fromkeys(taken, "val")
    wanted = round(Fraction(percent * tail, 100))
    for pair in sorted(candidates, key=lambda pair: draws[pair][3])[:wanted]:
        chosen[pair] = "val"
    return chosen


def closest(
    pool: list[tuple[str, str]],
    sizes: dict[tuple[str, str], int],
    target: Fraction,
    most: Fraction,
    slots: int,
    choices: tuple[float, ...],
) -> list[tuple[str, str]]:
    """Barcodes, small to large in `pool`, taken until their samples are as good as the target."""
    pool, taken = list(pool), []
    everything = sum(sizes[pair] for pair in pool)
    while len(taken) < slots:
        have = sum(sizes[pair] for pair in taken)
        if have >= target:
            break
        fitting = [pair for pair in pool if have + sizes[pair] <= target]
        options = []
        for number, pair in enumerate(pool, start=1):
            reach = have + sum(sizes[smaller] for smaller in pool[:number])
            if pair in fitting and reach >= target * Fraction(11, 10):
                options.append(pair)
        if options and len(taken) < slots - 1:
            half = options[len(options) // 2 :]
            pair = half[int(choices[len(taken)] * len(half))]
        else:
            sums = {None: have}
            if fitting:
                sums = {fitting[-1]: have + sizes[fitting[-1]]}
            larger = pool[len(fitting)] if len(fitting) < len(pool) else None
            if larger is not None:
                alone = not taken and not fitting
                limit = max(most, Fraction(everything, 2)) if alone else most
                if have + sizes[larger] <= limit:
                    sums[larger] = have + sizes[larger]
            # The smaller of two that are equally close, which is the first.
            pair = min(sums, key=lambda pair: abs(sums[pair] - target))
            if pair is None:
                break
        taken.append(pair)
        pool.remove(pair)
    return taken
