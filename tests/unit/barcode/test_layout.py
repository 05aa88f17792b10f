"""The products of the barcode stage."""

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


def test_each_method_of_search_has_its_folder():
    found = layout(config(alignment={"methods": ["exact"]})).barcode
    assert found.searched("summary.json") == [f"{FOLDER}/barcode/search/exact/summary.json"]
