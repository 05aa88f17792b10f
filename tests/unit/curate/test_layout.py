"""Which labels are cleaned."""

import pytest

from bioscan.core.errors import InputError
from tests.unit.configs import change, example, layout


def test_labels_are_cleaned_unless_the_config_leaves_them_as_entered():
    full = layout("full").curate
    assert full.min_majority("bioscan1m") is None  # published as entered
    assert full.min_majority("bioscan5m") == 0.9  # 5M §A4.4


def test_cleaned_records_and_their_pages_are_targets():
    folder = "results/example"
    curate = layout(example()).curate
    datasets = ("small1m", "small5m", "mine")
    assert curate.products() == [
        *(f"{folder}/{dataset}/report/cleaning.html" for dataset in datasets),
        # The truth is known of simulated labels alone.
        *(f"{folder}/{dataset}/report/cleaning_scores.html" for dataset in datasets[:2]),
    ]
    assert curate.targets() == [
        *(f"{folder}/{dataset}/records/curated.parquet" for dataset in datasets),
        *curate.products(),
    ]


def test_verdicts_are_a_file_outside_the_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = change(example(), "datasets/mine/verdicts", "verdicts.csv")
    with pytest.raises(InputError, match="which is no file; expected a CSV of verdicts"):
        layout(config)
    (tmp_path / "verdicts.csv").touch()
    assert layout(config).run.verdicts("mine") == ["verdicts.csv"]
    inside = tmp_path / "results/example/mine/identify/identified.csv"
    inside.parent.mkdir(parents=True)
    inside.touch()
    with pytest.raises(InputError, match="what lies in results/example is written anew"):
        layout(change(example(), "datasets/mine/verdicts", str(inside)))
