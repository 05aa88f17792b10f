"""The data card: numbers, licence, checksums, and a header that `datasets` reads."""

import subprocess
from pathlib import Path

import datasets
import polars as pl
import pytest
import yaml

from bioscan.core.records import RANKS
from bioscan.release.cards import count_released, data_card
from bioscan.release.descriptions import File
from tests.unit.release.exported import Run


def header(card: Path) -> dict:
    return yaml.safe_load(card.read_text().split("---\n")[1])


def test_the_header_names_licence_and_files(run: Run, tmp_path: Path):
    found = header(run.release(tmp_path / "r") / "README.md")
    assert found["license"] == "cc0-1.0"
    assert found["size_categories"] == ["n<1K"]
    assert found["task_categories"] == ["image-classification", "zero-shot-image-classification"]
    (config,) = found["configs"]
    splits = ["records"] if run.format == "bioscan1m" else run.released["split"].unique().to_list()
    assert config["config_name"] == "cropped_256"
    assert {entry["split"] for entry in config["data_files"]} == set(splits)
    for entry in config["data_files"]:
        assert all((tmp_path / "r" / path).is_file() for path in entry["path"])


def test_datasets_opens_the_folder_by_its_card(of_5m: Run, tmp_path: Path):
    folder = of_5m.release(tmp_path / "r")
    found = datasets.load_dataset(str(folder), "cropped_256", cache_dir=str(tmp_path / "cache"))
    assert set(found) == set(of_5m.released["split"])
    assert sum(split.num_rows for split in found.values()) == of_5m.released.height


def test_checksums_are_those_that_sha256sum_checks(run: Run, tmp_path: Path):
    folder = run.release(tmp_path / "r")
    done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, check=False)
    assert done.returncode == 0
    listed = {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there - listed == {"SHA256SUMS", "README.md"}


def test_a_card_of_records_alone_speaks_of_no_images(of_5m: Run):
    table = File("BIOSCAN_5M_Insect_Dataset_metadata_MultiTypes.zip", 1, "0" * 64)
    counts = count_released(of_5m.released.lazy())
    card = data_card(of_5m.about(), counts, [table], [], {}, {})
    assert "task_categories" not in yaml.safe_load(card.split("---\n")[1])
    assert not [name for name in ("bioscan-dataset", "darwin_core.zip") if name in card]
    archive = File("darwin_core.zip", 1, "0" * 64)
    card = data_card(of_5m.about(), counts, [table, archive], [], {}, {})
    assert "`darwin_core.zip` is read by GBIF's tools." in card


def test_records_are_counted_by_split_and_rank():
    rows = [("val", "Diptera"), ("val", None), ("pretrain", "Diptera"), (None, None)]
    labels = pl.LazyFrame(rows, schema=["split", "order"], orient="row")
    records = labels.with_columns(pl.lit(None, pl.String).alias(r) for r in RANKS if r != "order")
    found = count_released(records).select("split", "records", "order", "species")
    assert found.rows() == [
        ("pretrain", 1, 1, 0), ("val", 2, 1, 0), ("none", 1, 0, 0), ("all", 4, 2, 0),
    ]  # fmt: skip


def test_records_without_splits_are_counted_together(of_1m: Run):
    found = count_released(of_1m.released.lazy())
    assert found.select("split", "records").rows() == [("all", of_1m.released.height)]


@pytest.mark.parametrize(
    ("licence", "sentence"),
    [
        (None, "No licence is stated, so nobody but the holder of the rights may use it."),
        ("CC BY-NC-SA 4.0", "It does not allow commercial use."),
    ],
)
def test_the_card_says_who_may_use_it(of_1m: Run, tmp_path: Path, licence, sentence, caplog):
    folder = of_1m.release(tmp_path / "r", of_1m.about(licence=licence))
    assert sentence in (folder / "README.md").read_text()
    warned = f"{folder}: the release states no licence; name one in release.about.mine.licence"
    assert caplog.messages == ([warned] if licence is None else [])
