"""Names as people write them are reduced to the names alone."""

import polars as pl
import pytest

from bioscan.curate.names import identifies
from bioscan.curate.parsing import parse_genus, parse_names, parse_species, parse_uninomial
from tests.unit.curate.labelled import FLY, MIDGE, each


def identified(species: str) -> bool:
    return pl.select(identifies(pl.lit(species))).item()


@pytest.mark.parametrize(
    "authorship",
    [
        "Linnaeus, 1758",
        "(Linnaeus, 1758)",
        "(Linnaeus 1758)",
        "Linnaeus 1758",
        "(Linnaeus)",
        "L.",
        "L., 1758",
        "(L.)",
        "L",
        "Fabr.",
        "LINNAEUS, 1758",
        "LINNAEUS",
        "(FABRICIUS, 1775)",
        "de Geer",
        "De Geer, 1776",
        "(De Geer)",
        "DeGeer, 1776",
        "McLachlan",
        "MacLeay, 1825",
        "O'Brien, 1970",
        "van der Wulp, 1874",
        "van der Wulp",
        "Van der Wulp, 1874",
        "von Heyden",
        "d'Orbigny, 1843",
        "Guérin-Méneville, 1844",
        "Guérin-Méneville",
        "Müller, 1776",
        "Smith & Jones, 1990",
        "Smith and Jones, 1990",
        "Smith & Jones",
        "Smith et Jones, 1990",
        "Smith, Jones & Brown, 1990",
        "Smith et al., 1990",
        "Smith et al. 1990",
        "Smith in Jones, 1990",
        "Smith ex Jones, 1990",
        "J.E. Smith, 1797",
        "J. E. Smith",
        "Smith, J.E., 1797",
        "(Say) Cresson",
        "[Denis & Schiffermüller], 1775",
        "([Denis & Schiffermüller], 1775)",
        "Westwood, [1851]",
        "Smith, 1900b",
        "Costa Lima, 1936",
        "Smith Jr., 1950",
        "Saint-Fargeau, 1832",
        "Le Conte, 1859",
        "Szépligeti",
        "Čermák, 1999",
        "YANG & WU, 2001",
        "Linnaeus,1758",
        "(Linnaeus,1758)",
        "(L.,1758)",
        "d'Assis-Fonseca",
        "Linnaeus, 1758 det. J. Smith 1999",
        "(Linnaeus, 1758), det. Smith",
        "(= ligustica Spinola, 1806)",
        "syn. ligustica",
    ],
)
def test_an_authorship_is_no_part_of_a_species(authorship):
    assert parse_species(f"Apis mellifera {authorship}", "Apis") == ("Apis mellifera", None)
    assert parse_species(f"mellifera {authorship}", "Apis").species == "Apis mellifera"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Apis mellifera", "Apis mellifera"),
        ("Bombus (Pyrobombus) pratorum", "Bombus pratorum"),
        ("Bombus (Pyrobombus) pratorum (Linnaeus, 1761)", "Bombus pratorum"),
        ("Bombus (s.str.) lucorum", "Bombus lucorum"),
        ("Apis_mellifera", "Apis mellifera"),
        ("Apis_mellifera_Linnaeus,_1758", "Apis mellifera"),
        ("apis_mellifera", "Apis mellifera"),
        ("APIS MELLIFERA", "Apis mellifera"),
        ("APIS MELLIFERA LINNAEUS, 1758", "Apis mellifera"),
        ("apis mellifera", "Apis mellifera"),
        ('"Apis mellifera"', "Apis mellifera"),
        ("'Apis mellifera'", "Apis mellifera"),
        ("“Apis mellifera”", "Apis mellifera"),
        ("<i>Apis mellifera</i> Linnaeus, 1758", "Apis mellifera"),
        ("*Apis mellifera*", "Apis mellifera"),
        ("†Apis mellifera", "Apis mellifera"),
        ("Apis mellifera.", "Apis mellifera"),
        ("Apis mellifera,", "Apis mellifera"),
        ("Apis mellifera, Linnaeus 1758", "Apis mellifera"),
        ("Apis mellifera third instar larva", "Apis mellifera"),
        ("larva of Apis mellifera", "Apis mellifera"),
        ("Apis mellifera sens. str.", "Apis mellifera"),
        ("Apis mellifera larva", "Apis mellifera"),
        ("Apis mellifera (larva)", "Apis mellifera"),
        ("Apis mellifera, larvae", "Apis mellifera"),
        ("Apis mellifera - larva", "Apis mellifera"),
        ("Apis mellifera Linnaeus, 1758 (worker)", "Apis mellifera"),
        ("Apis mellifera pupa", "Apis mellifera"),
        ("Apis mellifera female", "Apis mellifera"),
        ("Apis mellifera adult male", "Apis mellifera"),
        ("Apis mellifera ♀", "Apis mellifera"),
        ("Apis mellifera♂", "Apis mellifera"),
        ("Apis mellifera 2♀♀", "Apis mellifera"),
        ("Apis mellifera 3 larvae", "Apis mellifera"),
        ("Apis mellifera juv.", "Apis mellifera"),
        ("Apis × mellifera", "Apis mellifera"),
        ("Apis x mellifera", "Apis mellifera"),
        ("Apis ×mellifera", "Apis mellifera"),
        ("× Apis mellifera", "Apis mellifera"),
        ("Apis mellifera s.str.", "Apis mellifera"),
        ("Apis mellifera s. str.", "Apis mellifera"),
        ("Apis mellifera sensu stricto", "Apis mellifera"),
        ("Apis mellifera s.s.", "Apis mellifera"),
        ("Apis mellifera Linnaeus, 1758 s.str.", "Apis mellifera"),
        ("Apis mellifera ssp.", "Apis mellifera"),
        ("Xestia c-nigrum (Linnaeus, 1758)", "Xestia c-nigrum"),
        ("Polygonia c-album", "Polygonia c-album"),
        ("Drosophila d'urvillei Smith, 1900", "Drosophila d'urvillei"),
        ("Apis mellifera(Linnaeus, 1758)", "Apis mellifera"),
        ("Apis(Apis)mellifera", "Apis mellifera"),
        ("APIS (APIS) MELLIFERA", "Apis mellifera"),
        ("Apis subgen. Apis mellifera", "Apis mellifera"),
        ("s__Apis_mellifera", "Apis mellifera"),
        ("Apis 'mellifera'", "Apis mellifera"),
        ("POLYGONIA C-ALBUM", "Polygonia c-album"),
        ("Polygonia C-album", "Polygonia c-album"),
        ("Apis mellifera (2 females)", "Apis mellifera"),
        ("Apis mellifera, 1 female", "Apis mellifera"),
        ("Apis mellifera, 2♂, 3♀", "Apis mellifera"),
        ("Apis mellifera 2♂3♀", "Apis mellifera"),
        ("Apis mellifera female 2", "Apis mellifera"),
        ("Apis mellifera larva L3", "Apis mellifera"),
        ("Apis mellifera (m)", "Apis mellifera"),
        ("Apis mellifera (F)", "Apis mellifera"),
        ("Apis mellifera f", "Apis mellifera"),
        ("Apis mellifera 1f", "Apis mellifera"),
        ("Apis mellifera (n=3)", "Apis mellifera"),
        ("Apis mellifera femelle", "Apis mellifera"),
        ("Apis mellifera larve", "Apis mellifera"),
        ("Apis Linnaeus, 1758", "Apis"),
        ("Apis Linnaeus,1758", "Apis"),
        ("Apis L.", "Apis"),
        ("Apis larva", "Apis"),
        ("APIS SP.", "Apis sp."),
        ("apis sp. A1", "Apis sp. A1"),
        ("APIS GG28", "Apis GG28"),
        ("APIS SP. GG28", "Apis sp. GG28"),
        ("APIS CF. MELLIFERA", "Apis cf. mellifera"),
    ],
)
def test_what_is_no_part_of_a_species_is_dropped(written, name):
    assert parse_species(written, "Apis") == (name, None)
    assert parse_species(name, "Apis").species == name


@pytest.mark.parametrize(
    ("written", "genus", "name"),
    [
        ("mellifera", "Apis", "Apis mellifera"),
        ("c-nigrum", "Xestia", "Xestia c-nigrum"),
        ("mellifera s.str.", "Apis", "Apis mellifera"),
        ("A. mellifera", "Apis", "Apis mellifera"),
        ("A.mellifera", "Apis", "Apis mellifera"),
        ("Ap. mellifera", "Apis", "Apis mellifera"),
        ("A. mellifera Linnaeus, 1758", "Apis", "Apis mellifera"),
        ("A. (Apis) mellifera", "Apis", "Apis mellifera"),
        ("sp. GG28", "Anastatus", "Anastatus sp. GG28"),
        ("cf. mellifera", "Apis", "Apis cf. mellifera"),
        ("Malaise4749", "Oxysarcodexia", "Oxysarcodexia Malaise4749"),
        ("BOLD:ACN5814", "Megaselia", "Megaselia BOLD:ACN5814"),
        ("A mellifera", "Apis", "Apis mellifera"),
        ("Apis-mellifera", "Apis", "Apis mellifera"),
        ("× terrestris", "Bombus", "Bombus terrestris"),
        ("x terrestris", "Bombus", "Bombus terrestris"),
        ("(Pyrobombus) pratorum", "Bombus", "Bombus pratorum"),
        ("PRATORUM", "Bombus", "Bombus pratorum"),
        ("Chironomus species 1 larva", "Chironomus", "Chironomus species 1"),
        ("Chironomus bernensis type 2 larva", "Chironomus", "Chironomus bernensis type 2"),
        # Another genus, no genus, no epithet.
        ("BOMBUS", "Bombus", "BOMBUS"),
        ("APIDAE", "Apis", "APIDAE"),
        ("HYMENOPTERA", "Apis", "HYMENOPTERA"),
        ("B. lucorum", "Apis", "B. lucorum"),
        ("A. mellifera", None, "A. mellifera"),
        ("mellifera", None, "mellifera"),
        ("apis", "Apis", "apis"),
        ("apsi", "Apis", "apsi"),
        ("Bombus", "Apis", "Bombus"),
        ("larva", "Apis", "larva"),
        ("unidentified", "Apis", "unidentified"),
        ("microMalaise01", "microMalaise01", "microMalaise01"),
        ("Blacus Malaise0896 ♀", "Blacus", "Blacus Malaise0896"),
        ("Anastatus sp. GG28 female", "Anastatus", "Anastatus sp. GG28"),
        ("BlacusMalaise0896", "Blacus", "BlacusMalaise0896"),
    ],
)
def test_an_epithet_alone_gets_the_genus_beside_it(written, genus, name):
    assert parse_species(written, genus) == (name, None)


@pytest.mark.parametrize(
    "written",
    [
        "Apis mellifera carnica",
        "Apis mellifera ssp. carnica",
        "Apis mellifera ssp carnica",
        "Apis mellifera subsp. carnica",
        "Apis mellifera var. carnica",
        "Apis mellifera var carnica",
        "Apis mellifera f. carnica",
        "Apis mellifera ab. carnica",
        "Apis mellifera forma carnica",
        "Apis mellifera carnica Pollmann, 1879",
        "Apis mellifera subsp. carnica Pollmann",
        "Apis mellifera Linnaeus, 1758 ssp. carnica Pollmann, 1879",
        "Apis (Apis) mellifera carnica",
        "Apis_mellifera_carnica",
        "A. mellifera carnica",
        "mellifera ssp. carnica",
        "mellifera carnica",
        "apis mellifera carnica",
        "Apis mellifera carnica ♀",
        "Apis mellifera carnica ab. nigra",
        "Apis mellifera ssp. carnica ab. nigra",
        "Apis mellifera ssp.carnica",
        "Apis mellifera subspecies carnica",
    ],
)
def test_what_follows_the_epithet_is_the_subspecies(written):
    assert parse_species(written, "Apis") == ("Apis mellifera", "Apis mellifera carnica")


@pytest.mark.parametrize(
    "name",
    [
        # 5M Table A8, §A4.4, and the metadata of 1M.
        *("Aacanthocnema dobsoni", "Anastatus sp. GG28", "Aristotelia BioLep531"),
        *("Glyptapanteles Whitfield155", "Megaselia BOLD:ACN5814", "Orthocentrus Malaise5315"),
        *("Phytomyptera Janzen3550", "Zatypota alborhombartaDHJ03", "Basileunculus sp. CR3"),
        *("Cryptophilus sp. SAEVG Morph0281", "Odontofroggatia corneri-MIC"),
        *("Palmistichus ixtlilxochitliDHJ02DHJ01", "gelBioLep01 BioLep3792"),
        *("microMalaise01 Malaise1237", "malaiseGraci01 Malaise4560", "Psychoda sp. 11GMK"),
        *("Pedinotus sp. Jo742SB", "Bactridium sp. BYU CO898", "Campoplex RC-01", "Eois Chacon06"),
        *("Dinotrema jft01", "Brachymyrmex MAS001", "Stomphastis DodonaeaOman", "ChrysSA sp. 55"),
        *("Euclysia maculataDHJ02", "Aprostocetus aproMalaise531", "Megaselia nr. rufipes DHJ02"),
        *("Taygete MalaiseMetz8205", "Blacus malaisse896", "Blacus Malaise 0123"),
        *("Blacus Malaise 1899", "Aristotelia BioLep 1899", "Phytomyptera Janzen 1899"),
        # Others of their kind.
        *(
            "Chironomus sp. Co422.1.1",
            "Cricotopus sp. 3ES",
            "Megaselia sp. A",
            "Acrolophus Janzen01",
        ),
        *("Chironomus bernensis MOTU7", "Chironomus striatipennis type 2", "Kiefferulus PM-sp1"),
        *("Ablabesmyia NHRS sp. A", "Benthalia sp. HM-2012", "Forficula auricularia-A"),
        *("Smittia sp. 1 TG-2018", "Cricotopus sp. CRICIPe2 4 1", "Macropelopia sp. G BA30"),
        *("Chironomus pseudothummi-agg.1", "Cricotopus trifascia group sp. AJ-2011"),
        *("Aus bus DHJ02", "Aus bus DHJ", "Aus bus A", "Aus bus 2015", "Aus sp. Oman 2012"),
    ],
)
def test_a_placeholder_name_stays_as_it_is_and_identifies_a_species(name):
    assert parse_species(name, name.split()[0]) == (name, None)
    assert parse_species(name, None) == (name, None)
    assert identified(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Bombus sp.",
            "Bombus sp",
            "Bombus spp.",
            "Bombus spec.",
            "Bombus species",
            "Bombus ssp.",
        ),
        *(
            "Bombus unidentified",
            "Bombus undetermined",
            "Bombus undet.",
            "Bombus indet.",
            "Bombus ?",
        ),
        *("Bombus indet", "Bombus sp. n.", "Bombus n. sp.", "Bombus sp. nov.", "Bombus sp. indet."),
        *("Bombus lucorum agg.", "Bombus lucorum agg", "Bombus lucorum aggregate"),
        *("Bombus lucorum complex", "Bombus lucorum-complex", "Bombus lucorum cplx."),
        *(
            "Bombus lucorum group",
            "Bombus lucorum gr.",
            "Bombus lucorum grp.",
            "Bombus lucorum grp",
        ),
        *("Bombus gr. lucorum", "Bombus lucorum gr. sp.", "Bombus lucorum-group"),
        *("Bombus lucorum s.l.", "Bombus lucorum s. l.", "Bombus lucorum sensu lato"),
        *(
            "Bombus lucorum s.lat.",
            "Bombus prox. lucorum",
            "Bombus nr. lucorum",
            "Bombus nr lucorum",
        ),
        *("Bombus near lucorum", "Bombus aff. lucorum", "Bombus cf. lucorum", "Bombus cf lucorum"),
        *("Bombus pr. lucorum", "Bombus lucorum?", "Bombus ? lucorum", "Bombus lucorum ?"),
        *(
            "Bombus lucorum/terrestris",
            "Bombus lucorum / terrestris",
            "Bombus lucorum or terrestris",
        ),
        *("Bombus lucorum x terrestris", "Bombus lucorum × terrestris", "Bombus hybrid"),
        *("Bombus lucorum × Bombus terrestris", "Bombus lucorum x B. terrestris"),
        *("cf. Bombus lucorum", "? Bombus lucorum", "Unidentified Bombus", "sp. A", "B. lucorum"),
        *("Bombus (cf.) lucorum", "Bombus lucorum (cf.)", "Bombus lucorum (s.l.)"),
        *("Bombus lucorum sens. lat.", "Bombus lucorum coll.", "Bombus lucorum auct."),
        *("Bombus lucorum/Bombus terrestris", "Bombus lucorum, terrestris"),
        *("Bombus lucorum X Bombus terrestris", "Bombus not determined", "Bombus lucorum hyb."),
        *("Bombus cf. lucorum (Linnaeus, 1761)", "Bombus lucorum agg. (Linnaeus, 1761)"),
        *("Bombus cf. lucorum Linnaeus 1761", "Bombus (Bombus) sp.", "Bombus sp. larva", "Bombus"),
        *("Bombus lucorum (Linnaeus, 1761) s.l.", "Bombus lucorum s.l. Linnaeus, 1761"),
        *("Bombus lucorum Linnaeus, 1761?", "Bombus lucorum ? Linnaeus, 1761", "Bombus unid."),
        *("Bombus lucorum,terrestris", "Bombus lucorum|terrestris", "Bombus lucorum et terrestris"),
        *("Bombus lucorum; Bombus terrestris", "Bombus lucorum, B. terrestris"),
        *(
            "Bombus lucorum (or terrestris)",
            "Bombus ind.",
            "Bombus unk.",
            "Bombus nsp",
            "BOMBUS SP.",
        ),
        *("Bombus nan", "Bombus_nan", "Bombus NA", "Bombus None", "Bombus -", "Bombus .", "s__"),
        *("NA lucorum", "None lucorum"),
        *("Bombus larva", "Bombus sp. ♀", "Bombus Latreille, 1802", "Bombus_sp.", "Bombus_sp"),
    ],
)
def test_a_name_of_open_nomenclature_stays_one_and_identifies_no_species(name):
    species, subspecies = parse_species(name, None)
    assert not identified(species)
    assert subspecies is None
    # The genus beside it makes no species of it.
    assert name in ("sp. A", "B. lucorum") or not identified(parse_species(name, "Bombus").species)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Apidae", "Apidae"),
        ("Apidae Latreille, 1802", "Apidae"),
        ("Apidae Latreille", "Apidae"),
        ("Apidae (Latreille)", "Apidae"),
        ("Apidae (bees)", "Apidae"),
        ("DIPTERA", "Diptera"),
        ("diptera", "Diptera"),
        ("DIPTERA Linnaeus, 1758", "Diptera"),
        ("Apidae indet.", "Apidae"),
        ("Apidae gen. sp.", "Apidae"),
        ("Apidae larva", "Apidae"),
        ('"Apidae"', "Apidae"),
        ("cf. Apidae", None),
        ("Apidae?", None),
        ("? Apidae", None),
        ("Apidae (?)", None),
        ("probably Apidae", None),
        ("Apidae/Megachilidae", None),
        ("Apidae or Megachilidae", None),
        ("Apidae s.l.", "Apidae"),
        ("Apidae(Latreille,1802)", "Apidae"),
        ("Diptera, Linnaeus 1758", "Diptera"),
        ("Family Apidae", "Apidae"),
        ("Order: Diptera", "Diptera"),
        ("f__Apidae", "Apidae"),
        ("f__", None),
        ("[Apidae]", "Apidae"),
        ("Unknown sp.", None),
        ("gen. sp.", None),
        ("new genus", None),
        ("unassigned Sciaridae", "unassigned Sciaridae"),
        ("Iteaphila-group", "Iteaphila-group"),
        ("microMalaise01", "microMalaise01"),
        ("microMalaise 01", "microMalaise 01"),
    ],
)
def test_a_taxon_above_the_species_is_one_word(written, name):
    assert parse_uninomial(written) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Apis Linnaeus, 1758", "Apis"),
        ("Bombus (Pyrobombus)", "Bombus"),
        ("Bombus sp.", "Bombus"),
        ("APIS", "Apis"),
        ("cf. Apis", None),
        ("Unidentified sp.", None),
        ("Genus sp.", None),
        ("Apis.", "Apis"),
        ("Apis mellifera", "Apis mellifera"),
        ("Apis mellifera Linnaeus, 1758", "Apis mellifera"),
        ("Apis_mellifera", "Apis mellifera"),
        ("Metopina_group", "Metopina_group"),
        ("malaiseGraci01", "malaiseGraci01"),
        ("malaiseGraci01 Malaise4560", "malaiseGraci01 Malaise4560"),
        ("Blacus Malaise 1899", "Blacus Malaise 1899"),
        ("ChrysSA", "ChrysSA"),
    ],
)
def test_a_genus_is_one_word_unless_a_species_was_entered_in_its_place(written, name):
    assert parse_genus(written) == name


@pytest.mark.parametrize(
    ("written", "rank", "name"),
    [
        ("Unidentified Apidae", "family", "Apidae"),
        ("Apidae incertae sedis", "family", "Apidae"),
        ("unclassified Apidae", "subfamily", None),
        ("Apidae_unclassified", "genus", None),
        ("Unknown Diptera", "order", "Diptera"),
        ("unassigned Apidae", "subfamily", "unassigned Apidae"),
    ],
)
def test_a_taxon_without_a_place_is_one_at_its_own_rank_only(written, rank, name):
    assert parse_uninomial(written, rank) == name


def test_labels_of_every_rank_are_parsed():
    before = each(
        ("ARTHROPODA", "Insecta L.", "Diptera", "Chironomidae Newman, 1834", "Tanypodinae",
         "Ablabesmyia Johannsen", "monilis ssp. alba"),
        (*MIDGE, "Ablabesmyia mala"),
    ).with_columns(tribe=pl.Series(["PENTANEURINI", None]))  # fmt: skip
    found = parse_names(before)
    assert found.row(0)[1:10] == (
        *MIDGE,
        "Ablabesmyia monilis",
        "Pentaneurini",
        "Ablabesmyia monilis alba",
    )
    assert found.row(1) == before.row(1)
    assert parse_names(found).equals(found)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ablabesmyia mala alba", "Ablabesmyia mala alba"),
        ("Ablabesmyia mala ssp. alba Fittkau, 1962", "Ablabesmyia mala alba"),
        ("alba", "Ablabesmyia mala alba"),
        ("ssp. alba", "Ablabesmyia mala alba"),
        ("mala alba", "Ablabesmyia mala alba"),
        ("DHJ01", "DHJ01"),
    ],
)
def test_a_subspecies_is_three_words(written, name):
    before = each((*MIDGE, "Ablabesmyia mala")).with_columns(subspecies=pl.lit(written))
    assert parse_names(before)["subspecies"].to_list() == [name]


def test_a_subspecies_of_its_own_is_kept():
    before = each((*MIDGE, "Ablabesmyia mala alba")).with_columns(
        subspecies=pl.lit("Ablabesmyia mala nigra")
    )
    found = parse_names(before)
    assert found["species"].to_list() == ["Ablabesmyia mala"]
    assert found["subspecies"].to_list() == ["Ablabesmyia mala nigra"]


def test_plain_names_stay_as_they_are():
    before = each(FLY, (*MIDGE, "Ablabesmyia mala"), MIDGE[:3], ())
    assert parse_names(before).equals(before)


@pytest.mark.parametrize("author", ["van der Wulp, 1874", "von Heyden, 1870", "de Meijere, 1904"])
def test_an_author_whose_name_begins_in_lower_case_is_no_epithet(author):
    assert parse_genus(f"Ablabesmyia {author}") == "Ablabesmyia"
    assert parse_species(f"Ablabesmyia {author}", "Ablabesmyia").species == "Ablabesmyia"
    assert parse_species(f"Ablabesmyia mala {author}", None).species == "Ablabesmyia mala"


def test_a_short_epithet_stays_one():
    for name in ("Agra la", "Agra la Linnaeus, 1758", "Agra dax"):
        assert parse_species(name, "Agra").species == name
