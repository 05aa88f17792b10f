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


def test_a_classifier_of_one_order_has_no_say_unless_it_is_decided():
    """It takes every insect for a fly."""
    flies = [Statement("flies", "photograph", "family", "Sciaridae", 1.0, within="Diptera")]
    assert decide(says("image", 0.9, order="Diptera") + flies, 0.95, TAXONOMY).labels == {}
    sure = decide(says("image", 0.96, order="Diptera") + flies, 0.95, TAXONOMY)
    assert sure.labels["family"] == "Sciaridae"


def test_a_classifier_of_a_low_rank_answers_alone_and_its_parents_follow():
    found = decide(says("image, genus", 0.97, genus="Aus"), 0.95, TAXONOMY)
    assert found.labels == dict(zip(RANKS, ("P", "C", "Diptera", "Sciaridae"), strict=False)) | {
        "genus": "Aus"
    }
    assert set(found.probabilities.values()) == {0.97}


def test_references_without_orders_answer_what_they_know():
    said = says("barcode", 0.99, genus="Yus", species="Yus zus")
    assert decide(said, 0.95, {}).labels == {"genus": "Yus", "species": "Yus zus"}


def test_the_first_sure_witness_decides_and_not_the_surest():
    said = says("barcode", 0.96, order="Diptera") + says("image", 0.999, order="Diptera")
    found = decide(said, 0.95, TAXONOMY)
    assert (found.probabilities["order"], found.witnesses["order"]) == (0.96, "barcode")


def test_no_rank_is_less_probable_than_one_below_it():
    said = says("barcode", 0.96, order="Diptera") + says("image", 0.98, family="Sciaridae")
    assert decide(said, 0.95, TAXONOMY).probabilities == dict.fromkeys(
        ("phylum", "class", "order", "family"), 0.98
    )


SPECIES_BY_IMAGE = says("image", 0.97, species="Aus bus")


def test_a_photograph_names_no_species_that_the_barcode_says_is_another():
    said = says("barcode", 0.99, genus="Aus") + says("barcode", 0.01, species="Aus cus")
    found = decide(said + SPECIES_BY_IMAGE, 0.95, TAXONOMY)
    assert found.labels["genus"] == "Aus" and "species" not in found.labels
    assert [one.witness for one in found.conflict] == ["barcode", "image"]


def test_a_photograph_names_no_species_where_the_barcode_is_unsure():
    said = says("barcode", 0.99, genus="Aus") + says("barcode", 0.5, species="Aus bus")
    found = decide(said + SPECIES_BY_IMAGE, 0.95, TAXONOMY)
    assert "species" not in found.labels and not found.conflict


def test_a_photograph_names_the_species_where_no_barcode_says_any():
    found = decide(says("barcode", 0.99, genus="Aus") + SPECIES_BY_IMAGE, 0.95, TAXONOMY)
    assert found.labels["species"] == "Aus bus"


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
