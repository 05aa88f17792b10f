"""The records of the demo suffice for what its stages show."""

import shutil

import numpy as np
import polars as pl
import pytest

from bioscan.core.formats import METADATA
from tests.workflow.runs import ROOT, snakemake

#: Base → digit; other letters are in no k-mer.
DIGITS = np.full(256, -1)
DIGITS[list(b"ACGT")] = range(4)
K = 6


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """The divided records of the demo's bioscan5m, and whether each has a photograph."""
    folder = tmp_path_factory.mktemp("demo")
    target = "results/demo/bioscan5m/records/partitioned.parquet"
    run = snakemake(ROOT, "--directory", str(folder), target)
    assert run.returncode == 0, run.stdout
    truth = folder / f"results/demo/bioscan5m/truth/{METADATA['bioscan5m']}.parquet"
    found = pl.read_parquet(folder / target).join(
        pl.read_parquet(truth, columns=["processid", "photographed"]), on="processid"
    )
    shutil.rmtree(folder)
    return found


def of(records: pl.DataFrame, *splits: str) -> pl.DataFrame:
    return records.filter(pl.col("split").is_in(splits))


def test_there_are_barcodes_enough_to_train_and_evaluate_dna_encoders(records):
    test, test_unseen = of(records, "test"), of(records, "test_unseen")
    assert test["dna_barcode"].n_unique() >= 300 and test["species"].n_unique() >= 50
    assert test_unseen.height >= 150 and test_unseen["species"].n_unique() >= 15
    assert of(records, "pretrain", "other_heldout")["dna_barcode"].n_unique() >= 1_500
    assert of(records, "train")["dna_barcode"].n_unique() >= 800
    assert of(records, "val", "val_unseen").height >= 100


def test_photographs_are_enough_for_images_beside_barcodes(records):
    photographed = records.filter("photographed")
    assert photographed.height < 1_000  # each takes 0.2 s of a processor
    evaluated = of(photographed, "test", "test_unseen")
    assert evaluated.height >= 100
    assert of(photographed, "train", "key_unseen").height >= 250


def counts(barcodes: pl.Series) -> np.ndarray:
    """(n, 4^K) k-mer counts of barcodes, normalised."""
    table = np.zeros((len(barcodes), 4**K), np.float32)
    for row, barcode in zip(table, barcodes, strict=True):
        digits = DIGITS[np.frombuffer(barcode.encode(), np.uint8)]
        words = np.lib.stride_tricks.sliding_window_view(digits, K)
        np.add.at(row, words[(words >= 0).all(axis=1)] @ 4 ** np.arange(K), 1)
    return table / np.linalg.norm(table, axis=1, keepdims=True)


def accuracy(records: pl.DataFrame, split: str, rank: str) -> float:
    """How often the nearest barcode of train has the taxon of a barcode of `split`."""
    keys, queries = (
        of(records, name).unique("dna_barcode", maintain_order=True) for name in ("train", split)
    )
    nearest = (counts(queries["dna_barcode"]) @ counts(keys["dna_barcode"]).T).argmax(axis=1)
    return (keys[rank].gather(nearest) == queries[rank]).mean()


def test_barcodes_tell_species_nearly_always_and_the_genus_of_others_often(records):
    """As real ones do: 98.7 % and 78.8 % on insects of BOLD."""
    assert 0.95 < accuracy(records, "test", "species") <= 1
    assert 0.6 < accuracy(records, "test_unseen", "genus") < 0.9
