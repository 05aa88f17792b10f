"""Tables beside the published ones, and as pages."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bioscan.classify.tables import ablation_table, summarise_runs, table5, validation_table
from bioscan.core.artefacts import Artefacts
from bioscan.curate.cleaning import cleaning_steps
from bioscan.report.pages import beside_published, notes_beside
from scripts.report.compare_published import compare_published
from scripts.report.summarise_cleaning import DOES, cleaned_beside

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "config/published"
ARTEFACTS = Artefacts.read(ROOT / "workflow/report/artefacts.yaml")

#: The metrics of each run.
METRICS = {"micro_top1": 0.9, "macro_top1": 0.8, "macro_top3": 0.85, "micro_top5": 0.95}
METRICS |= {"micro_top10": 0.99, "macro_f1": 0.7, "loss": 0.3, "micro_majority": 0.6}

MODELS = [("resnet50", "ce"), ("resnet50", "focal"), ("vit_base_patch16_224", "ce"), ("mine", "ce")]


def summary(*models: tuple[str, str], **where: Any) -> pl.DataFrame:
    """The summary of one run per model, by backbone and loss; the first model is the best."""
    return summarise_runs(
        {
            "experiment": "small_insect_order",
            "backbone": backbone,
            "loss": loss,
            "package": "cropped_256",
            "recipe": "paper",
            "seed": 0,
            "validation": {**METRICS, "micro_top1": 0.9 - place / 10},
            "test": METRICS,
            **where,
        }
        for place, (backbone, loss) in enumerate(models)
    )


def read(table: pl.DataFrame, name: str) -> tuple[pl.DataFrame, pl.DataFrame, tuple[str, ...]]:
    """A table, the published one and their keys, as the report reads them."""
    keys = ARTEFACTS[name].keys
    text = dict.fromkeys(keys, pl.String)
    sources = table.write_csv().encode(), FOLDER / f"{name}.csv"
    reproduced, published = (pl.read_csv(source, schema_overrides=text) for source in sources)
    return reproduced, published, keys


def beside(table: pl.DataFrame, name: str, *shown: str) -> list[tuple]:
    found = beside_published(*read(table, name))
    assert found.height == table.height
    return found.select(*shown, "mean", "mean published").rows()


@pytest.mark.parametrize("winner", MODELS)
def test_table5_has_the_published_values_beside_whatever_model_won(winner):
    table = table5(summary(winner, ("second", "focal")))
    assert beside(table, "bioscan1m_table5", "metric", "average", "k") == [
        ("accuracy", "micro", "1", 90, 97.86),
        ("accuracy", "macro", "1", 80, 85.01),
        ("accuracy", "macro", "3", 85, 91.68),
        ("accuracy", "micro", "5", 95, 99.66),
        ("accuracy", "micro", "10", 99, None),  # not printed, as the last two
        ("f1", "macro", None, 70, 85.84),
        ("loss", None, None, 0.3, None),
        ("majority", "micro", None, 60, None),
    ]


def test_table5_says_which_model_the_published_values_are_of():
    (note,) = notes_beside(*read(table5(summary(("resnet50", "ce"))), "bioscan1m_table5"))
    assert "ViT-B/16 + CE" in note


def test_table5_has_the_published_values_beside_every_recipe():
    both = [summary(("resnet50", "ce"), recipe=name) for name in ("paper", "released")]
    rows = beside(table5(pl.concat(both)), "bioscan1m_table5", "recipe", "average", "k")
    assert [row for row in rows if row[1:3] == ("micro", "1")] == [
        ("paper", "micro", "1", 90, 97.86),
        ("released", "micro", "1", 90, 97.86),
    ]


def test_table_a3_has_the_published_values_of_the_same_backbone_and_loss():
    table = validation_table(summary(*MODELS), "accuracy")
    rows = beside(table, "bioscan1m_tableA3", "backbone", "loss", "average")
    assert rows == [
        ("ResNet-50", "CE", "micro", 90, 97.79),
        ("ResNet-50", "CE", "macro", 80, 87.37),
        ("ResNet-50", "Focal", "micro", 80, 97.62),
        ("ResNet-50", "Focal", "macro", 80, 86.55),
        ("ViT-B/16", "CE", "micro", 70, 98.34),
        ("ViT-B/16", "CE", "macro", 80, 88.74),
        ("mine", "CE", "micro", 60, None),  # not in the paper
        ("mine", "CE", "macro", 80, None),
    ]


def test_table_a3_has_the_published_standard_deviations():
    table = validation_table(summary(*MODELS), "accuracy")
    found = beside_published(*read(table, "bioscan1m_tableA3"))
    assert found["std published"].to_list()[:4] == [0.08, 0.56, 0.09, 0.6]


def test_table_a4_has_the_published_values_of_the_same_backbone_and_loss():
    table = validation_table(summary(*MODELS, experiment="small_diptera_family"), "f1")
    assert beside(table, "bioscan1m_tableA4", "backbone", "loss", "average") == [
        ("ResNet-50", "CE", "macro", 70, 92.10),
        ("ResNet-50", "Focal", "macro", 70, 91.37),
        ("ViT-B/16", "CE", "macro", 70, 93.56),
        ("mine", "CE", "macro", 70, None),
    ]


def test_table_a6_has_the_published_values_of_the_same_images():
    packages = [
        summary(("resnet50", "ce"), package=f"{name}_256") for name in ("original", "cropped")
    ]
    table = ablation_table(pl.concat(packages))
    assert beside(table, "bioscan1m_tableA6", "image_type", "average", "k") == [
        ("original", "micro", "1", 0.9, 0.9626),
        ("original", "macro", "1", 0.8, 0.8218),
        ("original", "micro", "5", 0.95, 0.997),
        ("cropped", "micro", "1", 0.9, 0.9786),
        ("cropped", "macro", "1", 0.8, 0.8757),
        ("cropped", "micro", "5", 0.95, 0.9976),
    ]


def test_errors_have_the_published_shares_beside_them():
    """1M §A6.4."""
    table = pl.DataFrame(
        {
            "task": ["insect_order", "insect_order", "diptera_family"],
            "size": ["small", "large", "small"],
            "as_dominant_percent": [10.0, 20.0, 30.0],
            "low_quality_percent": [40.0, 50.0, 60.0],
        }
    )
    found = beside_published(*read(table, "bioscan1m_sectionA64"))
    assert found["as_dominant_percent published"].to_list() == [16.2, None, None]
    assert found["low_quality_percent published"].to_list() == [57, 45, None]


# Pages


def page_of(name: str, table: pl.DataFrame, folder: Path, source: str = "simulated") -> str:
    """The text of the page of a table of the dataset `mine`, of 12 records."""
    table.write_csv(folder / f"{name}.csv")
    pl.DataFrame({"processid": range(12)}).write_parquet(folder / "raw.parquet")
    published = FOLDER / f"{name}.csv"
    described = ARTEFACTS[name].shown_as({"dataset": "mine", "table": name})
    compare_published(
        reproduced=folder / f"{name}.csv",
        published=published if published.is_file() else None,
        records=folder / "raw.parquet",
        table=name,
        dataset="mine",
        source=source,
        described=described,
        page=folder / "page.html",
    )
    html = re.sub(r"<style.*?</style>", " ", (folder / "page.html").read_text(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.replace("<wbr>", "")))


SEARCHED = pl.DataFrame(
    {
        "level": ["order"],
        "model": ["image_dna"],
        "trained_on": ["BIOSCAN-5M"],
        "aligned": ["image+dna"],
        "query": ["dna"],
        "key": ["dna"],
        "seen": [50.0],
        "unseen": [50.0],
        "harmonic_mean": [50.0],
        "seeds": [1],
    }
)


def test_a_page_of_simulated_specimens_says_so_and_shows_no_difference(tmp_path):
    text = page_of("bioscan5m_table5", SEARCHED, tmp_path)
    assert "This run has simulated specimens" in text
    assert "BIOSCAN-5M stands for mine of this run." in text
    assert "difference" not in text and "96.1" in text


def test_a_page_of_the_papers_specimens_shows_the_differences_of_measured_values(tmp_path):
    text = page_of("bioscan5m_table5", SEARCHED, tmp_path, "published")
    assert "difference" in text and "−46.1" in text
    assert "simulated" not in text and "stands for" not in text


def test_a_page_has_the_title_of_the_report(tmp_path):
    assert "mine: 5M Table 5: retrieval, macro" in page_of("bioscan5m_table5", SEARCHED, tmp_path)


def test_numbers_of_a_text_have_words_and_units(tmp_path):
    facts = pl.DataFrame({"fact": ["insect_share", "image_width_px"], "value": [95.0, 1024.0]})
    text = page_of("bioscan5m_text_facts", facts, tmp_path)
    assert "insect share 95 98 %" in text and "image width px 1,024 1,024 px" in text


def test_the_page_of_a_long_table_says_how_many_rows_it_shows(tmp_path):
    scores = pl.DataFrame(
        {
            "space": ["a", "b", "a"],
            "split": ["test+test_unseen", "test+test_unseen", "test_unseen"],
            "missing": ["class"] * 3,
            "order": [1.0, 2.0, 3.0],
        }
    )
    text = page_of("cluster_scores", scores, tmp_path)
    assert "2 of 3 rows; all are in tables/cluster_scores.csv" in text
    assert "In all rows: split test+test_unseen, missing class." in text


@pytest.mark.parametrize("name", [name for name, given in ARTEFACTS.items() if given.nothing])
def test_a_table_without_findings_says_of_how_many_records(name, tmp_path):
    text = page_of(name, pl.DataFrame(schema={"processid": pl.String}), tmp_path)
    assert re.search(r"N(othing|one) .*\b12 records", text)


# Cleaning


def test_steps_that_changed_labels_are_explained_beside_the_published_counts():
    summary = pl.DataFrame(
        [
            ("tidy_labels", None, 0, 0, 0, 0, 0),
            ("reconcile_genus", None, 5, 5, 0, 0, 4),
            ("reconcile_genus", "genus", 0, 0, 0, 0, 0),
            ("reconcile_genus", "species", 5, 5, 0, 0, 4),
        ],
        schema=["step", "rank", "records", "renamed", "removed", "added", "names"],
        orient="row",
    )
    printed = pl.DataFrame(
        [("reconcile_genus", None, "names", 166.0), ("reconcile_genus", "genus", "added", 82.0)],
        schema=["step", "rank", "measure", "published"],
        orient="row",
    )
    shown = cleaned_beside(summary, printed)
    columns = ["step", "rank", "records", "names", "names published", "added", "added published"]
    assert shown.select(columns).rows() == [
        ("reconcile genus", "all", 5, 4, 166, 0, None),
        ("reconcile genus", "genus", 0, 0, None, 0, 82),
    ]
    assert shown["what it does"][0] == DOES["reconcile_genus"]


def test_every_step_of_the_cleaning_is_explained():
    steps = {step.name for step in cleaning_steps(0.9)}
    assert steps | {"verdict", "drop_orphans"} == DOES.keys()
