"""The DNA models of a run: which are pretrained, fine-tuned and probed, and where they lie."""

from functools import cached_property
from typing import Any

from bioscan.barcode.runs import SPLITS_OF_TABLE, Evaluations, expand_evaluations
from bioscan.core.embeddings import EMBEDDINGS, embedding_name
from bioscan.core.encoders import FINETUNED, PRETRAINED
from bioscan.core.run import StageLayout, require

#: Made where the config has the search of architectures.
SEARCH_TABLE = "bioscan5m_tableA15"


class Layout(StageLayout):
    name = "barcode"

    SEQUENCES = "{dataset}/barcode/sequences.parquet"
    PRETRAINED = PRETRAINED
    FINETUNED = FINETUNED
    PROBED = "{dataset}/barcode/probed/{encoder}/{pooling}"
    SEARCHED = "{dataset}/barcode/search/{method}"

    def check(self) -> None:
        if self.dataset is None:
            return
        require("barcode.dataset", self.dataset, self.run.having(format="bioscan5m"))
        known = {"encoder": self.run.encoders.of("dna"), "recipe": self._config["finetuning"]}
        for row in self.evaluations:
            for key, names in known.items():
                if row[key] is not None:
                    require(f"barcode.{row['table']}", row[key], names)
        for name in self.encoders:
            if pretrain := self.encoder(name).get("pretrain"):
                recipes = self._config["pretraining"]
                require(f"encoders.{name}.pretrain.recipe", pretrain["recipe"], recipes)

    def products(self) -> list[str]:
        if self.dataset is None:
            return []
        return [
            path
            for name, artefact in self.run.artefacts.items()
            if artefact.stage == self.name and (name != SEARCH_TABLE or "search" in self._config)
            for path in [self.artefact_path(name, self.dataset)]
        ]

    def reads(self) -> list[str]:
        """Published weights of the encoders."""
        return [path for name in self.encoders for path in self.run.encoders.weights(name)]

    @property
    def dataset(self) -> str | None:
        """The dataset whose barcodes are learnt; None where the config has no DNA models."""
        return self._config.get("dataset")

    @property
    def _config(self) -> dict[str, Any]:
        return self.run.config.get("barcode", {})

    @property
    def deduplicate(self) -> str | None:
        return self._config.get("deduplicate")

    @property
    def probe(self) -> dict[str, Any]:
        return self._config.get("probe", {})

    @cached_property
    def evaluations(self) -> Evaluations:
        """The rows of Tables 4 and A15: encoder, evaluation, recipe or pooling."""
        return expand_evaluations(self._config)

    @property
    def encoders(self) -> list[str]:
        return list(dict.fromkeys(row["encoder"] for row in self.evaluations))

    @property
    def described(self) -> list[dict[str, Any]]:
        """The evaluations, each with the settings of its encoder and the epochs of its recipe."""
        return [
            {
                "evaluation": row,
                "encoder": self.encoder(row["encoder"]),
                "epochs": self._epochs(row["encoder"]),
            }
            for row in self.evaluations
        ]

    def _epochs(self, encoder: str) -> int | None:
        pretrained_here = "pretrain" in self.encoder(encoder)
        return self.pretraining(encoder)["epochs"] if pretrained_here else None

    def architecture(self, encoder: str) -> dict[str, Any]:
        """The BERT that is pretrained as an encoder."""
        pretrain = self.encoder(encoder)["pretrain"]
        return {key: pretrain[key] for key in ("k", "layers", "heads", "hidden_size")}

    def pretraining(self, encoder: str) -> dict[str, Any]:
        """The settings of its pretraining."""
        pretrain = self.encoder(encoder)["pretrain"]
        return {**self._config["pretraining"][pretrain["recipe"]], "seed": pretrain["seed"]}

    def finetuning(self, recipe: str) -> dict[str, Any]:
        """The settings of a fine-tuning."""
        return self._config["finetuning"][recipe]

    def weights(self, encoder: str) -> list[str]:
        """The weights that a fine-tuning starts from; none for random ones."""
        return self.run.encoder_files(encoder, self.dataset)

    def embeddings(self, encoder: str, pooling: str) -> list[str]:
        """The embeddings of the keys, and of the queries of all tables that probe them."""
        tables = [
            row["table"]
            for row in self.evaluations
            if (row["encoder"], row["pooling"]) == (encoder, pooling)
        ]
        queries = [split for table in dict.fromkeys(tables) for split in SPLITS_OF_TABLE[table]]
        names = {"dataset": self.dataset, "embedding": embedding_name(encoder, pooling)}
        return [
            self.run.path(EMBEDDINGS, split=split, suffix="npy", **names)
            for split in ("train", *queries)
        ]

    def encoder(self, name: str) -> dict[str, Any]:
        """The settings of an encoder."""
        return self.run.encoders.given[name]

    @property
    def alignment(self) -> dict[str, Any]:
        """The settings of the searches by alignment."""
        return self._config.get("alignment", {})

    def searched(self, file: str) -> list[str]:
        """A file of each search."""
        folder, methods = f"{self.SEARCHED}/{file}", self.alignment.get("methods", [])
        return [self.run.path(folder, dataset=self.dataset, method=name) for name in methods]

    def predictions(self) -> list[str]:
        """The predictions of each evaluation, in their order."""
        return [self._predictions(row) for row in self.evaluations]

    def _predictions(self, row: dict[str, Any]) -> str:
        names = {key: row[key] for key in ("encoder", "recipe", "pooling")}
        folder = self.FINETUNED if row["recipe"] else self.PROBED
        file = "predictions" if row["recipe"] else row["evaluation"]
        return self.run.path(f"{folder}/{file}.parquet", dataset=self.dataset, **names)
