"""The documentation says what is so."""

import pytest

from tests.workflow.docs import PARTS


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.parent.name)
def test_the_made_parts_are_up_to_date(path):
    place, make = PARTS[path]
    assert place.search(path.read_text())[0] == make(), "run `make docs`"
