"""Which images stand for a category."""

import polars as pl
import pytest

from bioscan.image.examples import (
    COLUMNS,
    EXAMPLES,
    Choice,
    choose_examples,
    one_per_family,
    one_per_order,
    one_per_other_class,
    one_per_species,
)
from bioscan.image.layout import Layout


def choose(how, *rows: tuple, without: tuple[str, ...] = ()) -> Choice:
    """A choice among (processid, class, order, family, species); some have no image."""
    records = pl.DataFrame(rows, dict.fromkeys(COLUMNS, pl.String), orient="row")
    imaged = records.select("processid").filter(~pl.col("processid").is_in(without))
    return choose_examples(records.lazy(), imaged.lazy(), how)


def of_order(order: str | None, count: int, **given: str) -> list[tuple]:
    """Records P0, P1, … of an order."""
    given = {"class": "Insecta", "family": None, "species": None} | given
    return [
        (f"{order}{n}", given["class"], order, given["family"], given["species"])
        for n in range(count)
    ]


def test_the_most_populated_orders_are_shown_by_the_image_in_their_middle():
    rows = of_order("Coleoptera", 5) + of_order("Diptera", 8) + of_order("Hemiptera", 1)
    choice = choose(lambda records: one_per_order(records, most=2), *rows[::-1])
    assert choice.rows.rows() == [("Diptera4", "Diptera", 8), ("Coleoptera2", "Coleoptera", 5)]
    assert choice.title == "2 of 3 orders"


def test_sixteen_orders_are_shown_as_in_the_paper():
    rows = [row for n in range(19) for row in of_order(f"O{n:02}", n + 1)]
    choice = choose(one_per_order, *rows)
    assert choice.rows["order"].to_list() == [f"O{n:02}" for n in range(18, 2, -1)]


def test_equal_orders_are_sorted_by_name_and_records_without_one_are_none():
    choice = choose(one_per_order, *of_order("B", 1), *of_order("A", 1), *of_order(None, 9))
    assert choice.rows["order"].to_list() == ["A", "B"]
    assert choice.title == "2 of 2 orders"


def test_specimens_are_counted_with_and_without_an_image():
    choice = choose(one_per_order, *of_order("A", 5), without=("A0", "A1", "A2"))
    assert choice.rows.rows() == [("A4", "A", 5)]


def test_an_order_without_an_image_gives_its_place_to_the_next_and_is_counted():
    rows = of_order("A", 3) + of_order("B", 2) + of_order("C", 1)
    choice = choose(
        lambda records: one_per_order(records, most=2), *rows, without=("A0", "A1", "A2")
    )
    assert choice.rows["order"].to_list() == ["B", "C"]
    assert choice.title == "2 of 3 orders; 1 without an image passed over"


def test_insects_and_unnamed_classes_are_no_other_class():
    rows = (
        of_order("Diptera", 9)
        + of_order("Araneae", 3, **{"class": "Arachnida"})
        + of_order(None, 2, **{"class": None})
    )
    choice = choose(one_per_other_class, *rows)
    assert choice.rows.rows() == [("Araneae1", "Arachnida", 3)]
    assert choice.title == "1 of 1 classes other than Insecta"


def test_of_insects_alone_there_is_no_other_class():
    choice = choose(one_per_other_class, *of_order("Diptera", 9))
    assert choice.rows.is_empty()
    assert choice.title == "0 of 0 classes other than Insecta"


def test_species_are_those_of_the_most_populated_order():
    rows = [
        ("P1", "Insecta", "Diptera", "Phoridae", "Megaselia scalaris"),
        ("P2", "Insecta", "Diptera", "Phoridae", "Megaselia rufipes"),
        ("P3", "Insecta", "Diptera", "Phoridae", "Megaselia rufipes"),
        ("P4", "Insecta", "Diptera", "Phoridae", None),
        *of_order("Hemiptera", 3, species="Aphis fabae"),
    ]
    choice = choose(one_per_species, *rows)
    assert choice.rows.rows() == [
        ("P3", "Megaselia rufipes", 2),
        ("P1", "Megaselia scalaris", 1),
    ]
    assert choice.title == "2 of 2 species of Diptera"


def test_without_any_order_there_is_no_species():
    choice = choose(one_per_species, *of_order(None, 2, species="Aphis fabae"))
    assert choice.rows.is_empty()
    assert choice.title == "0 of 0 species of the largest order"


@pytest.mark.parametrize("most", [20, 4])
def test_families_are_taken_from_each_order_in_turn(most: int):
    rows = [
        row
        for order, families in {"Diptera": (5, 4, 3), "Araneae": (2,), "Hemiptera": (4, 4)}.items()
        for n, count in enumerate(families)
        for row in (
            (f"{order}{n}{place}", "", order, f"{order[:3]}{n}", None) for place in range(count)
        )
    ]
    choice = choose(lambda records: one_per_family(records, most), *rows)
    assert (
        choice.rows["family"].to_list() == ["Dip0", "Hem0", "Ara0", "Dip1", "Hem1", "Dip2"][:most]
    )
    assert choice.rows["processid"][0] == "Diptera02"
    assert choice.title == f"{min(most, 6)} images of 3 orders"


def test_unnamed_families_stand_for_an_order_that_has_no_other():
    rows = [
        *((f"A{n}", "", "Araneae", None, None) for n in range(3)),
        *((f"D{n}", "", "Diptera", None, None) for n in range(9)),
        ("D9", "", "Diptera", "Phoridae", None),
    ]
    choice = choose(one_per_family, *rows)
    assert choice.rows.rows() == [("D9", "Diptera", "Phoridae", 1), ("A1", "Araneae", None, 3)]


def test_orders_without_any_image_are_counted_where_families_are_shown():
    choice = choose(one_per_family, *of_order("A", 1), *of_order("B", 1), without=("B0",))
    assert choice.title == "1 image of 1 order; 1 without an image passed over"


def test_a_repeated_image_of_a_specimen_counts_once():
    records = pl.DataFrame(of_order("A", 2), dict.fromkeys(COLUMNS, pl.String), orient="row")
    imaged = pl.DataFrame({"processid": ["A0", "A0", "A1"]})
    choice = choose_examples(records.lazy(), imaged.lazy(), one_per_order)
    assert choice.rows.rows() == [("A1", "A", 2)]


def test_every_figure_of_examples_has_its_choice():
    assert tuple(EXAMPLES) == Layout.EXAMPLES
