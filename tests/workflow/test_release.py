"""The tiny run's release is opened by what others open it with."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import datasets
import h5py
import mlcroissant
import polars as pl
import pytest
from dwca.read import DwCAReader
from etils import epath
from mlcroissant._src.operation_graph.operations import extract

from tests.workflow.runs import ROOT

MODELS = {
    "classifier_large_insect_order", "classifier_large_diptera_family", "crop_tool_rt_detr",
    "crop_tool_masks", "dna_encoder_4-1-2", "shared_space_all_three", "shared_space_two",
}  # fmt: skip


@pytest.fixture(scope="module")
def results(finished: Path) -> Path:
    return finished / "results" / "tiny"


@pytest.mark.parametrize("dataset", ["bioscan1m", "bioscan5m"])
def test_all_formats_hold_the_same_specimens(results: Path, dataset: str, tmp_path: Path):
    folder = results / dataset / "release"
    splits = datasets.load_dataset(str(folder), "cropped_256", cache_dir=str(tmp_path))
    parquet = {processid for split in splits.values() for processid in split["processid"]}
    boxes = pl.read_csv(next(folder.glob("*_bbox.tsv")), separator="\t")
    with DwCAReader(folder / "darwin_core.zip") as archive:
        occurrences = {row.id for row in archive.rows}
    assert parquet == set(boxes["processid"]) == occurrences
    with h5py.File(next(folder.glob("*.hdf5"))) as file:
        if dataset == "bioscan1m":
            assert len(file["bioscan_dataset"]) == len(parquet)
        else:
            names = [name for group in file.values() for name in group["processid"]]
            assert {name.decode() for name in names} == parquet


def test_croissant_describes_what_is_there(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(extract, "EXTRACT_PATH", epath.Path(tmp_path))
    folder = results / "bioscan5m" / "release"
    found = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not found.metadata.ctx.issues.errors
    assert len(list(found.records("records"))) == 40


def test_files_have_the_address_that_the_config_gives(results: Path):
    described = json.loads((results / "bioscan1m/release/dataset.jsonld").read_text())
    assert described["alternateName"] == "Tiny insects"
    assert all(
        entry["contentUrl"].startswith("https://example.org/data/")
        for entry in described["distribution"]
    )
    with DwCAReader(results / "bioscan1m/release/darwin_core.zip") as archive:
        image = archive.rows[0].extensions[-1]
    address = "https://example.org/data/bioscan/images/cropped_256/part"
    assert image.data["http://purl.org/dc/terms/identifier"].startswith(address)


@pytest.mark.parametrize("dataset", ["bioscan1m", "bioscan5m"])
def test_checksums_are_right(results: Path, dataset: str):
    folder = results / dataset / "release"
    done = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=False)
    assert done.returncode == 0


def test_models_are_opened_as_their_cards_say(results: Path):
    """In one process, as each imports a library."""
    folder = results / "release" / "models"
    assert {path.name for path in folder.iterdir() if path.is_dir()} == MODELS
    codes = []
    for name in sorted(MODELS):
        card = (folder / name / "README.md").read_text()
        code = re.search(r"```python\n(.*?)```", card, re.DOTALL).group(1)
        codes.append(f"os.chdir({str(folder / name)!r})\n{code}assert list(model.parameters())\n")
    run = subprocess.run(
        [sys.executable, "-c", "import os\n" + "".join(codes)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/lib")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
