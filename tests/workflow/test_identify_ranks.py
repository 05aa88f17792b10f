"""A classifier of one's own taxa, from its calibration to what it says of new specimens.

The scripts of the rules are run on a small network, which tells red images from green ones.
"""

import runpy
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from bioscan.core.images import encode
from bioscan.core.records import RANKS
from bioscan.encoders.image import Backbone, Classifier, build_backbone, save_classifier
from bioscan.identify.evaluation import TABLE_SCHEMA
from bioscan.identify.novelty import NOVELTY_SCHEMA
from tests.unit.core.packs import write_pack
from tests.workflow.runs import ROOT

SIDE, CLASSES = 32, ["Aus alba", "Bus niger"]
RUN = {"experiment": "species", "backbone": "b", "loss": "ce", "package": "p", "recipe": "r"}

#: Species → its lineage above; Aus rufa is not in training, and red too.
LINEAGES = {
    "Aus alba": ("P", "C", "Diptera", "Sciaridae", None, "Aus", "Aus alba"),
    "Bus niger": ("P", "C", "Coleoptera", "Carabidae", None, "Bus", "Bus niger"),
    "Aus rufa": ("P", "C", "Diptera", "Sciaridae", None, "Aus", "Aus rufa"),
}
SPLITS = {"val": 60, "test": 6, "test_unseen": 4}


def image(species: str, rng: np.random.Generator) -> np.ndarray:
    """Red or green, with noise."""
    pixels = rng.integers(0, 60, (SIDE, SIDE, 3), dtype=np.uint8)
    pixels[:, :, 0 if species.startswith("Aus") else 1] += 150
    return pixels


def train(folder: Path) -> None:
    """A network that tells the two classes, saved as the training of a classifier saves it."""
    torch.manual_seed(0)
    statistics = {"mean": [0.5] * 3, "std": [0.5] * 3}
    classifier = Classifier(build_backbone(Backbone("test_resnet"), 2, None), **statistics)
    rng = np.random.default_rng(0)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=0.003)
    for _ in range(100):
        target = torch.arange(16) % 2
        pixels = np.stack([image(CLASSES[label], rng) for label in target.tolist()])
        loss = torch.nn.functional.cross_entropy(
            classifier(torch.from_numpy(pixels).permute(0, 3, 1, 2)), target
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    save_classifier(classifier.eval(), {"label_names": CLASSES}, (SIDE, SIDE), folder)


def pack(folder: Path, names: dict[str, str]) -> Path:
    """A package of images: processid → species."""
    rng = np.random.default_rng(1)
    folder.mkdir()
    jpegs = [(name, encode(image(species, rng), 95)) for name, species in names.items()]
    write_pack(folder / "0000.h5", "p", jpegs, {})
    places = pl.DataFrame({"processid": list(names)}).with_row_index("row")
    index = places.select("processid", pl.lit(0, pl.UInt32).alias("shard"), "row")
    index.write_parquet(folder / "index.parquet")
    return folder / "index.parquet"


def script(name: str):
    return runpy.run_path(str(ROOT / f"scripts/identify/{name}.py"))[name]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The calibration of a classifier of species, and what it says of two new specimens."""
    folder = tmp_path_factory.mktemp("ranks")
    train(folder / "model")
    known = {
        f"{split}{number}": "Aus rufa" if split == "test_unseen" else CLASSES[number % 2]
        for split, count in SPLITS.items()
        for number in range(count)
    }
    rows = [
        (name, name.rstrip("0123456789"), *LINEAGES[species]) for name, species in known.items()
    ]
    records = pl.DataFrame(rows, ["processid", "split", *RANKS], orient="row")
    records.write_parquet(folder / "records.parquet")
    experiment = {"val": "validation", "test": "test"}
    records.filter(pl.col("split").is_in(list(experiment))).select(
        "processid",
        pl.col("split").replace_strict(experiment),
        pl.col("species")
        .replace_strict({name: i for i, name in enumerate(CLASSES)})
        .alias("class"),
    ).write_parquet(folder / "predictions.parquet")
    pl.DataFrame([{**RUN, "selected": True}]).write_csv(folder / "runs.csv")
    script("calibrate_classifier")(
        summary=folder / "runs.csv",
        runs=[{**RUN, "seed": 0}],
        weights=[folder / "model" / "model.safetensors"],
        predictions=[folder / "predictions.parquet"],
        index=pack(folder / "known", known),
        records=folder / "records.parquet",
        experiment="species",
        excluded=0.05,
        confidence=0.9,
        workers=0,
        calibration=folder / "calibration.json",
        known=folder / "known.parquet",
    )
    new = {"N1": "Bus niger", "N2": "Aus alba"}
    script("classify_images")(
        index=pack(folder / "new", new),
        calibration=folder / "calibration.json",
        experiment="species",
        workers=0,
        evidence=folder / "evidence.parquet",
        scores=folder / "scores.parquet",
    )
    text = pl.String()
    empty = {
        "nearest": dict.fromkeys(("query", "key", "name"), text)
        | {"distance": pl.Float64(), "aligned": pl.Int64()},
        "barcodes": {"processid": text, "letters": pl.Int64(), "fault": text},
        "passed_over": {"processid": text, "reason": text},
    }
    for name, schema in empty.items():
        pl.DataFrame(schema=schema).write_parquet(folder / f"{name}.parquet")
    pl.DataFrame(schema=NOVELTY_SCHEMA).write_csv(folder / "novelty.csv")
    pl.DataFrame({"processid": [*new, "N3"]}).write_parquet(folder / "specimens.parquet")
    boxes = {"processid": ["N1", "N2", "N3"], "status": ["ok", "ok", "no_insect"]}
    pl.DataFrame(boxes).write_parquet(folder / "boxes.parquet")
    script("identify_specimens")(
        records=folder / "specimens.parquet",
        references=[folder / "records.parquet"],
        evidence={"image, species": folder / "evidence.parquet"},
        nearest=folder / "nearest.parquet",
        barcodes=folder / "barcodes.parquet",
        by_length=folder / "novelty.csv",
        boxes=[folder / "boxes.parquet"],
        quarantine=[],
        passed_over=folder / "passed_over.parquet",
        region=None,
        calibrations=[folder / "calibration.json"],
        used=[],
        facts={},
        confidence=0.9,
        identified=folder / "identified.parquet",
        table=folder / "identified.csv",
        models=folder / "models.json",
    )
    return folder


def test_a_classifier_of_a_rank_gives_the_whole_lineage_to_photographs_alone(made):
    table = pl.read_csv(made / "identified.csv")
    found = {row["processid"]: row for row in table.iter_rows(named=True)}
    assert found["N1"]["status"] == found["N2"]["status"] == "decided to species"
    assert [found["N2"][rank] for rank in RANKS] == list(LINEAGES["Aus alba"])
    assert [found["N1"][rank] for rank in RANKS] == list(LINEAGES["Bus niger"])
    assert found["N1"]["advice"] == "Sure down to the species, by the photograph alone."
    assert found["N3"]["status"] == "no specimen in the photograph"


def test_all_scores_of_the_classifier_are_kept(made):
    scores = pl.read_parquet(made / "scores.parquet")
    assert scores.columns == ["processid", *CLASSES]
    assert scores["processid"].to_list() == ["N1", "N2"]


def test_what_it_says_of_species_that_it_has_not_seen_is_tabulated(made):
    script_of_table = runpy.run_path(str(ROOT / "scripts/identify/tabulate_calibration.py"))
    known = pl.read_parquet(made / "known.parquet")
    barcode = known.clear().drop("excluded")
    barcode.write_parquet(made / "barcode.parquet")
    script_of_table["write_table"](
        known={"barcode": made / "barcode.parquet", "image, species": made / "known.parquet"},
        references=[made / "records.parquet"],
        confidence=0.9,
        table=made / "table.csv",
    )
    schema = {"witness": pl.String, **TABLE_SCHEMA}
    rows = {row["kind"]: row for row in pl.read_csv(made / "table.csv", schema=schema).to_dicts()}
    assert (rows["test"]["right"], rows["test"]["wrong"]) == (100, 0)
    # Red is the colour of one that it knows: all names are wrong, and none is ruled out.
    assert (rows["test_unseen"]["queries"], rows["test_unseen"]["wrong"]) == (4, 100)
    assert rows["test_unseen"]["excluded"] is None
    assert not rows["test_unseen"]["fitted"]
