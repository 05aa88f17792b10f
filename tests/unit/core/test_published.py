"""The published tables, and the names of images in their zips (5M §A1.4)."""

import hashlib

import polars as pl
import pytest

from bioscan.core.published import (
    CHUNK_DIGITS,
    bioscan1m_columns,
    bioscan5m_columns,
    chunks,
    member_name,
)
from bioscan.core.records import SCHEMA


def test_chunks_are_the_first_digits_of_the_md5_of_the_processid():
    processid = pl.Series(["A1-21", "A1-21", "A1-21", "A1-21", "A1-21"])
    split = pl.Series(["pretrain", "train", "other_heldout", "val", None])
    digest = hashlib.md5(b"A1-21").hexdigest()
    assert chunks(processid, split).to_list() == [digest[:2], digest[:1], digest[:1], None, None]
    assert set(CHUNK_DIGITS) == {"pretrain", "train", "other_heldout"}


def test_images_of_1m_lie_in_numbered_parts():
    records = pl.DataFrame({"image_part": [113, None], "image_file": ["5351601.jpg", "a.jpg"]})
    assert records.select(member_name("bioscan1m", "cropped_256")).to_series().to_list() == [
        "bioscan/images/cropped_256/part113/5351601.jpg",
        None,
    ]


@pytest.mark.parametrize(
    ("split", "chunk", "member"),
    [
        ("pretrain", "00", "bioscan5m/images/original_full/pretrain/00/A1-21.jpg"),
        ("val", "", "bioscan5m/images/original_full/val/A1-21.jpg"),
        ("val", None, "bioscan5m/images/original_full/val/A1-21.jpg"),
        (None, "", None),
    ],
)
def test_images_of_5m_lie_by_split_and_chunk(split: str | None, chunk: str | None, member):
    record = pl.DataFrame(
        {"processid": ["A1-21"], "split": [split], "chunk": [chunk]},
        schema=dict.fromkeys(("processid", "split", "chunk"), pl.String),
    )
    assert record.select(member_name("bioscan5m", "original_full")).item() == member


#: A record with few values.
SPARSE = dict.fromkeys(SCHEMA) | {
    "processid": "A1-22",
    "class": "Insecta",
    "order": "Diptera",
    "taxon": "Diptera",
    "inferred_ranks": 0,
    "large_insect_order": "validation",
    "image_file": "5351601.jpg",
    "image_part": 18,
    "copyright_license": "CC0",
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
    # 1M §A1.2, columns 1 to 22, and the copyright columns of the released file.
    assert lines(sparse.select(bioscan1m_columns()), " ") == [
        "sampleid processid uri name phylum class order family subfamily tribe genus species "
        "subspecies nucraw image_file large_diptera_family medium_diptera_family "
        "small_diptera_family large_insect_order medium_insect_order small_insect_order "
        "chunk_number copyright_license copyright_holder copyright_institution copyright_contact "
        "photographer author",
        " A1-22  Diptera not_classified Insecta Diptera not_classified not_classified "
        "not_classified not_classified not_classified not_classified  5351601.jpg no_split "
        "no_split no_split validation no_split no_split 18 CC0     ",
    ]


def test_a_row_of_5m_is_written_as_published():
    sparse = pl.LazyFrame([SPARSE], schema=SCHEMA)
    # 5M Table A3.
    assert lines(sparse.select(bioscan5m_columns()), ",") == [
        "processid,sampleid,taxon,phylum,class,order,family,subfamily,genus,species,dna_bin,"
        "dna_barcode,country,province_state,coord-lat,coord-lon,image_measurement_value,"
        "area_fraction,scale_factor,inferred_ranks,split,index_bioscan_1M_insect,chunk",
        "A1-22,,Diptera,,Insecta,Diptera,,,,,,,,,,,16000.0,0.1234,1.5,0,val,150502.0,",
    ]
