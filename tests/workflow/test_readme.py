"""The documentation agrees with the workflow."""

from tests.workflow.docs import README, TABLE, list_keys


def test_the_table_of_config_keys_is_up_to_date():
    assert TABLE.search(README.read_text())[0] == list_keys(), "run `make docs`"
