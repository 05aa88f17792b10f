"""Metadata is written as published, whole or not at all, with the truth beside it."""

import re
import zipfile
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from bioscan.core.formats import Format
from bioscan.core.published import BIOSCAN5M_MEMBER
from bioscan.core.records import BIOSCAN5M_SCHEMA, EXPERIMENTS
from bioscan.simulate.community import Community
from bioscan.simulate.metadata import write_bioscan1m, write_bioscan5m
from bioscan.simulate.records import TRUTH_COLUMNS, simulate
from tests.unit.simulate.communities import DEMO, table


def test_the_1m_table_is_as_published(tmp_path: Path):
    community = Community(specimens=500, seed=4, insects_only=True)
    tsv, truth = tmp_path / "BIOSCAN_Insect_Dataset_metadata.tsv", tmp_path / "truth.parquet"
    write_bioscan1m(simulate(community, "bioscan1m", 200), tsv, truth)
    lines = tsv.read_text().splitlines()
    assert lines[0].split("\t") == [
        *("sampleid", "processid", "uri", "name", "phylum", "class", "order", "family"),
        *("subfamily", "tribe", "genus", "species", "subspecies", "nucraw", "image_file"),
        *("large_diptera_family", "medium_diptera_family", "small_diptera_family"),
        *("large_insect_order", "medium_insect_order", "small_insect_order"),
        *("chunk_number", "copyright_license", "copyright_holder", "copyright_institution"),
        *("copyright_contact", "photographer", "author"),
    ]
    assert len(lines) == 501 and all(line.count("\t") == 27 for line in lines)
    frame = table(community, "bioscan1m")
    raw = pl.read_csv(tsv, separator="\t", infer_schema=False)
    assert raw["species"].to_list() == frame["species"].fill_null("not_classified").to_list()
    assert set(raw["subspecies"]) == {"not_classified"}
    for name in EXPERIMENTS:
        assert raw[name].to_list() == frame[name].fill_null("no_split").to_list()
    assert raw["nucraw"].to_list() == frame["dna_barcode"].to_list()
    assert pl.read_parquet(truth).equals(frame.select("processid", *TRUTH_COLUMNS, "dna_barcode"))


def test_the_5m_archive_is_as_published(tmp_path: Path):
    archive, truth = tmp_path / "metadata.zip", tmp_path / "truth.parquet"
    write_bioscan5m(simulate(DEMO, "bioscan5m", 2_500), archive, truth)
    with zipfile.ZipFile(archive) as packed:
        (member,) = packed.infolist()
        text = packed.read(member)
    assert member.filename == ("bioscan5m/metadata/csv/BIOSCAN_5M_Insect_Dataset_metadata.csv")
    assert member.date_time == (1980, 1, 1, 0, 0, 0)
    raw = pl.read_csv(text, infer_schema=False)
    assert raw.columns == list(BIOSCAN5M_SCHEMA) and len(raw) == DEMO.specimens
    frame = table(DEMO, "bioscan5m")
    assert raw["chunk"].equals(frame["chunk"])  # "00" is text
    assert raw["inferred_ranks"].unique().to_list() == ["0"]
    assert re.fullmatch(r"\d+\.0", raw["image_measurement_value"].drop_nulls()[0])
    typed = pl.read_csv(text, schema_overrides=BIOSCAN5M_SCHEMA)
    assert typed.equals(frame.select(*BIOSCAN5M_SCHEMA))
    assert pq.ParquetFile(truth).num_row_groups == 3


def test_numbers_that_may_be_missing_are_written_as_pandas_does(tmp_path: Path):
    frame = (
        next(simulate(DEMO, "bioscan5m"))
        .head(2)
        .with_columns(pl.Series("index_bioscan_1M_insect", [150_502, None]))
    )
    write_bioscan5m([frame], tmp_path / "a.zip", tmp_path / "t.parquet")
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        header, first, second = packed.read(BIOSCAN5M_MEMBER).decode().splitlines()
    index = header.split(",").index("index_bioscan_1M_insect")
    assert first.split(",")[index] == "150502.0" and second.split(",")[index] == ""


@pytest.mark.parametrize("format", ["bioscan1m", "bioscan5m"])
def test_equal_seeds_give_equal_bytes(tmp_path: Path, format: Format):
    write = {"bioscan1m": write_bioscan1m, "bioscan5m": write_bioscan5m}[format]
    for name, rows in (("a", 500), ("b", 500), ("c", 123)):
        frames = simulate(Community(1_000, 9), format, rows)
        write(frames, tmp_path / name, tmp_path / f"{name}.parquet")
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b and (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert c == a or format == "bioscan5m"  # deflate may see other block borders


def test_nothing_is_left_where_the_frames_fail(tmp_path: Path):
    def broken():
        yield next(simulate(DEMO, "bioscan5m"))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        write_bioscan5m(broken(), tmp_path / "a.zip", tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []
