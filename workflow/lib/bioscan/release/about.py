"""What a release says of its dataset beside the records: title, licence, holder, source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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


#: Licences: their texts, and their names in cards of Hugging Face.
LICENCES = {
    name: Licence(name, url, card)
    for name, url, card in (
        ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
        ("CC BY 3.0", "https://creativecommons.org/licenses/by/3.0/", "cc-by-3.0"),
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0"),
        ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/", "cc-by-sa-4.0"),
        ("CC BY-NC 4.0", "https://creativecommons.org/licenses/by-nc/4.0/", "cc-by-nc-4.0"),
        (
            "CC BY-NC-SA 4.0",
            "https://creativecommons.org/licenses/by-nc-sa/4.0/",
            "cc-by-nc-sa-4.0",
        ),
        ("Apache 2.0", "https://www.apache.org/licenses/LICENSE-2.0", "apache-2.0"),
        ("BSD 3-Clause", "https://opensource.org/license/bsd-3-clause", "bsd-3-clause"),
        ("MIT", "https://opensource.org/license/mit", "mit"),
    )
}


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


@dataclass(frozen=True)
class About:
    """What is said of a dataset, by the keys of the config's `release.about`.

    Attributes:
        name: of the dataset in the config.
        format: of its table: bioscan1m or bioscan5m.
        title, description: for people.
        licence: None where none is stated.
        holder: of the rights.
        creators: persons or organisations.
        contact: an address of e-mail.
        cite: a DOI or another address.
        url: of the page of the dataset.
        files: address below which its files lie; a photograph is `files` + its member name.
        version: of the release.
        published: its date, ISO 8601.
        simulated: whether it holds no real specimen.
    """

    name: str
    format: str
    title: str
    description: str
    licence: Licence | None = None
    holder: str | None = None
    creators: list[str] = field(default_factory=list)
    contact: str | None = None
    cite: str | None = None
    url: str | None = None
    files: str | None = None
    version: str = "1.0.0"
    published: str | None = None
    simulated: bool = False

    @classmethod
    def of(
        cls,
        name: str,
        settings: Mapping[str, Any],
        given: Mapping[str, Any],
        catalogue: Mapping[str, Any],
    ) -> "About":
        """What the config says of a dataset, and where it says nothing, the catalogue.

        Args:
            name: of the dataset.
            settings: the config's `datasets.<name>`.
            given: its `release.about.<name>`.
            catalogue: config/catalogue.yaml.
        """
        source, format = settings["source"], settings["format"]
        known: dict[str, Any] = {}
        if source == "simulated":
            known["title"] = f"Simulated {NAMES[format]}: {name}"
            known["licence"] = SIMULATED
            known["description"] = (
                f"Simulated specimens in the files and columns of {NAMES[format]}. No specimen, "
                "name of a person, place or barcode in it is real."
            )
        elif format in NAMES:
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
                "Records and images of specimens in the files and columns of BIOSCAN-5M."
            )
        known |= given
        licence = known.pop("licence", None)
        return cls(
            name=name,
            format="bioscan1m" if format == "bioscan1m" else "bioscan5m",
            licence=licence and licence_of(licence, catalogue["licences"]),
            simulated=source == "simulated",
            **known,
        )

    @property
    def makers(self) -> list[str]:
        """The creators, or else the holder of the rights."""
        return self.creators or [self.holder or "not stated"]
