"""The shares of the 5M partition, compared with those of Table 3."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.partition.species import assign_splits

ROOT = Path(__file__).parents[2]
TABLE3 = ROOT / "config" / "published" / "bioscan5m_table3.csv"

#: Species, samples and barcodes of the divided sets (5M Table 3, summed over their splits).
SEEN, UNSEEN = (11_846, 343_333, 143_001), (914, 53_171, 18_009)

#: The rare seen species (5M §A4.5): singletons, and those with up to 6 samples.
SINGLETONS, RARE, RARE_SAMPLES = 3_756, 7_919, 17_572

#: The largest species (5M Table A5), and the log-normal spread of their sizes that gives the
#: published standard deviation (139.5 at a mean of 20.9).
LARGEST, SPREAD = 7_694, 2.25

#: Unevenness of the barcodes of a species (Pitman-Yor discount), chosen so that almost all unseen
#: species have two barcodes: val_unseen has 903 of 914 species.
DISCOUNT = 0.6


def bench_shares_of_table3() -> None:
    """Simulated species of the published sizes come within a few percent of Table 3."""
    records = _records(np.random.default_rng(0))
    counts = (
        assign_splits(records, seed=0)
        .group_by("split")
        .agg(
            pl.len().alias("samples"),
            pl.col("dna_barcode").n_unique().alias("barcodes"),
            pl.col("species").n_unique(),
        )
        .unpivot(index="split", variable_name="quantity", value_name="simulated")
    )
    published = pl.read_csv(TABLE3).rename({"value": "published"})
    table = published.join(counts, on=["split", "quantity"], maintain_order="left")
    print(f"\n  {'split':12} {'quantity':9} {'published':>9} {'simulated':>9} {'ratio':>6}")
    for row in table.iter_rows(named=True):
        ratio = row["simulated"] / row["published"]
        print(
            f"  {row['split']:12} {row['quantity']:9} {row['published']:9,} "
            f"{row['simulated']:9,} {ratio:6.3f}"
        )


def _records(rng: np.random.Generator) -> pl.DataFrame:
    """Records of seen and unseen species: as many species, samples and barcodes as published."""
    common = (SEEN[0] - RARE, SEEN[1] - RARE_SAMPLES)
    seen = np.concatenate(
        [
            np.ones(SINGLETONS, dtype=np.int64),
            _sizes(RARE - SINGLETONS, RARE_SAMPLES - SINGLETONS, 2, 6),
            _sizes(*common, 7, LARGEST),
        ]
    )
    unseen = _sizes(*UNSEEN[:2], 8, LARGEST)
    parts = []
    for name, sizes, barcodes in (("Aus b", seen, SEEN[2]), ("Aus sp. ", unseen, UNSEEN[2])):
        haplotypes = _haplotypes(sizes, barcodes, rng)
        species = np.repeat(np.arange(sizes.size), [len(own) for own in haplotypes])
        samples = np.concatenate(haplotypes)
        # Letters, because a number would mark a seen species as a placeholder.
        letters = (
            pl.Series(species)
            .cast(pl.String)
            .str.replace_many(list("0123456789"), list("abcdefghij"))
        )
        part = pl.DataFrame({"species": name + letters, "samples": samples}).with_row_index()
        parts.append(part.with_columns(dna_barcode=pl.format(name + "{}", "index")))
    rows = (
        pl.concat(parts)
        .select(pl.exclude("samples", "index").repeat_by("samples"))
        .explode(pl.all())
    )
    return rows.with_row_index("processid").with_columns(
        pl.col("processid").cast(pl.String), genus=pl.lit("Aus"), split=pl.lit(None, pl.String)
    )


def _sizes(species: int, samples: int, smallest: int, largest: int) -> np.ndarray:
    """Sizes of species: the quantiles of a truncated log-normal with the right mean."""
    support = np.arange(smallest, largest + 1)
    levels = (np.arange(species) + 0.5) / species

    def quantiles(centre: float) -> np.ndarray:
        cumulated = np.cumsum(np.exp(-(((np.log(support) - centre) / SPREAD) ** 2) / 2) / support)
        return support[np.searchsorted(cumulated / cumulated[-1], levels)]

    return quantiles(_solve(lambda centre: quantiles(centre).sum(), samples, -60.0, 8.0))


def _haplotypes(sizes: np.ndarray, barcodes: int, rng: np.random.Generator) -> list[list[int]]:
    """Samples of the barcodes of each species: a Pitman-Yor process with the right number."""

    def expected(concentration: float) -> float:
        number = np.ones(sizes.max())
        for n in range(1, number.size):
            new = (concentration + DISCOUNT * number[n - 1]) / (concentration + n)
            number[n] = number[n - 1] + new
        return number[sizes - 1].sum()

    concentration = _solve(expected, barcodes, 0.01, 500.0)
    return [_haplotypes_of_one(int(size), concentration, rng) for size in sizes]


def _haplotypes_of_one(samples: int, concentration: float, rng: np.random.Generator) -> list[int]:
    counts: list[int] = []
    for n, draw in enumerate(rng.random(samples)):
        new = concentration + DISCOUNT * len(counts)
        place = draw * (concentration + n)
        if place < new or not counts:
            counts.append(1)
        else:
            weights = np.cumsum(counts) - DISCOUNT * np.arange(1, len(counts) + 1)
            counts[min(int(np.searchsorted(weights, place - new)), len(counts) - 1)] += 1
    return counts


def _solve(value: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """The argument at which a rising function has the wanted value, by bisection."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if value(middle) > wanted else (middle, high)
    return middle
