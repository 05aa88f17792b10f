"""New specimens, from their photographs and barcodes to what each is."""

import os
import runpy
import subprocess
from pathlib import Path

import polars as pl
import pytest
import torch
import yaml
from snakemake.cli import parse_config

from bioscan.identify.classifiers import say
from tests.workflow.runs import ROOT, snakemake

COMMUNITY = {
    "species": 150,
    "orders": 4,
    "evenness": 0.5,
    "labelled": {"family": 0.95, "subfamily": 0.9, "genus": 0.9, "species": 0.85},
    "placeholder_species": 0.4,
}
CONFIG = {
    "run": "small",
    "datasets": {
        "all": {
            "format": "bioscan5m",
            "source": "simulated",
            "archives": 1,
            "simulate": {"specimens": 2500, "photographs": 1, "seed": 2, "community": COMMUNITY},
        },
        "new": {
            "format": "folder",
            "source": "own",
            "path": "results/small/new/source/photographs",
            "table": "results/small/new/source/specimens.csv",
        },
    },
    "detect": {
        "detectors": {
            "masks": {
                "weights": "config/detectors/lite0_wells",
                "shortest_edge": 288,
                "longest_edge": 384,
                "zoom": 3,
            }
        }
    },
    "identify": {"specimens": "new", "references": "all", "simulate": {"like": "all", "seed": 1}},
}


def run(folder: Path, target: str, *arguments: str) -> None:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(CONFIG))
    place = ["--snakefile", f"{ROOT}/Snakefile", "--directory", str(folder)]
    done = snakemake(folder, target, *place, "--configfile", str(path), *arguments)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with twelve specimens."""
    folder = tmp_path_factory.mktemp("identify")
    run(folder, "identify")
    return folder


@pytest.fixture(scope="module")
def found(folder) -> pl.DataFrame:
    """What each specimen was identified as, and the truth (`true_…`, kind)."""
    place = folder / "results/small/new"
    truth = pl.read_csv(place / "truth/specimens.csv", infer_schema=False)
    renamed = truth.rename(lambda name: name if name in ("processid", "kind") else f"true_{name}")
    identified = pl.read_csv(place / "identify/identified.csv")
    assert identified.height == truth.height == 12
    return identified.join(renamed, on="processid", validate="1:1")


def test_no_label_that_is_given_is_wrong(found):
    given = found.filter(~pl.col("kind").is_in(["contaminated", "wrong pair"]))
    for rank in ("order", "family", "genus", "species"):
        named = given.drop_nulls(rank)
        assert named[rank].to_list() == named[f"true_{rank}"].to_list()


def test_known_species_are_named(found):
    known = found.filter(kind="known")
    assert (known["status"] == "decided to species").sum() >= 4


def test_new_species_have_no_name_but_that_of_a_higher_rank(found):
    new = found.filter(kind="new species")
    assert new["species"].null_count() == 3
    assert new["novelty"].min() > 0.95
    # Of 66 calibrating queries a third is of taxa that references have: orders are hardly sure.
    assert set(new["status"]) <= {"new species?", "not decided"}
    assert "new species?" in new["status"]
    assert new["likely_order"].to_list() == new["true_order"].to_list()


def test_failures_are_named(found):
    of = {row["kind"]: row for row in found.iter_rows(named=True)}
    assert of["empty well"]["status"] == "no specimen in the photograph"
    assert of["contaminated"]["status"] == "barcode set aside"
    assert "mixture" in of["contaminated"]["remarks"]


@pytest.fixture(scope="module")
def seen(folder, tmp_path_factory) -> pl.DataFrame:
    """The CSV of the same specimens, where a classifier of orders has looked at their photographs.

    To train one that is good would take longer than all else here. In its place, one that tells
    the order of every insect, calibrated as the others are.
    """
    place, made = folder / "results/small/new", tmp_path_factory.mktemp("seen")
    truth = pl.read_csv(place / "truth/specimens.csv", infer_schema=False).drop_nulls("order")
    orders = truth["order"].unique().sort().to_list()
    target = [orders.index(order) for order in truth["order"]]
    logits = 12.0 * torch.nn.functional.one_hot(torch.tensor(target), len(orders))
    said = say(truth["processid"], logits, orders, "order", 1.0, [0.01] * len(orders))
    said.write_parquet(made / "classifier.parquet")
    script = runpy.run_path(str(ROOT / "scripts/identify/identify_specimens.py"))
    script["identify_specimens"](
        records=place / "records/partitioned.parquet",
        references=[folder / "results/small/all/records/partitioned.parquet"],
        evidence={
            "barcode": place / "identify/evidence/barcodes.parquet",
            "image, order": made / "classifier.parquet",
        },
        nearest=place / "identify/nearest.parquet",
        barcodes=place / "identify/barcodes.parquet",
        by_length=folder / "results/small/all/tables/identify_novelty.csv",
        boxes=[place / "boxes.parquet"],
        quarantine=[],
        passed_over=place / "records/quarantine.parquet",
        region=None,
        calibrations=[],
        used=[],
        facts={},
        confidence=0.95,
        identified=made / "identified.parquet",
        table=made / "identified.csv",
        models=made / "models.json",
    )
    kinds = pl.read_csv(place / "truth/specimens.csv").select("processid", "kind")
    return pl.read_csv(made / "identified.csv").join(kinds, on="processid", validate="1:1")


def test_a_wrong_pair_is_a_conflict_and_nothing_else_is(seen):
    conflicts = seen.filter(status="conflict")
    assert conflicts["kind"].to_list() == ["wrong pair"]
    row = conflicts.row(0, named=True)
    assert row["conflict"].startswith("barcode: ") and " but image, order: " in row["conflict"]
    assert row["order"] is None


def test_each_failure_and_new_species_is_what_it_is_beside_a_classifier(seen):
    of = {kind: part["status"].to_list() for (kind,), part in seen.group_by("kind")}
    assert of["empty well"] == ["no specimen in the photograph"]
    assert of["contaminated"] == ["barcode set aside"]
    new = seen.filter(kind="new species")
    assert new["species"].null_count() == 3
    assert of["new species"].count("new species?") >= 2


def test_the_page_shows_all_and_needs_nothing_else(folder):
    page = (folder / "results/small/new/report/identified.html").read_text()
    assert page.count("<article") == 12
    # The empty well has no crop, so its whole photograph is shown.
    assert page.count("data:image/jpeg;base64") == 12
    assert page.count("the whole photograph") == 1
    assert "need a look" in page
    assert "http" not in page


def test_the_specimens_are_in_no_other_product_of_the_run(folder):
    made = {path.name for path in (folder / "results/small/new").iterdir()}
    assert not made & {"figures", "tables", "release", "classify"} - {"tables"}
    assert not list((folder / "results/small/new").glob("figures/*"))


def test_barcodes_of_the_command_line_are_identified_within_a_region(folder, found):
    known = found.filter(kind="known", status="decided to species").head(2)
    rows = pl.read_csv(folder / CONFIG["datasets"]["new"]["table"]).join(known, on="processid")
    fasta = "".join(
        f">{name}|x\n{barcode}\n"
        for name, barcode in rows.select("processid", "dna_barcode").iter_rows()
    )
    (folder / "own.fasta").write_text(fasta)
    listed, other = known["species"]
    (folder / "region.csv").write_text(f"species\n{listed}\n")
    run(folder, "identify", "--config", "barcodes=own.fasta", "region=region.csv")
    place = folder / "results/small/specimens/identify"
    species = dict(pl.read_csv(place / "identified.csv").select("name", "species").iter_rows())
    assert species.get(listed) == listed
    assert other not in species.values()


@pytest.mark.parametrize("name", ['o\'hara $x `y` "z"s', "2024_05", "1e3", "a#b;c&", "[a]"])
def test_make_hands_on_names_as_they_are_written(tmp_path, name):
    # In place of Snakemake, a script that writes its arguments down.
    for path, text in {
        "envs/requirements.txt": "",
        "venv/bin/snakemake": '#!/bin/sh\nprintf "%s\\n" "$@" >> arguments\n',
        "venv/installed": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "venv/bin/snakemake").chmod(0o755)
    given = [f"IMAGES={name}", f"BARCODES={name}.fasta", "CONFIG=my own.yaml", "VENV=venv"]
    made = subprocess.run(
        ["make", "-f", ROOT / "Makefile", "identify", *given],
        cwd=tmp_path,
        env=os.environ | {"MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    unlock, rest = (tmp_path / "arguments").read_text().split("identify\n")
    assert "--unlock" in unlock.split("\n")
    *_, before, images, barcodes, option, config, end = rest.split("\n")
    assert (before, option, config, end) == ("--config", "--configfile", "my own.yaml", "")
    assert parse_config([images, barcodes]) == {
        "images": f"./{name}",
        "barcodes": f"./{name}.fasta",
    }
