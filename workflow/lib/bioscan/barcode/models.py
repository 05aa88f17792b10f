"""The DNA models of a config: how they are made, and what evaluates them."""

from functools import cached_property
from typing import Any

from bioscan.barcode.runs import SPLITS_OF_TABLE, Evaluations, expand_evaluations
from bioscan.core.encoders import EMBEDDINGS, FINETUNED, embedding_name
from bioscan.core.run import Run, require
from bioscan.core.weights import CONFIG

#: The folder of what probes answer.
PROBED = "{dataset}/barcode/probed/{encoder}/{pooling}"


class DnaModels:
    """The encoders that Tables 4 and A15 evaluate.

    Attributes:
        config: the config's `barcode`; empty where there is none.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.config = run, run.config.get("barcode", {})

    def check(self) -> None:
        """Check that all encoders and recipes that are named exist.

        Raises:
            InputError: naming the key, its value and what was expected.
        """
        known = {"encoder": self.run.encoders.of("dna"), "recipe": self.config["finetuning"]}
        for row in self.evaluations:
            for key, names in known.items():
                if row[key] is not None:
                    require(f"barcode.{row['table']}", row[key], names)
        for name in known["encoder"]:
            given = self.encoder(name)
            if pretrain := given.get("pretrain"):
                recipes = self.config["pretraining"]
                require(f"encoders.{name}.pretrain.recipe", pretrain["recipe"], recipes)
            if finetuned := given.get("finetuned"):
                for key, names in known.items():
                    require(f"encoders.{name}.finetuned.{key}", finetuned[key], names)

    @cached_property
    def evaluations(self) -> Evaluations:
        """The rows of both tables: encoder, evaluation, recipe or pooling."""
        return expand_evaluations(self.config)

    @property
    def evaluated(self) -> list[str]:
        """The encoders of these rows."""
        return list(dict.fromkeys(row["encoder"] for row in self.evaluations))

    @property
    def described(self) -> list[dict[str, Any]]:
        """The rows, each with the settings of its encoder and the epochs of its pretraining."""
        return [
            {
                "evaluation": row,
                "encoder": self.encoder(row["encoder"]),
                "epochs": self._epochs(row["encoder"]),
            }
            for row in self.evaluations
        ]

    def _epochs(self, encoder: str) -> int | None:
        return self.pretraining(encoder)["epochs"] if "pretrain" in self.encoder(encoder) else None

    def encoder(self, name: str) -> dict[str, Any]:
        """The settings of an encoder."""
        return self.run.encoders.given[name]

    def architecture(self, encoder: str) -> dict[str, Any]:
        """The BERT that is pretrained as an encoder."""
        pretrain = self.encoder(encoder)["pretrain"]
        return {key: pretrain[key] for key in ("k", "layers", "heads", "hidden_size")}

    def pretraining(self, encoder: str) -> dict[str, Any]:
        """The settings of its pretraining."""
        pretrain = self.encoder(encoder)["pretrain"]
        return {**self.config["pretraining"][pretrain["recipe"]], "seed": pretrain["seed"]}

    def finetuning(self, recipe: str) -> dict[str, Any]:
        """The settings of a fine-tuning."""
        return self.config["finetuning"][recipe]

    def weights(self, encoder: str) -> list[str]:
        """The weights that a fine-tuning starts from; none for random ones."""
        return self.run.encoder_files(encoder, self.config["dataset"])

    def embeddings(self, encoder: str, pooling: str) -> list[str]:
        """The embeddings of the keys, and of the queries of all tables that probe them."""
        tables = [
            row["table"]
            for row in self.evaluations
            if (row["encoder"], row["pooling"]) == (encoder, pooling)
        ]
        queries = [split for table in dict.fromkeys(tables) for split in SPLITS_OF_TABLE[table]]
        names = {"dataset": self.config["dataset"], "embedding": embedding_name(encoder, pooling)}
        return [
            self.run.path(EMBEDDINGS, split=split, suffix="npy", **names)
            for split in ("train", *queries)
        ]

    def descriptions(self) -> list[str]:
        """What each row's model is, or its embeddings of the keys, as JSON with `dimension`."""
        return [self._description(row) for row in self.evaluations]

    def _description(self, row: dict[str, Any]) -> str:
        if row["recipe"]:
            return self.run.path(f"{FINETUNED}/{CONFIG}", dataset=self.config["dataset"], **row)
        keys, *_ = self.embeddings(row["encoder"], row["pooling"])
        return keys.removesuffix("npy") + "json"

    def predictions(self) -> list[str]:
        """What is answered in each row, in their order."""
        return [self._predictions(row) for row in self.evaluations]

    def _predictions(self, row: dict[str, Any]) -> str:
        folder = FINETUNED if row["recipe"] else PROBED
        file = "predictions" if row["recipe"] else row["evaluation"]
        return self.run.path(f"{folder}/{file}.parquet", dataset=self.config["dataset"], **row)
