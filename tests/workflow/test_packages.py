"""Published packages in place of photographs, as config/benchmarks.yaml takes them."""

import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from bioscan.core.pack import PackReader
from tests.workflow.runs import PACKAGES, snakemake


@pytest.fixture(scope="module")
def learnt(finished: Path) -> Path:
    """The results of a run on the packages that the tiny run has released."""
    run = snakemake(finished, *PACKAGES)
    assert run.returncode == 0, run.stdout
    return finished / "results" / "packages"


@pytest.mark.parametrize("dataset", ["bioscan1m", "bioscan5m"])
def test_packs_hold_the_released_images_to_the_byte(learnt, dataset):
    released = learnt.parent / "tiny" / dataset / "release"
    images = {}
    for archive in released.glob("*cropped_256*.zip"):
        with zipfile.ZipFile(archive) as packed:
            images |= {Path(name).stem: packed.read(name) for name in packed.namelist()}
    folder = learnt / dataset / "packs" / "cropped_256"
    reader = PackReader(sorted(folder.glob("*.h5")))
    index = pl.read_parquet(folder / "index.parquet")
    stem = pl.col("image_file").str.replace(r"\.jpg$", "")
    records = pl.read_parquet(learnt / dataset / "records" / "partitioned.parquet")
    named = index.join(records.select("processid", stem), on="processid")
    assert named.height == index.height == len(images) > 0
    for shard, row, name in named.select("shard", "row", "image_file").iter_rows():
        assert reader.read(shard, row) == images[name]


def test_labels_and_splits_are_those_of_the_published_metadata(learnt):
    for dataset, columns in (
        ("bioscan1m", ["large_insect_order", "large_diptera_family", "order", "species"]),
        ("bioscan5m", ["split", "order", "species"]),
    ):
        raw, kept = (
            pl.read_parquet(learnt / dataset / "records" / f"{name}.parquet")
            for name in ("raw", "partitioned")
        )
        assert raw.select(columns).equals(kept.select(columns))
        assert raw[columns[0]].count() > 0


def test_a_classifier_is_trained_and_its_errors_are_shown_without_boxes(learnt):
    dataset = learnt / "bioscan1m"
    assert len(list(dataset.glob("classify/*/*/*/*/*/*/model.safetensors"))) == 2
    suspects = pl.read_csv(dataset / "tables" / "suspects_large_insect_order.csv")
    assert suspects["size"].null_count() == suspects["score"].null_count() == suspects.height
    assert not list(learnt.rglob("boxes*"))


def test_what_was_set_aside_is_listed_by_package(learnt):
    table = pl.read_csv(learnt / "bioscan1m" / "tables" / "quarantine.csv")
    assert set(table["stage"]) <= {"record", "cropped_256"}


def test_it_needs_no_rule_of_photographs(finished, learnt):
    run = snakemake(finished, "--dry-run", "--forceall", *PACKAGES)
    rules = set(re.findall(r"^(\w+) +\d+$", run.stdout, re.M))
    assert {"index_images_of_package", "copy_package", "train_classifier"} < rules
    assert not rules & {"index_images", "predict_boxes", "gather_boxes", "pack_images"}
    assert "export_package" not in rules
