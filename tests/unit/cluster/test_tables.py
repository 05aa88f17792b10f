"""The tables of clusters."""

from typing import Any

import polars as pl

from bioscan.cluster.scores import score_table
from bioscan.cluster.tables import tableA16, tidy_scores
from tests.unit.configs import ROOT, layout


def row(space: str, **changes: Any) -> dict[str, Any]:
    return {
        "space": space,
        "modality": "image",
        "method": "ward",
        "variant": "one per barcode",
        "split": "test+test_unseen",
        "missing": "class",
        "noise": None,
        "rank": "species",
        "ami": 12.345,
        "samples": 10,
        "without_label": 1,
        "clusters": 4,
        "classes": 4,
        **changes,
    }


SPACES = {
    "ViT-B_MAE-CLS": ("ViT-B_MAE-CLS", None),
    "NT": (None, "NT"),
    "ViT-B_DINO+NT": ("ViT-B_DINO", "NT"),
    "lite0": ("lite0", None),
}


def test_table_a16_has_the_keys_of_the_published_one():
    scores = score_table(
        [
            row("ViT-B_MAE-CLS"),
            row("NT", modality="dna"),
            row("ViT-B_DINO+NT", modality="both"),
            row("lite0"),
            row("lite0", variant="all samples"),
            row("lite0", missing="left_out"),
            row("lite0", rank="genus"),
            row("lite0", method="hdbscan"),
        ]
    )
    found = tableA16(scores, SPACES, "class")
    keys = ["modality", "image_architecture", "image_encoder", "dna_encoder"]
    assert found.select(keys).rows() == [
        ("image", "ViT-B", "MAE (CLS)", None),
        ("dna", None, None, "NT"),
        ("image+dna", "ViT-B", "DINO", "NT"),
        ("image", None, "lite0", None),
    ]
    assert found["value"].to_list() == [12.35] * 4 or found["value"].to_list() == [12.34] * 4
    published = pl.read_csv(ROOT / "config/published/bioscan5m_tableA16.csv")
    keys += ["level", "split", "metric"]
    beside = found.join(published, on=keys, nulls_equal=True, maintain_order="left")
    assert beside["value_right"].to_list() == [5, 36, 21]


def test_every_encoder_of_the_full_config_is_printed_as_published():
    found = layout("full").cluster.spaces.of("bioscan5m")
    spaces = {name: (space.image, space.dna) for name, space in found.items()}
    rows = [
        row(name, modality="both" if image and dna else "image" if image else "dna")
        for name, (image, dna) in spaces.items()
    ]
    found = tableA16(score_table(rows), spaces, "class")
    published = pl.read_csv(ROOT / "config/published/bioscan5m_tableA16.csv")
    keys = ["modality", "image_architecture", "image_encoder", "dna_encoder"]
    beside = published.join(found, on=[*keys, "level", "split", "metric"], nulls_equal=True)
    assert beside.height == published.height == 71


def test_scores_have_a_row_per_clustering_and_a_column_per_rank():
    scores = score_table([row("lite0"), row("lite0", rank="genus", ami=50.0, classes=3)])
    found = tidy_scores(scores)
    assert found.columns[-3:] == ["true_species", "species", "genus"]
    assert found.height == 1
    assert (found["genus"][0], found["clusters"][0], found["true_species"][0]) == (50, 4, 4)


def test_without_scores_there_is_an_empty_table():
    assert tidy_scores(score_table([])).is_empty()
    assert tableA16(score_table([]), {}, "class").is_empty()
