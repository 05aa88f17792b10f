"""Specimens that the command line names."""

import pytest

from bioscan.core.errors import InputError
from bioscan.identify.command import with_specimens

CONFIG = {
    "datasets": {
        "all": {"format": "bioscan5m", "detector": "masks"},
        "new": {"format": "folder", "path": "a", "detector": "masks", "shards": 3},
    },
    "identify": {"specimens": "new", "references": "all", "simulate": {"like": "all"}},
}


def test_named_specimens_take_the_place_of_those_in_the_config():
    found = with_specimens({**CONFIG, "images": "./wells/", "barcodes": "b.fasta"})
    assert "new" not in found["datasets"] and "images" not in found
    assert found["datasets"]["specimens"] == {
        "format": "folder",
        "source": "own",
        "path": "wells",
        "table": "b.fasta",
        "detector": "masks",
        "shards": 3,
    }
    assert found["identify"] == {"specimens": "specimens", "references": "all"}
    assert "new" in CONFIG["datasets"]


def test_barcodes_alone_are_a_table_without_a_folder():
    found = with_specimens({**CONFIG, "barcodes": "b.fasta"})["datasets"]["specimens"]
    assert found["table"] == "b.fasta" and "path" not in found


def test_a_list_of_species_alone_restricts_the_config_s_specimens():
    found = with_specimens({**CONFIG, "region": "list.csv"})
    assert found["identify"] == CONFIG["identify"] | {"region": "list.csv"}
    assert found["datasets"] == CONFIG["datasets"]


def test_a_config_without_such_names_stays():
    assert with_specimens(CONFIG) is CONFIG


def test_a_config_that_compares_with_nothing_is_refused():
    with pytest.raises(InputError, match="images given, but the config has no key identify"):
        with_specimens({"datasets": {}, "images": "wells"})


@pytest.mark.parametrize("value", [202405, 1.5, True, None, {"a": "b.fasta"}])
def test_a_name_that_snakemake_has_read_as_something_else_is_refused(value):
    with pytest.raises(InputError, match="--config barcodes: Snakemake has read the value as"):
        with_specimens({**CONFIG, "barcodes": value})


def test_without_others_in_the_config_they_are_detected_as_the_references():
    config = {**CONFIG, "identify": {"references": "all"}, "images": "wells"}
    assert with_specimens(config)["datasets"]["specimens"]["detector"] == "masks"
