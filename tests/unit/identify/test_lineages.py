"""One lineage from several witnesses."""

import polars as pl

from bioscan.core.records import RANKS
from bioscan.identify.lineages import Statement, decide, read_taxonomy

LINEAGES = pl.DataFrame(
    [
        ("P", "C", "Diptera", "Sciaridae", None, "Aus", "Aus bus"),
        ("P", "C", "Diptera", "Sciaridae", None, "Aus", "Aus cus"),
        ("P", "C", "Coleoptera", "Carabidae", None, "Xus", "Xus yus"),
    ],
    dict.fromkeys(RANKS, pl.String),
    orient="row",
)
TAXONOMY = read_taxonomy([LINEAGES])


def says(witness: str, probability: float, **labels: str) -> list[Statement]:
    at = "barcode" if witness.startswith("barcode") else "photograph"
    return [Statement(witness, at, rank, label, probability) for rank, label in labels.items()]


def test_the_lineage_ends_where_nobody_is_sure():
    said = says("barcode", 0.99, order="Diptera", family="Sciaridae")
    said += says("barcode", 0.6, genus="Aus", species="Aus bus")
    found = decide(said, 0.95, TAXONOMY)
    assert list(found.labels) == ["phylum", "class", "order", "family"]
    assert not found.conflict


def test_parents_that_no_witness_names_follow_from_the_label():
    found = decide(says("image", 0.97, order="Diptera"), 0.95, TAXONOMY)
    assert found.labels == {"phylum": "P", "class": "C", "order": "Diptera"}
    assert set(found.probabilities.values()) == {0.97}


def test_two_sure_witnesses_of_different_labels_are_a_conflict():
    said = says("barcode", 0.99, **{"class": "C"}, order="Diptera", family="Sciaridae")
    said += says("image", 0.98, order="Coleoptera")
    found = decide(said, 0.95, TAXONOMY)
    assert "order" not in found.labels and found.labels["class"] == "C"
    assert {one.witness for one in found.conflict} == {"barcode", "image"}


def test_a_witness_that_rules_a_label_out_contradicts_one_that_is_sure_of_it():
    image = [Statement("image", "photograph", "order", "Coleoptera", 0.6, excluded=("Diptera",))]
    found = decide(says("barcode", 0.99, order="Diptera") + image, 0.95, TAXONOMY)
    assert "order" not in found.labels
    assert [one.witness for one in found.conflict] == ["barcode", "image"]


def test_two_ways_to_read_a_barcode_do_not_contradict_it():
    said = says("barcode", 0.99, order="Diptera") + says(
        "barcode in a space", 0.97, order="Coleoptera"
    )
    found = decide(said, 0.95, TAXONOMY)
    assert found.labels["order"] == "Diptera" and not found.conflict


def test_nothing_is_decided_below_an_order_that_is_not():
    said = says("image", 0.9, order="Diptera") + says("flies", 1.0, family="Sciaridae")
    assert decide(said, 0.95, TAXONOMY).labels == {}


def test_an_unsure_witness_does_not_contradict_a_sure_one_and_has_no_say_below():
    said = says("barcode", 0.99, order="Diptera", family="Sciaridae")
    said += says("image", 0.8, order="Coleoptera") + says("image", 0.99, family="Carabidae")
    found = decide(said, 0.95, TAXONOMY)
    assert found.labels["family"] == "Sciaridae"
    assert not found.conflict


def test_a_label_of_other_parents_has_no_say():
    said = says("barcode", 0.99, order="Coleoptera")
    said += says("classifier of flies", 0.99, family="Sciaridae")
    found = decide(said, 0.95, TAXONOMY)
    assert found.labels["order"] == "Coleoptera" and "family" not in found.labels


def test_the_lineage_of_a_label_is_that_of_most_records():
    odd = LINEAGES.head(1).with_columns(order=pl.lit("Coleoptera"))
    found = read_taxonomy([LINEAGES, odd])
    assert found["genus", "Aus"]["order"] == "Diptera"
    assert found["species", "Aus bus"]["genus"] == "Aus"
