"""Splits of a simulated release: those of BIOSCAN-5M and the experiments of BIOSCAN-1M."""

from collections.abc import Mapping

import numpy as np

from bioscan.core.records import SPLITS

#: The experiments of 1M divide each class 70/10/20 (§4.1) and skip classes with fewer records.
VALIDATION_SHARE, TEST_SHARE, SMALLEST_CLASS = 0.1, 0.2, 3

#: Diptera families that take part, the most abundant first (1M §4.1).
TOP_FAMILIES = 40

#: Sizes of medium and small relative to large (1M Table 3): 200,000 and 50,000 of 1,128,308
#: (orders) and 891,338 (Diptera families).
SUBSETS = {
    "insect_order": {"large": 1.0, "medium": 200_000 / 1_128_308, "small": 50_000 / 1_128_308},
    "diptera_family": {"large": 1.0, "medium": 200_000 / 891_338, "small": 50_000 / 891_338},
}


def ordinals(groups: np.ndarray) -> np.ndarray:
    """Number the members of each group from 0.

    Args:
        groups: (n,) group of each item; the items of a group are adjacent.

    Returns:
        (n,) number of earlier items in the same group.
    """
    begins = np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1))
    return np.arange(len(groups)) - np.repeat(begins, np.diff(begins, append=len(groups)))


def split_haplotypes(
    sizes: np.ndarray,
    species: np.ndarray,
    labelled: np.ndarray,
    genus: np.ndarray,
    established: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Split the haplotypes so that the invariants of 5M §A4.5 hold.

    The haplotypes of a species are ordered at random, small ones rather first. The first ones fill
    the test set up to a flattened target, the next ones give 5 % (unseen species: 20 %), at least
    one record, to validation, and the last one is always for training (or a key). The published
    procedure packs the targets tighter; `bioscan.partition` follows it.

    Args:
        sizes: (haplotypes,) records of each haplotype.
        species: (haplotypes,) the species of each haplotype, ascending.
        labelled: (haplotypes,) whether it is identified to the species; the others are for
            pretraining.
        genus: (species,) the genus of each species.
        established: (species,) whether it has an established name.

    Returns:
        (haplotypes,) index in SPLITS.
    """
    order = np.flatnonzero(labelled)
    order = order[np.lexsort((sizes[order] * rng.random(len(order)), species[order]))]
    owner, size = species[order], sizes[order]
    records = np.bincount(owner, size, minlength=len(genus)).astype(np.int64)
    haplotypes = np.bincount(owner, minlength=len(genus))

    seen = established & (records > 0)
    unseen = ~established & np.isin(genus, genus[seen]) & (records >= 8)
    target = np.where(records >= 8, np.minimum(25, 4 + (records - 8) // 4), 0)
    position = ordinals(owner)
    total = np.cumsum(size)
    first = np.arange(len(order)) - position
    taken = total - total[first] + size[first]  # records of this species up to this haplotype
    spare = position < haplotypes[owner] - 1
    test = spare & (taken <= target[owner]) & (position < 1 + (haplotypes[owner] - 2) // 3)
    tested = np.bincount(owner, size * test, minlength=len(genus))
    left = records - tested
    quota = np.where(unseen, 0.20 * left, np.where(records >= 8, np.maximum(1, 0.05 * left), 0))
    val = spare & ~test & (taken <= (tested + quota)[owner])

    def pick(train: str, val_name: str, test_name: str) -> np.ndarray:
        names = np.where(test, SPLITS.index(test_name), SPLITS.index(train))
        return np.where(val, SPLITS.index(val_name), names)

    result = np.full(len(sizes), SPLITS.index("pretrain"), np.uint8)
    result[order] = np.select(
        [seen[owner], unseen[owner]],
        [pick("train", "val", "test"), pick("key_unseen", "val_unseen", "test_unseen")],
        SPLITS.index("other_heldout"),
    )
    return result


def split_classes(
    classes: np.ndarray, subsets: Mapping[str, float], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Split the records of an experiment and of its nested subsets (1M §4.1).

    Every class is divided 70/10/20; classes with fewer than three records take no part. A subset
    takes the same number of records from all classes, up to the level that gives its size, so rare
    classes stay whole.

    Args:
        classes: (records,) the class of each record, -1 for none.
        subsets: size of each subset relative to all records of the experiment.

    Returns:
        For each subset, (records,) 0 for train, 1 for validation, 2 for test, -1 for none.
    """
    counts = np.bincount(classes[classes >= 0], minlength=1)
    taking_part = (classes >= 0) & (counts[classes] >= SMALLEST_CLASS)
    rows = np.flatnonzero(taking_part)
    rows = rows[np.lexsort((rng.random(len(rows)), classes[rows]))]
    count = counts[classes[rows]]
    validation = np.maximum(1, np.rint(VALIDATION_SHARE * count)).astype(np.int64)
    test = np.maximum(1, np.rint(TEST_SHARE * count)).astype(np.int64)
    position = ordinals(classes[rows])
    role = (position >= validation).astype(np.int8) + (position >= validation + test)
    # Positions run through validation, test and train in turn; `within` restarts at each.
    within = position - np.choose(role, [0, validation, validation + test])
    size = np.choose(role, [validation, test, count - validation - test])
    code = np.array([1, 2, 0], np.int8)[role]

    result = {}
    kept = counts[counts >= SMALLEST_CLASS]
    for name, share in subsets.items():
        level = level_for(kept, share * kept.sum()) if len(kept) else 0.0
        inside = within < np.ceil(size * np.minimum(1.0, level / count))
        result[name] = np.full(len(classes), -1, np.int8)
        result[name][rows[inside]] = code[inside]
    return result


def level_for(sizes: np.ndarray, total: float) -> float:
    """The size at which classes must be cut so that `total` records remain.

    Args:
        sizes: (classes,) records of each class.
        total: records to keep.
    """
    ascending = np.sort(sizes)
    left = np.arange(len(sizes), 0, -1)
    filled = np.cumsum(ascending) - ascending + ascending * left
    lowest = min(int(np.searchsorted(filled, total)), len(sizes) - 1)
    return (total - ascending[:lowest].sum()) / left[lowest]
