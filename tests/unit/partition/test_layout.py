"""How splits are made."""

from tests.unit.configs import PACKAGED, example, layout


def test_published_splits_are_kept_and_others_made_anew():
    assert layout("full").partition.settings("bioscan5m")["method"] == "published"
    assert layout("demo").partition.settings("bioscan5m")["method"] == "recompute"


def test_the_config_may_say_otherwise():
    changed = example()
    changed["datasets"]["small5m"]["partition"] = {"method": "published"}
    settings = layout(changed).partition.settings("small5m")
    assert (settings["method"], settings["rules"]) == ("published", "paper")


def test_short_barcodes_count_where_they_are_published_and_not_in_a_table_of_ones_own():
    made = layout(example()).partition
    letters = {name: made.settings(name)["min_barcode_letters"] for name in ("small5m", "mine")}
    assert letters == {"small5m": 0, "mine": 100}


def test_the_records_of_each_dataset_are_targets():
    assert layout(example()).partition.targets() == [
        f"results/example/{dataset}/records/partitioned.parquet"
        for dataset in ("small1m", "small5m", "mine")
    ]


def test_published_files_keep_their_splits_and_others_get_new_ones():
    config = example()
    config["datasets"] |= PACKAGED
    found = layout(config).partition
    assert found.settings("given")["method"] == "published"
    assert found.settings("small1m")["method"] == found.settings("mine")["method"] == "recompute"
