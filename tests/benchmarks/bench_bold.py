"""Reading an export of BOLD, beside polars alone, which checks nothing.

The export is fabricated with the columns of BCDM: five million rows, 6 GB. Each reader runs in a
process of its own, so that the peak memory is its own; polars and the workflow take turns.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parents[2]
ROWS, BATCH = 5_000_000, 100_000

#: The columns of BCDM in its order; those that nothing fills hold "None".
BCDM = """processid sampleid fieldid museumid record_id specimenid processid_minted_date bin_uri
bin_created_date collection_code inst sovereign_inst taxid kingdom phylum class order family
subfamily tribe genus species subspecies species_reference identification identification_method
identification_rank identified_by identifier_email taxonomy_notes sex reproduction life_stage
short_note notes voucher_type tissue_type specimen_linkout associated_specimens associated_taxa
collectors collection_date_start collection_date_end collection_event_id collection_time
collection_notes geoid country/ocean country_iso province/state region sector site site_code coord
coord_accuracy coord_source elev elev_accuracy depth depth_accuracy habitat realm biome ecoregion
sampling_protocol nuc nuc_basecount insdc_acs funding_src marker_code primers_forward
primers_reverse sequence_run_site sequence_upload_date bold_recordset_code_arr"""
HEADER = BCDM.split()

#: Both print their seconds, the seconds of their processors, and their peak memory.
POLARS = """
names = ["processid", "sampleid", "bin_uri", "phylum", "class", "order", "family", "subfamily",
         "tribe", "genus", "species", "subspecies", "country/ocean", "province/state", "coord",
         "nuc", "marker_code"]
pl.scan_csv(
    here / "export.tsv", separator="\\t", quote_char=None, infer_schema=False, null_values="None"
).select(names).sink_parquet(here / "polars.parquet")
"""
WORKFLOW = """
from bioscan.core.config import read_yaml
from ingest.ingest_records import ingest_records
schema = read_yaml(root / "workflow/schemas/datasets.schema.yaml")
missing = schema["$defs"]["dataset"]["properties"]["missing"]["default"]
outputs = here / "raw.parquet", here / "quarantine.parquet", here / "reading.csv"
ingest_records("bold", here / "export.tsv", None, missing, 0.05, *outputs, 200)
"""
PROCESS = """
import os, resource, sys, time
from pathlib import Path
import polars as pl
here, root = Path(sys.argv[1]), Path(sys.argv[2])
start = time.perf_counter()
{code}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
print(time.perf_counter() - start, sum(os.times()[:2]), peak)
"""


def bench_export(tmp_path: Path) -> None:
    """Seconds, seconds of all processors and GiB at the peak of both; their ratios of rates."""
    export = tmp_path / "export.tsv"
    _fabricate(export, ROWS)
    size = export.stat().st_size / 1e6
    print(f"\n  {ROWS:,} rows, {size:,.0f} MB")
    best: dict[str, list[float]] = {}
    for _ in range(2):
        for name, code in {"polars": POLARS, "workflow": WORKFLOW}.items():
            taken = _run(code, tmp_path)
            best[name] = [*map(min, best.get(name, taken), taken)]
    for name, (seconds, processors, peak) in best.items():
        rate = size / seconds
        print(
            f"  {name:9} {seconds:6.1f} s ({processors:6.1f} s), {rate:5.0f} MB/s, {peak:.2f} GiB"
        )
    ratios = [best["polars"][unit] / best["workflow"][unit] for unit in (0, 1)]
    print("  rate over that of polars: {:.2f} ({:.2f} by the processors' time)".format(*ratios))
    assert pl.read_csv(tmp_path / "reading.csv").height
    _check(tmp_path)


def _check(folder: Path) -> None:
    """Every twentieth row is one of another marker, of the specimen of the row before."""
    records = pl.scan_parquet(folder / "raw.parquet").select(pl.len()).collect().item()
    assert records == ROWS - ROWS // 20
    assert pl.read_parquet(folder / "quarantine.parquet").is_empty()


def _fabricate(path: Path, rows: int) -> None:
    """Write an export of invented specimens: 2,000 species, barcodes with one letter in a hundred
    changed, one in twenty missing."""
    rng = np.random.default_rng(0)
    species = rng.integers(0, 2000, BATCH)
    letters = rng.integers(0, 4, (2000, 658), np.uint8)[species]
    changed = rng.random(letters.shape, np.float32) < 0.01
    letters[changed] = rng.integers(0, 4, changed.sum(), np.uint8)
    text = np.frombuffer(b"ACGT", np.uint8)[letters]
    barcodes = pl.Series([row.tobytes().decode() for row in text]).set(
        pl.Series(rng.random(BATCH) < 0.05), "None"
    )
    number = pl.Series(species)
    place = [pl.Series(rng.uniform(-end, end, BATCH).round(4)) for end in (90, 180)]
    fixed = pl.DataFrame({name: ["None"] for name in HEADER}).select(
        pl.all().repeat_by(BATCH).explode()
    )
    fixed = fixed.with_columns(
        pl.lit("Institute of Invented Specimens").alias("inst"),
        pl.lit("Animalia").alias("kingdom"),
        pl.lit("Arthropoda").alias("phylum"),
        pl.lit("Insecta").alias("class"),
        pl.lit("Diptera").alias("order"),
        pl.lit("Atlantis").alias("country/ocean"),
        pl.lit("North").alias("province/state"),
        pl.lit('a "note" of no consequence').alias("notes"),
        pl.format("BOLD:AA{}", number).alias("bin_uri"),
        pl.format("Family{}idae", number % 50).alias("family"),
        pl.format("Genus{}", number % 500).alias("genus"),
        pl.format("Genus{} species{}", number % 500, number).alias("species"),
        pl.format("({},{})", *place).alias("coord"),
        barcodes.alias("nuc"),
    )
    with path.open("wb") as file:
        file.write(("\t".join(HEADER) + "\n").encode())
        for start in range(0, rows, BATCH):
            row = pl.int_range(start, start + BATCH, eager=True)
            is_further = row % 20 == 19
            specimen = row - is_further.cast(pl.Int64)
            part = fixed.with_columns(
                processid=pl.format("FAB{}-21", specimen),
                sampleid=pl.format("SPECIMEN{}", specimen),
                marker_code=is_further.replace_strict({True: "16S", False: "COI-5P"}),
            )
            part.write_csv(file, separator="\t", include_header=False, quote_style="never")


def _run(code: str, folder: Path) -> list[float]:
    """Seconds, seconds of all processors, GiB at the peak."""
    output = subprocess.run(
        [sys.executable, "-c", PROCESS.format(code=code), folder, ROOT],
        env={"PYTHONPATH": f"{ROOT / 'workflow' / 'lib'}:{ROOT / 'scripts'}"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return [float(value) for value in output.split()[-3:]]
