"""Label noise: the errors between a specimen and its published labels.

Two steps can go wrong. The annotator may *think* of another taxon, or stop at a shallower rank
(`disagree`, `shallower`; on numbers), and may *write* the name differently (`WRITING`; on text).
The kinds are those that BIOSCAN-5M describes in §A4.3-A4.4. Every function is pure and takes its
random numbers, uniform in [0, 1), as an argument, so the caller keeps the truth.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

#: Kinds of noise, and the share of the eligible records that have them, from the counts of 5M §A4.4
#: (divided by those of Table 2 and Table 3).
PUBLISHED_RATES: dict[str, float] = {
    # 172,895 records inferred, of 1,472,548 labelled below the family; half of the latter are the
    # first record of their barcode, which keeps its labels here.
    "shallower": 0.24,
    # 3,478 records dropped, which are all those of the barcodes in conflict: about 800
    # disagreements among records with a species that are the third, sixth, ... of their barcode.
    "conflict": 0.01,
    # 5,101 records, of 753,671 labelled to the genus and not to the species.
    "open_nomenclature": 0.0068,
    # 82 records of 473,094 with a species.
    "genus_missing": 0.00017,
    # 166 species of 22,622.
    "genus_misspelt": 0.0073,
    # 7,673 records renamed, nearly all of the 129,761 with a placeholder species: 6 % of those,
    # divided among the following kinds by guess.
    "malaise_typo": 0.02,
    "padding": 0.02,
    "case": 0.005,
    "whitespace": 0.005,
    "misspelling": 0.005,
}

#: "Pseudosciara sp.", "Olixon cf. testaceum", "Dacnusa nr. faeroeensis" (5M §A4.4); most are "sp.".
OPEN_FORMS = ("sp.", "sp.", "sp.", "cf.", "nr.", "aff.")
MALAISE_TYPOS = ("Malaisse", "Malasie", "malaise", "Maliase", "Malaise ")


def disagree(
    species: np.ndarray, lineages: np.ndarray, chance: np.ndarray, which: np.ndarray
) -> np.ndarray:
    """Replace species by another species of the same genus, family or order, where there is one.

    Args:
        species: (n,) true species; species are numbered by lineage.
        lineages: (species, 3) genus, family and order of each species.
        chance: (n,) picks the other species.
        which: (n,) picks the rank that both share; each rank is equally likely.

    Returns:
        (n,) species; the true one where its genus, family or order has no other.
    """
    level = (which * lineages.shape[1]).astype(np.int64)
    result = species.copy()
    for column in range(lineages.shape[1]):
        groups = lineages[:, column]  # ascending, so a group is a run of species
        rows = np.flatnonzero(level == column)
        group = groups[species[rows]]
        start = np.searchsorted(groups, group)
        size = np.searchsorted(groups, group, side="right") - start
        step = 1 + (chance[rows] * (size - 1)).astype(np.int64)
        other = start + (species[rows] - start + step) % size
        result[rows] = np.where(size > 1, other, species[rows])
    return result


def shallower(depth: np.ndarray, floor: int, chance: np.ndarray) -> np.ndarray:
    """Replace ranks by a shallower rank.

    Args:
        depth: (n,) indices in RANKS.
        floor: the shallowest rank; ranks that are as shallow stay.
        chance: (n,) picks the rank; all from `floor` to above `depth` are equally likely.

    Returns:
        (n,) indices in RANKS.
    """
    return floor + (chance * np.maximum(depth - floor, 0)).astype(depth.dtype)


def open_nomenclature(genus: pl.Expr, species: pl.Expr, chance: pl.Expr) -> pl.Expr:
    """A species entry that names no species: "Genus sp.", or "Genus cf. epithet" where `species`,
    which the annotator had in mind, has an established name."""
    epithet = species.str.extract("^[A-Z][a-z]+ ([a-z]+)$")
    form = pl.when(epithet.is_null()).then(pl.lit("sp.")).otherwise(_choice(OPEN_FORMS, chance))
    quoted = pl.when(form != "sp.").then(epithet)
    return pl.concat_str(genus, form, quoted, separator=" ", ignore_nulls=True)


def misspell(name: pl.Expr, chance: pl.Expr) -> pl.Expr:
    """Drop, double or swap one letter with its left neighbour.

    The first letter stays, because its case distinguishes placeholder genera from established
    ones, and so does everything from the first digit on, because another number would be another
    species.
    """
    thirds = chance * 3
    letters = name.str.extract("^([^0-9]*)").str.len_chars()
    place = 1 + ((thirds - thirds.floor()) * (letters - 1)).cast(pl.Int64)
    before, letter, after = (
        name.str.slice(0, place),
        name.str.slice(place, 1),
        name.str.slice(place + 1),
    )
    dropped = before + after
    doubled = before + letter + letter + after
    swapped = name.str.slice(0, place - 1) + letter + name.str.slice(place - 1, 1) + after
    swappable = (thirds >= 2) & (place > 1)
    return pl.when(thirds < 1).then(dropped).when(swappable).then(swapped).otherwise(doubled)


def malaise_typo(name: pl.Expr, chance: pl.Expr) -> pl.Expr:
    """Mistype the "Malaise" of the final code: "Malaisse0123", "Malasie0123", "malaise0123"."""
    return name.str.replace(r"Malaise(\d+)$", "\x00$1").str.replace(
        "\x00", _choice(MALAISE_TYPOS, chance), literal=True
    )


def unpad(name: pl.Expr, _chance: pl.Expr) -> pl.Expr:
    """Remove the zero padding of numbers: "Malaise123" for "Malaise0123"."""
    return name.str.replace(r"([A-Za-z])0+(\d+)$", "${1}${2}")


def recase(name: pl.Expr, chance: pl.Expr) -> pl.Expr:
    """Write all in lower case, or capitalise every word where this is a change."""
    capitalised = name.str.to_titlecase()
    lower = (chance < 0.5) | (capitalised == name)
    return pl.when(lower).then(name.str.to_lowercase()).otherwise(capitalised)


def respace(name: pl.Expr, chance: pl.Expr) -> pl.Expr:
    """Add a trailing or a leading space, or double a space."""
    return (
        pl.when(chance < 1 / 3)
        .then(name + " ")
        .when(chance < 2 / 3)
        .then(" " + name)
        .otherwise(name.str.replace(" ", "  ", literal=True))
    )


def _choice(values: tuple[str, ...], chance: pl.Expr) -> pl.Expr:
    index = (chance * len(values)).cast(pl.UInt32)
    return pl.lit(pl.Series(values)).gather(index)


@dataclass(frozen=True)
class Kind:
    """A way to miswrite labels.

    Attributes:
        applies: whether a record is eligible.
        column: the label that it changes.
        change: the new label, given a uniform number.
    """

    applies: pl.Expr
    column: str
    change: Callable[[pl.Expr], pl.Expr]


_GENUS, _SPECIES = pl.col("genus"), pl.col("species")
_HAS_SPECIES = _SPECIES.is_not_null() & _GENUS.is_not_null()

#: The kinds of miswriting, in the order in which they are applied. `open_nomenclature` takes the
#: epithet that the annotator had in mind from the column `intended`.
WRITING: dict[str, Kind] = {
    "open_nomenclature": Kind(
        _GENUS.is_not_null() & _SPECIES.is_null(),
        "species",
        lambda chance: open_nomenclature(_GENUS, pl.col("intended"), chance),
    ),
    "genus_missing": Kind(_HAS_SPECIES, "genus", lambda _: pl.lit(None, pl.String)),
    "genus_misspelt": Kind(_HAS_SPECIES, "genus", lambda chance: misspell(_GENUS, chance)),
    "malaise_typo": Kind(
        _SPECIES.str.contains(r"Malaise\d+$"),
        "species",
        lambda chance: malaise_typo(_SPECIES, chance),
    ),
    "padding": Kind(
        _SPECIES.str.contains(r"[A-Za-z]0+\d+$"),
        "species",
        lambda chance: unpad(_SPECIES, chance),
    ),
    "case": Kind(_HAS_SPECIES, "species", lambda chance: recase(_SPECIES, chance)),
    "whitespace": Kind(_HAS_SPECIES, "species", lambda chance: respace(_SPECIES, chance)),
    "misspelling": Kind(_HAS_SPECIES, "species", lambda chance: misspell(_SPECIES, chance)),
}

KINDS = ("shallower", "conflict", *WRITING)


def miswrite(
    labels: pl.DataFrame, rates: Mapping[str, float], draws: Mapping[str, np.ndarray]
) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """Apply every kind of `WRITING` to the records that it hits.

    Args:
        labels: one row per record, with the columns genus, species and `intended`.
        rates: share of the eligible records that each kind hits.
        draws: for each kind, (n, 2) uniform numbers: whether it hits, and how.

    Returns:
        The labels as written, and for each kind (n,) whether it changed the record. A hit that
        leaves the text as it was (two equal letters swapped) is not noise.
    """
    changed = {}
    for name, kind in WRITING.items():
        whether, how = draws[name].T
        eligible = labels.select(kind.applies.fill_null(False)).to_series().to_numpy()
        rows = np.flatnonzero(eligible & (whether < rates.get(name, 0.0)))
        before = labels[kind.column]
        after = (
            labels[rows]
            .with_columns(pl.Series("chance", how[rows], dtype=pl.Float64))
            .select(kind.change(pl.col("chance")).alias(kind.column))
            .to_series()
        )
        labels = labels.with_columns(before.clone().scatter(rows, after))
        changed[name] = np.isin(
            np.arange(len(labels)), rows[after.ne_missing(before[rows]).to_numpy()]
        )
    return labels, changed
