"""The encoders that a config describes, and where those lie that are pretrained here.

(Imported by every run of Snakemake: no torch.)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bioscan.core.errors import InputError
from bioscan.core.weights import CONFIG, WEIGHTS, require_library

#: The folder of an encoder that is pretrained on the barcodes of a dataset: `config.json` and
#: `model.safetensors`.
PRETRAINED = "{dataset}/barcode/pretrained/{encoder}"

#: The folder of an encoder that is fine-tuned for the species of a dataset, likewise.
FINETUNED = "{dataset}/barcode/finetuned/{encoder}/{recipe}"

#: The folder of a model whose encoders share one space: `config.json` and `model.safetensors`. The
#: dataset is the one that it is trained on.
ALIGNED = "{dataset}/retrieve/models/{model}/seed{seed}"

#: A file of the embeddings of a split: `.npy`, `.parquet` or `.json`. The folder is named after
#: the encoder, and after the pooling where that is not the default.
EMBEDDINGS = "{dataset}/embeddings/{embedding}/{split}.{suffix}"

#: In place of a split: all records, of datasets without splits too.
ALL = "all"

#: In place of a split: the records of all splits of BIOSCAN-5M but `pretrain`, whose species are
#: unknown (5M Table 3).
LABELLED = "labelled"

#: Over which positions the embedding of a barcode is averaged. `masked`: those of the sequence
#: alone, and padding is not attended to. `released`: those of the published probes, whose code
#: padded sequences with N and attended to all positions; which it averaged differs by encoder.
Pooling = Literal["masked", "released"]

#: Of an encoder that is randomly initialised, so that its embeddings can be made again.
SEED = 0

#: What encoders take, and the key of the config that names their architecture.
Modality = Literal["image", "dna", "text"]
_KEYS: dict[Modality, str] = {"image": "timm", "dna": "dna", "text": "text"}

#: Suffixes of the files in which weights are published.
SUFFIXES = (".safetensors", ".pth", ".pth.tar", ".pt", ".bin")


@dataclass(frozen=True)
class Encoders:
    """The config key `encoders`, and the encoders of aligned models.

    Attributes:
        given: name → settings. Those of an aligned model have the key `aligned`: the names in
            ALIGNED, and the modality.
        find_weights: (name of weights, the config's key for messages) → files, `Run.weights`.
        catalogue: names of weights that can be downloaded.
    """

    given: Mapping[str, Mapping[str, Any]]
    find_weights: Callable[[str | None, str], list[str]]
    catalogue: frozenset[str]

    def of(self, modality: Modality) -> list[str]:
        """The names of the encoders of images, of DNA or of text, but for those of aligned models.

        They can be trained further.
        """
        return [
            name
            for name, given in self.given.items()
            if "aligned" not in given and self.modality(name) == modality
        ]

    @property
    def aligned(self) -> list[str]:
        """The names of the encoders of aligned models."""
        return [name for name, given in self.given.items() if "aligned" in given]

    def modality(self, name: str) -> Modality:
        if "aligned" in self.given[name]:
            return self.given[name]["aligned"]["modality"]
        return next(kind for kind, key in _KEYS.items() if key in self.given[name])

    def weights(self, name: str) -> list[str]:
        """The published or own weights of an encoder, and files beside them; none if it has none.

        Those of an encoder with `pretrain` are below `PRETRAINED`.

        Raises:
            InputError: there are no weights of the name that the config gives.
        """
        files = self.find_weights(self.given[name].get("weights"), f"encoders.{name}.weights")
        return sorted(files, key=lambda file: not file.endswith(SUFFIXES))

    def check(self, name: str) -> None:
        """Check that the weights of an encoder are there, and of that model.

        Raises:
            InputError: naming the key, its value and what was expected.
        """
        files, given = self.weights(name), self.given[name]
        if not files or self.modality(name) != "image":
            return
        key, weights = f"encoders.{name}.weights", given["weights"]
        if not files[0].endswith(SUFFIXES):
            raise InputError(f"config: {key} is '{weights}', which has no {WEIGHTS}")
        if weights in self.catalogue or len(files) == 1:
            return
        config = require_library(key, weights, Path(files[1]), "timm")
        if config["architecture"] != given["timm"].split(".")[0]:
            raise InputError(
                f"config: {key} is '{weights}', whose {CONFIG} is of {config['architecture']}, and "
                f"encoders.{name}.timm is '{given['timm']}'"
            )


def aligned_name(model: str, seed: int, modality: Modality) -> str:
    """The name of an encoder of an aligned model, which is that of its embeddings."""
    return f"{model}_seed{seed}_{modality}"


def aligned_encoders(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The encoders of the aligned models of a config: name → settings, as in `Encoders.given`.

    Args:
        config: its key `retrieve`; empty where there is none.
    """
    found = {}
    for model, given in config.get("models", {}).items():
        dataset = config["training"].get(given["training"], {}).get("dataset")
        for seed in given["seeds"]:
            for modality in given["encoders"]:
                place = {"dataset": dataset, "model": model, "seed": seed, "modality": modality}
                found[aligned_name(model, seed, modality)] = {"aligned": place}
    return found


def embedding_name(encoder: str, pooling: Pooling = "masked") -> str:
    """The folder of an encoder's embeddings."""
    return encoder if pooling == "masked" else f"{encoder}_{pooling}"
