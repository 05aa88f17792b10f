"""The detectors of a config: their training sets, and the models that they start from."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bioscan.core.errors import InputError
from bioscan.core.run import Run, require
from bioscan.core.weights import CONFIG, WEIGHTS, require_library

#: Keys of a detector that are inputs of its training, not settings.
INPUTS = ("weights", "encoder", "train")


class Detectors(dict[str, dict[str, Any]]):
    """Name → what the config says of a detector, in its order."""

    #: The folder of a trained detector, and that of the weights of one that are converted first.
    MODEL = "detect/models/{detector}"
    CONVERTED = "detect/converted/{detector}"

    def __init__(self, run: Run) -> None:
        super().__init__(run.config["detect"]["detectors"])
        self.run = run

    def check(self) -> None:
        """Check that each has its training sets, and weights that there are.

        Raises:
            InputError: naming the key, its value and what was expected.
        """
        known: list[str] = []
        for name in self:
            for trained in self.train(name):
                require(f"detect.detectors.{name}.train", trained, self.run.annotated.sets)
            self._check_start(name, known)
            self._check_encoder(name)
            known.append(name)

    @property
    def trained(self) -> list[str]:
        return [name for name in self if self.train(name)]

    def train(self, name: str) -> list[str]:
        """The training sets of a detector."""
        return self[name]["train"]

    def settings(self, name: str) -> dict[str, Any]:
        """The settings of a detector without its inputs."""
        return {key: value for key, value in self[name].items() if key not in INPUTS}

    def starts_from(self, name: str) -> list[str]:
        """Files of the model that a detector's training starts from: weights, or a detector."""
        weights = self[name]["weights"]
        if weights in self:
            return self.model(weights)
        if self.checkpoint(name):
            return self._in(self.CONVERTED, name)
        return self.run.weights(weights)

    def encoder(self, name: str) -> list[str]:
        """Files of the pretrained encoder that a detector's training starts from, if any."""
        encoder = self[name].get("encoder")
        return self.run.weights(encoder) if encoder else []

    def checkpoint(self, name: str) -> list[str]:
        """The Lightning checkpoint that a detector's weights are converted from, if any."""
        weights = self[name]["weights"]
        files = [] if weights in self else self.run.weights(weights)
        return files if len(files) == 1 and files[0].endswith(".ckpt") else []

    @property
    def converted(self) -> list[str]:
        return [name for name in self if self.checkpoint(name)]

    def model(self, name: str) -> list[str]:
        """A detector's config.json and weights: trained here, or used as they are."""
        if name not in self.trained:
            return self.starts_from(name)
        return self._in(self.MODEL, name)

    def reads(self, names: Iterable[str]) -> list[str]:
        """Weights and training sets of detectors, and of those that they start from."""
        pending, used, files, sets = list(names), set(), [], []
        while pending:
            name = pending.pop()
            if name not in used:
                used.add(name)
                sets += self.train(name)
                weights = self[name]["weights"]
                files += self.encoder(name)
                if weights in self:
                    pending.append(weights)
                else:
                    files += self.run.weights(weights)
        return files + self.run.annotated.coco(sets) + self.run.annotated.images(sets)

    def _check_start(self, name: str, known: list[str]) -> None:
        """A detector starts from weights that there are, or from a detector named before it.

        Raises:
            InputError: naming the key, its value and what was expected.
        """
        weights = self[name]["weights"]
        key = f"detect.detectors.{name}.weights"
        if weights in self:
            if weights not in known:
                raise InputError(
                    f"config: {key} is '{weights}', expected a detector that is named before it"
                )
            return
        files = self.run.weights(weights, key)
        if self.checkpoint(name):
            return
        if weights not in self.run.catalogue["weights"]:
            config = next(Path(path) for path in files if path.endswith(f"/{CONFIG}"))
            require_library(key, weights, config, "transformers", "segmentation_models_pytorch")
        has_weights = any(path.endswith(f"/{WEIGHTS}") for path in files)
        if not has_weights and not self.train(name):
            raise InputError(
                f"config: {key} is '{weights}', which has no model.safetensors, and the detector "
                "has no training set (train)"
            )

    def _check_encoder(self, name: str) -> None:
        """A pretrained encoder is one of timm, of a network that is trained.

        Raises:
            InputError: naming the key, its value and what was expected.
        """
        if (encoder := self[name].get("encoder")) is None:
            return
        key = f"detect.detectors.{name}.encoder"
        files = self.run.weights(encoder, key)
        if encoder not in self.run.catalogue["weights"]:
            config = next(Path(path) for path in files if path.endswith(f"/{CONFIG}"))
            require_library(key, encoder, config, "timm")
        if not self.train(name):
            raise InputError(
                f"config: {key} is '{encoder}', and the detector has no training set (train)"
            )

    def _in(self, folder: str, name: str) -> list[str]:
        """The files of a detector's folder."""
        return [f"{self.run.path(folder, detector=name)}/{file}" for file in (CONFIG, WEIGHTS)]
