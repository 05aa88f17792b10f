"""The orders and families of a simulated community, with their published abundances.

Orders are as abundant as BIOSCAN-1M publishes (Fig. 4); families within an order fall off like a
truncated power law.
"""

from typing import NamedTuple

import numpy as np

#: Class, order, relative number of specimens, families by decreasing abundance. Insect counts are
#: those of BIOSCAN-1M (order gallery of the repository, as in Fig. 4; the last three orders there
#: share 5, and orders that only 5M has are set rare). The other classes are scaled so that insects
#: are 97.8 % (BIOSCAN-5M §A2.4). Ranks within an order are general entomological knowledge.
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

#: Abundance of the k-th family of an order: k^-0.7 · exp(-k/9). The first Diptera family then has
#: about the published quarter (Cecidomyiidae 938,928 of 3,675,317; 5M Table A5), and the first 40
#: about the published imbalance (1,093; 1M Table 2).
FAMILY_POWER, FAMILY_DECAY = 0.7, 9.0


class Family(NamedTuple):
    """A family that a community may hold.

    Attributes:
        class_, order, name: its lineage.
        specimens: relative number of specimens of the order.
        weight: share of the family in its order; the weights of an order sum to 1.
    """

    class_: str
    order: str
    name: str
    specimens: float
    weight: float


def catalogue(orders: int, diptera_families: int | None, insects_only: bool) -> list[Family]:
    """All families that a community may hold, the orders by decreasing abundance.

    Args:
        orders: number of orders, the most abundant first.
        diptera_families: number of Diptera families, the most abundant first; None for all.
        insects_only: whether to leave out the other classes.
    """
    known = [row for row in ORDERS if row[0] == "Insecta" or not insects_only]
    rows = []
    for class_, order, specimens, names in sorted(known, key=lambda row: -row[2])[:orders]:
        families = names.split()[: diptera_families if order == "Diptera" else None]
        position = np.arange(1, len(families) + 1)
        weights = position**-FAMILY_POWER * np.exp(-position / FAMILY_DECAY)
        rows += [
            Family(class_, order, name, specimens, weight)
            for name, weight in zip(families, weights / weights.sum(), strict=True)
        ]
    return rows


def most_abundant(rows: list[Family], limit: int) -> list[Family]:
    """The first family of every order, then the most abundant ones up to `limit`, by lineage."""
    first = {row.order: row for row in reversed(rows)}
    others = [row for row in rows if first[row.order] is not row]
    others.sort(key=lambda row: -row.specimens * row.weight)
    kept = {row.name for row in [*first.values(), *others[: max(0, limit - len(first))]]}
    classes = list(dict.fromkeys(row.class_ for row in rows))
    return sorted((row for row in rows if row.name in kept), key=lambda r: classes.index(r.class_))


def abundance(rows: list[Family], evenness: float) -> np.ndarray:
    """(families,) share of the specimens; families left out leave their share to their order.

    Args:
        evenness: 0 for the published abundances, 1 for equal abundances.
    """
    order = np.unique([row.order for row in rows], return_inverse=True)[1]
    per_order = np.array([row.specimens for row in rows]) ** (1.0 - evenness)
    within = np.array([row.weight for row in rows]) ** (1.0 - evenness)
    within /= np.bincount(order, within)[order]
    return per_order * within / (per_order * within).sum()
