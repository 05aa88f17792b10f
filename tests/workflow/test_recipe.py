"""The recipe for a new stage in workflow/README.md works as it is written."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.runs import ROOT, TINY, copy_repository, snakemake


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with the stage of the recipe."""
    folder = copy_repository(tmp_path_factory.mktemp("extended"))
    recipe = (ROOT / "workflow" / "README.md").read_text().split("## Adding a stage\n")[1]
    blocks = re.findall(r"^```(?:python|md)\n# (\S+)\n(.*?)^```$", recipe, re.M | re.S)
    assert len(blocks) == 6
    for name, text in blocks:
        path = folder / name
        assert not path.exists()
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (entry,) = re.findall(r"^```yaml\n(.*?)^```$", recipe, re.M | re.S)
    artefacts = folder / "workflow" / "report" / "artefacts.yaml"
    artefacts.write_text(artefacts.read_text() + entry)
    stages = folder / "workflow" / "lib" / "bioscan" / "layout.py"
    text = stages.read_text()
    assert '    "classify",\n' in text
    stages.write_text(text.replace('    "classify",\n', '    "tally",\n    "classify",\n'))
    readme = folder / "README.md"
    row = "| [tally](workflow/docs/tally.md) | counts boxes | `tables/tally.csv` |\n"
    text = readme.read_text()
    readme.write_text(
        text.replace(
            "| [release](workflow/docs/release.md)", row + "| [release](workflow/docs/release.md)"
        )
    )
    return folder


def test_the_stage_is_a_target_and_its_page_is_planned(extended):
    plan = snakemake(extended, "--dry-run", *TINY, "--", "tally")
    assert plan.returncode == 0, plan.stdout
    assert "results/tiny/bioscan5m/report/tally.html" in plan.stdout
    assert "results/tiny/bioscan1m/report/tally.html" in plan.stdout


def test_the_stage_is_as_the_house_asks(extended):
    checks = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["snakefmt", "--check", "Snakefile", "workflow"],
        ["pytest", "-q", "tests/unit/tally", "tests/unit/test_layout.py"],
        ["pytest", "-q", "tests/workflow/test_library.py", "-k", "tally"],
    ]
    for check in checks:
        command = [sys.executable, "-m", *check]
        run = subprocess.run(command, cwd=extended, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
