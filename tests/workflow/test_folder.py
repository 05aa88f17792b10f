"""Images of one's own, through everything that works on them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from bioscan.core.images import encode
from bioscan.core.pack import PackReader
from bioscan.detect.annotations import read_coco
from bioscan.detect.evaluation import corners, intersection_over_union
from bioscan.simulate.phenotype import phenotype
from bioscan.simulate.photographs import JPEG_QUALITY, photograph
from tests.unit.core.packs import read_processids
from tests.workflow.runs import ROOT, snakemake

FLY = ("Arthropoda", "Insecta", "Diptera", "Sciaridae", None, "Bradysia", "Bradysia alba")
BARCODE = "ACGTACGT" * 40
WELLS = ROOT.parent / "shared" / "real" / "wells"


def config(folder: Path, images: Path, **detector: object) -> list[str]:
    """Arguments for a run on a folder of images."""
    settings = {
        "run": "own",
        "max_quarantined_share": 0.5,
        "datasets": {
            "flies": {"format": "folder", "source": "own", "path": str(images), "shards": 2}
        },
        "detect": {"detectors": {"tried": detector}},
    }
    table = images / "table.csv"
    if table.exists():
        settings["datasets"]["flies"] |= {
            "table": str(table),
            "verdicts": str(images / "verdicts.csv"),
        }
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump(settings))
    return [
        "--configfile",
        str(path),
        "--directory",
        str(folder),
        "--snakefile",
        f"{ROOT}/Snakefile",
    ]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on nine good images and three bad ones, with a table and verdicts of some."""
    folder = tmp_path_factory.mktemp("own")
    images = folder / "images"
    images.mkdir()
    rng = np.random.default_rng(0)
    for number in range(9):
        taken = photograph(phenotype(FLY, 0), rng, (256, 192), "whole")
        (images / f"fly{number}.jpg").write_bytes(encode(taken.image, JPEG_QUALITY))
    whole = (images / "fly0.jpg").read_bytes()
    (images / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (images / "empty.jpg").write_bytes(b"")
    (images / "text.jpg").write_text("not a photograph")
    (images / "notes.txt").write_text("passed over")
    (images / "table.csv").write_text(
        "processid,order,family,species,dna_barcode\n"
        f"fly0,Diptera,Sciaridae,Bradysia alba,{BARCODE}\n"
        f"fly1,Diptera,Sciaridae,,N{BARCODE}\n"
    )
    (images / "verdicts.csv").write_text(
        "processid,verdict,label\n"
        "fly0,confirmed,Bradysia alba\n"
        "fly2,corrected,Sciaridae\n"
        "fly8,remove photograph,\n"
    )
    run = snakemake(
        folder,
        *config(
            folder,
            images,
            weights="config/detectors/rt_detr_wells",
            shortest_edge=64,
            longest_edge=96,
            threshold=0,
        ),
    )
    assert run.returncode == 0, run.stdout
    return folder / "results" / "own" / "flies"


def test_every_good_image_is_cropped_and_packed(own: Path):
    packs = [own / "packs" / "cropped_256" / f"{shard:04d}.h5" for shard in range(2)]
    assert sorted(read_processids(packs[0]) + read_processids(packs[1])) == [
        f"fly{number}" for number in range(8)
    ]
    assert PackReader(packs).read(shard=1, row=0).startswith(b"\xff\xd8")


def test_every_bad_photograph_is_listed_with_its_reason(own: Path):
    rows = pl.read_csv(own / "tables" / "quarantine.csv")
    reasons = dict(rows.select("processid", "reason").iter_rows())
    assert set(reasons) == {"cut", "empty", "text", "fly8"}
    assert all(reasons.values())
    assert "curator" in reasons["fly8"]


def test_what_the_table_says_is_known_and_inferred(own: Path):
    curated = pl.read_parquet(own / "records" / "curated.parquet")
    species = dict(curated.select("processid", "species").iter_rows())
    # fly1 has the barcode of fly0.
    assert species["fly0"] == species["fly1"] == "Bradysia alba"
    assert species["fly2"] is None


def test_what_a_curator_says_is_in_the_records_and_in_the_trail(own: Path):
    curated = pl.read_parquet(own / "records" / "curated.parquet").filter(processid="fly2")
    assert curated.select("order", "family").rows() == [("Diptera", "Sciaridae")]
    trail = pl.read_parquet(own / "curation" / "changes.parquet").filter(step="verdict")
    assert set(trail["processid"]) == {"fly2"}


@pytest.mark.skipif(not WELLS.is_dir(), reason="the real images are not here")
def test_the_demo_detector_finds_insects_in_real_wells(tmp_path: Path):
    demo = yaml.safe_load((ROOT / "config" / "demo.yaml").read_text())
    run = snakemake(tmp_path, *config(tmp_path, WELLS, **demo["detect"]["detectors"]["masks"]))
    assert run.returncode == 0, run.stdout
    boxes = pl.read_parquet(tmp_path / "results" / "own" / "flies" / "boxes.parquet")
    assert boxes.height == 295
    assert not (boxes["status"] == "unreadable").any()
    found = {row["processid"]: row for row in boxes.iter_rows(named=True)}
    overlaps = []
    for item in read_coco(WELLS / "instances.json"):
        row = found[item.file_name.removesuffix(".1024px.jpg")]
        if len(item.boxes) and row["status"] == "ok":
            box = tuple(row[key] for key in ("x0", "y0", "x1", "y1"))
            overlaps.append(intersection_over_union(box, corners(item.boxes[0])))
    # A detector that learnt nothing reaches 0.1.
    assert np.mean(overlaps) > 0.4
