"""Invented names below the family, in the styles of the published labels.

Genus names are Latin-like syllables, unique in the whole tree. A share of the genera and species
has no established name but one of the placeholders that BIOSCAN-5M lists (Table A8).
"""

import numpy as np
import polars as pl

from bioscan.simulate.taxonomy import Tree

#: Share of the genera with a tribe (tribe labels / genus labels = 60,477 / 254,096; 1M Table 1).
WITH_TRIBE = 0.24


def _words(text: str) -> list[str]:
    return text.split()


_HEADS = _words(
    "Aca Ana Alo Apo Bela Bra Cela Chro Cori Cra Dela Dia Dro Ela Epi Eri Eu Fala Ga Gly Gna "
    "Ha Heli Hypo Iso Ka La Lepi Limo Lyo Ma Mela Meta Mi Myco Na Neo No Oli Ophi Oro Pa Pela "
    "Phy Pro Pseu Rha Ro Sa Scy Se Sti Ta Tele Tri Xe Zy"
)
_MIDDLES = _words(
    "ba ble ca chi cra da dro fi ga gra la lei li lo ma me na ne no pa phe phi po ra rha ri "
    "ro sa sci si so sta te the ti to tra tri va ve xi"
)
_GENUS_TAILS = _words("a ia us ius ella ops myia soma ptera thrips gaster nota cera spis don phora")
_EPITHET_HEADS = _words(
    "albi angu atri bi brevi caeru cordi crassi curvi denti ela fla flavi fusci gra hirti lati "
    "longi macu medi mini nigri obi palli para plani pru pulchri quadri rubri rufi semi simi "
    "spini sube tenui tri uni vari viri"
)
_EPITHET_LINKS = ["", *_words("lo ma ne no ri sti te")]
_EPITHET_TAILS = _words(
    "antennis cauda ceps cornis costa cus densis fascia femur frons gaster labris lineatus manus "
    "mensis nervis palpis pennis setosus spinus stigma tarsis tibialis tus ventris vittata"
)

#: Number of established epithets.
EPITHETS = len(_EPITHET_HEADS) * len(_EPITHET_TAILS) * len(_EPITHET_LINKS)

#: Collections whose codes stand in for an epithet, as in "Aristotelia BioLep531" (5M Table A8).
_COLLECTIONS = _words("BioLep Janzen Whitfield Rodriguez MalaiseMetz")

#: Styles of placeholders; two thirds of them are the usual one.
PLACEHOLDER_STYLES = 18


def latin_names(count: int, rng: np.random.Generator, tails: list[str] = _GENUS_TAILS) -> list[str]:
    """Distinct capitalised names: a head, one to three syllables, a tail."""
    names: dict[str, None] = {}
    while len(names) < count:
        draw = count - len(names) + 100
        syllables = rng.integers(1, 4, draw)
        heads, tail = rng.integers(len(_HEADS), size=draw), rng.integers(len(tails), size=draw)
        middles = rng.integers(len(_MIDDLES), size=(draw, 3))
        names |= dict.fromkeys(
            _HEADS[h] + "".join(_MIDDLES[i] for i in m[:n]) + tails[t]
            for h, m, n, t in zip(heads, middles, syllables, tail, strict=True)
        )
    return list(names)[:count]


def epithet(number: int) -> str:
    """The established epithet of a number; distinct for the numbers below `EPITHETS`."""
    rest, head = divmod(number, len(_EPITHET_HEADS))
    rest, tail = divmod(rest, len(_EPITHET_TAILS))
    return _EPITHET_HEADS[head] + _EPITHET_LINKS[rest % len(_EPITHET_LINKS)] + _EPITHET_TAILS[tail]


def placeholder_epithet(style: int, number: int, epithet: str, bin_code: str) -> str:
    """The placeholder for the epithet of a species without a name, in the published styles.

    5M §A4.4 calls "<Genus_name> Malaise1234" the usual style; the others are those of Table A8.

    Args:
        style: 0 to 5 for the rarer styles, up to PLACEHOLDER_STYLES for the usual one.
        number: unique in the genus; part of every style except that of the BIN.
        epithet: an established epithet, which two styles extend.
        bin_code: the BIN of the species, which one style quotes.
    """
    special = (
        f"{_COLLECTIONS[number % len(_COLLECTIONS)]}{number:04d}",
        f"sp. GG{number}",
        f"sp. SAEVG Morph{number:04d}",
        bin_code,
        f"{epithet}DHJ{number:02d}",
        f"{epithet}-MIC{number:02d}",
    )
    return special[style] if style < len(special) else f"Malaise{number:04d}"


def name_species(
    tree: Tree,
    bin_codes: list[str],
    rng: np.random.Generator,
    *,
    placeholder_genera: float,
    placeholder_species: float,
) -> tuple[pl.DataFrame, np.ndarray]:
    """Name the nodes of a tree.

    Args:
        tree: the tree.
        bin_codes: (species,) the BIN of each species, which some placeholders quote.
        placeholder_genera: share of the genera without an established name; their species have
            none either.
        placeholder_species: share of the species without an established name in the other genera.

    Returns:
        A table with one row per species: phylum to species, and tribe; subfamily and tribe are
        null where the genus has none. And (species,) whether each has an established name.
    """
    parents = tree.parents
    genera, species = len(parents["genus"]), len(parents["species"])
    unnamed_genus = rng.random(genera) < placeholder_genera
    established = ~unnamed_genus[parents["species"]] & (rng.random(species) >= placeholder_species)
    genus_names = _name_genera(tree, unnamed_genus, rng)

    pool = iter(latin_names(3 * len(parents["subfamily"]), rng, tails=["in"]))
    subfamily_names = [next(pool) + "ae" if named else None for named in tree.has_subfamily]
    tribe_names = [(next(pool) + "i", next(pool) + "i") for _ in tree.has_subfamily]
    in_tribe = rng.random(genera) < WITH_TRIBE
    tribe_of_genus = [
        tribe_names[subfamily][genus % 2] if has else None
        for genus, (subfamily, has) in enumerate(zip(parents["genus"], in_tribe, strict=True))
    ]
    epithets = _name_epithets(tree, unnamed_genus, established, bin_codes, rng)

    def column(names: list, rank: str) -> pl.Series:
        return pl.Series(names, dtype=pl.String).gather(tree.ancestors(rank))

    genus = column(genus_names, "genus")
    frame = pl.DataFrame(
        {
            "phylum": pl.Series(["Arthropoda"] * species),
            "class": column(list(tree.classes), "class"),
            "order": column(list(tree.orders), "order"),
            "family": column(list(tree.families), "family"),
            "subfamily": column(subfamily_names, "subfamily"),
            "tribe": column(tribe_of_genus, "genus"),
            "genus": genus,
            "species": genus + " " + pl.Series(epithets),
        }
    )
    return frame, established


def _name_genera(tree: Tree, unnamed: np.ndarray, rng: np.random.Generator) -> list[str]:
    """A name per genus: an invented one, or a placeholder such as "gelMalaise01" (Gelechiidae)."""
    parents = tree.parents
    pool = latin_names(len(parents["genus"]) + 2 * len(parents["subfamily"]), rng)
    stems = _short_stems(tree.families)
    per_family: dict[int, int] = {}
    names = []
    family_of_genus = parents["subfamily"][parents["genus"]]
    for genus, family in enumerate(family_of_genus):
        if unnamed[genus]:
            per_family[family] = number = per_family.get(family, 0) + 1
            names.append(f"{stems[family]}Malaise{number:02d}")
        else:
            names.append(pool[genus])
    return names


def _name_epithets(
    tree: Tree,
    unnamed_genus: np.ndarray,
    established: np.ndarray,
    bin_codes: list[str],
    rng: np.random.Generator,
) -> list[str]:
    """An epithet or placeholder per species."""
    genus_of_species = tree.parents["species"]
    genera, species = len(unnamed_genus), len(genus_of_species)
    first = np.searchsorted(genus_of_species, np.arange(genera))
    starts = rng.integers(EPITHETS, size=genera)
    ordinal = np.arange(species) - first[genus_of_species]
    styles = rng.integers(PLACEHOLDER_STYLES, size=species)
    epithets = []
    for i, (genus, position) in enumerate(zip(genus_of_species, ordinal, strict=True)):
        # Steps that share no factor with the number of epithets, or of codes, give each species
        # of a genus its own.
        name = epithet(int(starts[genus] + 7 * position))
        if not established[i]:
            # Among sister species that share a BIN, only the first may be named after it.
            usual = unnamed_genus[genus] or bin_codes[i] == bin_codes[i - 1]
            style = PLACEHOLDER_STYLES if usual else int(styles[i])
            number = int(starts[genus] + 37 * position) % 9_999 + 1
            name = placeholder_epithet(style, number, name, bin_codes[i])
        epithets.append(name)
    return epithets


def _short_stems(families: tuple[str, ...]) -> list[str]:
    """Lower-case beginnings of the family names, as short as is distinct: "gel", "phor"."""
    stems = [name.removesuffix("idae").lower() for name in families]
    return [
        next(
            stem[:n]
            for n in range(min(3, len(stem)), len(stem) + 1)
            if n == len(stem) or sum(other.startswith(stem[:n]) for other in stems) == 1
        )
        for stem in stems
    ]
