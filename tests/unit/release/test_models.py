"""Models with a card: the right one, its files, and who may use it."""

import json
from pathlib import Path

import polars as pl
import pytest
import yaml

from bioscan.core.errors import InputError
from bioscan.release.about import LICENCES, Licence, licence_of
from bioscan.release.models import (
    SETUP,
    binding_licence,
    choose,
    model_card,
    read_models,
    release_model,
)
from scripts.release.export_models import export_models

MIT, APACHE = LICENCES["MIT"], LICENCES["Apache 2.0"]
NON_COMMERCIAL = LICENCES["CC BY-NC-SA 4.0"]

#: Licences that Hugging Face has no name for.
VICREG, HOUSE = licence_of("CC BY-NC", {}), licence_of("House rules", {})


def trained(folder: Path, loss: str = "ce", seed: int = 0, top1: float = 0.5) -> dict:
    """The files of a classifier, and what the rule says of it."""
    place = folder / f"{loss}{seed}"
    place.mkdir(parents=True)
    config = {"architecture": "test_resnet", "num_classes": 2}
    (place / "config.json").write_text(json.dumps(config))
    (place / "model.safetensors").write_bytes(f"{loss}{seed}".encode())
    metrics = {"validation": {"micro_top1": top1}, "test": {"micro_top1": top1 / 2}}
    (place / "metrics.json").write_text(json.dumps(metrics))
    run = dict(
        zip(SETUP, ("large_insect_order", "resnet50", loss, "cropped_256", "paper"), strict=True)
    )
    return {
        "folder": str(place),
        "run": {**run, "seed": seed},
        "start": {"resnet50": MIT},
        "metrics": [str(place / "metrics.json")],
    }


def model(*candidates: dict, **data: object):
    given = {"name": "classifier_x", "task": "Classifies.", "tags": ["image-classification"]}
    data = data or {"BIOSCAN-1M": NON_COMMERCIAL}
    (read,) = read_models([{**given, "data": data, "candidates": list(candidates)}])
    return read


def runs(selected: str) -> pl.DataFrame:
    rows = [
        ("large_insect_order", "resnet50", loss, "cropped_256", "paper", loss == selected)
        for loss in ("ce", "focal")
    ]
    return pl.DataFrame(rows, schema=[*SETUP, "selected"], orient="row")


def test_the_best_seed_of_the_selected_setup_is_released(tmp_path: Path):
    candidates = [
        trained(tmp_path, "ce", 0, 0.6),
        trained(tmp_path, "ce", 1, 0.7),
        trained(tmp_path, "focal", 0, 0.9),
    ]
    assert choose(model(*candidates), runs("ce")).folder == tmp_path / "ce1"
    assert choose(model(*candidates), runs("focal")).folder == tmp_path / "focal0"


def test_a_table_that_selects_none_is_one_clear_line(tmp_path: Path):
    candidates = [trained(tmp_path, "ce", 0), trained(tmp_path, "ce", 1)]
    with pytest.raises(InputError, match=r"^classifier_x: the table of runs selects none"):
        choose(model(*candidates), runs("neither"))


def test_the_weights_and_their_card_are_written(tmp_path: Path):
    released = model(trained(tmp_path))
    release_model(released, released.candidates[0], tmp_path / "out")
    assert (tmp_path / "out/model.safetensors").read_bytes() == b"ce0"
    card = (tmp_path / "out/README.md").read_text()
    header = yaml.safe_load(card.split("---\n")[1])
    assert header["license"] == "cc-by-nc-sa-4.0" and header["library_name"] == "timm"
    assert "- started from the weights resnet50 (MIT)" in card
    assert "- trained on BIOSCAN-1M (CC BY-NC-SA 4.0)" in card
    assert "the model is not for commercial use" in card
    assert "| micro_top1 | 0.5000 |" in card and "| micro_top1 | 0.2500 |" in card
    assert 'timm.create_model("local-dir:.", pretrained=True)' in card


def test_a_model_of_unknown_origin_says_so(tmp_path: Path):
    released = model(trained(tmp_path), photographs=None)
    card = model_card(released, released.candidates[0])
    assert "- trained on photographs (no licence is known)" in card
    assert "is not known: ask its holder" in card
    assert yaml.safe_load(card.split("---\n")[1])["license"] == "unknown"


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        ([MIT, NON_COMMERCIAL], NON_COMMERCIAL),
        ([None, NON_COMMERCIAL], NON_COMMERCIAL),
        ([MIT, LICENCES["CC BY 3.0"]], LICENCES["CC BY 3.0"]),
        ([APACHE, LICENCES["CC BY-SA 4.0"], MIT], LICENCES["CC BY-SA 4.0"]),
        ([LICENCES["CC BY-NC 4.0"], NON_COMMERCIAL], NON_COMMERCIAL),
        ([LICENCES["CC BY 4.0"], LICENCES["CC BY 3.0"]], LICENCES["CC BY 4.0"]),
        ([LICENCES["CC0 1.0"], APACHE, MIT], APACHE),
        ([VICREG, MIT], VICREG),
        ([HOUSE, HOUSE], HOUSE),
        ([HOUSE, MIT], Licence("House rules and MIT", "", "other")),
        (
            [LICENCES["CC BY-SA 4.0"], LICENCES["CC BY-NC 4.0"]],
            Licence("CC BY-SA 4.0 and CC BY-NC 4.0", "", "other"),
        ),
        ([MIT, None], None),
        ([], None),
    ],
)
def test_the_strictest_licence_binds(licences, expected):
    assert binding_licence(licences) == expected


def test_a_licence_that_is_none_of_hugging_face_is_named_in_the_header(tmp_path: Path):
    released = model(trained(tmp_path), photographs=HOUSE)
    card = model_card(released, released.candidates[0])
    header = yaml.safe_load(card.split("---\n")[1])
    assert (header["license"], header["license_name"]) == ("other", "mit-and-house-rules")
    assert "the model is bound by MIT and House rules" in card


def test_a_folder_per_model_is_written(tmp_path: Path):
    runs("ce").write_csv(tmp_path / "runs.csv")
    released = model(trained(tmp_path / "models"), **{"A": MIT})
    export_models([released], tmp_path / "runs.csv", tmp_path / "out")
    out = tmp_path / "out"
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*")) == [
        "classifier_x", "classifier_x/README.md", "classifier_x/config.json",
        "classifier_x/model.safetensors",
    ]  # fmt: skip
