"""Which labels are cleaned."""

from tests.unit.configs import example, layout


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
