"""Published metadata through ingest, curate, partition and release comes out cell for cell.

Labels are not cleaned (`clean: false`), splits are the published ones, and so are sizes.
"""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from bioscan.core.formats import METADATA, Format
from bioscan.core.published import BIOSCAN1M_COLUMNS, BIOSCAN5M_MEMBER
from bioscan.core.records import BIOSCAN5M_SCHEMA, EXPERIMENTS
from bioscan.partition.settings import PartitionSettings
from bioscan.simulate.community import Community
from bioscan.simulate.metadata import write_bioscan1m, write_bioscan5m
from bioscan.simulate.records import simulate
from scripts.curate.clean_labels import clean_labels
from scripts.ingest.ingest_records import ingest_records
from scripts.partition.partition_records import partition_records
from scripts.release.export_metadata import export_metadata


def released(format: Format, metadata: Path, folder: Path) -> Path:
    """The metadata, read and written again."""
    raw, curated, partitioned = (folder / f"{n}.parquet" for n in ("raw", "curated", "partitioned"))
    ingest_records(
        format=format,
        metadata=metadata,
        folder=None,
        missing=[],
        max_quarantined_share=0,
        records=raw,
        quarantine=folder / "quarantine.parquet",
        reading=folder / "reading.csv",
    )
    clean_labels(
        raw=raw,
        min_majority=None,
        max_lost_share=1,
        min_barcode_letters=0,
        records=curated,
        changes=folder / "changes.parquet",
        summary=folder / "summary.csv",
        losses=folder / "losses.csv",
        contamination=folder / "contamination.csv",
    )
    partition_records(format, PartitionSettings("published"), curated, partitioned)
    out = folder / "out" / METADATA[format]
    export_metadata(format, "published", partitioned, None, [], out)
    return out


def text(format: Format, path: Path) -> str:
    if format == "bioscan1m":
        return path.read_text()
    with zipfile.ZipFile(path) as archive:
        return archive.read(BIOSCAN5M_MEMBER).decode()


def cells(format: Format, path: Path) -> list[list[str]]:
    tab = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
    return list(
        csv.reader(io.StringIO(text(format, path)), **(tab if format == "bioscan1m" else {}))
    )


@pytest.mark.parametrize("format", ["bioscan1m", "bioscan5m"])
def test_simulated_metadata_comes_out_byte_for_byte(format: Format, tmp_path: Path):
    community = Community(specimens=400, seed=3, species=30, insects_only=True, part_size=150)
    metadata = tmp_path / METADATA[format]
    write = write_bioscan1m if format == "bioscan1m" else write_bioscan5m
    write(simulate(community, format), metadata, tmp_path / "truth.parquet")
    assert text(format, released(format, metadata, tmp_path)) == text(format, metadata)


#: Rows as 1M publishes them, invented: each begins with what is unusual in it.
BARE_1M = dict.fromkeys(BIOSCAN1M_COLUMNS, "not_classified") | {
    **dict.fromkeys(EXPERIMENTS, "no_split"),
    "sampleid": "BIOUG1-A01",
    "uri": "BOLD:AAA0001",
    "name": "Diptera",
    "phylum": "Arthropoda",
    "class": "Insecta",
    "order": "Diptera",
    "nucraw": "AACTTTA-NNR",
    "chunk_number": "113",
    "copyright_license": "CreativeCommons - Attribution Non-Commercial Share-Alike",
    "copyright_holder": "CBG Photography Group",
    "copyright_institution": "Centre for Biodiversity Genomics",
    "copyright_contact": "contact@example.org",
    "photographer": "A Robot",
    "author": "",
}
ROWS_1M = [
    {"name": "Asteiini", "tribe": "Asteiini", "family": "Asteiidae"},
    {"name": "Aus bus cus", "genus": "Aus", "species": "Aus bus", "subspecies": "Aus bus cus"},
    {"name": 'Aus sp. "x"', "genus": "Aus", "species": 'Aus sp. "x"', "family": "O'Brien é"},
    {"name": "not_classified", "order": "not_classified", "class": "not_classified"},
    # A hole, and a name without the genus that it names.
    {"name": "Cus dus", "species": "Cus dus", "order": "not_classified"},
    dict(zip(EXPERIMENTS, ("train", "validation", "test") * 2, strict=True)),
    {"sampleid": "", "uri": "", "nucraw": "", "copyright_license": "", "copyright_holder": ""},
]

#: Rows as 5M publishes them, likewise.
BARE_5M = dict.fromkeys(BIOSCAN5M_SCHEMA, "") | {
    "sampleid": "BIOUG1-A01",
    "taxon": "Diptera",
    "phylum": "Arthropoda",
    "class": "Insecta",
    "order": "Diptera",
    "dna_bin": "BOLD:AAA0001",
    "dna_barcode": "AACTTTA-NNR",
    "inferred_ranks": "0",
}
ROWS_5M = [
    {"split": "pretrain", "chunk": "00", "processid": "AACTA1040-20"},
    {"split": "train", "chunk": "f", "processid": "YGEN986-22", "inferred_ranks": "6"},
    {"split": "val", "taxon": "Sciaridae", "subfamily": "unassigned Sciaridae"},
    {"split": "test", "coord-lat": "-35.019", "coord-lon": "117.0", "country": 'Costa, "Rica"'},
    {"split": "test", "coord-lat": "0.1", "coord-lon": "-0.00271", "province_state": "Québec"},
    {"split": "key_unseen", "image_measurement_value": "8605.0", "area_fraction": "0.0703"},
    {"split": "key_unseen", "scale_factor": "0.7578", "index_bioscan_1M_insect": "150502.0"},
    {"split": "val_unseen", "area_fraction": "0.0001", "scale_factor": "1.0", "taxon": ""},
    {"split": "test_unseen", "sampleid": "", "dna_bin": "", "dna_barcode": "", "order": ""},
]


def test_published_rows_of_1m_come_out_cell_for_cell(tmp_path: Path):
    metadata = tmp_path / METADATA["bioscan1m"]
    rows = [
        {**BARE_1M, "processid": f"A{n}-21", "image_file": f"{n}.jpg", **row}
        for n, row in enumerate(ROWS_1M)
    ]
    lines = ["\t".join(row[name] for name in BIOSCAN1M_COLUMNS) for row in rows]
    metadata.write_text("\n".join(["\t".join(BIOSCAN1M_COLUMNS), *lines]) + "\n")
    found = released("bioscan1m", metadata, tmp_path)
    assert cells("bioscan1m", found) == cells("bioscan1m", metadata)


def test_published_rows_of_5m_come_out_cell_for_cell(tmp_path: Path):
    metadata = tmp_path / METADATA["bioscan5m"]
    table = io.StringIO()
    writer = csv.DictWriter(table, list(BIOSCAN5M_SCHEMA), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**BARE_5M, "processid": f"A{n}-21", **row} for n, row in enumerate(ROWS_5M))
    with zipfile.ZipFile(metadata, "w") as archive:
        archive.writestr(BIOSCAN5M_MEMBER, table.getvalue())
    found = released("bioscan5m", metadata, tmp_path)
    assert cells("bioscan5m", found) == cells("bioscan5m", metadata)


def test_a_table_of_1m_without_copyright_columns_gets_them_empty(tmp_path: Path):
    metadata = tmp_path / METADATA["bioscan1m"]
    columns = list(BIOSCAN1M_COLUMNS)[:22]
    row = {**BARE_1M, "processid": "A-21", "image_file": "a.jpg", "large_insect_order": "test"}
    row |= dict.fromkeys(EXPERIMENTS, "test")
    metadata.write_text("\t".join(columns) + "\n" + "\t".join(row[n] for n in columns) + "\n")
    _, found = cells("bioscan1m", released("bioscan1m", metadata, tmp_path))
    assert found == [row[name] for name in columns] + [""] * 6
