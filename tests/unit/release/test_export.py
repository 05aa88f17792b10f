"""The scripts that export a release: bioscan-dataset and this workflow read it again."""

import shutil
import zipfile
from pathlib import Path

import bioscan_dataset
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bioscan.core.files import digest
from bioscan.core.published import chunks
from bioscan.core.records import EXPERIMENTS, SCHEMA
from scripts.ingest.ingest_records import ingest_records
from tests.unit.release.exported import Run

METADATA = {
    "bioscan1m": "BIOSCAN_Insect_Dataset_metadata.tsv",
    "bioscan5m": "BIOSCAN_5M_Insect_Dataset_metadata_MultiTypes.zip",
}

#: The splits in the evaluation packages (5M §A1.4).
EVALUATION = ("val", "test", "val_unseen", "test_unseen", "key_unseen", "other_heldout")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let bioscan-dataset accept data whose checksums are not the published ones."""
    for dataset in (bioscan_dataset.BIOSCAN1M, bioscan_dataset.BIOSCAN5M):
        monkeypatch.setattr(dataset, "_check_integrity", lambda self, **_: True)


def known(value: str | None, missing: object) -> bool:
    """Whether a label as pandas reads it is that of the record."""
    return missing != missing if value is None else missing == value


@pytest.mark.parametrize("split", ["pretrain", "train", *EVALUATION])
def test_bioscan_dataset_opens_a_release_of_5m(of_5m: Run, tmp_path: Path, opened, split: str):
    splits = {"pretrain": ["pretrain"], "train": ["train"], "eval": list(EVALUATION)}
    for archive in (
        of_5m.export_metadata(tmp_path / "metadata.zip"),
        *(of_5m.export(tmp_path / f"{name}.zip", split=splits[name]) for name in splits),
    ):
        shutil.unpack_archive(archive, tmp_path)
    dataset = bioscan_dataset.BIOSCAN5M(
        tmp_path,
        split=split,
        target_type=["order", "species"],
        target_format="text",
        modality=("image", "dna", "area_fraction", "scale_factor", "processid", "coord-lat"),
    )
    expected = of_5m.released.filter(pl.col("split") == split)
    assert len(dataset) == expected.height > 0
    for sample, record in zip(
        (dataset[n] for n in range(len(dataset))), expected.iter_rows(named=True), strict=True
    ):
        image, dna, area_fraction, scale_factor, processid, latitude, (order, species) = sample
        assert processid == record["processid"]
        assert Path(image.filename).read_bytes() == of_5m.jpegs[processid]
        assert image.size == (20, 16)
        assert dna == record["dna_barcode"][:660]
        assert area_fraction == record["index"] / 100 + 0.0001
        assert scale_factor == 2 * area_fraction
        assert known(record["coord-lat"], latitude)
        assert known(record["order"], order)
        assert known(record["species"], species)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("split", ["train", "validation", "test", "no_split"])
def test_bioscan_dataset_opens_a_release_of_1m(
    of_1m: Run, tmp_path: Path, opened, experiment: str, split: str
):
    of_1m.export_metadata(tmp_path / METADATA["bioscan1m"])
    shutil.unpack_archive(of_1m.export(tmp_path / "cropped_256.zip"), tmp_path)
    dataset = bioscan_dataset.BIOSCAN1M(
        tmp_path,
        split=split,
        partitioning_version=experiment,
        target_type=["class", "order"],
        target_format="text",
        modality=("image", "dna", "processid", "uri"),
    )
    given = None if split == "no_split" else split
    expected = of_1m.released.filter(pl.col(experiment).eq_missing(pl.lit(given, pl.String)))
    assert len(dataset) == expected.height
    assert expected.height or given is None
    for sample, record in zip(
        (dataset[n] for n in range(len(dataset))), expected.iter_rows(named=True), strict=True
    ):
        image, dna, processid, uri, labels = sample
        assert processid == record["processid"]
        assert Path(image.filename).read_bytes() == of_1m.jpegs[processid]
        assert image.size == (20, 16)
        assert dna == record["dna_barcode"][:660]
        assert uri == record["dna_bin"]
        assert labels == (record["class"], record["order"])


def test_a_chunk_is_as_the_paper_says():
    # MD5 of "AACTA1040-20" is 00…, of "YGEN986-22" f… (names that bioscan-dataset 1.3.0 lists).
    processid = pl.Series(["AACTA1040-20", "YGEN986-22", "YDBB6502-21", "AACTA161-20"])
    split = pl.Series(["pretrain", "train", "other_heldout", "val"])
    assert chunks(processid, split).to_list() == ["00", "f", "f", None]


@pytest.mark.parametrize("column", ["split", "image_part"])
def test_part_archives_together_equal_the_whole_one(
    of_1m: Run, of_5m: Run, tmp_path: Path, column: str
):
    run = of_5m if column == "split" else of_1m
    values = run.records[column].unique(maintain_order=True).to_list()
    assert len(values) > 2
    parts = []
    for value in values:
        path = run.export(tmp_path / f"{value}.zip", **{column: [value]})
        names = zipfile.ZipFile(path).namelist()
        assert names
        parts += names
    whole = zipfile.ZipFile(run.export(tmp_path / "whole.zip")).namelist()
    assert sorted(parts) == sorted(whole)


def test_equal_results_are_exported_with_equal_bytes(run: Run, tmp_path: Path):
    for name, export in (("m", run.export_metadata), ("a.zip", run.export)):
        (tmp_path / "1").mkdir(exist_ok=True)
        assert digest(export(tmp_path / name)) == digest(export(tmp_path / "1" / name))


def test_a_release_can_be_ingested_again(run: Run, tmp_path: Path):
    ingest_records(
        format=run.format,
        metadata=run.export_metadata(tmp_path / METADATA[run.format]),
        folder=None,
        missing=[],
        max_quarantined_share=0,
        records=tmp_path / "raw.parquet",
        quarantine=tmp_path / "quarantine.parquet",
        reading=tmp_path / "reading.csv",
    )
    found = pl.read_parquet(tmp_path / "raw.parquet")
    expected = run.released
    if run.format == "bioscan1m":
        unpublished = [name for name in SCHEMA if expected[name].null_count() == expected.height]
        unpublished += ["country", "chunk", "index_bioscan_1M_insect"]
        assert_frame_equal(found.drop(unpublished), expected.select(list(SCHEMA)).drop(unpublished))
    else:
        fraction = pl.col("index") / 100 + 0.0001
        expected = expected.with_columns(
            chunks(expected["processid"], expected["split"]).fill_null(""),
            area_fraction=fraction,
            scale_factor=2 * fraction,
            image_file=pl.col("processid") + ".jpg",
            country=pl.col("country").replace("", None),
            image_measurement_value=pl.col("image_measurement_value").fill_null(1000),
        )
        assert_frame_equal(found, expected.select(list(SCHEMA)), abs_tol=1e-12)
