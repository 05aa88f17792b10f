"""The documentation agrees with the workflow."""

import re

import pytest
import yaml
from snakemake.utils import update_config

from tests.unit.configs import layout
from tests.workflow.docs import README, TABLE, list_keys
from tests.workflow.runs import ROOT

#: The configs that the newcomer's page prints.
PRINTED = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "workflow/docs/newcomer.md").read_text(), re.DOTALL
)


def test_the_table_of_config_keys_is_up_to_date():
    assert TABLE.search(README.read_text())[0] == list_keys(), "run `make docs`"


@pytest.mark.parametrize("printed", PRINTED, ids=lambda text: text.split(":")[0])
def test_a_config_of_the_newcomers_page_is_one(printed):
    """Those without a run stand beside the demo's config."""
    given = yaml.safe_load(printed)
    config = {} if "run" in given else yaml.safe_load((ROOT / "config/demo.yaml").read_text())
    update_config(config, given)
    assert layout(config).run.config["run"] == config["run"]
