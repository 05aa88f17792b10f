"""Numbers of a text from the cells of a table."""

import polars as pl
import pytest

from bioscan.report.gathering import gather

TABLE = pl.DataFrame(
    {
        "space": ["HyenaDNA", "NT", "NT", "lite0"],
        "split": ["test", "test", "val", "test"],
        "species": ["91.5", "80", "3", "20"],
        "dna_bin": ["92", "", "4", "30"],
    }
)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"column": "species", "where": {"space": "HyenaDNA"}}, "91.5"),
        (
            {"column": ["species", "dna_bin"], "where": {"space": "HyenaDNA"}, "take": "least"},
            "91.5",
        ),
        ({"column": "species", "where": {"split": "test"}, "take": "median"}, "80"),
        ({"column": "species", "where": {"space": ["NT", "lite0"], "split": "test"}}, "80; 20"),
        ({"column": "dna_bin", "where": {"space": "NT", "split": "test"}}, None),
        ({"column": "dna_bin", "where": {"space": "another"}, "take": "least"}, None),
        ({"column": "genus"}, None),
        ({"column": "species", "where": {"rank": "a"}}, None),
    ],
)
def test_a_number_is_taken_from_the_cells_that_a_rule_names(rule, value):
    assert gather(rule, TABLE) == value
