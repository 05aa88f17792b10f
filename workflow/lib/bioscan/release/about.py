"""What a release says of its dataset beside the records: title, licence, holder, source."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from bioscan.core.formats import NAMES


class Licence(NamedTuple):
    """A licence.

    Attributes:
        name: as the catalogue has it, such as "CC BY 3.0".
        url: of its text.
        card: its identifier in cards of Hugging Face; "other" where there is none.
    """

    name: str
    url: str
    card: str

    @property
    def is_non_commercial(self) -> bool:
        return "NC" in self.name.replace("-", " ").split()

    @property
    def conditions(self) -> frozenset[str] | None:
        """Those of Creative Commons (BY, SA, NC, ND); of a licence that is not known here, None."""
        if self.name in LICENCES or self.name.startswith("CC "):
            return frozenset(self.name.replace("-", " ").split()) & {"BY", "SA", "NC", "ND"}
        return None

    @property
    def header(self) -> dict[str, str]:
        """Its keys in the header of a card of Hugging Face."""
        if self.card != "other":
            return {"license": self.card}
        name = re.sub(r"[^a-z0-9.]+", "-", self.name.lower()).strip("-")
        link = {"license_link": self.url} if self.url else {}
        return {"license": "other", "license_name": name, **link}


#: Licences, from the one that asks least of users to the one that asks most: their texts, and their
#: names in cards of Hugging Face.
LICENCES = {
    name: Licence(name, url, card)
    for name, url, card in (
        ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
        ("MIT", "https://opensource.org/license/mit", "mit"),
        ("BSD 3-Clause", "https://opensource.org/license/bsd-3-clause", "bsd-3-clause"),
        ("Apache 2.0", "https://www.apache.org/licenses/LICENSE-2.0", "apache-2.0"),
        ("CC BY 3.0", "https://creativecommons.org/licenses/by/3.0/", "cc-by-3.0"),
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0"),
        ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/", "cc-by-sa-4.0"),
        ("CC BY-NC 4.0", "https://creativecommons.org/licenses/by-nc/4.0/", "cc-by-nc-4.0"),
        (
            "CC BY-NC-SA 4.0",
            "https://creativecommons.org/licenses/by-nc-sa/4.0/",
            "cc-by-nc-sa-4.0",
        ),
    )
}


#: Characters that a URL may have, and that by which others are encoded.
_URL = ":/?#[]@!$&'()*+,;=~%"

#: Of what the simulator makes, which nobody has rights in.
SIMULATED = "CC0 1.0"


def licence_of(name: str, urls: Mapping[str, str]) -> Licence:
    """A licence by its name.

    Args:
        name: of LICENCES, or any other.
        urls: further names → texts (the catalogue's).
    """
    if name in LICENCES:
        return LICENCES[name]
    return Licence(name, urls.get(name, name if name.startswith("http") else ""), "other")


class Party(NamedTuple):
    """A person or an organisation.

    Attributes:
        name: of a person "Anna Maria Collector" or "van Collector, Anna".
        kind: which of the two.
        orcid: of a person, as 0000-0002-1825-0097.
    """

    name: str
    kind: Literal["person", "organisation"] = "person"
    orcid: str | None = None

    @property
    def names(self) -> tuple[str, str]:
        """The given names and the surname of a person."""
        if "," in self.name:
            surname, _, given = self.name.partition(",")
        else:
            given, _, surname = self.name.rpartition(" ")
        return given.strip(), surname.strip()


@dataclass(frozen=True)
class About:
    """What is said of a dataset, by the keys of the config's `release.about`.

    Attributes:
        name: of the dataset in the config.
        format: of its table: bioscan1m or bioscan5m.
        title, description: for people.
        licence: None where none is stated.
        holder: of the rights.
        creators: of the dataset.
        contact: an address of e-mail.
        cite: a DOI or another address.
        url: of the page of the dataset.
        files: address below which its files lie; a photograph is `files` + its member name.
        version: of the release.
        published: its date, ISO 8601.
    """

    name: str
    format: str
    title: str
    description: str
    licence: Licence | None = None
    holder: str | None = None
    creators: list[Party] = field(default_factory=list)
    contact: str | None = None
    cite: str | None = None
    url: str | None = None
    files: str | None = None
    version: str = "1.0.0"
    published: str | None = None

    @classmethod
    def of(
        cls,
        name: str,
        format: str,
        specimens: str,
        given: Mapping[str, Any],
        catalogue: Mapping[str, Any],
    ) -> "About":
        """What the config says of a dataset, and where it says nothing, the catalogue.

        Args:
            name: of the dataset.
            format: of its source.
            specimens: whose they are: published, simulated or own (`Run.specimens_of`).
            given: its `release.about.<name>`.
            catalogue: config/catalogue.yaml.
        """
        known: dict[str, Any] = {}
        if specimens == "simulated":
            known["title"] = f"Simulated {NAMES[format]}: {name}"
            known["licence"] = SIMULATED
            known["description"] = (
                f"Simulated specimens in the files and columns of {NAMES[format]}. No specimen, "
                "name of a person, place or barcode in it is real."
            )
        elif specimens == "published":
            entry = catalogue["data"][NAMES[format]]
            known |= {key: entry[key] for key in ("licence", "holder", "cite") if key in entry}
            known["title"] = f"{NAMES[format]}, processed by bioscan-workflow"
            known["description"] = (
                f"Records and images of {NAMES[format]}, processed by bioscan-workflow; "
                '"How it was made" says how.'
            )
        else:
            known["title"] = name
            known["description"] = (
                "Records and images of specimens in the files and columns of "
                f"{NAMES.get(format, NAMES['bioscan5m'])}."
            )
        known |= given
        licence = known.pop("licence", None)
        creators = [
            Party(**creator) if isinstance(creator, dict) else Party(creator)
            for creator in known.pop("creators", [])
        ]
        return cls(
            name=name,
            format="bioscan1m" if format == "bioscan1m" else "bioscan5m",
            licence=licence and licence_of(licence, catalogue["licences"]),
            creators=creators,
            **known,
        )

    @property
    def makers(self) -> list[Party]:
        """The creators, or else the holder of the rights."""
        return self.creators or [self.owner or Party("not stated", "organisation")]

    @property
    def owner(self) -> Party | None:
        """The holder of the rights: one of the creators, or else an organisation."""
        if not self.holder:
            return None
        known = {creator.name: creator for creator in self.creators}
        return known.get(self.holder, Party(self.holder, "organisation"))

    def address(self, name: str) -> str:
        """The URL of a file; its name where no address is given.

        >>> About("d", "bioscan5m", "T", "D", files="https://a.org/my data/").address("b/c 50%.jpg")
        'https://a.org/my%20data/b/c%2050%25.jpg'
        """
        if not self.files:
            return name
        # What is encoded already stays so.
        return f"{quote(self.files.rstrip('/'), safe=_URL)}/{quote(name)}"
