"""Specimens of one's own that nobody has named, with two lines of config."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from bioscan.core.images import encode
from bioscan.simulate.phenotype import phenotype
from bioscan.simulate.photographs import JPEG_QUALITY, photograph
from tests.unit.mitochondria import Barcodes
from tests.workflow.runs import ROOT, snakemake

#: What docs/cluster.md adds, and the rest of a config.
BARCODES = """
encoders: { kmer_counts: { dna: kmer_counts, k: 6 } }
cluster: { spaces: [{ datasets: [moths], dna: [kmer_counts] }] }
"""
PHOTOGRAPHS = """
encoders: { lite0: { timm: tf_efficientnet_lite0, weights: efficientnet-lite0 } }
cluster: { spaces: [{ datasets: [moths], images: [lite0] }] }
"""
#: The same for a few photographs, by an encoder that is quick and knows nothing.
FEW = """
encoders: { tiny: { timm: test_resnet } }
cluster: { neighbours: 3, dimensions: 2, spaces: [{ datasets: [moths], images: [tiny] }] }
"""
KINDS = (
    ("Arthropoda", "Insecta", "Diptera", "Sciaridae", None, "Bradysia", "Bradysia alba"),
    ("Arthropoda", "Insecta", "Lepidoptera", "Noctuidae", None, "Noctua", "Noctua nova"),
    ("Arthropoda", "Insecta", "Coleoptera", "Carabidae", None, "Carabus", "Carabus novus"),
)
DATASET = "run: mine\ndatasets: {{ moths: {{ format: folder, source: own, {given} }} }}\n"
DETECTOR = """
detect:
  detectors:
    masks:
      { weights: config/detectors/lite0_wells, shortest_edge: 288, longest_edge: 384, zoom: 3 }
"""


def arguments(folder: Path, config: str) -> list[str]:
    (folder / "mine.yaml").write_text(config)
    given = ["--configfile", f"{folder}/mine.yaml", "--directory", f"{folder}"]
    return [*given, "--snakefile", f"{ROOT}/Snakefile", "--", "cluster"]


@pytest.mark.parametrize("lines", [BARCODES, PHOTOGRAPHS])
def test_the_lines_are_those_of_the_page(lines: str):
    assert lines.strip() in (ROOT / "workflow/docs/cluster.md").read_text()


def test_barcodes_alone_get_clusters_and_no_scores(tmp_path: Path):
    rows = ["processid,dna_barcode"]
    species = Barcodes(codons=200).family(10, 7, apart=0.1, within=0.006)
    for number, barcodes in enumerate(species):
        rows += [f"s{number}_{place},{text}" for place, text in enumerate(barcodes)]
    (tmp_path / "specimens.csv").write_text("\n".join(rows))
    dataset = DATASET.format(given=f"table: {tmp_path}/specimens.csv")
    run = snakemake(tmp_path, *arguments(tmp_path, dataset + BARCODES))
    assert run.returncode == 0, run.stdout
    assert "warning: no specimen has a label, so no clusters are scored" in run.stdout
    folder = tmp_path / "results" / "mine" / "moths" / "cluster"
    found = pl.read_parquet(folder / "kmer_counts" / "clusters.parquet")
    assert found.columns == ["processid", "ward_cut", "hdbscan", "distance_2", "distance_3"]
    truth = [name.split("_")[0] for name in found["processid"]]
    for method in found.columns[1:]:
        assert adjusted_mutual_info_score(truth, found[method].to_list()) > 0.8
    assert pl.read_parquet(folder / "scores.parquet").is_empty()


def test_photographs_alone_get_clusters_and_a_gallery(tmp_path: Path):
    taken = tmp_path / "photographs"
    taken.mkdir()
    random = np.random.default_rng(0)
    for number in range(12):
        image = photograph(phenotype(KINDS[number % 3], 0), random, (256, 192)).image
        (taken / f"w{number:02}.jpg").write_bytes(encode(image, JPEG_QUALITY))
    given = DATASET.format(given=f"path: {taken}, shards: 1") + DETECTOR + FEW
    page = "results/mine/moths/report/cluster_gallery_image.html"
    run = snakemake(tmp_path, *arguments(tmp_path, given)[:-1], page)
    assert run.returncode == 0, run.stdout
    said = [line for line in run.stdout.splitlines() if line.startswith("warning: ")]
    assert said == [
        "warning: tiny: no specimen has a species, so none gives the number of clusters",
        "warning: no specimen has a label, so no clusters are scored",
    ]
    folder = tmp_path / "results" / "mine" / "moths"
    found = pl.read_parquet(folder / "cluster" / "tiny" / "clusters.parquet")
    assert found.columns == ["processid", "ward_cut", "hdbscan"]
    assert found["processid"].to_list() == [f"w{number:02}" for number in range(12)]
    table = pl.read_csv(folder / "tables" / "clusters_image.csv")
    assert table["specimens"].sum() == 12
    assert set(table["kind"]) == {"unnamed"}
    text = (tmp_path / page).read_text()
    assert text.count("data:image/") == 12
    assert all(f"w{number:02}" in text for number in range(12))


def test_photographs_alone_are_planned(tmp_path: Path):
    (tmp_path / "photographs").mkdir()
    dataset = DATASET.format(given=f"path: {tmp_path}/photographs")
    run = snakemake(tmp_path, "-n", *arguments(tmp_path, dataset + DETECTOR + PHOTOGRAPHS))
    assert run.returncode == 0, run.stdout
    for rule in ("pack_images", "embed_samples", "reduce_embeddings", "cluster_samples"):
        assert rule in run.stdout
    assert "cluster_barcodes" not in run.stdout
