"""Names as people write them, and the names alone.

A label may hold an authorship, a subgenus, a subspecies, a life stage, underscores, or an epithet
without its genus. GBIF's parser (`nameparser`) tells the parts of a scientific name apart. It takes
a placeholder name (BIOSCAN-5M Table A8) for a genus with its author, and some marks of open
nomenclature for epithets, so both are set aside before it is asked, and its answer is used only
where it accounts for every word. Other names stay as they are.

It takes a tenth of a millisecond per name, so only names that are not plain are parsed.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import polars as pl
from nameparser import ParsedName, UnparsableNameError, parse
from rapidfuzz.distance import OSA

from bioscan.core.records import RANKS
from bioscan.core.spelling import TYPO_LETTERS
from bioscan.curate.lineages import FILLER, by_lineage, relabelled, with_labels
from bioscan.curate.names import WORD
from bioscan.curate.trimming import (
    BELOW_SPECIES,
    LOWER,
    MARK,
    RANK,
    STAGES,
    UPPER,
    has_one_case,
    in_usual_case,
    trim,
)

_PLAIN_SPECIES = r"^\p{Lu}\p{Ll}+ \p{Ll}[\p{Ll}-]+$"
_PLAIN_UNINOMIAL = r"^\p{Lu}\p{Ll}+$"

_UNDERSCORED = re.compile(rf"[^\W\d_]{LOWER}{{2,}}_(?!group\b)(?!.*\s\S+_)")
_GENUS = re.compile(rf"{UPPER}{LOWER}+(?:-{UPPER}?{LOWER}+)?")
_EPITHET = re.compile(rf"{LOWER}{{2,}}(?:['’-]{LOWER}+)*|{LOWER}['’-]{LOWER}+")
#: The code of a placeholder species, alone: "GG28", "Malaise4749", "BOLD:ACN5814".
_CODE = re.compile(r"(?:BOLD:)?[A-Z][A-Za-z]+-?\d+\w*")
_INITIAL = re.compile(rf"({UPPER}{LOWER}{{0,3}})\.\s*(?={LOWER}|\()|({UPPER}) (?={LOWER}{{3}})")
#: An epithet, and no name of a family or an order.
_EPITHET_IN_CAPITALS = re.compile(rf"{UPPER}{{4,}}(?<!IDAE|INAE)(?<!PTERA)")
#: What may stand in place of the genus: the sign of a hybrid, the subgenus.
_NO_GENUS = re.compile(rf"^(?:x |×\s?|\({UPPER}{LOWER}+\) )(?={LOWER})")
_SUBGENUS = re.compile(
    rf"^(\S+) (?:[(\[](?:s\.\s?(?:str|l)\.|(?!{MARK.pattern}[)\]])"
    rf"(?:{UPPER}?{LOWER}+\.?|{UPPER}{{3,}}))[)\]]"
    rf"|subg(?:en(?:us)?)?\.? {UPPER}{LOWER}+(?= {LOWER}))(?=\s|$)"
)
#: The strict sense of a name is an identification.
_STRICT = re.compile(
    r",?\s\(?(?:sens(?:u|\.) str(?:icto|\.)|s\.\s?str(?:icto)?\.?|s\.\s?s\.)\)?(?=\s|$)"
)

_YEAR = re.compile(r"[(\[\"]*(?:1[7-9]|20)\d\d[a-z]?(?:[/–-]\d{2,4})?[)\]\"]*[,;.]?")
#: An author behind a genus, and no code ("Blacus Malaise 1899").
_SURE_AUTHOR = re.compile(rf"\.\)?$|[,(\[].*{_YEAR.pattern}$")
#: The wide sense of a name, or a doubt.
_WIDE = re.compile(r",?\s\(?(?:sens(?:u|\.) lat[o.]|s\.\s?l(?:at)?\.?)\)?(?=\s|$)|\?")
#: The authorship of a name that is not parsed, for it has a mark of open nomenclature. Without a
#: comma, what follows "sp." may be a code: "sp. Oman 2012".
_DATED = re.compile(
    rf" \(?{UPPER}[^\d]*, ?(?:1[7-9]|20)\d\d\)?$"
    rf"|(?<={LOWER}{{3}}) \(?{UPPER}[^\d]* (?:1[7-9]|20)\d\d\)?$"
)
_DATED_WITHIN = re.compile(
    rf",? (?:\({UPPER}[^\d()]*[, ](?:1[7-9]|20)\d\d\)|{UPPER}{LOWER}[^\d()?]*, (?:1[7-9]|20)\d\d)"
)
#: Words that join authors, and others in lower case that belong to an authorship.
_AND = re.compile(r"&|et|and|und|y|e|in|ex|apud")
_PARTICLE = re.compile(
    rf"{_AND.pattern}|v[ao]n|vom|zu[rm]?|ter|ten|d[eao]|de[nrls]|della|d[iu]|do?s|das|l[aeo]s?|a[fv]|i"
    r"|al\.?|bin|ben|el|f\.|fil\.|[js]r\.?"
)
#: Those that begin a surname, and are hardly ever an epithet.
_NOBLE = re.compile(r"v[ao]n|vom|zu[rm]|te[rn]|de[nrls]?|della|d[iua]|dos?|das|a[fv]")
#: Surnames with a capital inside.
_SURNAME = re.compile(rf"(?:Ma?c|De|Du|Di|La|Le|Van|Von|Fitz|St\.?|[ODLdl]['’]){UPPER}{LOWER}+")
#: An acronym has at most so many letters, a surname in capitals more.
_ACRONYM = 4

#: Words for the rank of what follows the species, and what GBIF's parser calls those ranks.
_CONNECTING = re.compile(rf"{_PARTICLE.pattern}|{BELOW_SPECIES.pattern}|[dl]['’][\w-]+")
_BELOW = {"SUBSPECIES", "VARIETY", "FORM", "ABERRATION", "MORPH", "NATIO", "INFRASPECIFIC_NAME"}

#: A mark that puts a taxon above the species itself in doubt; several taxa in place of one.
_DOUBTED = re.compile(
    r"^\?|^(?:cfr?|aff|nr|near|prox|prob(?:ably)?|poss(?:ibly)?|perhaps|maybe)\.?\s|\?\)?$"
    r"|\s(?:cfr?|aff|nr)\.?$|[a-z]\s?[/|]\s?[a-z]|\sor\s",
    re.IGNORECASE,
)
#: Words that say that there is no name at a rank, with the taxon above it, or the taxon itself.
_UNPLACED = re.compile(
    r"(?:(?!unassigned)un[a-z]+ed|unknown|indet\.?|incertae sedis) (\w+)"
    r"|(\w+) (?:incertae sedis|un[a-z]+ed|unknown)",
    re.IGNORECASE,
)
_ENDINGS = {"order": "ptera", "family": "idae", "subfamily": "inae", "tribe": "ini"}


class Species(NamedTuple):
    """The name of a species, and of the subspecies where the label held one."""

    species: str
    subspecies: str | None = None


def parse_names(records: pl.DataFrame) -> pl.DataFrame:
    """Reduce labels to the names alone.

    Authorships, subgenera, life stages and sexes, quotation marks and the sign of a hybrid are
    dropped, underscores become spaces, and names in capitals or without any get their one capital.
    A species gets the genus beside it where it is an epithet alone, or has the genus as an initial.
    What follows its epithet goes to `subspecies`: "Apis mellifera ssp. carnica".
    """

    def parse_lineages(lineages: pl.DataFrame) -> pl.DataFrame:
        higher = RANKS[: RANKS.index("genus")]
        lineages = lineages.with_columns(
            *(_one_by_one(lineages[rank], partial(parse_uninomial, rank=rank)) for rank in higher),
            _one_by_one(lineages["genus"], parse_genus),
        )
        plain = pl.col("species").str.contains(_PLAIN_SPECIES)
        plain &= ~pl.col("species").str.contains(rf" (?:{STAGES})$")
        labels = lineages.select("genus", "species").filter(~plain).unique().sort(pl.all())
        parsed = [parse_species(species, genus) for genus, species in labels.iter_rows()]
        labels = labels.hstack(pl.DataFrame(parsed, {"parsed": pl.String, "subspecies": pl.String}))
        lineages = lineages.join(
            labels, on=["genus", "species"], how="left", nulls_equal=True, maintain_order="left"
        )
        species = pl.coalesce("parsed", "species")
        return lineages.with_columns(species=pl.when(species != "").then(species))

    records = by_lineage(records, parse_lineages, filled=["subspecies"])
    tribes = _one_by_one(records["tribe"], partial(parse_uninomial, rank="tribe"))
    return with_labels(records, tribes, _parse_subspecies(records))


def parse_uninomial(name: str, rank: str | None = None) -> str | None:
    """The one word that names a taxon above the species; None where the taxon is in doubt.

    "Apidae Latreille, 1802" and "Apidae indet." are Apidae; "cf. Apidae" identifies none, and
    "unclassified Apidae" is a family, but no subfamily.
    """
    # What stands in brackets behind a taxon is its author, a taxon of its own, or a common name.
    bare = _SUBGENUS.sub(r"\1", trim(name))
    if _DOUBTED.search(bare):
        return None
    bare = _WIDE.sub("", _STRICT.sub("", bare))
    if found := _UNPLACED.fullmatch(bare.replace("_", " ")):
        taxon = found[1] or found[2]
        return taxon if rank in _ENDINGS and taxon.endswith(_ENDINGS[rank]) else None
    word, *rest = bare.split(" ")
    while rest and MARK.fullmatch(rest[-1]):
        rest.pop()
    if not word or (bare != word and (MARK.fullmatch(word) or word.lower() == "new")):
        return None
    named = word.rstrip(",")
    named = named.capitalize() if has_one_case(named) else named
    return named if not rest or _is_authored([named, *rest]) else name


def parse_genus(name: str) -> str | None:
    """The name of a genus; a species that was entered in its place remains one."""
    bare = _SUBGENUS.sub(r"\1", trim(_spaced(name)))
    words = bare.split(" ")
    if len(words) > 1 and not any(map(MARK.fullmatch, words[:2])):
        species = parse_species(bare, None).species
        if " " in species and _is_binomen(species.split(" ")):
            return species
        return parse_uninomial(bare)
    return parse_uninomial(name if "_" in name else bare)


def parse_species(name: str, genus: str | None) -> Species:
    """The name of a species, and the subspecies where it holds one.

    A name that does not begin with a genus and an epithet, such as a placeholder, and one with a
    mark of open nomenclature lose an authorship with its year at most.

    Args:
        name: the label.
        genus: the genus beside it.
    """
    bare = _SUBGENUS.sub(r"\1", _with_genus(trim(_spaced(name)), genus))
    words = _without_hybrid_sign(_STRICT.sub("", bare).split(" "))
    if len(words) > 2 and words[2].strip("([")[:1].isupper() and not _names_another(words):
        words[1] = words[1].rstrip(",;")
    if len(words) > 1:
        words = in_usual_case(words)
    if not _is_binomen(words):
        # A genus with its author identifies no species, as does a genus alone.
        if len(words) > 1 and _SURE_AUTHOR.search(" ".join(words)) and _is_authored(words):
            return Species(words[0])
        return Species(_undated(words))
    if len(words) > 2 and BELOW_SPECIES.fullmatch(words[-1]) and words[-1] != "f.":
        words.pop()
    words = _without_forms(["subsp." if word == "subspecies" else word for word in words])
    rest = words[2:]
    opened = any(MARK.fullmatch(word) and not BELOW_SPECIES.fullmatch(word) for word in rest)
    if opened or _WIDE.search(" ".join(words)):
        return Species(_DATED_WITHIN.sub(" ", _undated(words)))
    return _parts(words)


def _names_another(words: list[str]) -> bool:
    """Whether a second species follows the first: "Apis mellifera, A. cerana"."""
    genus, epithet = words[2], words[3] if len(words) > 3 else ""
    return genus in (words[0], f"{words[0][0]}.") and bool(_EPITHET.fullmatch(epithet))


def _without_forms(words: list[str]) -> list[str]:
    """The words of a name without the forms of its subspecies ("ssp. carnica ab. nigra")."""
    below = [
        place
        for place, word in enumerate(words[:-1])
        if place > 1 and BELOW_SPECIES.fullmatch(word) and _EPITHET.fullmatch(words[place + 1])
    ]
    if len(words) > 2 and _EPITHET.fullmatch(words[2]) and not BELOW_SPECIES.fullmatch(words[2]):
        below.insert(0, 2)
    return words[: below[1]] if len(below) > 1 else words


def _undated(words: list[str]) -> str:
    """A name that is not parsed, without an authorship that ends in a year."""
    name = " ".join(words)
    found = _DATED.search(name)
    # Behind the genus a comma tells an author from a code.
    sure = found and ("," in found[0] or " " in name[: found.start()])
    return name[: found.start()] if sure else name


def _parts(words: list[str]) -> Species:
    """The parts of a name that begins with a genus and an epithet."""
    whole, rest = Species(" ".join(words)), words[2:]
    if not rest or _is_coded(rest):
        return whole
    name = _parsed(whole.species)
    if name is None or [name.genus, name.specific_epithet] != words[:2]:
        return whole
    below = name.infraspecific_epithet
    lower = [word.strip("(),;") for word in rest if word.strip("(")[:1].islower()]
    if not all(word == below or _CONNECTING.fullmatch(word) for word in lower):
        return whole
    species = " ".join(words[:2])
    if below is None:
        return Species(species)
    return Species(species, f"{species} {below}") if name.rank in _BELOW else whole


def _parsed(name: str) -> ParsedName | None:
    """What GBIF's parser makes of a name; None if it does not account for all of it."""
    try:
        parsed = parse(name, code="ZOOLOGICAL")
    except UnparsableNameError:
        return None
    sure = isinstance(parsed, ParsedName) and parsed.type == "SCIENTIFIC"
    return parsed if sure and not (parsed.unparsed or parsed.doubtful) else None


def _is_authored(words: list[str]) -> bool:
    """Whether the first word is the name of a taxon, and the others are its authorship."""
    if not _GENUS.fullmatch(words[0]) or _is_coded(words[1:]):
        return False
    name = _parsed(" ".join(words))
    return name is not None and name.uninomial == words[0] and bool(name.authorship_complete())


def _is_binomen(words: list[str]) -> bool:
    """Whether the first two words are a genus and an epithet."""
    genus, epithet = words[0], words[1] if len(words) > 1 else ""
    named = _GENUS.fullmatch(genus) and _EPITHET.fullmatch(epithet)
    # "Ablabesmyia van der Wulp, 1874" is a genus with its author.
    of_author = _NOBLE.fullmatch(epithet) and _is_authored(words)
    return bool(named) and not MARK.fullmatch(epithet) and not of_author


def _is_coded(rest: list[str]) -> bool:
    """Whether words behind a name are, or may be, the code of a placeholder and no authorship.

    A code has a numeral that is no year, a capital inside or few capitals alone; where there is no
    year, two words with a capital may be a place as well.
    """
    dated = any(map(_YEAR.fullmatch, rest))
    surnames = 0  # in a row
    for word in rest:
        core = word.strip("()[],;:")
        if _YEAR.fullmatch(word):
            if word is rest[0]:
                return True
            continue
        several = dated and any(map(_AND.fullmatch, rest))
        if any(map(str.isdigit, core)) or (_is_acronym(core) and "," not in word and not several):
            return True
        if OSA.distance(core.lower(), WORD.lower()) <= TYPO_LETTERS and "," not in word:
            return True
        if not dated and any(map(_has_inner_capital, re.split("[-.]", core))):
            return True
        if core[:1].isupper() and "." not in core and not _PARTICLE.fullmatch(core.lower()):
            surnames += 1
        elif _AND.fullmatch(core):
            surnames = 0
        if surnames > 1 and not dated:
            return True
        if word.endswith((",", ")")):
            surnames = 0
    return False


def _is_acronym(word: str) -> bool:
    return word.isalpha() and word.isupper() and len(word) <= _ACRONYM and word != "L"


def _has_inner_capital(word: str) -> bool:
    """Whether a word has a capital inside that no surname has."""
    return word[1:] != word[1:].lower() and not (word.isupper() or _SURNAME.fullmatch(word))


def _spaced(name: str) -> str:
    """Underscores between words as spaces; those of a group ("Metopina_group") stay."""
    name = RANK.sub("", name)
    return name.replace("_", " ") if _UNDERSCORED.match(name) else name


def _with_genus(name: str, genus: str | None) -> str:
    """A species with the genus beside it, where it has none, or only the initial of that one."""
    if genus is None:
        return name
    genus = genus.split(" ")[0]
    if name.lower().startswith(f"{genus.lower()}-"):
        name = f"{genus} {name[len(genus) + 1 :]}"
    name = _NO_GENUS.sub("", name)
    first, *rest = name.split(" ")
    if (initial := _INITIAL.match(name)) and genus.startswith(initial[1] or initial[2]):
        return f"{genus} {name[initial.end() :]}"
    if not rest and _EPITHET_IN_CAPITALS.fullmatch(first):
        first = name = first.lower() if first != genus.upper() else name
    if MARK.fullmatch(first):
        alone = rest and genus not in rest
    elif _CODE.fullmatch(first):
        # "BlacusMalaise0896" beside Blacus lacks a space.
        alone = not rest and first[:4].lower() != genus[:4].lower()
    else:
        typed = OSA.distance(first, genus.lower()) <= TYPO_LETTERS
        alone = _EPITHET.fullmatch(first) and not (typed or re.fullmatch(STAGES, first))
    return f"{genus} {name}" if alone else name


def _without_hybrid_sign(words: list[str]) -> list[str]:
    """The words of a name without the sign of a hybrid, which makes no other name (ICN, H.3.3).

    A formula ("Aus bus × cus") keeps its sign.
    """
    if len(words) > 2 and words[0] in ("x", "X", "×"):
        words = words[1:]
    if len(words) > 2 and words[1] in ("x", "X", "×") and _EPITHET.fullmatch(words[2]):
        words = [words[0], *words[2:]]
    rest = ["×" if word == "X" and words[-1] is not word else word for word in words[2:]]
    return [*(word.removeprefix("×") or word for word in words[:2]), *rest]


def _one_by_one(labels: pl.Series, change: Callable[[str], str | None]) -> pl.Series:
    """Labels, those that are not one plain word changed."""

    def changed(known: pl.Series) -> pl.Series:
        plain = known.str.contains(_PLAIN_UNINOMIAL) | known.str.starts_with(FILLER)
        names = [name if kept else change(name) for name, kept in zip(known, plain, strict=True)]
        return pl.Series(known.name, names, pl.String)

    return relabelled(labels, changed)


def _parse_subspecies(records: pl.DataFrame) -> pl.Series:
    """The subspecies as three words, where they can be told."""
    labels = records.select("species", "subspecies").drop_nulls().unique().sort(pl.all())
    known = [_trinomen(*pair) for pair in labels.iter_rows()]
    labels = labels.with_columns(pl.Series("parsed", known, pl.String))
    labels = labels.filter(pl.col("parsed") != pl.col("subspecies"))
    if labels.is_empty():
        return records["subspecies"]
    joined = records.select("species", "subspecies").join(
        labels, on=["species", "subspecies"], how="left", maintain_order="left"
    )
    return joined.select(pl.coalesce("parsed", "subspecies").alias("subspecies")).to_series()


def _trinomen(species: str, subspecies: str) -> str:
    genus = species.split(" ")[0]
    words = trim(_spaced(subspecies)).split(" ")
    if len(words) > 1 and BELOW_SPECIES.fullmatch(words[0]):
        del words[0]
    if _EPITHET.fullmatch(words[0]) and not MARK.fullmatch(words[0]):
        known = species.split(" ")
        words = [*(known[:1] if words[0] == known[-1] and len(words) > 1 else known), *words]
    return parse_species(" ".join(words), genus).subspecies or subspecies
