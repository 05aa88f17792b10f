"""Which labels are cleaned."""

from tests.unit.configs import example, layout


def test_labels_are_cleaned_unless_the_config_leaves_them_as_entered():
    full = layout("full").curate
    assert full.min_majority("bioscan1m") is None  # published as entered
    assert full.min_majority("bioscan5m") == 0.9  # 5M §A4.4


def test_cleaned_records_and_their_pages_are_targets():
    folder = "results/example"
    targets = layout(example()).curate.targets()
    assert targets == [
        f"{folder}/small1m/records/curated.parquet",
        f"{folder}/small1m/report/cleaning.html",
        f"{folder}/small1m/report/cleaning_scores.html",
        f"{folder}/small5m/records/curated.parquet",
        f"{folder}/small5m/report/cleaning.html",
        f"{folder}/small5m/report/cleaning_scores.html",
        # The truth is known of simulated labels alone.
        f"{folder}/mine/records/curated.parquet",
        f"{folder}/mine/report/cleaning.html",
    ]
