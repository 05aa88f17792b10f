"""The simulated tree of life: real names down to the family, invented ones below.

A community is a tree of nodes, phylum to species. Orders are as abundant as BIOSCAN-1M publishes
(Fig. 4), families within an order fall off like a truncated power law, species within a family
are log-normal, the usual shape of trap catches. Below the family nothing real is needed: genus
names are Latin-like syllables, unique in the whole tree, and a share of genera and species has no
established name but one of the placeholders that BIOSCAN-5M shows (Table A8).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from bioscan.core.errors import InputError

#: Class, order, relative number of specimens, families by decreasing abundance. Insect counts are
#: those of BIOSCAN-1M (order gallery of the repository, as Fig. 4; the last three share 5, and
#: orders that only 5M has are set rare); the other classes are scaled so that insects are 97.8 %
#: (BIOSCAN-5M §A2.4). Ranks within an order are general entomological knowledge.
ORDERS: tuple[tuple[str, str, float, str], ...] = (
    (
        "Insecta",
        "Diptera",
        896_324,
        "Cecidomyiidae Chironomidae Phoridae Sciaridae Ceratopogonidae Psychodidae "
        "Dolichopodidae Mycetophilidae Tachinidae Muscidae Chloropidae Empididae Hybotidae "
        "Drosophilidae Agromyzidae Sphaeroceridae Anthomyiidae Limoniidae Ephydridae Culicidae "
        "Keroplatidae Simuliidae Milichiidae Pipunculidae Scatopsidae Stratiomyidae Syrphidae "
        "Lauxaniidae Calliphoridae Fanniidae Sarcophagidae Tabanidae Rhagionidae Tephritidae "
        "Bibionidae Heleomyzidae Sepsidae Tipulidae Lonchaeidae Asteiidae Ulidiidae "
        "Anisopodidae Bombyliidae Asilidae Ditomyiidae Lonchopteridae Micropezidae "
        "Chamaemyiidae Opomyzidae Platystomatidae Piophilidae Scenopinidae Conopidae Dixidae "
        "Trichoceridae Clusiidae Odiniidae Periscelididae Therevidae Richardiidae",
    ),
    (
        "Insecta",
        "Hymenoptera",
        89_311,
        "Braconidae Ichneumonidae Scelionidae Platygastridae Eulophidae Formicidae Mymaridae "
        "Diapriidae Encyrtidae Figitidae Pteromalidae Ceraphronidae Trichogrammatidae "
        "Bethylidae Aphelinidae Eupelmidae Eurytomidae Megaspilidae Dryinidae Halictidae "
        "Crabronidae Torymidae Tenthredinidae Proctotrupidae Chalcididae Vespidae Pompilidae "
        "Apidae Cynipidae Perilampidae",
    ),
    (
        "Insecta",
        "Coleoptera",
        47_328,
        "Staphylinidae Chrysomelidae Curculionidae Mordellidae Latridiidae Nitidulidae "
        "Carabidae Ptiliidae Elateridae Coccinellidae Corylophidae Scirtidae Cantharidae "
        "Phalacridae Ptinidae Scraptiidae Throscidae Melyridae Leiodidae Cryptophagidae "
        "Eucnemidae Hydrophilidae Anthribidae Cerambycidae Cleridae Scarabaeidae Tenebrionidae "
        "Lampyridae Ciidae Elmidae",
    ),
    (
        "Insecta",
        "Hemiptera",
        46_970,
        "Cicadellidae Aphididae Aleyrodidae Miridae Delphacidae Psyllidae Cixiidae Derbidae "
        "Anthocoridae Lygaeidae Triozidae Membracidae Ceratocombidae Rhyparochromidae Tingidae "
        "Achilidae Aphrophoridae Issidae Pentatomidae Reduviidae Nabidae Phylloxeridae "
        "Schizopteridae",
    ),
    (
        "Insecta",
        "Lepidoptera",
        32_538,
        "Gelechiidae Tineidae Blastobasidae Tortricidae Crambidae Gracillariidae Erebidae "
        "Noctuidae Geometridae Cosmopterigidae Pyralidae Elachistidae Depressariidae Momphidae "
        "Oecophoridae Coleophoridae Argyresthiidae Autostichidae Lyonetiidae Hesperiidae "
        "Nymphalidae Lycaenidae Nepticulidae Bucculatricidae Pterophoridae Plutellidae",
    ),
    (
        "Insecta",
        "Psocodea",
        9_635,
        "Caeciliusidae Lepidopsocidae Lachesillidae Ectopsocidae Liposcelididae Peripsocidae "
        "Pseudocaeciliidae Psocidae Stenopsocidae Trogiidae Elipsocidae",
    ),
    ("Insecta", "Thysanoptera", 2_088, "Thripidae Phlaeothripidae Aeolothripidae Heterothripidae"),
    (
        "Insecta",
        "Trichoptera",
        1_296,
        "Hydroptilidae Leptoceridae Hydropsychidae Limnephilidae Glossosomatidae Polycentropodidae",
    ),
    (
        "Insecta",
        "Orthoptera",
        1_057,
        "Trigonidiidae Acrididae Gryllidae Tettigoniidae Tetrigidae Mogoplistidae",
    ),
    ("Insecta", "Blattodea", 824, "Ectobiidae Termitidae Blattidae Kalotermitidae Corydiidae"),
    ("Insecta", "Neuroptera", 676, "Hemerobiidae Coniopterygidae Chrysopidae Myrmeleontidae"),
    ("Insecta", "Ephemeroptera", 96, "Baetidae Leptohyphidae Caenidae Heptageniidae"),
    ("Insecta", "Dermaptera", 66, "Forficulidae Labiidae Anisolabididae"),
    ("Insecta", "Archaeognatha", 63, "Machilidae Meinertellidae"),
    ("Insecta", "Plecoptera", 30, "Nemouridae Leuctridae Chloroperlidae"),
    ("Insecta", "Embioptera", 6, "Teratembiidae Oligotomidae"),
    ("Insecta", "Strepsiptera", 2, "Elenchidae Halictophagidae"),
    ("Insecta", "Siphonaptera", 2, "Ceratophyllidae Pulicidae"),
    ("Insecta", "Zoraptera", 1, "Zorotypidae"),
    ("Insecta", "Odonata", 20, "Coenagrionidae Libellulidae Lestidae"),
    ("Insecta", "Mecoptera", 15, "Panorpidae Bittacidae"),
    ("Insecta", "Mantodea", 12, "Mantidae Thespidae"),
    ("Insecta", "Phasmida", 6, "Phasmatidae Heteronemiidae"),
    ("Insecta", "Zygentoma", 4, "Lepismatidae Nicoletiidae"),
    ("Insecta", "Megaloptera", 2, "Sialidae Corydalidae"),
    (
        "Collembola",
        "Entomobryomorpha",
        6_000,
        "Entomobryidae Isotomidae Paronellidae Tomoceridae Orchesellidae",
    ),
    ("Collembola", "Symphypleona", 4_500, "Sminthuridae Katiannidae Dicyrtomidae Bourletiellidae"),
    ("Collembola", "Poduromorpha", 900, "Hypogastruridae Neanuridae Onychiuridae"),
    ("Collembola", "Neelipleona", 20, "Neelidae"),
    (
        "Arachnida",
        "Araneae",
        6_400,
        "Linyphiidae Theridiidae Salticidae Thomisidae Araneidae Lycosidae Philodromidae "
        "Anyphaenidae Dictynidae Tetragnathidae Oonopidae",
    ),
    (
        "Arachnida",
        "Sarcoptiformes",
        3_600,
        "Scheloribatidae Oribatulidae Galumnidae Ceratozetidae Acaridae Oppiidae",
    ),
    (
        "Arachnida",
        "Trombidiformes",
        2_400,
        "Erythraeidae Bdellidae Anystidae Cunaxidae Tetranychidae Trombidiidae",
    ),
    ("Arachnida", "Mesostigmata", 1_100, "Phytoseiidae Ascidae Parasitidae Laelapidae"),
    ("Arachnida", "Opiliones", 60, "Phalangiidae Sclerosomatidae"),
    ("Arachnida", "Pseudoscorpiones", 50, "Chernetidae Neobisiidae Chthoniidae"),
    ("Arachnida", "Ixodida", 12, "Ixodidae Argasidae"),
    ("Arachnida", "Scorpiones", 2, "Buthidae"),
    ("Malacostraca", "Amphipoda", 130, "Talitridae Hyalellidae Gammaridae"),
    ("Malacostraca", "Isopoda", 110, "Porcellionidae Armadillidiidae Philosciidae Trichoniscidae"),
    ("Malacostraca", "Decapoda", 20, "Ocypodidae Atyidae"),
    ("Malacostraca", "Cumacea", 1, "Bodotriidae"),
    ("Diplopoda", "Polydesmida", 30, "Paradoxosomatidae Pyrgodesmidae Polydesmidae"),
    ("Diplopoda", "Julida", 20, "Julidae Blaniulidae"),
    ("Diplopoda", "Polyxenida", 10, "Polyxenidae"),
    ("Diplopoda", "Spirobolida", 3, "Rhinocricidae"),
    ("Chilopoda", "Lithobiomorpha", 14, "Lithobiidae Henicopidae"),
    ("Chilopoda", "Geophilomorpha", 8, "Geophilidae Schendylidae"),
    ("Chilopoda", "Scolopendromorpha", 3, "Scolopendridae"),
    ("Copepoda", "Calanoida", 12, "Diaptomidae Temoridae"),
    ("Copepoda", "Cyclopoida", 8, "Cyclopidae"),
    ("Copepoda", "Harpacticoida", 3, "Canthocamptidae"),
    ("Branchiopoda", "Diplostraca", 9, "Daphniidae Chydoridae"),
    ("Branchiopoda", "Anostraca", 2, "Branchipodidae"),
    ("Diplura", "Rhabdura", 6, "Campodeidae Japygidae"),
    ("Ostracoda", "Podocopida", 3, "Cyprididae Candonidae"),
)

#: Abundance of the k-th family of an order: k^-0.7 · exp(-k/9). It gives the first Diptera family
#: about the published quarter (Cecidomyiidae 938,928 of 3,675,317; 5M Table A5), and the first 40
#: about the published imbalance (1,093; 1M Table 2).
FAMILY_POWER, FAMILY_DECAY = 0.7, 9.0

#: Species of a family grow with its abundance to this power: common families are common by large
#: species too, not only by many species.
RICHNESS_POWER = 0.8

#: Log-normal spread of species abundance; mean / median = exp(2²/2) = 7.4, published 15.8 / 2 for
#: BINs (5M Table A5).
SPECIES_SPREAD = 2.0

#: Species a genus (22,622 / 7,605; 5M Table 2).
SPECIES_PER_GENUS = 3.0

#: Genera without a subfamily (1,448 of 7,605; 5M §A4.3), and with a tribe (tribe labels / genus
#: labels = 60,477 / 254,096; 1M Table 1).
WITHOUT_SUBFAMILY, WITH_TRIBE = 0.19, 0.24


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

#: How many established epithets there are.
EPITHETS = len(_EPITHET_HEADS) * len(_EPITHET_TAILS) * len(_EPITHET_LINKS)

#: Collections whose codes stand in for an epithet, as in "Aristotelia BioLep531" (5M Table A8).
_COLLECTIONS = _words("BioLep Janzen Whitfield Rodriguez MalaiseMetz")


@dataclass(frozen=True)
class Tree:
    """The shape of the community. Nodes of a rank are numbered; species lie sorted by lineage.

    Attributes:
        classes, orders, families: the names of the nodes.
        parents: for the ranks order to species, the parent of each node. The last subfamily node
            of a family may be an unnamed one, which holds the genera that have none.
        has_subfamily: (subfamilies,) False for those unnamed nodes.
        abundance: (species,) expected share of the specimens; sums to 1.
    """

    classes: tuple[str, ...]
    orders: tuple[str, ...]
    families: tuple[str, ...]
    parents: dict[str, np.ndarray]
    has_subfamily: np.ndarray
    abundance: np.ndarray

    def ancestors(self, rank: str) -> np.ndarray:
        """(species,) the node of each species at a rank from class to genus."""
        node = self.parents["species"]
        for child in ("genus", "subfamily", "family", "order"):
            if child == rank:
                break
            node = self.parents[child][node]
        return node


def _spread(total: int, weights: np.ndarray) -> np.ndarray:
    """`total` items over boxes in proportion to `weights`, at least one a box."""
    ideal = weights / weights.sum() * (total - len(weights))
    count = np.floor(ideal).astype(np.int64)
    short = total - len(weights) - count.sum()
    count[np.argsort(count - ideal, kind="stable")[:short]] += 1
    return count + 1


#: Class, order, family, relative number of specimens of the order, and of the family within it.
_Family = tuple[str, str, str, float, float]


def _catalogue(orders: int, diptera_families: int | None, insects_only: bool) -> list[_Family]:
    """Every family that the community may hold, the orders by decreasing abundance."""
    known = [row for row in ORDERS if row[0] == "Insecta" or not insects_only]
    rows = []
    for class_, order, specimens, names in sorted(known, key=lambda row: -row[2])[:orders]:
        families = names.split()[: diptera_families if order == "Diptera" else None]
        position = np.arange(1, len(families) + 1)
        weights = position**-FAMILY_POWER * np.exp(-position / FAMILY_DECAY)
        rows += [
            (class_, order, family, specimens, weight)
            for family, weight in zip(families, weights / weights.sum(), strict=True)
        ]
    return rows


def _most_abundant(rows: list[_Family], limit: int) -> list[_Family]:
    """The first family of every order, then the most abundant ones up to `limit`, by lineage."""
    first = {row[1]: row for row in reversed(rows)}
    others = [row for row in rows if first[row[1]] is not row]
    others.sort(key=lambda row: -row[3] * row[4])
    kept = {row[2] for row in [*first.values(), *others[: max(0, limit - len(first))]]}
    classes = list(dict.fromkeys(row[0] for row in rows))
    return sorted((row for row in rows if row[2] in kept), key=lambda row: classes.index(row[0]))


def _shares(rows: list[_Family], evenness: float) -> np.ndarray:
    """(families,) share of the specimens; dropped families leave theirs to their order."""
    order = np.unique([row[1] for row in rows], return_inverse=True)[1]
    per_order, within = (
        np.array([row[column] for row in rows]) ** (1.0 - evenness) for column in (3, 4)
    )
    within /= np.bincount(order, within)[order]
    return per_order * within / (per_order * within).sum()


def grow(
    species: int,
    rng: np.random.Generator,
    *,
    evenness: float = 0.0,
    orders: int | None = None,
    diptera_families: int | None = None,
    insects_only: bool = False,
) -> Tree:
    """A community of so many species.

    A community with few species has few families too (a quarter of the species, though at least
    one an order), so that genera and families have several species even in a small demo.

    Raises:
        InputError: if there are more orders than species.
    """
    families = max(1, species // 4)
    rows = _catalogue(orders or families, diptera_families, insects_only)
    rows = _most_abundant(rows, families)
    if species < len(rows):
        raise InputError(f"{species} species cannot fill {len(rows)} orders")
    class_names = tuple(dict.fromkeys(row[0] for row in rows))
    order_names = tuple(dict.fromkeys(row[1] for row in rows))
    class_of_order = {row[1]: class_names.index(row[0]) for row in rows}
    share = _shares(rows, evenness)
    richness = _spread(species, share**RICHNESS_POWER)

    subfamily_parent, named, genus_parent, species_parent, abundance = [], [], [], [], []
    first_subfamily = first_genus = 0
    for family, (size, weight) in enumerate(zip(richness, share, strict=True)):
        genera = max(1, round(size / SPECIES_PER_GENUS))
        sizes = _spread(size, 1.0 / np.arange(1, genera + 1))
        groups = max(1, round(np.sqrt(genera)))
        # Number `groups` is the unnamed subfamily.
        group = np.where(
            rng.random(genera) < WITHOUT_SUBFAMILY, groups, rng.integers(groups, size=genera)
        )
        used, group = np.unique(group, return_inverse=True)
        by_lineage = np.argsort(group, kind="stable")
        genus_parent.append(first_subfamily + group[by_lineage])
        subfamily_parent.append(np.full(len(used), family))
        named.append(used < groups)
        species_parent.append(first_genus + np.repeat(np.arange(genera), sizes[by_lineage]))
        relative = np.exp(rng.normal(0.0, SPECIES_SPREAD * (1.0 - evenness), size))
        abundance.append(weight * relative / relative.sum())
        first_subfamily += len(used)
        first_genus += genera

    total = np.concatenate(abundance)
    return Tree(
        classes=class_names,
        orders=order_names,
        families=tuple(row[2] for row in rows),
        parents={
            "order": np.array([class_of_order[name] for name in order_names]),
            "family": np.array([order_names.index(row[1]) for row in rows]),
            "subfamily": np.concatenate(subfamily_parent),
            "genus": np.concatenate(genus_parent),
            "species": np.concatenate(species_parent),
        },
        has_subfamily=np.concatenate(named),
        abundance=total / total.sum(),
    )


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
    """The established epithet of a number, distinct for the numbers below `EPITHETS`."""
    rest, head = divmod(number, len(_EPITHET_HEADS))
    rest, tail = divmod(rest, len(_EPITHET_TAILS))
    return _EPITHET_HEADS[head] + _EPITHET_LINKS[rest % len(_EPITHET_LINKS)] + _EPITHET_TAILS[tail]


def _short_stems(families: tuple[str, ...]) -> list[str]:
    """Lower-case beginnings of the family names, as short as tells them apart: "gel", "phor"."""
    stems = [name.removesuffix("idae").lower() for name in families]
    return [
        next(
            stem[:n]
            for n in range(min(3, len(stem)), len(stem) + 1)
            if n == len(stem) or sum(other.startswith(stem[:n]) for other in stems) == 1
        )
        for stem in stems
    ]


#: Styles of placeholders; two in three are the usual one.
PLACEHOLDER_STYLES = 18


def placeholder_epithet(style: int, number: int, epithet: str, bin_code: str) -> str:
    """What stands for the epithet of a species without a name, in the published styles.

    5M §A4.4 calls "<Genus_name> Malaise1234" the usual one; the others are those of Table A8. The
    `number`, unique in the genus, is in every style but that of the BIN, which is unique itself.
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


def name(
    tree: Tree,
    bin_codes: list[str],
    rng: np.random.Generator,
    *,
    placeholder_genera: float,
    placeholder_species: float,
) -> tuple[pl.DataFrame, np.ndarray]:
    """Names for the tree.

    Args:
        bin_codes: (species,) the BIN of each species, which some placeholders quote.
        placeholder_genera: share of genera without an established name; their species have none.
        placeholder_species: share of the species without one in the other genera.

    Returns:
        One row a species: phylum to species, and tribe; subfamily and tribe null where the genus
        has none. And whether each species has an established name.
    """
    parents = tree.parents
    genera, species = len(parents["genus"]), len(parents["species"])
    family_of_genus = parents["subfamily"][parents["genus"]]
    unnamed_genus = rng.random(genera) < placeholder_genera
    genus_of_species = parents["species"]
    established = ~unnamed_genus[genus_of_species] & (rng.random(species) >= placeholder_species)

    pool = latin_names(genera + 2 * len(parents["subfamily"]), rng)
    stems = _short_stems(tree.families)
    per_family: dict[int, int] = {}
    genus_names = []
    for genus, (family, unnamed) in enumerate(zip(family_of_genus, unnamed_genus, strict=True)):
        if unnamed:  # "gelMalaise01" in the Gelechiidae
            per_family[family] = number = per_family.get(family, 0) + 1
            genus_names.append(f"{stems[family]}Malaise{number:02d}")
        else:
            genus_names.append(pool[genus])

    pool = iter(latin_names(3 * len(parents["subfamily"]), rng, tails=["in"]))
    subfamily_names = [next(pool) + "ae" if named else None for named in tree.has_subfamily]
    tribe_names = [(next(pool) + "i", next(pool) + "i") for _ in tree.has_subfamily]
    in_tribe = rng.random(genera) < WITH_TRIBE
    tribe_of_genus = [
        tribe_names[subfamily][genus % 2] if has else None
        for genus, (subfamily, has) in enumerate(zip(parents["genus"], in_tribe, strict=True))
    ]

    first = np.searchsorted(genus_of_species, np.arange(genera))
    starts = rng.integers(EPITHETS, size=genera)
    ordinal = np.arange(species) - first[genus_of_species]
    styles = rng.integers(PLACEHOLDER_STYLES, size=species)
    species_names = []
    for i, (genus, position) in enumerate(zip(genus_of_species, ordinal, strict=True)):
        # Steps that share no factor with the number of epithets, or of codes, give each species
        # of a genus its own.
        second = epithet(int(starts[genus] + 7 * position))
        if not established[i]:
            # Of sister species in one BIN, only the first may be called by it.
            usual = unnamed_genus[genus] or bin_codes[i] == bin_codes[i - 1]
            style = PLACEHOLDER_STYLES if usual else int(styles[i])
            number = int(starts[genus] + 37 * position) % 9_999 + 1
            second = placeholder_epithet(style, number, second, bin_codes[i])
        species_names.append(f"{genus_names[genus]} {second}")

    def column(names: list, rank: str) -> pl.Series:
        return pl.Series(names, dtype=pl.String).gather(tree.ancestors(rank))

    frame = pl.DataFrame(
        {
            "phylum": pl.Series(["Arthropoda"] * species),
            "class": column(list(tree.classes), "class"),
            "order": column(list(tree.orders), "order"),
            "family": column(list(tree.families), "family"),
            "subfamily": column(subfamily_names, "subfamily"),
            "tribe": column(tribe_of_genus, "genus"),
            "genus": column(genus_names, "genus"),
            "species": pl.Series(species_names),
        }
    )
    return frame, established
