"""The released table, in the published columns."""

import polars as pl

from bioscan.core.records import SCHEMA
from bioscan.release.records import bioscan1m_table, bioscan5m_table, is_released, release_columns

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


def test_a_record_is_released_if_it_is_in_every_package():
    packages = [pl.Series(["A", "B"]), pl.Series(["B", "C"])]
    assert is_released(pl.Series(["A", "B", "C"]), packages).to_list() == [False, True, False]


def test_release_columns_are_in_the_order_of_the_records():
    records = pl.DataFrame({"processid": ["B", "A", "C"], "split": ["val", "val", "val"]})
    boxes = pl.DataFrame(
        {"processid": ["A", "B"], "area_fraction": [0.1, 0.2], "scale_factor": [1.0, 2.0]}
    )
    assert release_columns(records, boxes, [pl.Series(["A", "B"])]).rows() == [
        (0.2, 2.0, None, True),
        (0.1, 1.0, None, True),
        (None, None, None, False),
    ]
