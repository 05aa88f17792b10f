"""Which models are evaluated by the nearest key, on which queries and keys."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from bioscan.core.encoders import EMBEDDINGS, LABELLED, Modality, aligned_name
from bioscan.core.formats import NAMES
from bioscan.core.run import Run, require
from bioscan.core.weights import WEIGHTS
from bioscan.retrieve.models import AlignedModels

#: The encoders that no contrastive training has aligned, in the place of a model.
UNALIGNED = "unaligned"

#: Sets of keys → splits of the keys, and of the queries that search them (5M Table 3, §4.4).
#: `all`: those of the paper. `seen`: the species that a model knows; queries of unseen species are
#: then novel, and those of `other_heldout` train a detector of novelty.
KEY_SPLITS = {"all": ("train", "key_unseen"), "seen": ("train",)}
QUERY_SPLITS = {
    "all": ("val", "val_unseen", "test", "test_unseen"),
    "seen": ("val", "test", "test_unseen", "other_heldout"),
}

#: In the order of tables.
MODALITIES: tuple[Modality, ...] = ("image", "dna", "text")

#: What is compared where barcodes are damaged, and the splits of these queries.
DAMAGED: tuple[Modality, ...] = ("image", "dna")
DAMAGED_SPLITS = ("test", "test_unseen")

#: Pairs by which novelty is scored.
NOVELTY_PAIRS = ("image_to_image", "dna_to_dna")

#: Files of a model's seed, the subject.
NEAREST = "{dataset}/retrieve/evaluation/{subject}/nearest.parquet"
SCORES = "{dataset}/retrieve/evaluation/{subject}/scores.csv"
NOVELTY = "{dataset}/retrieve/evaluation/{subject}/novelty.csv"

#: Of the model that is shown.
DAMAGE = "{dataset}/retrieve/evaluation/damage.csv"


def modalities_of(side: str) -> tuple[Modality, ...]:
    """The modalities that a side of a pair is embedded by."""
    return ("image", "dna") if side == "joint" else (side,)


class Evaluation:
    """The key `evaluation`.

    Attributes:
        config: of the key; empty where there is none.
    """

    def __init__(self, run: Run, models: AlignedModels) -> None:
        self.run, self.models = run, models
        self.config: dict[str, Any] = models.config.get("evaluation", {})

    def check(self) -> None:
        """Check that all that it names exists.

        Raises:
            InputError: naming the key, its value and what was expected.
        """
        if not self.config:
            return
        key = "retrieve.evaluation"
        require(f"{key}.dataset", self.dataset, self.run.having(format="bioscan5m"))
        package = self.run.config["embed"]["package"]
        require("embed.package", package, self.run.packages(self.dataset))
        for name in self.evaluated:
            require(f"{key}.models", name, self.models.models)
        joint = [name for name in self.evaluated if self._has(name, "image", "dna")]
        require(f"{key}.shown", self.shown, joint)
        for modality, name in self.baseline.items():
            require(f"{key}.baseline.{modality}", name, self.run.encoders.of(modality))
            self.run.encoders.check(name)

    @property
    def dataset(self) -> str | None:
        """The dataset whose splits are queries and keys; None where nothing is evaluated."""
        return self.config.get("dataset")

    @property
    def baseline(self) -> dict[Modality, str]:
        """The encoders that are compared without alignment."""
        return self.config.get("baseline", {})

    @property
    def evaluated(self) -> list[str]:
        """The models, by name."""
        return self.config.get("models", list(self.models.models)) if self.config else []

    @property
    def shown(self) -> str | None:
        """The model whose retrievals are shown, and whose barcodes are damaged: the last one."""
        return self.config.get("shown", self.evaluated[-1]) if self.evaluated else None

    def _has(self, model: str, *modalities: Modality) -> bool:
        return all(name in self.models.models[model]["encoders"] for name in modalities)

    @cached_property
    def subjects(self) -> dict[str, dict[str, Any]]:
        """The seeds of the models, and the baseline: name → the facts that tables print."""
        found = {}
        if self.baseline:
            none = {"model": UNALIGNED, "seed": 0, "trained_on": "none", "aligned": "none"}
            found[UNALIGNED] = none
        for name in self.evaluated:
            given = self.models.models[name]
            dataset = self.models.dataset(name)
            format = self.run.datasets[dataset]["format"]
            facts = {
                "trained_on": NAMES.get(format, dataset),
                "aligned": "+".join(m for m in MODALITIES if m in given["encoders"]),
            }
            for seed in given["seeds"]:
                found[f"{name}_seed{seed}"] = {"model": name, "seed": seed} | facts
        return found

    def encoder(self, subject: str, modality: Modality) -> str | None:
        """The encoder of a modality, if there is one."""
        if subject == UNALIGNED:
            return self.baseline.get(modality)
        facts = self.subjects[subject]
        if modality not in self.models.models[facts["model"]]["encoders"]:
            return None
        return aligned_name(facts["model"], facts["seed"], modality)

    def pairs(self, subject: str) -> list[str]:
        """The pairs whose modalities a subject has; joint ones need one space."""
        return [
            pair
            for pair in self.config.get("pairs", [])
            if all(self.encoder(subject, m) for side in sides(pair) for m in modalities_of(side))
            and not (subject == UNALIGNED and "joint" in pair)
        ]

    def searches(self, subject: str) -> list[tuple[str, str]]:
        """What is searched: pairs, and sets of keys."""
        novel = [pair for pair in NOVELTY_PAIRS if self.encoder(subject, sides(pair)[0])]
        return [(pair, "all") for pair in self.pairs(subject)] + [(pair, "seen") for pair in novel]

    def modalities(self, subject: str) -> list[Modality]:
        """The modalities that are searched."""
        found = {
            m for pair, _ in self.searches(subject) for s in sides(pair) for m in modalities_of(s)
        }
        return [modality for modality in MODALITIES if modality in found]

    def embeddings(self, subject: str | None, modalities: Iterable[Modality]) -> list[str]:
        """The embeddings of all records of known species, modality by modality."""
        if subject is None:
            return []
        return [
            self.run.path(
                EMBEDDINGS,
                dataset=self.dataset,
                embedding=self.encoder(subject, modality),
                split=LABELLED,
                suffix="npy",
            )
            for modality in modalities
        ]

    def nearest(self, subject: str | None) -> list[str]:
        """The nearest keys of a subject's pairs."""
        names = {"dataset": self.dataset, "subject": subject}
        return [self.run.path(NEAREST, **names)] if subject else []

    def of_subjects(self, pattern: str) -> list[str]:
        """A file of each subject."""
        return [
            self.run.path(pattern, dataset=self.dataset, subject=subject)
            for subject in self.subjects
        ]

    @property
    def shown_subject(self) -> str | None:
        """The first seed of the shown model."""
        if self.shown is None:
            return None
        return f"{self.shown}_seed{self.models.models[self.shown]['seeds'][0]}"

    @property
    def shown_weights(self) -> list[str]:
        """The weights of the shown model, of that seed."""
        return self.models.files(self.shown, WEIGHTS)[:1] if self.shown else []


def sides(pair: str) -> tuple[str, str]:
    """Query and key of a pair.

    >>> sides("image_to_dna")
    ('image', 'dna')
    """
    query, key = pair.split("_to_")
    return query, key
