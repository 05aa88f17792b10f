"""From the config to paths: which files there are, for the rules to name.

Only the Snakefile and the rules use this; scripts are handed their paths. Paths are relative to
the working directory and begin with the results of the run.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product
from pathlib import Path
from typing import Any

from bioscan.core.errors import InputError

#: Metadata file and image archives of each published format. 1M: `{n}` runs from 1 to 113
#: (1M §3.1.3); 5M: five parts (5M Table A2).
METADATA = {
    "bioscan1m": "BIOSCAN_Insect_Dataset_metadata.tsv",
    "bioscan5m": "BIOSCAN_5M_Insect_Dataset_metadata_MultiTypes.zip",
}
ARCHIVE = {
    "bioscan1m": "bioscan_images_original_full_part{n}.zip",
    "bioscan5m": "BIOSCAN_5M_original_full.{n:02d}.zip",
}

#: What the catalogue calls the files of a published format.
COLLECTION = {"bioscan1m": "BIOSCAN-1M", "bioscan5m": "BIOSCAN-5M"}

#: Where what was downloaded, or had by hand, lies for all runs.
DOWNLOADS = "results/downloads"

#: The packages of BIOSCAN-5M for experiments: end of the name → its splits (5M §A1.4, Table A2).
PARTITIONS = {
    "pretrain": ["pretrain"],
    "train": ["train"],
    "eval": ["val", "test", "val_unseen", "test_unseen", "key_unseen", "other_heldout"],
}

#: Parts of 1M in a zip of its cropped package (1M §A1.1).
PARTS_PER_ZIP = 20

#: The tables that describe the records, by format: file name → the report's section.
TABLES = {
    "bioscan1m": {
        "bioscan1m_table1": "1 Records",
        "bioscan1m_table2": "1 Records",
        "bioscan1m_table3": "3 Splits",
    },
    "bioscan5m": {
        "bioscan5m_table2": "1 Records",
        "bioscan5m_tableA4": "1 Records",
        "bioscan5m_tableA5": "1 Records",
        "bioscan5m_tableA6": "1 Records",
        "bioscan5m_slides_sdi": "1 Records",
        "columns": "1 Records",
        "bioscan5m_table3": "3 Splits",
        "bioscan5m_tableA8": "3 Splits",
        "bioscan5m_tableA9": "3 Splits",
        "bioscan5m_tableA10": "3 Splits",
        "bioscan5m_tableA11": "3 Splits",
        "bioscan5m_tableA12": "3 Splits",
        "bioscan5m_tableA13": "3 Splits",
        "bioscan5m_tableA14": "3 Splits",
    },
    "folder": {
        "ranks": "1 Records",
        "geography": "1 Records",
        "columns": "1 Records",
        "splits": "3 Splits",
    },
}

#: The figures that describe the records, likewise. BIOSCAN-1M has no coordinates.
FIGURES = {
    "bioscan1m": {"bioscan1m_figure2": "1 Records"},
    "bioscan5m": {
        "bioscan5m_figure3": "1 Records",
        "bioscan5m_figureA1": "1 Records",
        "bioscan5m_figureA3": "1 Records",
        "bioscan5m_figureA7": "3 Splits",
        "bioscan5m_figureA8": "3 Splits",
        "bioscan5m_figureA9": "3 Splits",
        "bioscan5m_figureA10": "3 Splits",
    },
    "folder": {"classes": "1 Records"},
}

#: The figures that show any dataset's boxes and crops.
SHEETS = ("boxes", "crops", "worst_crops", "quarantined")

#: Table or figure → the report's section.
SECTIONS = {
    **{name: section for names in TABLES.values() for name, section in names.items()},
    **{name: section for names in FIGURES.values() for name, section in names.items()},
    "detectors": "2 Images",
    "bioscan1m_tableA5": "2 Images",
    "bioscan5m_tableA7": "2 Images",
    "bioscan1m_table5": "4 Classification",
    "bioscan1m_tableA3": "4 Classification",
    "bioscan1m_tableA4": "4 Classification",
    "bioscan1m_tableA6": "4 Classification",
    "bioscan1m_sectionA64": "4 Classification",
}

#: The file with a table's published values, in config/published/.
PUBLISHED = {
    "bioscan1m_table1": "bioscan1m_table1.csv",
    "bioscan1m_table2": "bioscan1m_table2.csv",
    "bioscan1m_table3": "bioscan1m_table3.csv",
    "bioscan1m_table5": "bioscan1m_table5.csv",
    "bioscan1m_tableA3": "bioscan1m_tableA3.csv",
    "bioscan1m_tableA4": "bioscan1m_tableA4.csv",
    "bioscan1m_tableA5": "bioscan1m_tableA5.csv",
    "bioscan1m_tableA6": "bioscan1m_tableA6.csv",
    "bioscan1m_sectionA64": "bioscan1m_sectionA64.csv",
    "bioscan5m_table2": "bioscan5m_table2.csv",
    "bioscan5m_table3": "bioscan5m_table3.csv",
    "bioscan5m_tableA4": "bioscan5m_tableA4.csv",
    "bioscan5m_tableA5": "bioscan5m_tableA5.csv",
    "bioscan5m_tableA6": "bioscan5m_tableA6.csv",
    "bioscan5m_tableA7": "bioscan5m_tableA7.csv",
    "bioscan5m_tableA8": "bioscan5m_tableA8.csv",
    "bioscan5m_tableA9": "bioscan5m_tableA9.csv",
    "bioscan5m_tableA10": "bioscan5m_tableA10.csv",
    "bioscan5m_tableA11": "bioscan5m_tableA11.csv",
    "bioscan5m_tableA12": "bioscan5m_tableA12.csv",
    "bioscan5m_tableA13": "bioscan5m_tableA13.csv",
    "bioscan5m_tableA14": "bioscan5m_tableA14.csv",
    "bioscan5m_slides_sdi": "bioscan5m_slides_sdi.csv",
}

#: The tables that judge detectors on annotated sets: file name → the sets of the paper's columns.
DETECTOR_TABLES = {
    "bioscan1m_tableA5": [["IP-100-val"], ["IW-150-val"]],
    "bioscan5m_tableA7": [["NWC-100-val"], ["IP-100-val", "IW-150-val"]],
}

#: The tables that classifiers make (A6 where there is an ablation), and the figures of each
#: experiment's classifiers.
CLASSIFIER_TABLES = (
    "bioscan1m_table5",
    "bioscan1m_tableA3",
    "bioscan1m_tableA4",
    "bioscan1m_sectionA64",
    "bioscan1m_tableA6",
)
CLASSIFIER_FIGURES = ("confusion", "accuracy", "curves")

#: Keys of a detector that say what it learns from, not how.
_LEARNS_FROM = ("weights", "train")


@dataclass(frozen=True)
class Layout:
    """Paths of a run.

    Attributes:
        config: the validated config.
        catalogue: what can be downloaded (config/catalogue.yaml).
        root: the repository, for files that are part of it.
    """

    config: dict[str, Any]
    catalogue: dict[str, Any]
    root: Path

    def __post_init__(self) -> None:
        """Check what the schema cannot.

        Raises:
            InputError: naming the key, what it says and what there is.
        """
        detect = self.config["detect"]
        for name, settings in detect["sets"].items():
            if "acquire" in settings:
                _require(f"detect.sets.{name}", name, self.catalogue["annotations"])
        for name in chain.from_iterable(detect["evaluate_on"]):
            _require("detect.evaluate_on", name, detect["sets"])
        known: list[str] = []
        for name, settings in self.detectors.items():
            for learnt in settings["train"]:
                _require(f"detect.detectors.{name}.train", learnt, detect["sets"])
            self._check_start(name, known)
            known.append(name)
        for dataset in self.datasets:
            _require(f"datasets.{dataset}.detector", self.detector_of(dataset), self.detectors)
        for package in self.released_packages:
            _require("release.packages", package, self.config["image"]["packages"])
        if (classify := self.config.get("classify")) is not None:
            _require("classify.dataset", classify["dataset"], self.having(format="bioscan1m"))
            for name, backbone in classify["backbones"].items():
                if "weights" in backbone:
                    key = f"classify.backbones.{name}.weights"
                    _require(key, backbone["weights"], self.catalogue["weights"])
            for part in ("grid", "ablation"):
                for block in classify[part]:
                    self._check_block(f"classify.{part}", block)

    @property
    def results(self) -> str:
        return f"results/{self.config['run']}"

    @cached_property
    def datasets(self) -> dict[str, dict[str, Any]]:
        return self.config["datasets"]

    def having(self, **values: str) -> list[str]:
        """The datasets whose config has these values (format, source)."""
        return [
            name
            for name, dataset in self.datasets.items()
            if all(dataset[key] == value for key, value in values.items())
        ]

    def only(self, format: str) -> str:
        """The wildcard pattern of a format's datasets; matches nothing where there are none."""
        return "|".join(self.having(format=format)) or "(?!)"

    @property
    def metadata_names(self) -> tuple[str, ...]:
        return tuple(METADATA.values())

    def metadata(self, dataset: str) -> list[str]:
        """The metadata that ingest reads: a published file, or a folder's optional table."""
        settings = self.datasets[dataset]
        if settings["format"] == "folder":
            return [settings["table"]] if settings.get("table") else []
        return [f"{self.results}/{dataset}/source/{METADATA[settings['format']]}"]

    def truth(self, dataset: str) -> str:
        """What the simulator knows of the records of a simulated dataset."""
        name = METADATA[self.datasets[dataset]["format"]]
        return f"{self.results}/{dataset}/truth/{name}.parquet"

    def min_majority(self, dataset: str) -> float | None:
        """What cleaning needs to overrule a label; None where labels are left as entered."""
        return self.config["curate"]["min_majority"] if self.datasets[dataset]["clean"] else None

    def archives(self, dataset: str) -> list[str]:
        """The archives of images; none for a folder, which is read itself."""
        settings = self.datasets[dataset]
        if settings["format"] == "folder":
            return []
        if "images" in settings:
            return settings["images"]
        name = ARCHIVE[settings["format"]]
        return [
            f"{self.results}/{dataset}/source/{name.format(n=n)}"
            for n in range(1, settings["archives"] + 1)
        ]

    def folder(self, dataset: str) -> list[str]:
        """The user's folder of images, if that is what a dataset is."""
        settings = self.datasets[dataset]
        return [settings["path"]] if settings["format"] == "folder" else []

    def images(self, dataset: str) -> list[str]:
        """What the image index points into."""
        return self.archives(dataset) + self.folder(dataset)

    @cached_property
    def collections(self) -> dict[str, str]:
        """Folders below the results that hold downloads → `<section>/<name>` in the catalogue."""
        found = {
            f"{dataset}/source": f"data/{COLLECTION[self.datasets[dataset]['format']]}"
            for dataset in self.having(source="published")
        }
        found |= {f"weights/{name}": f"weights/{name}" for name in self.catalogue["weights"]}
        sets = self.config["detect"]["sets"]
        acquired = [name for name, settings in sets.items() if "acquire" in settings]
        return found | {f"detect/sets/{name}": f"annotations/{name}" for name in acquired}

    @cached_property
    def artefacts(self) -> dict[str, str]:
        """What this run may download: path below the results → `<section>/<name>/<file>`.

        All files of a collection, those that the run needs and those that a user may ask for.
        """
        found = {}
        for folder, collection in self.collections.items():
            for file in self._collection(collection)["files"]:
                found[f"{folder}/{file}"] = f"{collection}/{file}"
        for dataset in self.having(source="published"):
            archive = ARCHIVE[self.datasets[dataset]["format"]]
            collection = self.collections[f"{dataset}/source"]
            for n in range(1, self.datasets[dataset].get("archives", 0) + 1):
                file = archive.format(n=n)
                found[f"{dataset}/source/{file}"] = f"{collection}/{file}"
        return found

    @cached_property
    def licensed(self) -> list[str]:
        """The folders with downloads whose licence the catalogue names."""
        return [
            folder
            for folder, collection in self.collections.items()
            if "licence" in self._collection(collection)
        ]

    def licence_of(self, artefact: str) -> list[str]:
        """The file that states the licence of a download, if one is known."""
        folder = str(Path(artefact).parent)
        return [f"{self.results}/{folder}/LICENCE.txt"] if folder in self.licensed else []

    def _collection(self, collection: str) -> dict[str, Any]:
        section, name = collection.split("/")
        return self.catalogue[section][name]

    def download(self, artefact: str) -> str:
        """Where a download lies for all runs."""
        return f"{DOWNLOADS}/{self.artefacts[artefact]}"

    def shards(self, dataset: str) -> list[str]:
        return [f"{shard:04d}" for shard in range(self.datasets[dataset]["shards"])]

    def sharded(self, pattern: str, dataset: str) -> list[str]:
        """A path with {shard} for each shard of a dataset."""
        return [pattern.format(shard=shard) for shard in self.shards(dataset)]

    def annotations(self, name: str) -> dict[str, str]:
        """`coco` and `images` of an annotated set: the user's, acquired or simulated."""
        settings = self.config["detect"]["sets"][name]
        if "annotations" in settings:
            return {"coco": settings["annotations"], "images": settings["images"]}
        folder = f"{self.results}/detect/sets/{name}"
        return {"coco": f"{folder}/instances.json", "images": f"{folder}/images.zip"}

    @property
    def simulated_sets(self) -> list[str]:
        sets = self.config["detect"]["sets"]
        return [name for name, settings in sets.items() if "simulate" in settings]

    @property
    def detectors(self) -> dict[str, dict[str, Any]]:
        return self.config["detect"]["detectors"]

    @property
    def trained_detectors(self) -> list[str]:
        return [name for name, settings in self.detectors.items() if settings["train"]]

    def detector_of(self, dataset: str) -> str | None:
        """The detector that a dataset's images are cropped with: its own, or the only one."""
        only = next(iter(self.detectors)) if len(self.detectors) == 1 else None
        return self.datasets[dataset].get("detector", only)

    def training_sets(self, detector: str, what: str) -> list[str]:
        """`coco` or `images` of a detector's training sets, in order."""
        return [self.annotations(name)[what] for name in self.detectors[detector]["train"]]

    def starts_from(self, detector: str) -> list[str]:
        """Files of the model that a detector's training starts from: weights, or a detector."""
        weights = self.detectors[detector]["weights"]
        return self.detector(weights) if weights in self.detectors else self.weights(weights)

    def detector(self, name: str) -> list[str]:
        """A detector's config.json and weights: trained here, or used as they are."""
        if not self.detectors[name]["train"]:
            return self.starts_from(name)
        folder = f"{self.results}/detect/models/{name}"
        return [f"{folder}/config.json", f"{folder}/model.safetensors"]

    def _check_start(self, detector: str, known: list[str]) -> None:
        """A detector starts from weights that there are, or from a detector named before it."""
        weights = self.detectors[detector]["weights"]
        key = f"detect.detectors.{detector}.weights"
        if weights in self.detectors:
            if weights not in known:
                raise InputError(
                    f"config: {key} is '{weights}', expected a detector that is named before it"
                )
            return
        trained = any(path.endswith("model.safetensors") for path in self.weights(weights, key))
        if not trained and not self.detectors[detector]["train"]:
            raise InputError(
                f"config: {key} is '{weights}', which has no model.safetensors, and the detector "
                "learns from no set (train)"
            )

    def judged(self) -> list[tuple[str, list[str]]]:
        """Each detector with each group of sets that it is judged on."""
        return list(product(self.detectors, self.config["detect"]["evaluate_on"]))

    def metrics(self) -> list[str]:
        """The figures of all detectors, in the order of `judged`."""
        folder = f"{self.results}/detect/metrics"
        return [f"{folder}/{name}/{'+'.join(sets)}.json" for name, sets in self.judged()]

    @property
    def detector_tables(self) -> list[str]:
        """The tables that judge the detectors: of all that there are, and those of the papers."""
        judged = self.config["detect"]["evaluate_on"]
        papers = [name for name, sets in DETECTOR_TABLES.items() if all(s in judged for s in sets)]
        return ["detectors", *papers] if judged else []

    def weights(self, name: str | None, key: str = "weights") -> list[str]:
        """Files of pretrained weights: a folder of the repository, or a catalogue entry's.

        Raises:
            InputError: there are none of this name, which the config's `key` gives.
        """
        if name is None:
            return []
        if name in self.catalogue["weights"]:
            files = self.catalogue["weights"][name]["files"]
            return [f"{self.results}/weights/{name}/{file}" for file in files]
        if not (self.root / name / "config.json").is_file():
            raise InputError(
                f"config: {key} is '{name}', which is neither in config/catalogue.yaml nor a "
                "folder with a config.json"
            )
        return [self.own(path) for path in sorted((self.root / name).iterdir())]

    def own(self, path: str | Path) -> str:
        """A file of the repository, relative to the working directory."""
        return os.path.relpath(self.root / path)

    def packs(self, dataset: str, package: str) -> list[str]:
        folder = f"{self.results}/{dataset}/packs/{package}"
        return [f"{folder}/{shard}.h5" for shard in self.shards(dataset)]

    def package_index(self, dataset: str, package: str) -> str:
        return f"{self.results}/{dataset}/packs/{package}/index.parquet"

    @property
    def released_packages(self) -> list[str]:
        return self.config.get("release", {}).get("packages", [])

    def released(self, dataset: str) -> dict[str, dict[str, Any]]:
        """The zips of a release: file name → package, and `where`, column → values of its records.

        The names are the published ones (1M §A1.1, 5M Table A2); a folder's are those of 5M.
        """
        settings = self.datasets[dataset]
        found = {}
        for package in self.released_packages:
            if settings["format"] != "bioscan1m":
                found[f"BIOSCAN_5M_{package}.zip"] = {"package": package, "where": {}}
                if package != "cropped":
                    for name, splits in PARTITIONS.items():
                        where = {"split": splits}
                        archive = f"BIOSCAN_5M_{package}_{name}.zip"
                        found[archive] = {"package": package, "where": where}
            elif package != "cropped":
                found[f"{package}.zip"] = {"package": package, "where": {}}
            else:
                parts = range(1, settings["archives"] + 1)
                for start in range(0, len(parts), PARTS_PER_ZIP):
                    within = parts[start : start + PARTS_PER_ZIP]
                    archive = f"bioscan_images_cropped_part{within[0]}-{within[-1]}.zip"
                    found[archive] = {"package": package, "where": {"image_part": list(within)}}
        return found

    @property
    def released_names(self) -> list[str]:
        """The zips of any release."""
        return list(
            dict.fromkeys(name for dataset in self.datasets for name in self.released(dataset))
        )

    def released_indices(self, dataset: str) -> list[str]:
        """The indices of all released packages: a record is released if it is in each of them."""
        return [self.package_index(dataset, package) for package in self.released_packages]

    def tables(self, dataset: str) -> list[str]:
        """The tables that describe a dataset's records."""
        return list(TABLES[self.datasets[dataset]["format"]])

    def figures(self, dataset: str) -> list[str]:
        """The figures that describe a dataset's records."""
        return list(FIGURES[self.datasets[dataset]["format"]])

    def published(self, table: str) -> list[str]:
        """The published values of a table, where a paper prints them."""
        return [self.own(f"config/published/{PUBLISHED[table]}")] if table in PUBLISHED else []

    def partition_settings(self, wildcards: Any) -> dict[str, Any]:
        """Settings of a dataset's splits; a published dataset keeps its own by default."""
        dataset = self.datasets[wildcards.dataset]
        method = "published" if dataset["source"] == "published" else "recompute"
        return {"method": method, **dataset["partition"]}

    def detector_settings(self, name: str) -> dict[str, Any]:
        """What shapes a detector, without what it learns from."""
        settings = self.detectors[name]
        return {key: value for key, value in settings.items() if key not in _LEARNS_FROM}

    def _check_block(self, key: str, block: dict[str, Any]) -> None:
        """A block of classification runs names backbones, packages and a recipe that there are."""
        classify = self.config["classify"]
        for name in block.get("backbones", []):
            _require(f"{key}.backbones", name, classify["backbones"])
        for package in block["packages"]:
            _require(f"{key}.packages", package, self.config["image"]["packages"])
        _require(f"{key}.recipe", block["recipe"], classify["recipes"])

    def training_settings(self, wildcards: Any) -> dict[str, Any]:
        """How one classifier is trained."""
        recipe = self.config["classify"]["recipes"][wildcards.recipe]
        return {**recipe, "loss": wildcards.loss, "seed": int(wildcards.seed)}

    def backbone_weights(self, backbone: str) -> list[str]:
        return self.weights(self.config["classify"]["backbones"][backbone].get("weights"))

    @property
    def classified(self) -> str | None:
        """The dataset of the classification experiments."""
        return self.config["classify"]["dataset"] if "classify" in self.config else None

    @cached_property
    def grid(self) -> list[dict[str, Any]]:
        """The runs of Tables 5, A3 and A4, one row a model and seed."""
        return self._runs("grid")

    @cached_property
    def ablation(self) -> list[dict[str, Any]]:
        """The runs of Table A6, likewise; those that the grid has too are trained once."""
        return self._runs("ablation")

    def _runs(self, part: str) -> list[dict[str, Any]]:
        if self.classified is None:
            return []
        classify = self.config["classify"]
        runs = [
            {
                "experiment": f"{size}_{task}",
                "backbone": backbone,
                "loss": loss,
                "package": package,
                "recipe": block["recipe"],
                "seed": seed,
            }
            for block in classify[part]
            for task in block["tasks"]
            for size in block["sizes"]
            for backbone in block.get("backbones", classify["backbones"])
            for loss in block["losses"]
            for package in block["packages"]
            for seed in block["seeds"]
        ]
        return [run for place, run in enumerate(runs) if run not in runs[:place]]

    def grid_of(self, experiment: str) -> list[dict[str, Any]]:
        """The runs of an experiment in the package and by the recipe that the config names first.

        What is drawn of an experiment is drawn of these; the tables have all.
        """
        runs = [run for run in self.grid if run["experiment"] == experiment]
        same = ("package", "recipe")
        return [run for run in runs if all(run[key] == runs[0][key] for key in same)]

    def drawn_together(self, part: str, experiment: str) -> list[dict[str, Any]]:
        """The runs whose training is drawn in one figure: `curves` or `ablation`."""
        if part == "curves":
            return self.grid_of(experiment)
        return [run for run in self.ablation if run["experiment"] == experiment]

    def run_files(self, name: str, runs: list[dict[str, Any]]) -> list[str]:
        """One file of the folder of each run."""
        folder = f"{self.results}/{self.classified}/classify"
        pattern = "{experiment}/{backbone}/{loss}/{package}/{recipe}/seed{seed}"
        return [f"{folder}/{pattern.format(**run)}/{name}" for run in runs]

    @property
    def grid_experiments(self) -> list[str]:
        return list(dict.fromkeys(run["experiment"] for run in self.grid))

    @property
    def ablation_experiments(self) -> list[str]:
        return list(dict.fromkeys(run["experiment"] for run in self.ablation))

    @property
    def described(self) -> list[str]:
        """The tables that describe the records of any dataset."""
        return list(
            dict.fromkeys(name for dataset in self.datasets for name in self.tables(dataset))
        )

    @property
    def drawn(self) -> list[str]:
        """The figures that describe the records of any dataset."""
        return list(
            dict.fromkeys(name for dataset in self.datasets for name in self.figures(dataset))
        )

    def targets(self) -> list[str]:
        """Everything that a run makes."""
        files = []
        files += [f"{self.results}/detect/report/{table}.html" for table in self.detector_tables]
        for dataset in self.datasets:
            folder = f"{self.results}/{dataset}"
            figures = (*self.figures(dataset), *SHEETS)
            files += [f"{folder}/figures/{name}.png" for name in figures]
            pages = [*self.tables(dataset), "cleaning", "quarantine"]
            if dataset in self.having(source="simulated"):
                pages.append("cleaning_scores")
            files += [f"{folder}/report/{page}.html" for page in pages]
            packages = self.config["image"]["packages"]
            files += [self.package_index(dataset, package) for package in packages]
            if self.released_packages:
                metadata = METADATA.get(self.datasets[dataset]["format"], METADATA["bioscan5m"])
                names = (metadata, *self.released(dataset))
                files += [f"{folder}/release/{name}" for name in names]
        if self.classified is not None:
            folder = f"{self.results}/{self.classified}"
            tables = list(CLASSIFIER_TABLES if self.ablation else CLASSIFIER_TABLES[:-1])
            for name in self.grid_experiments:
                files += [f"{folder}/figures/{kind}_{name}.png" for kind in CLASSIFIER_FIGURES]
                files.append(f"{folder}/report/suspects_{name}.html")
            experiments = self.ablation_experiments
            files += [f"{folder}/figures/ablation_{name}.png" for name in experiments]
            files += [f"{folder}/report/{table}.html" for table in tables]
        return files


def _require(key: str, name: str | None, known: Iterable[str]) -> None:
    if name not in known:
        given = "not given" if name is None else f"'{name}'"
        raise InputError(f"config: {key} is {given}, expected one of {', '.join(known) or 'none'}")
