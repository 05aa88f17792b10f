"""Trained models with a card each: what they are, where they come from, who may use them."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.errors import InputError
from bioscan.core.files import atomic
from bioscan.core.weights import CONFIG, WEIGHTS
from bioscan.release.about import LICENCES, Licence

#: The keys by which a run of a classifier is found in the table of runs.
SETUP = ("experiment", "backbone", "loss", "package", "recipe")

#: How a model is opened in its folder, by the key of its config.json that names its library.
OPENING = {
    "architecture": 'import timm\n\nmodel = timm.create_model("local-dir:.", pretrained=True)',
    "architectures": (
        "from transformers import {architectures[0]}\n\n"
        'model = {architectures[0]}.from_pretrained(".")'
    ),
    "_model_class": (
        'import segmentation_models_pytorch as smp\n\nmodel = smp.from_pretrained(".")'
    ),
    # With workflow/lib on the path.
    "towers": (
        "from pathlib import Path\n\nfrom bioscan.encoders.aligned import load_tower\n\n"
        'model = load_tower(Path("model.safetensors"), "image")'
    ),
}

#: The library's name in cards of Hugging Face, likewise.
LIBRARIES = {"architecture": "timm", "architectures": "transformers"}


@dataclass(frozen=True)
class Candidate:
    """A trained model.

    Attributes:
        folder: with config.json and model.safetensors.
        run: its settings, as the card lists them.
        start: the weights that its training started from → their licence, if one is known.
        metrics: JSON of what it reaches.
    """

    folder: Path
    run: Mapping[str, Any] = field(default_factory=dict)
    start: Mapping[str, Licence | None] = field(default_factory=dict)
    metrics: Sequence[Path] = ()


@dataclass(frozen=True)
class ReleasedModel:
    """A model of a release: one candidate, or the best of several.

    Attributes:
        name: of its folder.
        task: what it does, in a sentence.
        tags: of its card.
        data: what it was trained on → its licence, if one is known.
        candidates: of which one is released.
    """

    name: str
    task: str
    tags: Sequence[str]
    data: Mapping[str, Licence | None]
    candidates: Sequence[Candidate]


def read_models(given: Sequence[Mapping[str, Any]]) -> list[ReleasedModel]:
    """Models from plain values, as of `trained_models`."""
    return [
        ReleasedModel(**{**model, "candidates": [_candidate(**c) for c in model["candidates"]]})
        for model in given
    ]


def _candidate(folder: str, metrics: Sequence[str] = (), **others: Any) -> Candidate:
    return Candidate(Path(folder), metrics=[Path(path) for path in metrics], **others)


def choose(model: ReleasedModel, runs: pl.DataFrame | None) -> Candidate:
    """The candidate that is released: of the selected setup, the seed that is best on validation.

    Args:
        runs: the table of all classifiers (SETUP, `selected`); None where there are none.

    Raises:
        InputError: no setup of the model is selected.
    """
    if len(model.candidates) == 1 or runs is None:
        return model.candidates[0]
    selected = runs.filter("selected").select(SETUP).unique().rows()
    chosen = [
        candidate
        for candidate in model.candidates
        if tuple(candidate.run[key] for key in SETUP) in selected
    ]
    if not chosen:
        raise InputError(f"{model.name}: the table of runs selects none of its models")
    return max(chosen, key=lambda candidate: _metrics(candidate)["validation"]["micro_top1"])


def release_model(model: ReleasedModel, candidate: Candidate, folder: Path) -> None:
    """Write config.json, model.safetensors and the card README.md."""
    for name in (CONFIG, WEIGHTS):
        with atomic(folder / name) as partial:
            shutil.copyfile(candidate.folder / name, partial)
    with atomic(folder / "README.md") as partial:
        partial.write_text(model_card(model, candidate))


def model_card(model: ReleasedModel, candidate: Candidate) -> str:
    """The text of its README.md, with a header that Hugging Face reads."""
    licence = binding_licence([*candidate.start.values(), *model.data.values()])
    config = json.loads((candidate.folder / CONFIG).read_text())
    header = {
        **(licence.header if licence else {"license": "unknown"}),
        "tags": ["biology", "insects", *model.tags],
        "library_name": next((name for key, name in LIBRARIES.items() if key in config), "pytorch"),
    }
    sources = [
        *(f"started from the weights {_licensed(*item)}" for item in candidate.start.items()),
        *(f"trained on {_licensed(*item)}" for item in model.data.items()),
    ]
    if not candidate.start:
        sources.insert(0, "randomly initialised")
    lines = [
        "---",
        *(f"{key}: {json.dumps(value)}" for key, value in header.items()),
        "---",
        "",
        f"# {model.name}",
        "",
        model.task,
        "",
        "## Where it comes from, and its licence",
        "",
        *(f"- {source}" for source in sources),
        "",
        _permission(licence),
        "",
        "## Training",
        "",
        *(f"- {key}: {value}" for key, value in candidate.run.items()),
        "",
    ]
    for name, values in _metrics(candidate).items():
        numbers = {key: value for key, value in values.items() if isinstance(value, int | float)}
        lines += [f"## {name.capitalize()}", "", "| metric | value |", "| --- | ---: |"]
        lines += [f"| {key} | {value:.4f} |" for key, value in numbers.items()] + [""]
    opening = next((text for key, text in OPENING.items() if key in config), None)
    if opening:
        code = opening.format(**config).splitlines()
        lines += ["## Opening it", "", "```python", *code, "```", ""]
    return "\n".join(lines)


def binding_licence(licences: Sequence[Licence | None]) -> Licence | None:
    """The licence that binds users most: the one that has the conditions of all others.

    Where none has, as of CC BY-SA and CC BY-NC, or where the conditions of one are not known here,
    all of them together, which is "other". None where any is missing, unless a known one is
    non-commercial.
    """
    known = list(dict.fromkeys(licence for licence in licences if licence is not None))
    if None in licences:
        known = [licence for licence in known if licence.is_non_commercial]
    if len(known) < 2:
        return next(iter(known), None)
    conditions = [licence.conditions for licence in known]
    if None not in conditions:
        union = frozenset[str]().union(*conditions)
        strictest = [licence for licence in known if licence.conditions == union]
        if strictest:
            return max(strictest, key=_place)
    return Licence(" and ".join(licence.name for licence in known), "", "other")


def _place(licence: Licence) -> int:
    """Of a licence in LICENCES, the strictest last."""
    return list(LICENCES).index(licence.name) if licence.name in LICENCES else -1


def _metrics(candidate: Candidate) -> dict[str, dict[str, Any]]:
    """Part → metric → value."""
    found: dict[str, dict[str, Any]] = {}
    for path in candidate.metrics:
        values = json.loads(path.read_text())
        nested = {name: part for name, part in values.items() if isinstance(part, dict)}
        found |= nested or {path.stem: values}
    return found


def _licensed(name: str, licence: Licence | None) -> str:
    return f"{name} ({licence.name if licence else 'no licence is known'})"


def _permission(licence: Licence | None) -> str:
    if licence is None:
        return "The licence of one of these is not known: ask its holder before you use the model."
    if licence.is_non_commercial:
        return f"One of these is under {licence.name}: the model is not for commercial use."
    if licence.card == "other":
        return f"No single licence covers all of these: the model is bound by {licence.name}."
    return f"The strictest of these licences is that of the model: {licence.name}."
