"""Rules on single names: style, placeholder formats, similarity, names that identify nothing.

Placeholder names follow a few formats (BIOSCAN-5M §A4.4, Table A8): a species is
"<Genus> Malaise1234" or "<Genus> prefixMalaise1234", a genus "prefixMalaise01"; likewise with the
names of other projects and people ("BioLep", "Janzen") in place of "Malaise".
"""

import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from bioscan.core.spelling import TYPO_LETTERS

#: The code word whose typos are corrected (5M §A4.4), and the digits of its numbers: four in a
#: species ("Oxysarcodexia Malaise4749"), two in a genus ("microMalaise01"; 5M Table A8).
WORD, SPECIES_DIGITS, GENUS_DIGITS = "Malaise", 4, 2

#: Marks of open nomenclature: the name says that the species was not determined, or is one of
#: several (5M §A4.4: "sp.", "cf.", "nr."; the others are their usual companions). An epithet alone
#: is never one of them.
OPEN_MARKS = (
    *("sp", "spp", "ssp", "subsp", "spec", "specs", "specie", "species", "spn", "nsp"),
    *("gen", "genus"),
    *("cf", "cfr", "conf", "aff", "affin", "nr", "near", "prox", "pr"),
    *("agg", "aggr", "aggregate", "complex", "cmplx", "cplx", "group", "grp", "gr", "gp"),
    *("coll", "sl", "auct", "auctt", "morphospecies"),
    *(
        "indet",
        "indetermined",
        "indeterminate",
        "indeterminata",
        "indeterminatus",
        "undet",
        "undetermined",
        "undescribed",
    ),
    *(
        "ind",
        "unid",
        "unident",
        "unidentified",
        "unidentifiable",
        "unk",
        "unkn",
        "unknown",
        "incertae",
        "n",
        "nov",
        "hybrid",
        "hyb",
        "not",
    ),
)

#: Marks that may hang on the epithet ("mancus-agg.", "lucorum-complex").
_HANGING = "agg|aggr|aggregate|complex|cmplx|cplx|group|grp|gr|gp"

#: Marks that make such a name unique: a word with a numeral or an inner capital, or a single
#: capital: "sp. GG28", "sp. SAEVG Morph0281", "DodonaeaOman", "sp. A" (5M Table A8).
_CODE = r"\s\S*[0-9]|\s[^\s/]+\p{Lu}|\s\p{Lu}(?:\s|$)"

#: The code of a placeholder name: a lower-case prefix, the code word, the number, and a tail.
_PLACEHOLDER = (
    r"^(?<prefix>[a-z]*?)(?<word>[A-Z][A-Za-z]+|[a-z]{4,})"
    r"(?<gap> ?)(?<number>\d+)(?<tail>[^\d\s]\S*|)$"
)
#: What programs write for a missing epithet, when they join it to its genus: "Apis nan".
_NOTHING = r"nan|NaN|<?NA>?|N/A|None|null|NULL|[-.?_]+"
_MARK = rf"(?:{'|'.join(OPEN_MARKS)})(?:\.|\s|\)|$)"
#: A mark, a doubt, the wide sense of a name, or two names where there should be one.
_OPEN = (
    rf"(?i:\s\(?{_MARK}|-(?:{_HANGING})(?:\.|\s|$)|\?)"
    r"|(?i:\s\(?(?:sens(?:u\s+|\.\s?)lat|s\.\s?l|s\.?\s?lat\.))"
    r"|\p{Ll}\s?[/\\|;]\s?\p{L}|\s\p{Ll}[\p{Ll}-]+,\s?(?:\p{Ll}|\p{Lu}\S* \p{Ll}{4})"
    r"|\s\p{Ll}[\p{Ll}-]+\s\(?(?:(?:or|vs|vel|and|et|&|\+|x)[\s.]+|×\s*)\p{L}"
)
#: A first word that is no genus: a mark, or the genus by its initial.
_NO_GENUS = rf"^(?:(?i:{_MARK})|(?:NA|NaN|[Nn]an|None|NULL|[Nn]ull)\s|\p{{Lu}}\p{{Ll}}{{0,3}}\.)"

#: Characters without a shape (soft hyphens, joiners, byte order marks, selectors of a glyph).
_INVISIBLE = r"[\p{Cf}\x{FE00}-\x{FE0F}]"


def tidy_text(name: pl.Expr) -> pl.Expr:
    """One Unicode form (NFC), no invisible characters, one space between words and none around.

    Null if nothing remains.
    """
    name = name.str.replace_all(_INVISIBLE, "").str.normalize("NFC")
    name = name.str.replace_all(r"[\s\p{Cc}]+", " ").str.strip_chars()
    return pl.when(name != "").then(name)


def variant_key(name: pl.Expr) -> pl.Expr:
    """A key that variants of style share: without letter case, spaces and zero padding."""
    return name.str.to_lowercase().str.replace_all(r"\s+", "").str.replace_all(r"0*(\d+)", "$1")


def identifies(species: pl.Expr) -> pl.Expr:
    """Whether a species label names one species (5M §A4.4).

    "Pseudosciara sp.", "Olixon cf. testaceum" and a genus alone do not; "Anastatus sp. GG28" does.
    """
    words = species.str.contains(r"\S\s+\S") & ~species.str.contains(_NO_GENUS)
    words &= ~species.str.contains(rf"\s(?:{_NOTHING})$")
    return words & (~species.str.contains(_OPEN) | species.str.contains(_CODE))


def first_word(species: pl.Expr) -> pl.Expr:
    """The genus that a species label begins with; null where its first word is none.

    "Unknown species", "A. mellifera" and "Chironomidae sp. 71" begin with no genus.
    """
    genus = species.str.extract(r"^(\S+) ")
    return pl.when(~(species.str.contains(_NO_GENUS) | genus.str.contains("(?:idae|inae)$"))).then(
        genus
    )


def standard_genus(names: pl.Series) -> pl.Series:
    """Genus names, the placeholders among them in the standard format: "microMalaise01"."""
    # In a genus without a capital, prefix and code word cannot be told apart.
    parts = _parts(names.set(~names.str.contains(r"\p{Lu}").fill_null(True), None)).with_columns(
        name=names
    )
    padded = pl.col("number").str.zfill(GENUS_DIGITS)
    standard = pl.concat_str("prefix", "word", padded, "tail")
    return parts.select(pl.coalesce(standard, "name").alias(names.name)).to_series()


def standard_species(names: pl.Series) -> pl.Series:
    """Species names, the placeholders among them in the standard format.

    Only numbers of "Malaise" have a fixed length; others do not ("BioLep531", "BioLep3792"; 5M
    Table A8).
    """
    words = names.to_frame("name").select(
        "name",
        genus=pl.col("name").str.extract(r"^(\S+) "),
        epithet=pl.col("name").str.extract(r" (.*)$"),
    )
    is_word = pl.col("word") == WORD
    padded = pl.when(is_word).then(pl.col("number").str.zfill(SPECIES_DIGITS)).otherwise("number")
    standard = pl.concat_str(
        "prefix", "word", pl.when(is_word).then(pl.lit("")).otherwise("gap"), padded, "tail"
    )
    epithet = _parts(words["epithet"]).select(pl.coalesce(standard, "name")).to_series()
    return words.select(
        pl.coalesce(
            pl.concat_str(standard_genus(words["genus"]), epithet, separator=" "), "name"
        ).alias(names.name)
    ).to_series()


def _parts(names: pl.Series) -> pl.DataFrame:
    """Names with the parts of their code, null for names that are not placeholders.

    Returns:
        name, prefix, word (typos of WORD corrected), gap, number, tail.
    """
    parts = names.to_frame("name").select(
        "name", pl.col("name").str.extract_groups(_PLACEHOLDER).alias("part")
    )
    parts = parts.unnest("part")
    return parts.with_columns(
        word=pl.when(_typos(parts["word"])).then(pl.lit(WORD)).otherwise("word")
    )


def _typos(words: pl.Series) -> pl.Expr:
    """Whether a word is a mistyped WORD."""
    known = words.drop_nulls().unique()
    distance = cpdist(
        known.str.to_lowercase().to_list(), [WORD.lower()] * known.len(), scorer=OSA.distance
    )
    mistyped = known.filter(pl.Series(distance <= TYPO_LETTERS) & (known != WORD))
    return pl.col("word").is_in(mistyped.implode()).fill_null(False)
