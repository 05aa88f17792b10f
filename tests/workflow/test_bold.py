"""An export of BOLD, through everything that works on records, with and without photographs."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from bioscan.core.images import encode
from tests.workflow.runs import ROOT, snakemake

LETTERS = np.array(list("ACGT"))
FIELDS = (
    "processid", "sampleid", "phylum", "class", "order", "family", "subfamily", "genus", "species",
    "bin_uri", "country/ocean", "province/state", "coord", "marker_code", "nuc",
)  # fmt: skip


def rows() -> list[tuple[str, ...]]:
    """Three species of ten specimens each; the first of each has a row of 16S, too."""
    rng = np.random.default_rng(0)
    found = []
    for number, epithet in enumerate(("alba", "nigra", "sp. 1")):
        labels = ("Arthropoda", "Insecta", "Diptera", "Sciaridae", "None", "Bradysia")
        barcodes = ["".join(rng.choice(LETTERS, 300)) for _ in range(3)]
        for specimen in range(10):
            name = f"FLY{number}{specimen}-21"
            species = "None" if specimen == 9 else f"Bradysia {epithet}"
            place = (f"BOLD:AAA000{number}", "Atlantis", "North", "(47.37,8.54)")
            row = (name, f"S{number}{specimen}", *labels, species, *place)
            if not specimen:
                found.append((*row, "16S", barcodes[0]))
            found.append((*row, "COI-5P", "ACGT" if specimen == 8 else barcodes[specimen % 3]))
    return found


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on an export alone, and up to the image index on one with photographs."""
    folder = tmp_path_factory.mktemp("bold")
    text = "\n".join("\t".join(row) for row in [FIELDS, *rows(), ("FLY99-21", "cut")]) + "\n"
    (folder / "export.tsv.gz").write_bytes(gzip.compress(text.encode()))
    images = folder / "photographs"
    images.mkdir()
    photograph = encode(np.full((48, 64, 3), 200, np.uint8), 90)
    for name in ("FLY00-21.jpg", "s11.JPG", "stranger.jpg"):
        (images / name).write_bytes(photograph)
    alone = {"format": "bold", "source": "own", "table": "export.tsv.gz"}
    weights = {"weights": "config/detectors/rt_detr_wells"}
    settings = {
        "run": "own",
        "max_quarantined_share": 0.5,
        "datasets": {"alone": alone, "seen": alone | {"path": "photographs"}},
        "detect": {"detectors": {"tried": weights}},
        "encoders": {"counts": {"dna": "kmer_counts", "k": 4}},
        "barcode": {
            "dataset": "alone",
            "models": [{"encoders": ["counts"], "evaluations": ["1nn_probe"]}],
            "alignment": {"methods": ["exact"]},
        },
    }
    (folder / "own.yaml").write_text(yaml.safe_dump(settings))
    targets = [
        *(f"results/own/alone/report/{name}.html" for name in ("reading", "cleaning", "splits")),
        "results/own/alone/figures/classes.png",
        "results/own/alone/report/bioscan5m_sequences.html",
        "results/own/alone/report/bioscan5m_table4.html",
        *(
            f"results/own/alone/figures/barcode_{by}.png"
            for by in ("ranks", "distances", "lengths")
        ),
        "results/own/seen/records/images.parquet",
    ]
    run = snakemake(
        folder, *targets, "--configfile", "own.yaml", "--snakefile", f"{ROOT}/Snakefile"
    )
    assert run.returncode == 0, run.stdout
    return folder / "results" / "own"


def test_every_specimen_is_a_record_and_the_rest_is_counted(results: Path):
    records = pl.read_parquet(results / "alone" / "records" / "raw.parquet")
    assert records.height == records["processid"].n_unique() == 30
    noted = pl.read_csv(results / "alone" / "tables" / "reading.csv")
    counts = {(what, text or ""): count for what, _, text, count in noted.iter_rows()}
    assert counts["sequence of another marker than COI-5P, which is not read", "16S"] == 3
    assert counts["further rows of a processid: the one with the longest barcode is kept", ""] == 3
    set_aside = pl.read_parquet(results / "alone" / "records" / "quarantine.parquet")
    assert set_aside.rows() == [(None, "row 35 has 2 fields, not 15")]


def test_labels_are_shared_by_barcodes_and_not_by_short_ones(results: Path):
    curated = pl.read_parquet(results / "alone" / "records" / "curated.parquet")
    species = dict(curated.select("processid", "species").iter_rows())
    assert species["FLY09-21"] == "Bradysia alba"  # of its barcode
    # Three species have the same four letters, and keep their names.
    assert [species[f"FLY{number}8-21"] for number in range(3)] == [
        "Bradysia alba",
        "Bradysia nigra",
        "Bradysia sp. 1",
    ]


def test_all_have_a_split(results: Path):
    divided = pl.read_parquet(results / "alone" / "records" / "partitioned.parquet")
    assert divided["split"].null_count() == 0
    assert set(divided["species_set"]) == {"seen", "unseen"}


def test_barcodes_are_searched_and_embedded(results: Path):
    tables = results / "alone" / "tables"
    sets = pl.read_csv(tables / "bioscan5m_sequences.csv")
    # All of a species: nothing would be left to pretrain on without the training split.
    (pretraining,) = sets.filter(set="pretraining").rows(named=True)
    assert pretraining["splits"] == "pretrain, other_heldout, train"
    (train,) = sets.filter(set="train").rows(named=True)
    assert pretraining["sequences"] >= train["sequences"] > 0
    models = pl.read_csv(tables / "bioscan5m_table4.csv")
    assert set(models["model"]) == {"counts", "Exact search"}
    counts = models.filter(model="counts", metric="accuracy", pooling="masked").row(0, named=True)
    # Every unseen species is a Bradysia, as all keys are.
    assert (counts["level"], counts["value"], counts["dimension"]) == ("genus", 100, 4**4)
    assert counts["queries"] > 0
    # Barcodes of 300 letters are none to be cut.
    lengths = pl.read_csv(tables / "barcode_lengths.csv")
    assert lengths["queries"].sum() == 0


def test_only_photographs_are_indexed_and_a_specimen_needs_none(results: Path):
    index = pl.read_parquet(results / "seen" / "records" / "images.parquet")
    assert sorted(index["processid"]) == ["FLY00-21", "FLY11-21"]
    set_aside = pl.read_parquet(results / "seen" / "records" / "images_quarantine.parquet")
    assert set_aside.rows() == [("stranger.jpg", "photograph without a record")]
    noted = pl.read_csv(results / "seen" / "tables" / "reading_images.csv")
    assert ("record without a photograph", 28) in noted.select("what", "count").rows()
