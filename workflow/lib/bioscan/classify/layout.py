"""The runs of the classification experiments."""

from functools import cached_property
from typing import Any

from bioscan.classify.runs import Runs, expand_runs, experiments, of_experiment, of_one_setup
from bioscan.core.errors import InputError
from bioscan.core.run import StageLayout, require

#: Made where there is an ablation.
ABLATION_TABLE, ABLATION_FIGURE = "bioscan1m_tableA6", "ablation"


class Layout(StageLayout):
    name = "classify"

    #: The folder of a run, and its name in logs.
    RUN = "{dataset}/classify/{experiment}/{backbone}/{loss}/{package}/{recipe}/seed{seed}"
    LOG = "{dataset}.{experiment}.{backbone}.{loss}.{package}.{recipe}.seed{seed}"

    def check(self) -> None:
        if self.dataset is None:
            return
        imaged = [name for name in self.run.studied if self.run.packages(name)]
        require("classify.dataset", self.dataset, imaged)
        if self._config["ablation"] and not self.of_1m:
            raise InputError(
                "config: classify.ablation is Table A6 of BIOSCAN-1M, and classify.dataset is "
                f"'{self.dataset}', of format {self.format}; name its packages in classify.grid"
            )
        for name in self.backbones:
            require("classify.backbones", name, self.run.encoders.of("image"))
            self.run.encoders.check(name)
        known = {"backbones": self.backbones, "packages": self.run.packages(self.dataset)}
        for part in ("grid", "ablation"):
            for block in self._config[part]:
                for key, names in known.items():
                    for name in block.get(key, []):
                        require(f"classify.{part}.{key}", name, names)
                require(f"classify.{part}.recipe", block["recipe"], self._config["recipes"])

    def products(self) -> list[str]:
        """Tables, and figures and pages of each experiment."""
        if self.dataset is None:
            return []
        files = []
        for name in self.run.artefacts.names(stage=self.name, format=self.format):
            if not self.ablation and name == ABLATION_TABLE:
                continue
            if self.run.artefacts[name].kind == "table":
                files.append(self.artefact_path(name, self.dataset))
                continue
            drawn = self.ablation if name == ABLATION_FIGURE else self.grid
            files += [
                self.artefact_path(name, self.dataset, of=f"{name}_{experiment}")
                for experiment in experiments(drawn)
            ]
        return files

    def reads(self) -> list[str]:
        """Pretrained weights of the backbones that are trained."""
        names = dict.fromkeys(run["backbone"] for run in self.grid + self.ablation)
        return [path for name in names for path in self.run.encoders.weights(name)]

    @property
    def dataset(self) -> str | None:
        """The dataset of the experiments; None where the config has none."""
        return self._config.get("dataset")

    @property
    def format(self) -> str | None:
        """Its format, likewise."""
        return None if self.dataset is None else self.run.datasets[self.dataset]["format"]

    @property
    def of_1m(self) -> bool:
        """Whether the experiments are those of BIOSCAN-1M, not ranks."""
        return self.format == "bioscan1m"

    @property
    def backbones(self) -> list[str]:
        """The encoders that are trained."""
        return self._config["backbones"]

    @property
    def _config(self) -> dict[str, Any]:
        return self.run.config.get("classify", {})

    @cached_property
    def grid(self) -> Runs:
        """The runs of Tables 5, A3 and A4, or those by rank, one row per model and seed."""
        return expand_runs(self._config, "grid", self.format) if self.format else []

    @cached_property
    def ablation(self) -> Runs:
        """The runs of Table A6, likewise; those that the grid has too are trained once."""
        return expand_runs(self._config, "ablation", self.format) if self.format else []

    @property
    def experiments(self) -> list[str]:
        """The experiments of the grid."""
        return experiments(self.grid)

    def grid_of(self, experiment: str) -> Runs:
        """The runs of an experiment with the package and recipe that the config names first.

        Figures and suspects of an experiment are made from these; the tables have all runs.
        """
        return of_one_setup(of_experiment(self.grid, experiment))

    def predicted(self, experiment: str) -> dict[str, list[str]]:
        """Predictions and models of an experiment, of which the selected one is drawn."""
        runs = self.grid_of(experiment)
        return {
            "predictions": self.files("predictions.parquet", runs),
            "models": self.files("config.json", runs),
        }

    def drawn_together(self, part: str, experiment: str) -> Runs:
        """The runs whose training is drawn in one figure: `curves` or `ablation`."""
        if part == "curves":
            return self.grid_of(experiment)
        return of_experiment(self.ablation, experiment)

    def files(self, name: str, runs: Runs) -> list[str]:
        """One file of the folder of each run."""
        folder = f"{self.RUN}/{name}"
        return [self.run.path(folder, dataset=self.dataset, **run) for run in runs]

    def settings(self, recipe: str, loss: str, seed: str) -> dict[str, Any]:
        """The settings of one training."""
        return {**self._config["recipes"][recipe], "loss": loss, "seed": int(seed)}
