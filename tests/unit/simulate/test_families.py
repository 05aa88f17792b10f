"""The orders and families have the published breadth and abundances."""

import pytest

from bioscan.simulate.families import ORDERS


def test_the_catalogue_has_the_published_breadth():
    families = [name for row in ORDERS for name in row[3].split()]
    orders = {order: names.split() for _, order, _, names in ORDERS}
    classes = [row[0] for row in ORDERS]
    assert len(set(classes)) == 10  # 5M Table 2
    assert len(orders) == len(ORDERS) == 55
    assert classes.count("Insecta") == 25  # 5M Table A6
    assert len(orders["Diptera"]) >= 45 and orders["Diptera"][0] == "Cecidomyiidae"
    assert all(name.endswith("idae") for name in families)
    assert len(families) == len(set(families))


def test_insects_have_their_published_share():
    total = sum(row[2] for row in ORDERS)
    insects = sum(row[2] for row in ORDERS if row[0] == "Insecta")
    assert insects / total == pytest.approx(0.978, abs=0.001)  # 5M §A2.4
