"""The products of the barcode stage."""

import pytest

from tests.unit.barcode.test_models import FOLDER, config
from tests.unit.configs import example, layout


def test_tables_of_one_dataset_are_products():
    found = layout(config()).barcode.products()
    assert f"{FOLDER}/report/bioscan5m_table4.html" in found
    assert all(path.startswith(f"{FOLDER}/") for path in found)


def test_the_table_of_the_search_is_made_where_there_is_one():
    table = f"{FOLDER}/report/bioscan5m_tableA15.html"
    assert table not in layout(config()).barcode.products()
    assert table in layout(config(search={"encoders": ["4-1-2"]})).barcode.products()


def test_without_dna_models_there_is_nothing():
    found = layout(example()).barcode
    assert found.products() == []
    assert found.models.evaluations == []
    assert found.searched("summary.json") == []


def test_the_splits_of_the_paper_are_pretrained_on():
    assert layout(config()).barcode.pretraining_splits == ["pretrain", "other_heldout"]
    assert layout(config(pretraining_splits=["val"])).barcode.pretraining_splits == ["val"]


@pytest.mark.parametrize(
    "own",
    [
        {"format": "folder", "source": "own", "path": "wells", "table": "labels.csv"},
        {"format": "bold", "source": "own", "table": "export.tsv"},
    ],
)
def test_barcodes_of_ones_own_are_learnt_known_species_too(own):
    given = config(dataset="mine")
    given["datasets"]["mine"] = own
    found = layout(given).barcode
    assert found.pretraining_splits == ["pretrain", "other_heldout", "train"]
    assert "results/example/mine/report/bioscan5m_sequences.html" in found.products()


def test_what_the_exact_search_is_drawn_from_needs_it():
    drawn = [f"{FOLDER}/figures/barcode_{by}.png" for by in ("ranks", "distances", "lengths")]
    found = layout(config()).barcode
    assert set(drawn) <= set(found.products())
    assert found.exact("predictions.parquet") == [
        f"{FOLDER}/barcode/search/exact/predictions.parquet"
    ]
    without = layout(config(alignment={"methods": ["blastn"]})).barcode
    assert set(drawn) & set(without.products()) == {drawn[0]}
    assert without.exact("predictions.parquet") == without.short == []


def test_each_method_of_search_has_its_folder():
    found = layout(config(alignment={"methods": ["exact"]})).barcode
    assert found.searched("summary.json") == [f"{FOLDER}/barcode/search/exact/summary.json"]
