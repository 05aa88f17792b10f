"""How often species and genera are found: Tables 4 and A15 of BIOSCAN-5M."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bioscan.barcode.runs import SPLITS_OF_TABLE
from bioscan.core.intervals import wilson_interval
from bioscan.core.sequences import MAX_LENGTH

#: Splits whose barcodes are queries → the rank that the paper evaluates: known species, and known
#: genera of unseen species.
RANK_OF_SPLIT = {"val": "species", "test": "species", "val_unseen": "genus", "test_unseen": "genus"}

#: Ranks of the labels that are evaluated.
EVALUATED = ("species", "genus", "family", "order")

#: Names in the config → as the paper prints them.
PRINTED = {
    "CNN": "CNN baseline",
    "CNN_features": "CNN baseline",
    "CNN_released": "CNN baseline",
    "8-4-4": "Ours (8-4-4)",
    "exact": "Exact search",
    "blastn": "BLAST",
}

#: Names in the config → pretraining data and tokens seen, as 5M Table 4 prints them.
PRETRAINED_ON = {
    "NT": ("Multi-Species", "300 B"),
    "DNABERT-2": ("Multi-Species", "512 B"),
    "DNABERT-S": ("Multi-Species", "~1000 B"),
    "HyenaDNA": ("Human DNA", "5 B"),
    "BarcodeBERT": ("DNA barcodes", "5 B"),
}

#: Keys `dna` of encoders → architecture, as 5M Table 4 prints it.
ARCHITECTURES = {
    "cnn": "CNN",
    "nucleotide_transformer": "Transformer",
    "dnabert2": "Transformer",
    "hyenadna": "SSM",
    "barcodebert": "Transformer",
    "kmer_counts": "counts",
}

#: Evaluations of known species, and of unseen ones. Searches do both.
CLOSED, OPEN = ("fine_tuned", "linear_probe"), ("1nn_probe", "1nn_probe_centred")


@dataclass(frozen=True)
class Answers:
    """The answers of one evaluation to all queries.

    Attributes:
        facts: columns of the tables that say which model and protocol answered (`describe`).
        predictions: processid and the predicted label at each rank, null for none.
    """

    facts: Mapping[str, Any]
    predictions: pl.DataFrame


def describe(
    evaluation: Mapping[str, Any],
    encoder: Mapping[str, Any],
    epochs: int | None,
    barcodes: int,
    dimension: int,
) -> dict[str, Any]:
    """The facts about an evaluation that tables print.

    Args:
        evaluation: a row of `runs.expand_evaluations`.
        encoder: its entry under `encoders` in the config.
        epochs: of its pretraining here; None where it is pretrained elsewhere.
        barcodes: distinct ones in the pretraining set.
        dimension: of its embeddings.
    """
    name = evaluation["encoder"]
    data, tokens = None, None
    own = encoder.get("pretrain", {})
    if own:
        seen = barcodes * (epochs or 0) * (MAX_LENGTH // own["k"])
        data, tokens = "DNA barcodes" if epochs else None, _counted(seen)
    elif "weights" in encoder:
        data, tokens = PRETRAINED_ON.get(name, (None, None))
    return {
        **evaluation,
        "model": PRINTED.get(name, name),
        "architecture": ARCHITECTURES[encoder["dna"]],
        "ssl_pretraining": data,
        "tokens_seen": tokens,
        "dimension": dimension,
        **{key: own.get(key) for key in ("layers", "heads", "k")},
    }


def describe_search(method: str) -> dict[str, Any]:
    """The same facts about a search by alignment, which is no model and has no training."""
    evaluation = {"table": "models", "encoder": method, "recipe": None, "pooling": None}
    names = ("ssl_pretraining", "tokens_seen", "dimension", "layers", "heads", "k")
    return {
        **evaluation,
        "evaluation": "blast" if method == "blastn" else "exact_search",
        "model": PRINTED.get(method, method),
        "architecture": "alignment",
        **dict.fromkeys(names),
    }


def _counted(tokens: int) -> str | None:
    """A number of tokens as the paper prints it: 7 B; none for 0."""
    for unit, size in (("B", 10**9), ("M", 10**6), ("k", 10**3)):
        if tokens >= size:
            return f"{tokens / size:.0f} {unit}"
    return str(tokens) if tokens else None


def accuracy_rows(answers: Iterable[Answers], sequences: pl.DataFrame) -> pl.DataFrame:
    """Accuracy of each evaluation on each split and rank, plain and class-balanced, in percent.

    A query is a distinct barcode. One without a true label at the rank is left out and counted; one
    whose true label no key has cannot be answered: it counts as wrong, and is counted.

    Args:
        sequences: barcode/sequences.parquet.

    Returns:
        The facts, level (the rank), split, metric (accuracy or class-balanced accuracy), value, low
        and high (its 95 % interval, Wilson's or that of `balanced_interval`), queries,
        without_label and without_key.
    """
    asked = {split: sequences.filter(split=split) for split in RANK_OF_SPLIT}
    keys = sequences.filter(split="train")
    known = {rank: keys[rank].drop_nulls().unique() for rank in EVALUATED}
    rows = []
    for one in answers:
        for split in RANK_OF_SPLIT:
            for rank in EVALUATED:
                # Unseen species are no key's.
                if rank == "species" and RANK_OF_SPLIT[split] != "species":
                    continue
                shared = {**one.facts, "level": rank, "split": split}
                found = _accuracies(one.predictions, asked[split], known[rank], rank)
                rows += [shared | row for row in found]
    return pl.DataFrame(rows, infer_schema_length=None)


def _accuracies(
    predictions: pl.DataFrame, queries: pl.DataFrame, known: pl.Series, rank: str
) -> list[dict[str, Any]]:
    asked = queries.select("processid", truth=rank)
    found = predictions.select("processid", predicted=rank)
    right = (
        asked.drop_nulls("truth")
        .join(found, on="processid", how="left", validate="1:1")
        .with_columns((pl.col("truth") == pl.col("predicted")).fill_null(False).alias("right"))
    )
    counts = {
        "queries": right.height,
        "without_label": asked.height - right.height,
        "without_key": right.filter(~pl.col("truth").is_in(known.implode())).height,
    }
    share = right["right"].mean()
    shares = right.group_by("truth", maintain_order=True).agg(pl.col("right").mean())["right"]
    values = {
        "accuracy": (share, *wilson_interval(share, right.height)),
        "class-balanced accuracy": (shares.mean(), *balanced_interval(shares, right.height)),
    }
    rows = []
    for metric, numbers in values.items():
        shown = [None if number is None else round(100 * number, 2) for number in numbers]
        rows.append({"metric": metric} | dict(zip(("value", "low", "high"), shown, strict=True)))
    return [row | counts for row in rows]


def balanced_interval(shares: pl.Series, queries: int) -> tuple[float | None, float | None]:
    """The 95 % interval of the mean of the classes' accuracies, as others might be drawn.

    Wilson's, of as many trials as have the variance of that mean (the effective sample size of
    Korn and Graubard 1998): classes are sampled, not barcodes. Where all classes have the same
    accuracy, as where all is right, there are as many trials as classes.

    Args:
        shares: accuracy of each class.
        queries: of all classes; there are no more trials.
    """
    mean, variance = shares.mean(), shares.var() or 0
    trials = min(queries, mean * (1 - mean) * len(shares) / variance) if variance else len(shares)
    return wilson_interval(mean, trials)


def table4(accuracy: pl.DataFrame) -> pl.DataFrame:
    """The models on the test splits (5M Table 4), and the searches that §4.2 compares with.

    Args:
        accuracy: of `accuracy_rows`.

    Returns:
        model, encoder (its name in the config), architecture, ssl_pretraining, tokens_seen,
        dimension, evaluation, pooling and recipe (of a probe and of a training), level, split,
        metric, value, low, high and counts.
    """
    facts = ["model", "encoder", "architecture", "ssl_pretraining", "tokens_seen", "dimension"]
    return _printed(accuracy, "models").select(*facts, *_CELL)


def tableA15(accuracy: pl.DataFrame) -> pl.DataFrame:
    """The architectures on the validation splits (5M Table A15).

    Args:
        accuracy: of `accuracy_rows`.

    Returns:
        layers, heads, k, and the columns of `table4` from evaluation on.
    """
    return _printed(accuracy, "search").select("layers", "heads", "k", *_CELL)


_CELL = ["evaluation", "pooling", "recipe", "level", "split", "metric", "value", "low", "high"]
_CELL += ["queries", "without_label", "without_key"]


def _printed(accuracy: pl.DataFrame, table: str) -> pl.DataFrame:
    """The rows of a table: each evaluation on the split and at the rank that it is for."""
    closed, open_ = SPLITS_OF_TABLE[table]
    on_closed = ~pl.col("evaluation").is_in(OPEN) & (pl.col("split") == closed)
    on_open = ~pl.col("evaluation").is_in(CLOSED) & (pl.col("split") == open_)
    return accuracy.filter(
        pl.col("table") == table,
        (on_closed & (pl.col("level") == "species")) | (on_open & (pl.col("level") == "genus")),
    )
