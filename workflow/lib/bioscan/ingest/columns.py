"""The columns of people's own tables, under the names that they give them."""

import re
from collections import Counter
from difflib import get_close_matches
from pathlib import Path

from bioscan.core.errors import InputError
from bioscan.core.records import RANKS, SCHEMA
from bioscan.ingest.notes import Notes

#: Columns that are no part of a record, but from which parts of it are made: latitude and longitude
#: in one, and the names of Darwin Core (dwc.tdwg.org/terms).
FURTHER = (
    *("coord", "scientificName", "specificEpithet", "infraspecificEpithet", "taxonRank"),
    "identificationQualifier",
)

#: Columns that people type. (Those of the published partitions and measures are computed.)
TYPED = (
    *("processid", "sampleid", "image_file", *RANKS, "tribe", "subspecies", "dna_bin"),
    *("dna_barcode", "country", "province_state", "coord-lat", "coord-lon", *FURTHER),
)

#: Canonical column → the other names that it goes by, the better ones first. Darwin Core, BOLD (its
#: TSV of today and of before), the table of BIOSCAN-1M, and what people write. Letter case, white
#: space and marks do not matter.
OTHER_NAMES = {
    "processid": ("catalogNumber", "specimen id", "record id"),
    "sampleid": ("materialSampleID", "museumid", "sample"),
    "image_file": ("image", "image name", "file name", "file", "photo", "photograph", "picture"),
    **{rank: (f"{rank} name",) for rank in (*RANKS, "tribe", "subspecies")},
    "dna_bin": ("bin uri", "bin", "uri", "bold bin", "bin id"),
    "dna_barcode": ("nuc", "nucraw", "nucleotides", "sequence", "dna sequence"),
    "country": ("country/ocean", "countryCode", "country iso"),
    "province_state": ("stateProvince", "province/state", "province", "state"),
    "coord-lat": ("decimalLatitude", "latitude", "lat"),
    "coord-lon": ("decimalLongitude", "longitude", "long", "lon", "lng"),
    "image_part": ("chunk number",),
    "coord": ("coordinates", "lat lon", "latlon", "lat/long", "latitude longitude"),
    "taxonRank": ("rank",),
    "copyright_license": ("license", "licence", "dcterms license", "copyright licenses"),
    "copyright_holder": ("rightsHolder", "dcterms rightsHolder", "copyright holders"),
}

#: Keys of last resort, of a table that has no other: numbers of a portal, links.
LAST_KEYS = {"processid": ("occurrenceID", "id", "gbifID"), "image_file": ("associatedMedia",)}

#: Columns that are near in spelling to one of a record, and something else.
SOMETHING_ELSE = frozenset(
    {"subgenus", "genericname", "taxa", "taxons", "count", "counts", "county", "counties", "stage"}
    | {f"{above}{rank}" for above in ("sub", "super", "infra") for rank in (*RANKS[:4], "tribe")}
    | {f"{rank}id" for rank in (*RANKS, "taxon", "tribe")}
) - {"subfamily"}

#: Most rows of a title above the header.
TITLE_ROWS = 20

#: A column without a name, or the name that pandas gives it.
NAMELESS = re.compile(r"(unnamed: ?\d+(_level_\d+)?)?", re.IGNORECASE)


def canonical_columns(header: list[str], source: Path, notes: Notes) -> dict[int, str]:
    """Which columns of a table are used, and as what.

    Of several columns for one, the one with the canonical name is used, else the first of
    OTHER_NAMES. Columns that are not known are passed over, unless one is near to a known name that
    the table lacks: a typing error would cost a whole column.

    Args:
        header: the names as they are written; "" has none.
        source: the file that messages name.
        notes: gets the columns that are renamed and passed over.

    Returns:
        Index of the column → a name of SCHEMA or FURTHER.

    Raises:
        InputError: a column that is given twice, one that is likely mistyped, or no key.
    """
    plain = [_plain(name) for name in header]
    used: dict[int, str] = {}
    for canonical in (*SCHEMA, *FURTHER):
        _use(canonical, _names(canonical), plain, header, used, source)
    if not {"processid", "image_file"} & set(used.values()):
        for canonical, others in LAST_KEYS.items():
            _use(canonical, [_plain(name) for name in others], plain, header, used, source)
    for index, name in enumerate(header):
        if index in used and name != used[index]:
            notes.add("column read under another name", used[index], name)
    _refuse_mistyped(header, plain, used, source)
    if not {"processid", "image_file"} & set(used.values()):
        given = [name for name in header if name]
        spaced = len(given) == 1 and known_names(given[0].split()) > 1
        raise InputError(
            f"{source}: needs a column image_file or processid (or catalogNumber), has "
            f"{', '.join(map(repr, given))}"
            + "; separate the columns by commas or tabs, not by spaces"
            * spaced
        )
    if all(re.fullmatch("'.*'", name) for name in header):
        raise InputError(
            f"{source}: has its fields in single quotation marks ({header[0]}); expected double "
            "ones, or none"
        )
    return used


def title_rows(known: list[int]) -> int:
    """How many rows of a title there are above the header.

    Args:
        known: the number of known columns (`known_names`) in each of the first rows.
    """
    if not known or known[0]:
        return 0
    return next((row for row, names in enumerate(known[: TITLE_ROWS + 1]) if names > 1), 0)


def known_names(header: list[str]) -> int:
    """How many columns of a header are known."""
    known = {name for canonical in (*SCHEMA, *FURTHER) for name in _names(canonical)}
    known |= {_plain(name) for names in LAST_KEYS.values() for name in names}
    return sum(_plain(name) in known for name in header)


def _names(canonical: str) -> list[str]:
    """The names of a column as they are compared, the better ones first."""
    return [_plain(name) for name in (canonical, *OTHER_NAMES.get(canonical, ()))]


def _plain(name: str) -> str:
    """A name as it is compared: lower case, letters and digits only.

    A text with another separator in it is no name.
    """
    if re.search(r"[;|\t]", name):
        return ""
    return re.sub(r"[\W_]", "", name).lower()


def _use(
    canonical: str,
    names: list[str],
    plain: list[str],
    header: list[str],
    used: dict[int, str],
    source: Path,
) -> None:
    """Choose the column that is used as `canonical`, if there is one."""
    for name in names:
        found = [index for index, other in enumerate(plain) if other == name]
        # Of "Order" and "order", the one that is written as it should be.
        exact = [index for index in found if header[index] == canonical]
        found = exact or found
        if len(found) > 1:
            given = ", ".join(repr(header[index]) for index in found)
            raise InputError(
                f"{source}: column(s) given more than once: {given}; rename or remove all but one"
            )
        if found and found[0] not in used:
            used[found[0]] = canonical
            return


def _refuse_mistyped(
    header: list[str], plain: list[str], used: dict[int, str], source: Path
) -> None:
    lacking = {
        _plain(name): name
        for canonical in TYPED
        if canonical not in used.values()
        for name in (canonical, *OTHER_NAMES.get(canonical, ()))
        if name == canonical or len(name) > 7  # short names are near to many
    }
    repeated = Counter(plain)
    for index, name in enumerate(plain):
        if index in used or not name or name in SOMETHING_ELSE or repeated[name] > 1:
            continue
        for near in get_close_matches(name, lacking, 1, cutoff=0.8):
            raise InputError(
                f"{source}: unknown column {header[index]!r}; is it {lacking[near]!r}? Rename it "
                f"so, or, if it is something else, to '{header[index]}_not_used'"
            )
