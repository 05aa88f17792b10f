"""Rules on single names."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.curate.names import (
    identifies,
    standard_genus,
    standard_species,
    tidy_text,
    variant_key,
)


def text(function, name: str | None):
    return pl.select(function(pl.lit(name, pl.String))).item()


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        (" Sciara  alpina\t", "Sciara alpina"),
        ("Sciara\u00a0alpina", "Sciara alpina"),
        ("  ", None),
        ("", None),
        (None, None),
    ],
)
def test_superfluous_spaces_are_removed(name, tidy):
    assert text(tidy_text, name) == tidy


@pytest.mark.parametrize(
    ("name", "standard"),
    [
        ("Oxysarcodexia Malaise4749", "Oxysarcodexia Malaise4749"),
        ("Blacus Malaise896", "Blacus Malaise0896"),
        ("orthoMalaise1 Malaise52", "orthoMalaise01 Malaise0052"),
        ("Blacus Malaisse0123", "Blacus Malaise0123"),
        ("Blacus Malasie0123", "Blacus Malaise0123"),
        ("Blacus malaise0123", "Blacus Malaise0123"),
        ("Blacus Malaise 0123", "Blacus Malaise0123"),
        ("Aprostocetus aproMalaise531", "Aprostocetus aproMalaise0531"),
        ("Aprostocetus aproMalasie531", "Aprostocetus aproMalaise0531"),
        ("phyMalaise01 Malaise168DHJ02", "phyMalaise01 Malaise0168DHJ02"),
        # A number of five digits is not a padding error.
        ("cramMalaise01 Malaise80003", "cramMalaise01 Malaise80003"),
        # Other projects number as they like (5M Table A8: BioLep531, BioLep3792).
        ("Aristotelia BioLep531", "Aristotelia BioLep531"),
        ("Taygete MalaiseMetz820", "Taygete MalaiseMetz820"),
        ("gelBioLep1 BioLep1495", "gelBioLep01 BioLep1495"),
        ("malaiseGraci01 Malaise600", "malaiseGraci01 Malaise0600"),
        ("Anastatus sp. GG28", "Anastatus sp. GG28"),
        ("Psychoda sp. 11GMK", "Psychoda sp. 11GMK"),
        ("Megaselia malaisei", "Megaselia malaisei"),
        ("Megaselia BOLD:ACN5814", "Megaselia BOLD:ACN5814"),
        ("Megaselia lucifrons", "Megaselia lucifrons"),
    ],
)
def test_species_placeholders_are_written_in_standard_format(name, standard):
    assert standard_species(pl.Series([name])).item() == standard
    assert standard_species(pl.Series([standard])).item() == standard


@pytest.mark.parametrize(
    ("name", "standard"),
    [
        ("microMalaise01", "microMalaise01"),
        ("encyrMalaise1", "encyrMalaise01"),
        ("cosmoBioLep1", "cosmoBioLep01"),
        ("microMalasie1", "microMalaise01"),
        ("microMalaise 01", "microMalaise01"),
        ("mgMalaise160", "mgMalaise160"),
        # Without a capital the end of the prefix is unknown.
        ("empalaise38", "empalaise38"),
        ("ChrysSA", "ChrysSA"),
        ("Megaselia", "Megaselia"),
    ],
)
def test_genus_placeholders_are_written_in_standard_format(name, standard):
    assert standard_genus(pl.Series([name])).item() == standard
    assert standard_genus(pl.Series([standard])).item() == standard


def test_empty_and_null_columns_stay_unchanged():
    for names in (pl.Series([], dtype=pl.String), pl.Series([None], dtype=pl.String)):
        assert standard_species(names).equals(names)
        assert standard_genus(names).equals(names)


def test_variants_have_one_key():
    variants = [
        "Blacus Malaise0896",
        "blacus malaise896",
        "Blacus  Malaise00896",
        "BlacusMalaise896",
    ]
    assert {text(variant_key, name) for name in variants} == {"blacusmalaise896"}
    assert text(variant_key, "Blacus Malaise8960") != "blacusmalaise896"
    assert text(variant_key, "Blacus Malaise0") == "blacusmalaise0"


@pytest.mark.parametrize(
    "name",
    [
        "Megaselia lucifrons",
        "Anastatus sp. GG28",
        "Psychoda sp. 11GMK",
        "Cryptophilus sp. SAEVG Morph0281",
        "Pedinotus sp. Jo742SB",
        "Megaselia sp. A",
        "Megaselia nr. rufipes DHJ02",
        "Stomphastis DodonaeaOman",
        "Odontofroggatia corneri-MIC",
        "Megaselia BOLD:ACN5814",
        "Campoplex RC-01",
        "Dinotrema jft01",
        # Epithets that begin like a mark.
        "Megaselia nearctica",
        "Megaselia spinosa",
        "Megaselia affinis",
        "Megaselia genualis",
    ],
)
def test_a_name_with_a_code_or_epithet_identifies_a_species(name):
    assert text(identifies, name)


@pytest.mark.parametrize(
    "name",
    [
        "Pseudosciara sp.",
        "Pseudosciara sp",
        "Pseudosciara spp.",
        "Olixon cf. testaceum",
        "Dacnusa nr. faeroeensis",
        "Dacnusa nr faeroeensis",
        "Dacnusa near faeroeensis",
        "Dacnusa aff. faeroeensis",
        "Monomorium indet",
        "Monomorium n. sp.",
        "Monomorium Sp.",
        "Monomorium ?",
        "Monomorium minimum?",
        "Monomorium",
    ],
)
def test_a_name_of_open_nomenclature_identifies_no_species(name):
    assert not text(identifies, name)


WORDS = st.lists(
    st.sampled_from(
        ["Aus", "bus", "Malaise", "malaise1", "aMalasie12", "sp.", "BioLep3", "0", "xMalaise1"]
    ),
    min_size=1,
    max_size=3,
).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(WORDS, max_size=5))
def test_a_standard_name_stays_unchanged(names):
    for standard in (standard_species, standard_genus):
        once = standard(pl.Series("name", names, dtype=pl.String))
        assert standard(once).equals(once)
