"""Which models are evaluated by the nearest key, on which queries and keys."""

from functools import cached_property
from typing import Any

from bioscan.core.encoders import EMBEDDINGS, Modality, aligned_name
from bioscan.core.formats import NAMES
from bioscan.core.run import Run, require
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

#: Pairs by which novelty is scored.
NOVELTY_PAIRS = ("image_to_image", "dna_to_dna")

#: Files of a model's seed (`subject`) and a pair of queries and keys.
NEAREST = "{dataset}/retrieve/nearest/{subject}/{pair}_{keys}.parquet"
SCORES = "{dataset}/retrieve/scores/{subject}/{pair}.csv"
NOVELTY = "{dataset}/retrieve/novelty/{subject}.csv"
DAMAGE = "{dataset}/retrieve/damage/{subject}.csv"


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
        require(f"{key}.shown", self.shown, self.evaluated)
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
                "aligned": "+".join(m for m in ("image", "dna", "text") if m in given["encoders"]),
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

    def novelty_pairs(self, subject: str) -> list[str]:
        """The pairs by which novelty is scored."""
        return [
            pair
            for pair in NOVELTY_PAIRS
            if self.encoder(subject, modalities_of(sides(pair)[0])[0])
        ]

    def embeddings(self, subject: str, side: str, splits: tuple[str, ...]) -> list[str]:
        """The embeddings that a side is made of, modality by modality."""
        return [
            self.run.path(
                EMBEDDINGS,
                dataset=self.dataset,
                embedding=self.encoder(subject, modality),
                split=split,
                suffix="npy",
            )
            for modality in modalities_of(side)
            for split in splits
        ]

    def nearest(self, subject: str, pair: str, keys: str = "all") -> str:
        """The nearest keys of a pair."""
        return self.run.path(NEAREST, dataset=self.dataset, subject=subject, pair=pair, keys=keys)

    def scores(self) -> list[str]:
        """The accuracies of all pairs of all subjects."""
        return [
            self.run.path(SCORES, dataset=self.dataset, subject=subject, pair=pair)
            for subject in self.subjects
            for pair in self.pairs(subject)
        ]

    def facts(self) -> list[dict[str, Any]]:
        """Whose accuracies they are, file by file."""
        return [
            facts | dict(zip(("query", "key"), sides(pair), strict=True))
            for subject, facts in self.subjects.items()
            for pair in self.pairs(subject)
        ]

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


def sides(pair: str) -> tuple[str, str]:
    """Query and key of a pair.

    >>> sides("image_to_dna")
    ('image', 'dna')
    """
    query, key = pair.split("_to_")
    return query, key
