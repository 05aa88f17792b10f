"""The published columns are described."""

import pytest

from bioscan.core.published import bioscan1m_columns, bioscan5m_columns
from bioscan.release.fields import fields


@pytest.mark.parametrize(
    ("format", "columns"), [("bioscan1m", bioscan1m_columns), ("bioscan5m", bioscan5m_columns)]
)
def test_every_released_column_is_described_in_its_order(format, columns):
    found = fields(format)
    assert [field.name for field in found] == [column.meta.output_name() for column in columns()]
    assert all(field.description.endswith(".") for field in found)


def test_kinds_are_those_of_the_written_values():
    kinds = {field.name: field.kind for field in fields("bioscan5m")}
    assert kinds["chunk"] == "text" and kinds["inferred_ranks"] == "integer"
    # Missing in some records, so written "150502.0".
    assert kinds["index_bioscan_1M_insect"] == kinds["coord-lat"] == "float"
    kinds = {field.name: field.kind for field in fields("bioscan1m")}
    assert kinds["chunk_number"] == "integer" and kinds["uri"] == "text"
