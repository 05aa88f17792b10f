"""The settings that a run uses, by name, to be compared with those that the papers print."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bioscan.core.formats import PUBLISHED_SPLITS
from bioscan.core.released import archives
from bioscan.core.run import Run

#: The end of a zip of 5M that is a part of a package.
ZIP_OF_PART = re.compile(r"\.\d\d\.zip$")

#: Setting → the values in use, each once, in the order of the config.
Settings = dict[str, list[Any]]


def used_settings(run: Run) -> Settings:
    """The settings in use: what no block, model or dataset of the config takes is not among them.

    Several recipes are one setting with several values, `classify.recipe.epochs`; one of them is
    `classify.recipe(paper).epochs`. Stages that do nothing in this run have none, whatever the
    defaults of their keys: nothing is cropped, cleaned, divided, trained or released.
    """
    config = run.config
    encoders = config.get("encoders", {})
    cleaned = any(run.datasets[name]["clean"] for name in run.studied)
    cluster = config.get("cluster") or {}
    parts = [
        _datasets(run),
        _released(run),
        _detectors(run),
        _plain("image", config["image"] if run.cropped else {}),
        _plain("curate", config["curate"] if cleaned else {}),
        _classifiers(_of_1m(config)),
        _dna_models(config.get("barcode") or {}, encoders),
        _plain("cluster", cluster if cluster.get("spaces") else {}),
        _retrieval(config.get("retrieve") or {}, encoders),
    ]
    return {name: values for part in parts for name, values in part.items() if values}


def _distinct(values: Iterable[Any]) -> list[Any]:
    found = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _plain(stage: str, section: Mapping[str, Any]) -> Settings:
    """The keys of a section whose values are no blocks."""
    return {
        f"{stage}.{key}": value if isinstance(value, list) else [value]
        for key, value in section.items()
        if not isinstance(value, dict) and key != "spaces"
    }


def _recipes(prefix: str, recipes: Mapping[str, Mapping], used: Iterable[str]) -> Settings:
    """The keys of recipes, of all that are used and of each."""
    used = _distinct(used)
    found: Settings = {}
    for name in used:
        for key, value in recipes[name].items():
            known = found.setdefault(f"{prefix}.{key}", [])
            known += [value] if value not in known else []
            found[f"{prefix}({name}).{key}"] = [value]
    return found


def _datasets(run: Run) -> Settings:
    """Archives and partition of the datasets, by their format.

    The partition of one dataset is `bioscan5m(name).rules`.
    """
    found: Settings = {}
    for name in run.studied:
        dataset = run.datasets[name]
        format, partition = dataset["format"], dataset["partition"]
        values = {
            **{key: value for key, value in partition.items() if key not in ("method", "sizes")},
            **{f"sizes.{size}": value for size, value in partition["sizes"].items()},
        }
        if run.partition_method(name) == "published":
            values = dict.fromkeys(values, PUBLISHED_SPLITS)
        for key, value in {"archives": dataset.get("archives"), **values}.items():
            known = found.setdefault(f"{format}.{key}", [])
            known += [value] if value is not None and value not in known else []
            found[f"{format}({name}).{key}"] = [value]
    return found


def _released(run: Run) -> Settings:
    """The files that are released, by published format: a table of records; packages, each in so
    many zips, and where they are HDF5, each in one file of it."""
    found: Settings = {}
    release = run.config.get("release", {})
    for name in run.released:
        dataset = run.datasets[name]
        format = "bioscan1m" if dataset["format"] == "bioscan1m" else "bioscan5m"
        found[f"{format}.released"] = [True]
        if name not in run.cropped:
            continue
        found[f"{format}.packages"] = release.get("packages", [])
        for package in release.get("packages", []):
            if "zip" in release["formats"]:
                for zip in archives(format, package, dataset.get("archives", 1)):
                    # Parts of one have its name and a number.
                    whole = package if format == "bioscan1m" else ZIP_OF_PART.sub(".zip", zip)
                    count = found.setdefault(f"{format}.zips.{whole}", [0])
                    count[0] += 1
            if "hdf5" in release["formats"]:
                found[f"{format}.hdf5.{package}"] = [1]
    return found


def _detectors(run: Run) -> Settings:
    """Of the detectors that crop a dataset the threshold and sizes; of those that train, all."""
    given = run.config["detect"]["detectors"]
    cropping = [
        given[detector] for name in run.cropped if (detector := run.detector_of(name)) in given
    ]
    training = [detector for detector in given.values() if detector["train"]]
    return {
        **{
            f"detect.{key}": _distinct(detector[key] for detector in cropping)
            for key in ("threshold", "shortest_edge", "longest_edge")
        },
        **{
            f"detect.training.{key}": _distinct(detector[key] for detector in training)
            for key in (
                "epochs",
                "batch_size",
                "learning_rate",
                "backbone_learning_rate",
                "weight_decay",
                "weights",
            )
        },
    }


def _of_1m(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The section `classify`, where it has the experiments of BIOSCAN-1M."""
    section = config.get("classify") or {}
    of_1m = section and config["datasets"][section["dataset"]]["format"] == "bioscan1m"
    return section if of_1m else {}


def _classifiers(section: Mapping[str, Any]) -> Settings:
    found: Settings = {}
    for name, blocks in (("classify", section.get("grid")), ("ablation", section.get("ablation"))):
        blocks = blocks or []
        found |= _recipes(
            f"{name}.recipe", section.get("recipes", {}), (block["recipe"] for block in blocks)
        )
        for key in ("tasks", "sizes", "losses", "packages", "seeds"):
            found[f"{name}.{key}"] = _distinct(value for block in blocks for value in block[key])
        backbones = section.get("backbones", [])
        found[f"{name}.backbones"] = _distinct(
            value for block in blocks for value in block.get("backbones", backbones)
        )
        found[f"{name}.seeds_per_model"] = _distinct(len(block["seeds"]) for block in blocks)
        for key in ("tasks", "sizes"):
            for value in found[f"{name}.{key}"]:
                found[f"{name}.epochs.{value}"] = _distinct(
                    section["recipes"][block["recipe"]]["epochs"]
                    for block in blocks
                    if value in block[key]
                )
    return found


def _dna_models(section: Mapping[str, Any], encoders: Mapping[str, Any]) -> Settings:
    if not section:
        return {}
    models, search = section.get("models", []), section.get("search") or {}
    evaluated = _distinct(name for block in models for name in block["encoders"])
    searched = search.get("encoders", [])
    pretrained = {
        name: encoders[name]["pretrain"]
        for name in (*evaluated, *searched)
        if "pretrain" in encoders[name]
    }
    # The convolutional baseline has a recipe of its own, of which the paper says nothing.
    tuned = [
        block["finetuning"]
        for block in models
        if "fine_tuned" in block["evaluations"]
        and any(encoders[name].get("dna") != "cnn" for name in block["encoders"])
    ]
    if search:
        tuned.append(search["finetuning"])
    probed = any("linear_probe" in block["evaluations"] for block in models)
    return {
        **_recipes(
            "barcode.pretraining",
            section["pretraining"],
            (model["recipe"] for model in pretrained.values()),
        ),
        **_recipes("barcode.finetuning", section["finetuning"], tuned),
        **_plain("barcode.probe", section["probe"] if probed else {}),
        "barcode.evaluated": [name for name in evaluated if name in pretrained],
        "barcode.search.linear_probe": [search["linear_probe"]] if search else [],
        "barcode.search.k": _distinct(pretrained[name]["k"] for name in searched),
        "barcode.search.layers_heads": _distinct(
            f"{pretrained[name]['layers']}-{pretrained[name]['heads']}" for name in searched
        ),
        "barcode.deduplicate": [section["deduplicate"]],
    }


def _retrieval(section: Mapping[str, Any], encoders: Mapping[str, Any]) -> Settings:
    models = section.get("models", {})
    found = _recipes(
        "retrieve.recipe", section.get("recipes", {}), (m["recipe"] for m in models.values())
    )
    for name, model in models.items():
        for key, value in section["recipes"][model["recipe"]].items():
            found[f"retrieve.recipe({name}).{key}"] = [value]
        for modality, encoder in model["encoders"].items():
            known = found.setdefault(f"retrieve.encoders.{modality}", [])
            known += [encoder] if encoder not in known else []
    if evaluation := section.get("evaluation"):
        found["retrieve.missing_labels"] = [evaluation["missing_labels"]]
    tuning = [value for part in found.get("retrieve.recipe.tuning", []) for value in part.values()]
    found["retrieve.tuning"] = _distinct(tuning)
    found["retrieve.splits"] = _distinct(
        " + ".join(section["training"][model["training"]]["splits"])
        for model in models.values()
        if "partitioning" not in section["training"][model["training"]]
    )
    return found
