"""What people write around a name: ornaments, stages, remarks; spaces that lack, letter case."""

import re

from bioscan.curate.names import OPEN_MARKS

LOWER, UPPER = r"[a-zß-öø-ÿœšžąćęłńśźżčěňřťůğışőű]", r"[A-ZÀ-ÖØ-ÞŒŠŽĄĆĘŁŃŚŹŻČĚŇŘŤŮĞİŞŐŰ]"

#: Words for the stage, caste or sex of a specimen, which people write behind its name.
STAGES = (
    r"larv(?:a|ae|al|as|es?|en)|(?:pre-?)?pup(?:a|ae|al|as)|nymph(?:s|a|ae|al)?|naiads?|eggs?"
    r"|adults?|(?:sub-?)?imag(?:o|os|oes|ines)|exuvi(?:a|ae|um)|juv|juveniles?|imm|immatures?"
    r"|tenerals?|(?:fe)?males?|workers?|queens?|drones?|soldiers?|gynes?|alates?|instars?|fem"
    r"|mâles?|femelles?|ouvrières?|hembras?|machos?|obreras?"
)
_SIGNS = r"[♀♂⚥⚲☿]+"
#: The end of a name, which is no code: "sp. 3" and "type 3" end in one.
_NAMED = rf"(?<={LOWER}{{3}})(?<!species)(?<!spec)(?<!type)(?<!group)(?<!clade)"
_STAGE = re.compile(
    rf"(?:[\s,;:(\[]+(?i:{STAGES})\b[.)\]]*"
    rf"|{_NAMED}[\s,;:(\[]+(?i:{STAGES})\s\(?L?\d+[)\]]*"
    rf"|[\s,;(\[]*{_SIGNS}[)\]]*"
    rf"|\s?[(\[][fFmM][)\]]|{_NAMED}\s[fm]|{_NAMED}[\s,;(\[]+\d+[fm][)\]]*"
    rf"|{_NAMED}\s\(?n\s?=\s?\d+\)?)$"
)
#: The last word of a name that may have one; to look at it alone saves most of the time.
_MAY_END = re.compile(
    rf"(?:\S*[,;:(\[])?(?:(?i:{STAGES})|\S*{_SIGNS}|[fFmM]|\d+[fm]|L?\d{{1,3}}|n=\d+)[.)\]]*"
)
_STAGE_BEFORE = re.compile(rf"^(?:\d+\s?)?(?:{_SIGNS}\s*|(?:{STAGES})\s+(?:of\s+)?(?=[A-Z]))")
#: The number of specimens, or of their instar, that a stage leaves behind.
_COUNT = re.compile(
    rf"(?:{_NAMED}[\s,;(\[]+|(?<={_SIGNS[:-1]})[\s,;(\[]*)"
    r"(?:L?\d+(?:st|nd|rd|th)?|first|second|third|fourth|fifth)$"
)

#: Tags, quotation marks and signs that are no part of a name.
_ORNAMENT = re.compile(r"</?[A-Za-z]+>|[\"“”„«»*†]|^['‘`]|['’`]$")
_QUOTED = re.compile(r"(?<!\S)['‘`]([^'’`]+)['’`](?!\S)")
#: The name that NCBI puts in brackets, as it is disputed.
_BRACKETED = re.compile(r"^\[(\w+)\]")
#: The rank that stands before a name: "f__Apidae" of QIIME and UNITE, "Family: Apidae".
RANK = re.compile(
    r"^(?:[dkpcofgst]__|(?i:phylum|class|(?:sub)?order|(?:sub|super)?family|(?:sub)?fam\.|genus"
    rf"|tribe):?\s+(?={UPPER}{LOWER}{{2}}))"
)
#: Who determined or collected the specimen, and synonyms of its name.
_REMARK = re.compile(
    rf"[\s,;]+[(\[]?(?:(?:det|leg)[.:]*\s*(?:by\s+)?{UPPER}|(?:=|syn(?:onym)?[.:])\s?[A-Za-z]).*$"
)
#: Where a space lacks: "Linnaeus,1758", "mellifera(L.)", "(Apis)mellifera", "ssp.carnica".
_SPACELESS = re.compile(
    rf"(?<=,)(?=[(\[]?(?:1[7-9]|20)\d\d)|(?<={LOWER}{{2}})(?=\({UPPER})|(?<=\))(?={LOWER}{{3}})"
    rf"|(?<=\bssp\.)(?={LOWER}{{3}})|(?<=\bsubsp\.)(?={LOWER}{{3}})|(?<=\bvar\.)(?={LOWER}{{3}})"
)
_DENSE = re.compile(r"[,.)][^\s,.)]|\w\(")
#: Marks of open nomenclature, and words for the rank of what follows the species.
MARK = re.compile(rf"(?:{'|'.join(OPEN_MARKS)})\.?", re.IGNORECASE)
BELOW_SPECIES = re.compile(r"(?:ssp|subsp|subspecies|var|fo?|forma?|ab|aberr?|morpha?|natio)\.?")
_ABBREVIATED = re.compile(rf"{MARK.pattern}|{BELOW_SPECIES.pattern}", re.IGNORECASE)

#: The initial of an epithet as in "C-album".
_HYPHENED = re.compile(rf"{UPPER}-{LOWER}{{3,}}")


def trim(name: str) -> str:
    """A label without ornaments, stages, sexes, remarks and stops behind it; it may be empty."""
    name = _QUOTED.sub(r"\1", _BRACKETED.sub(r"\1", RANK.sub("", name)))
    name = _ORNAMENT.sub("", name)
    if _DENSE.search(name):
        name = _SPACELESS.sub(" ", name)
    name = _STAGE_BEFORE.sub("", " ".join(name.split()))
    if any(word in name for word in ("det", "leg", "=", "syn")):
        name = _REMARK.sub("", name)
    while _MAY_END.fullmatch(name.rsplit(" ", 1)[-1]):
        shorter = _STAGE.sub("", name)
        if shorter in (name, ""):
            break
        name = _COUNT.sub("", shorter)
    name = name.rstrip(" ,;:")
    word = name.removesuffix(".").split(" ")[-1]
    # A full stop, but not that of an abbreviation.
    whole = name.count(" ") < 2 and len(word) > 3 and word.isalpha()
    whole &= word.islower() or " " not in name
    stop = whole and not _ABBREVIATED.fullmatch(word)
    return name.removesuffix(".") if stop else name


def in_usual_case(words: list[str]) -> list[str]:
    """The words of a name, genus and epithet of one case written as "Apis mellifera"."""
    genus, epithet, *rest = words
    if MARK.fullmatch(epithet):
        if genus.isupper() and len(genus) > 2:
            # "APIS CF. MELLIFERA"; what follows "SP." may be a code.
            is_sp = epithet.lower().startswith("sp")
            rest = [word if is_sp or not word.isalpha() else word.lower() for word in rest]
            return [genus.capitalize(), epithet.lower(), *rest]
    elif has_one_case(genus + epithet.replace("-", "")):
        return [genus.capitalize(), epithet.lower(), *rest]
    elif _HYPHENED.fullmatch(epithet):
        return [genus, epithet.lower(), *rest]
    # As in the column of genera: else the two would be corrected by each other for ever.
    return [genus.capitalize(), *words[1:]] if _is_name(genus) else words


def _is_name(word: str) -> bool:
    return has_one_case(word) and not MARK.fullmatch(word)


def has_one_case(word: str) -> bool:
    """Whether a word is in capitals, or without any."""
    return word.isalpha() and len(word) > 2 and (word.isupper() or word.islower())
