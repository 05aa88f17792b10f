"""The table of identified specimens."""

import polars as pl
import pytest

from bioscan.core.records import RANKS
from bioscan.identify.advice import advise, side
from bioscan.identify.lineages import Decision, Statement
from bioscan.identify.specimens import IDENTIFIED_SCHEMA, STATUSES
from tests.unit.identify.examples import identified

FOUND = {row["processid"]: row for row in identified().iter_rows(named=True)}


@pytest.mark.parametrize(
    ("processid", "status", "rank"),
    [
        ("known", "decided to species", "species"),
        ("new", "new species?", "genus"),
        ("between", "decided above species", "genus"),
        ("swapped", "conflict", None),
        ("empty", "no specimen in the photograph", None),
        ("mixed", "barcode set aside", None),
        ("nothing", "not decided", None),
        ("flyless", "not decided", None),
        ("unnamed", "decided above species", "genus"),
    ],
)
def test_each_specimen_has_its_outcome(processid, status, rank):
    assert (FOUND[processid]["status"], FOUND[processid]["rank"]) == (status, rank)


def test_what_needs_a_look_comes_first():
    statuses = identified()["status"].to_list()
    assert statuses == sorted(statuses, key=STATUSES.index)
    assert statuses[0] == "conflict"


def test_a_lineage_ends_where_it_is_not_sure_and_says_how_sure_it_is():
    row = FOUND["new"]
    assert [row[rank] for rank in RANKS] == ["P", "C", "Diptera", "Sciaridae", None, "Aus", None]
    assert (row["name"], row["probability"]) == ("Aus", 0.97)
    # As the barcode says: the learned space reads it again, and photographs know no new species.
    assert (row["likely_species"], row["probability_species"]) == ("Aus bus", 0.01)
    assert (row["novelty"], row["novelty_auroc"]) == (0.99, 0.97)


def test_probabilities_are_those_of_one_lineage():
    row = FOUND["flyless"]
    # The order is not decided, so what the classifier of flies says is of no use.
    assert (row["likely_order"], row["probability_order"]) == ("Coleoptera", 0.7)
    assert row["likely_family"] is None and row["probability_family"] is None
    assert FOUND["swapped"]["likely_order"] is None


def test_the_novelty_is_unknown_where_no_reference_has_a_species():
    assert (FOUND["unnamed"]["novelty"], FOUND["unnamed"]["status"]) == (
        None,
        "decided above species",
    )


def test_a_conflict_names_both_witnesses():
    assert FOUND["swapped"]["conflict"] == (
        "barcode: Diptera › Sciaridae › Aus › Aus bus (100 %) but image: Coleoptera (70 %)"
    )


def test_all_that_was_said_has_its_rank_and_is_of_this_specimen():
    said = FOUND["new"]["said"].split("; ")
    assert said[0].startswith("barcode: order Diptera 100 %, family Sciaridae 100 %, genus Aus 97")
    # It is not decided to be a fly, so the classifier of flies has nothing to say.
    assert FOUND["flyless"]["said"] == "image: order Coleoptera 70 %"


@pytest.mark.parametrize(
    ("processid", "advice"),
    [
        (
            "swapped",
            "The photograph does not look like Diptera, rather like Coleoptera; the barcode says "
            "Diptera (Aus bus): check whether the tube was swapped, or the barcode is of a "
            "contamination.",
        ),
        (
            "new",
            "Its species is likely none of the references' (nearest: Aus bus: 60 of 600 letters "
            "differ): show it to a taxonomist.",
        ),
        ("known", "Sure down to the species, by the barcode alone."),
        (
            "between",
            "Sure down to the genus, by the barcode alone; the species Aus bus is not sure (50 %).",
        ),
    ],
)
def test_each_specimen_has_a_sentence_for_the_curator(processid, advice):
    assert FOUND[processid]["advice"] == advice


def test_a_best_label_that_is_too_unlikely_is_not_offered_as_another_one():
    """A classifier may rule out even the label that it finds the likeliest."""
    barcode = Statement("barcode", "barcode", "order", "Diptera", 1.0)
    image = Statement("image", "photograph", "order", "Diptera", 0.4998, ("Diptera",))
    advice = advise("conflict", {}, Decision(conflict=(barcode, image)), {}, [], 0.95)
    assert advice == (
        "The photograph does not look enough like Diptera (49 %); the barcode says Diptera: check "
        "whether the tube was swapped, or the barcode is of a contamination."
    )
    assert side(image, [image], 0.95) == "image: not Diptera (49 %)"


def test_references_and_rivals_are_named():
    assert FOUND["known"]["references"] == (
        "Aus bus (none of 658 letters differ, r1); Aus <cus> (26 of 650 letters differ, r2)"
    )
    assert FOUND["known"]["rivals"] == "Aus cus"


def test_what_was_set_aside_has_its_reason():
    assert FOUND["mixed"]["remarks"] == "barcode: a mixture"
    assert FOUND["empty"]["remarks"] == "photograph: the detector found no insect; no barcode"


def test_the_table_has_its_columns():
    assert dict(identified().schema) == IDENTIFIED_SCHEMA


def test_labels_outside_a_region_are_not_answered_nor_is_their_species_new():
    allowed = {rank: set() for rank in RANKS} | {
        "order": {"Diptera", "Coleoptera"},
        "family": {"Sciaridae"},
        "genus": {"Aus"},
        "species": {"Aus cus"},
    }
    found = {row["processid"]: row for row in identified(allowed=allowed).iter_rows(named=True)}
    known = found["known"]
    assert (known["status"], known["rank"]) == ("outside the region", "genus")
    assert known["remarks"] == "outside the region: barcode: Aus bus (98 %)"
    # Nothing that is not sure is said to be outside.
    assert found["new"]["status"] == "new species?"
    assert found["nothing"]["status"] == "not decided"
    assert "Aus bus" not in {row["species"] for row in found.values()}


def test_what_a_specimen_lacks_and_what_was_passed_over_is_said():
    found = identified(photographed={"known", "empty"}, passed_over={"known": "duplicate"})
    remarks = dict(found.select("processid", "remarks").iter_rows())
    assert remarks["known"] == "another row of this name was set aside: duplicate"
    assert remarks["new"] == "no photograph"
    assert remarks["empty"] == "photograph: the detector found no insect; no barcode"


def test_ties_are_in_the_order_of_their_names():
    found = identified().filter(pl.col("novelty").is_null() & (pl.col("status") == "not decided"))
    assert found["processid"].to_list() == sorted(found["processid"])
