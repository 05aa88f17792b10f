"""Specimens of one's own that nobody has named, with two lines of config."""

from pathlib import Path

import polars as pl
import pytest
from sklearn.metrics import adjusted_mutual_info_score

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
DATASET = "run: mine\ndatasets: {{ moths: {{ format: folder, source: own, {given} }} }}\n"
DETECTOR = "detect: { detectors: { masks: { weights: config/detectors/fpn_wells } } }\n"


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


def test_photographs_alone_are_planned(tmp_path: Path):
    (tmp_path / "photographs").mkdir()
    dataset = DATASET.format(given=f"path: {tmp_path}/photographs")
    run = snakemake(tmp_path, "-n", *arguments(tmp_path, dataset + DETECTOR + PHOTOGRAPHS))
    assert run.returncode == 0, run.stdout
    for rule in ("pack_images", "embed_samples", "reduce_embeddings", "cluster_samples"):
        assert rule in run.stdout
    assert "cluster_barcodes" not in run.stdout
