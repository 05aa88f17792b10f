"""Every table, figure and page of the report: workflow/report/artefacts.yaml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bioscan.core.config import read_yaml

#: The caption of each, as reStructuredText, seen from workflow/rules.
CAPTION = "../report/artefact.rst"

#: Where figures and pages lie below the results of a run. A table is shown as a page.
FIGURE = "{dataset}/figures/{name}.png"
PAGE = "{dataset}/report/{name}.html"


@dataclass(frozen=True)
class Artefact:
    """One table, figure or page.

    Attributes:
        stage: that makes it.
        kind: a table (CSV) that the report lays beside the published one; a figure; or a page.
        chapter: of the report.
        title: in the report's list; like the caption, it may name wildcards of its rule.
        caption: what it shows.
        formats: of the datasets that have it; all by default, none for what serves all datasets.
        note: printed below a table, for its readers.
        measured: whether a table holds what models reach, so that differences to the published
            values are shown too.
        keys: columns of a table that say what the values of a row are of; the published values are
            joined on them.
        shown: column → the values of the rows that the page of a long table shows; all by default.
        nothing: said by the page of a table of findings that has no rows; `{records}` is the number
            of records.
    """

    stage: str
    kind: Literal["table", "figure", "page"]
    chapter: str
    title: str
    caption: str
    formats: tuple[str, ...] = ("bioscan1m", "bioscan5m", "folder", "bold")
    note: str = ""
    measured: bool = False
    keys: tuple[str, ...] = ()
    shown: Mapping[str, Sequence[str]] = field(default_factory=dict)
    nothing: str = ""

    def shown_as(self, wildcards: Mapping[str, str]) -> dict[str, Any]:
        """What the page of a table follows from, its title with the wildcards of its rule."""
        names = ("note", "measured", "keys", "shown", "nothing")
        title = self.title.format(**dict(wildcards.items()))
        return {"title": title, **{name: getattr(self, name) for name in names}}


class Artefacts(dict[str, Artefact]):
    """All of them, by name."""

    def __init__(self, chapters: list[str], artefacts: Mapping[str, Mapping[str, Any]]) -> None:
        """
        Args:
            chapters: of the report, in order.
            artefacts: name → attributes of `Artefact`.
        """
        super().__init__({name: Artefact(**given) for name, given in artefacts.items()})
        self.chapters = chapters

    @classmethod
    def read(cls, path: Path) -> "Artefacts":
        """Read artefacts.yaml."""
        return cls(**read_yaml(path))

    def names(
        self, stage: str | None = None, kind: str | None = None, format: str | None = None
    ) -> list[str]:
        """Names of the artefacts of a stage, a kind and a format of datasets, in their order."""
        return [
            name
            for name, artefact in self.items()
            if (stage is None or artefact.stage == stage)
            and (kind is None or artefact.kind == kind)
            and (format is None or format in artefact.formats)
        ]

    def path(self, name: str, of: str, dataset: str) -> str:
        """Where an artefact lies below the results of a run.

        Args:
            of: its name, with the wildcards of its rule filled in.
        """
        pattern = FIGURE if self[name].kind == "figure" else PAGE
        return pattern.format(dataset=dataset, name=of)

    def of_file(self, path: str) -> Artefact | None:
        """The artefact of a figure or page; None of another file.

        Where a rule makes several, the artefact's name begins that of the file.
        """
        stem = Path(path).stem
        if Path(path).parent.name not in ("figures", "report"):
            return None
        names = [name for name in self if stem == name or stem.startswith(f"{name}_")]
        return self[max(names, key=len)] if names else None

    def figure(self, pattern: str, of: str | None = None) -> dict[str, Any]:
        """A figure of a rule, as the arguments of Snakemake's `report`.

        Args:
            pattern: the artefact's name, or one with wildcards that give it.
            of: the name of the file, where the rule makes several.
        """
        return self._shown(FIGURE, pattern, of)

    def page(
        self, pattern: str, of: str | None = None, dataset: str = "{dataset}"
    ) -> dict[str, Any]:
        """A page of a rule, likewise.

        Args:
            dataset: the folder of a page that is of no dataset.
        """
        return self._shown(PAGE, pattern, of, dataset)

    def category(self, chapter: str) -> str:
        """A chapter with its number, by which Snakemake's report sorts; of equal width, as text."""
        width = len(str(len(self.chapters)))
        return f"{self.chapters.index(chapter) + 1:0{width}d} {chapter}"

    def _shown(
        self, place: str, pattern: str, of: str | None, dataset: str = "{dataset}"
    ) -> dict[str, Any]:
        place = place.replace("{name}", of or pattern).replace("{dataset}", dataset)
        return {
            "value": f"<results>/{place}",
            "caption": CAPTION,
            "category": lambda wildcards: self.category(self._of(pattern, wildcards).chapter),
            "subcategory": dataset,
            "labels": lambda wildcards: {
                "kind": self._of(pattern, wildcards).kind,
                "shows": self._of(pattern, wildcards).title.format(**dict(wildcards.items())),
            },
        }

    def captions(self) -> dict[str, str]:
        """Name → title and caption as reStructuredText, for artefact.rst."""
        return {name: f"**{given.title}.** {given.caption}" for name, given in self.items()}

    def _of(self, pattern: str, wildcards: Any) -> Artefact:
        return self[pattern.format(**dict(wildcards.items()))]
