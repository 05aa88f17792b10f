"""The models that a run trains for others. (Imported by every run of Snakemake: no polars.)"""

from pathlib import Path
from typing import Any

from bioscan.core.encoders import ALIGNED, PRETRAINED
from bioscan.core.formats import NAMES
from bioscan.core.run import Run, StageLayout
from bioscan.core.weights import CONFIG, WEIGHTS
from bioscan.release.about import SIMULATED, About, Licence, licence_of

#: What a classifier of BIOSCAN-1M is trained for, by the task of its experiment.
_CLASSES = {"insect_order": "the order of an insect", "diptera_family": "the family of a fly"}

#: Weights that come with the project and began as those of others → their licence.
_OF_OTHERS = {"config/detectors/lite0_wells": "Apache 2.0"}


def trained_models(
    run: Run,
    classify: StageLayout,
    detect: StageLayout,
    barcode: StageLayout,
    retrieve: StageLayout,
) -> list[dict[str, Any]]:
    """The keys of `release.models.ReleasedModel` for each model that the run trains, plain values.

    One classifier per experiment (the candidates are the runs of its grid), the detectors that crop
    a dataset, the DNA encoders that are pretrained and evaluated, and the first seed of each shared
    space.

    Args:
        run: the config.
        classify, detect, barcode, retrieve: the layouts of these stages.
    """
    found = []
    for experiment in classify.experiments:
        candidates = [
            {
                "folder": run.path(classify.RUN, dataset=classify.dataset, **given),
                "run": given,
                "start": _weights(run, run.encoders.given[given["backbone"]].get("weights")),
                "metrics": [
                    run.path(f"{classify.RUN}/metrics.json", dataset=classify.dataset, **given)
                ],
            }
            for given in classify.grid_of(experiment)
        ]
        task_name = experiment.split("_", 1)[-1]
        classes = _CLASSES.get(task_name, f"the {experiment} of a specimen")
        task = f"Classifies {classes} from its cropped photograph (experiment {experiment})."
        tags = ["image-classification"]
        data = _data(run, classify.dataset)
        found.append(_model(f"classifier_{experiment}", task, tags, data, candidates))
    cropping = {detect.detector_of(dataset) for dataset in run.cropped}
    for name in detect.detectors.trained:
        if name not in cropping:
            continue
        candidate = {
            "folder": run.path(detect.detectors.MODEL, detector=name),
            "run": detect.detectors.settings(name),
            "start": _start_of_detector(run, detect.detectors, name),
            "metrics": [
                run.path(detect.METRICS, detector=name, sets="+".join(sets))
                for evaluated, sets in detect.evaluations()
                if evaluated == name
            ],
        }
        data = {
            f"annotated images {given}": _licence_of_annotations(run, given)
            for given in detect.detectors.train(name)
        }
        task = "Finds the insect in a photograph of a well: the tool that crops images."
        found.append(_model(f"crop_tool_{name}", task, ["object-detection"], data, [candidate]))
    for name in barcode.models.evaluated if barcode.dataset else ():
        if "pretrain" in run.encoders.given[name]:
            candidate = {
                "folder": run.path(PRETRAINED, dataset=barcode.dataset, encoder=name),
                "run": barcode.models.architecture(name) | barcode.models.pretraining(name),
            }
            task = "Encodes DNA barcodes (COI): a BERT on k-mers, pretrained by masking."
            data = _data(run, barcode.dataset)
            found.append(_model(f"dna_encoder_{name}", task, ["dna"], data, [candidate]))
    for name in retrieve.models.trained:
        given = retrieve.models.models[name]
        dataset, seed = retrieve.models.dataset(name), given["seeds"][0]
        start: dict[str, Licence | None] = {}
        for encoder in given["encoders"].values():
            start |= _weights(run, run.encoders.given[encoder].get("weights"))
        candidate = {
            "folder": run.path(ALIGNED, dataset=dataset, model=name, seed=seed),
            "run": {"encoders": given["encoders"], **retrieve.models.recipe(name, seed)},
            "start": start,
        }
        task = f"Maps {', '.join(given['encoders'])} of a specimen into one space."
        data = _data(run, dataset)
        found.append(_model(f"shared_space_{name}", task, ["retrieval"], data, [candidate]))
    return found


def files_of(models: list[dict[str, Any]]) -> list[str]:
    """The files of all candidates."""
    return [
        path
        for model in models
        for candidate in model["candidates"]
        for path in (
            f"{candidate['folder']}/{CONFIG}",
            f"{candidate['folder']}/{WEIGHTS}",
            *candidate.get("metrics", ()),
        )
    ]


def about_of(run: Run, dataset: str) -> About:
    """What is said of a dataset."""
    given = run.config.get("release", {}).get("about", {}).get(dataset, {})
    format = run.datasets[dataset]["format"]
    return About.of(dataset, format, run.specimens_of(dataset), given, run.catalogue)


def _model(
    name: str,
    task: str,
    tags: list[str],
    data: dict[str, Licence | None],
    candidates: list[dict[str, Any]],
) -> dict[str, Any]:
    return {"name": name, "task": task, "tags": tags, "data": data, "candidates": candidates}


def _data(run: Run, dataset: str) -> dict[str, Licence | None]:
    """A dataset with its licence: a published one by its name, another by its title."""
    about = about_of(run, dataset)
    published = run.specimens_of(dataset) == "published"
    return {NAMES[about.format] if published else about.title: about.licence}


def _weights(run: Run, name: str | None) -> dict[str, Licence | None]:
    """Weights of the catalogue, or one's own, with their licence where it is known."""
    if name is None:
        return {}
    # Weights that come with the project have its licence, if others did not begin them.
    own = "MIT" if (run.root / name).is_dir() and not Path(name).is_absolute() else None
    own = _OF_OTHERS.get(str(Path(name)), own)
    licence = run.catalogue["weights"].get(name, {}).get("licence", own)
    return {name: licence and licence_of(licence, run.catalogue["licences"])}


def _licence_of_annotations(run: Run, name: str) -> Licence | None:
    """Of a set of annotated images: none is known of one that is not simulated."""
    simulated = "simulate" in run.annotated.sets[name]
    return licence_of(SIMULATED, {}) if simulated else None


def _start_of_detector(run: Run, detectors: Any, name: str) -> dict[str, Licence | None]:
    """The weights from which the first of a chain of detectors starts, and its encoder's."""
    weights = detectors[name]["weights"]
    if weights in detectors:
        return _start_of_detector(run, detectors, weights)
    return _weights(run, weights) | _weights(run, detectors[name].get("encoder"))
