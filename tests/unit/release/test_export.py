"""What is released is what was published: other people's readers open it."""

import shutil
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bioscan_dataset
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bioscan.core.errors import InputError
from bioscan.core.files import digest
from bioscan.core.images import encode
from bioscan.core.pack import write_pack
from bioscan.core.published import Format, chunks
from bioscan.core.records import EXPERIMENTS, SCHEMA
from bioscan.release.archives import read_members, write_archive
from bioscan.release.records import bioscan1m_table, bioscan5m_table
from bioscan.simulate.community import Community
from bioscan.simulate.records import simulate
from scripts.image.index_package import index_package
from scripts.ingest.ingest_records import ingest_records
from scripts.release.export_metadata import export_metadata
from scripts.release.export_package import export_package

METADATA = {
    "bioscan1m": "BIOSCAN_Insect_Dataset_metadata.tsv",
    "bioscan5m": "BIOSCAN_5M_Insect_Dataset_metadata_MultiTypes.zip",
}

#: Without an insect, and unreadable: rows of the records.
EMPTY, BROKEN = 3, 7

#: The splits in the evaluation packages (5M §A1.4).
EVALUATION = ("val", "test", "val_unseen", "test_unseen", "key_unseen", "other_heldout")


@dataclass
class Run:
    """The results of a dataset that a release is made of."""

    format: Format
    folder: Path
    records: pl.DataFrame
    jpegs: dict[str, bytes]

    @property
    def indices(self) -> list[Path]:
        return [self.folder / f"{name}.parquet" for name in ("original_256", "cropped_256")]

    @property
    def released(self) -> pl.DataFrame:
        """The records that are in both packages."""
        return self.records.with_row_index().filter(~pl.col("index").is_in([EMPTY, BROKEN]))

    def export_metadata(self, path: Path) -> Path:
        partitioned, boxes = self.folder / "partitioned.parquet", self.folder / "boxes.parquet"
        export_metadata(self.format, partitioned, boxes, self.indices, path)
        return path

    def export(self, path: Path, **where: list) -> Path:
        """The zip of cropped_256."""
        packs = [self.folder / f"cropped_256_{shard}.h5" for shard in range(2)]
        partitioned = self.folder / "partitioned.parquet"
        places = partitioned, self.indices[1], self.indices, packs
        export_package(self.format, "cropped_256", where, *places, path)
        return path


def make_run(format: Format, folder: Path) -> Run:
    """Two packages of noise, in two packs each, of 90 simulated specimens.

    The chunks are those of other splits, as after a new partition.
    """
    community = Community(
        specimens=90, seed=8, species=9, evenness=1.0, insects_only=True, part_size=40,
        labelled={"species": 0.6},
    )  # fmt: skip
    records = pl.concat(simulate(community, format)).select(list(SCHEMA))
    records = records.with_columns(
        chunk=pl.lit("x"),
        # What a table must be able to hold.
        country=pl.Series(['a "b", c', "", None] + ["Côte d'Ivoire"] * 87),
        index_bioscan_1M_insect=pl.Series([150502, None, 0] + [None] * 87, dtype=pl.Int64),
    )
    # bioscan-dataset 1.3.0 fails on tables of 1M in which each genus has its subfamily or tribe.
    with_genus = pl.col("genus").is_not_null()
    bare = with_genus & (with_genus.cum_sum() <= 2)
    records = records.with_columns(
        pl.when(~bare).then(pl.col(rank)).alias(rank) for rank in ("subfamily", "tribe")
    )
    records.write_parquet(folder / "partitioned.parquet")
    noise = np.random.default_rng(0).integers(0, 256, (90, 16, 20, 3), dtype=np.uint8)
    jpegs = {p: encode(n, 75) for p, n in zip(records["processid"], noise, strict=True)}
    for package, missing in (("original_256", {BROKEN}), ("cropped_256", {EMPTY, BROKEN})):
        packs = [folder / f"{package}_{shard}.h5" for shard in range(2)]
        for shard, path in enumerate(packs):
            rows = [n for n in range(45 * shard, 45 * shard + 45) if n not in missing]
            names = [records["processid"][n] for n in rows]
            write_pack(path, package, [(name, jpegs[name]) for name in names], {})
        index_package(packs, folder / f"{package}.parquet")
    fraction = pl.Series(np.arange(90) / 100 + 0.0001)
    boxes = records.select("processid", area_fraction=fraction, scale_factor=2 * fraction)
    # In the order of the archives, not of the records.
    boxes.reverse().write_parquet(folder / "boxes.parquet")
    return Run(format, folder, records, jpegs)


@pytest.fixture(scope="module", params=["bioscan1m", "bioscan5m"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def of_1m(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run("bioscan1m", tmp_path_factory.mktemp("of_1m"))


@pytest.fixture(scope="module")
def of_5m(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run("bioscan5m", tmp_path_factory.mktemp("of_5m"))


# ---- bioscan-dataset opens a release


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package accepts data whose checksums are not the published ones."""
    for dataset in (bioscan_dataset.BIOSCAN1M, bioscan_dataset.BIOSCAN5M):
        monkeypatch.setattr(dataset, "_check_integrity", lambda self, **_: True)


def known(value: str | None, missing: object) -> bool:
    """Whether a label that pandas read is that of the record."""
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


# ---- archives


def test_members_lie_in_the_published_folders(run: Run, tmp_path: Path):
    with zipfile.ZipFile(run.export(tmp_path / "a.zip")) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    expected = {}
    for record in run.released.iter_rows(named=True):
        processid = record["processid"]
        if run.format == "bioscan1m":
            name = f"bioscan/images/cropped_256/part{record['image_part']}/{record['image_file']}"
        else:
            (chunk,) = chunks(pl.Series([processid]), pl.Series([record["split"]]))
            folder = f"{record['split']}/{chunk}" if chunk else record["split"]
            name = f"bioscan5m/images/cropped_256/{folder}/{processid}.jpg"
        expected[name] = run.jpegs[processid]
    # In the order of the packs.
    assert list(found.items()) == list(expected.items())


def test_a_chunk_is_what_the_paper_says():
    # MD5 of "AACTA1040-20" is 00…, of "YGEN986-22" f… (names that bioscan-dataset 1.3.0 lists).
    processid = pl.Series(["AACTA1040-20", "YGEN986-22", "YDBB6502-21", "AACTA161-20"])
    split = pl.Series(["pretrain", "train", "other_heldout", "val"])
    assert chunks(processid, split).to_list() == ["00", "f", "f", None]


@pytest.mark.parametrize("column", ["split", "image_part"])
def test_part_archives_hold_together_what_the_whole_one_holds(
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


def test_images_are_stored_with_a_fixed_date_for_all_to_read(run: Run, tmp_path: Path):
    with zipfile.ZipFile(run.export(tmp_path / "a.zip")) as archive:
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr >> 16 == 0o644


def test_equal_results_are_equal_bytes(run: Run, tmp_path: Path):
    for name, export in (("m", run.export_metadata), ("a.zip", run.export)):
        (tmp_path / "1").mkdir(exist_ok=True)
        assert digest(export(tmp_path / name)) == digest(export(tmp_path / "1" / name))


def test_memory_does_not_grow_with_the_images(tmp_path: Path):
    tracemalloc.start()
    try:
        write_archive(((f"{n}.jpg", bytes(1 << 20)) for n in range(100)), tmp_path / "a.zip")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "a.zip").stat().st_size > 100 << 20
    assert peak < 4 << 20


def test_an_interrupted_export_leaves_nothing(tmp_path: Path):
    def interrupted() -> Iterator[tuple[str, bytes]]:
        yield "a.jpg", b"one"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_archive(interrupted(), tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("format", "fault"),
    [
        ("bioscan1m", "record A1: cannot be released without image_file and image_part"),
        ("bioscan5m", "record A1: cannot be released without split"),
    ],
)
def test_what_a_name_needs_is_named(format: Format, fault: str):
    row = {"processid": "A1", "split": None, "image_file": "a.jpg", "image_part": None}
    rows = pl.DataFrame([{**row, "shard": 0, "row": 0}], schema_overrides={"split": pl.String})
    with pytest.raises(InputError) as error:
        list(read_members(rows, [], format, "cropped_256"))
    assert str(error.value) == fault


# ---- metadata


def test_a_release_can_be_ingested_again(run: Run, tmp_path: Path):
    ingest_records(
        run.format,
        run.export_metadata(tmp_path / METADATA[run.format]),
        None,
        0,
        tmp_path / "raw.parquet",
        tmp_path / "quarantine.parquet",
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
        )
        assert_frame_equal(found, expected.select(list(SCHEMA)), abs_tol=1e-12)


#: A record of which little is known.
SPARSE = dict.fromkeys(SCHEMA) | {
    "processid": "A1-22",
    "class": "Insecta",
    "order": "Diptera",
    "taxon": "Diptera",
    "inferred_ranks": 0,
    "large_insect_order": "validation",
    "image_file": "5351601.jpg",
    "image_part": 18,
    "split": "val",
    "area_fraction": 0.1234,
    "scale_factor": 1.5,
    "image_measurement_value": 16000.0,
    "index_bioscan_1M_insect": 150502,
}


def lines(table: pl.LazyFrame, separator: str) -> list[str]:
    return table.collect().write_csv(separator=separator).splitlines()


def test_a_row_of_1m_is_written_as_published():
    sparse = pl.LazyFrame([SPARSE], schema=SCHEMA)
    # 1M §A1.2, columns 1 to 22; the names of the released file.
    assert lines(bioscan1m_table(sparse), " ") == [
        "sampleid processid uri name phylum class order family subfamily tribe genus species "
        "subspecies nucraw image_file large_diptera_family medium_diptera_family "
        "small_diptera_family large_insect_order medium_insect_order small_insect_order "
        "chunk_number",
        " A1-22  Diptera not_classified Insecta Diptera not_classified not_classified "
        "not_classified not_classified not_classified not_classified  5351601.jpg no_split "
        "no_split no_split validation no_split no_split 18",
    ]


def test_a_row_of_5m_is_written_as_published():
    sparse = pl.LazyFrame([SPARSE], schema=SCHEMA)
    # 5M Table A3.
    assert lines(bioscan5m_table(sparse), ",") == [
        "processid,sampleid,taxon,phylum,class,order,family,subfamily,genus,species,dna_bin,"
        "dna_barcode,country,province_state,coord-lat,coord-lon,image_measurement_value,"
        "area_fraction,scale_factor,inferred_ranks,split,index_bioscan_1M_insect,chunk",
        "A1-22,,Diptera,,Insecta,Diptera,,,,,,,,,,,16000.0,0.1234,1.5,0,val,150502.0,",
    ]
