"""What reruns, and what does not."""

import re
from pathlib import Path

import pytest

from bioscan.core.code import code_of
from tests.workflow.runs import TINY, contents, snakemake, touch_all


def planned(folder: Path) -> str:
    run = snakemake(folder, "--dry-run", *TINY)
    assert run.returncode == 0, run.stdout
    return run.stdout


def rules_with_reason(output: str, reason: str) -> set[str]:
    """The rules that a dry run lists under a reason."""
    found = re.search(rf"^    {reason}:\n +(.+)$", output, re.MULTILINE)
    return set(found[1].split(", ")) if found else set()


def test_a_finished_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in planned(finished)


def test_touching_every_file_reruns_nothing(finished):
    touch_all(finished)
    assert "Nothing to be done" in planned(finished)


@pytest.mark.parametrize(
    "module",
    ["partition/species.py", "image/cropping.py", "core/metrics.py", "core/pack.py"],
)
def test_an_edit_to_a_module_reruns_exactly_the_rules_that_import_it(finished, module):
    path = finished / "workflow" / "lib" / "bioscan" / module
    name = str(path.relative_to(finished))
    root = finished.resolve()
    importing = {
        script.stem
        for script in (finished / "scripts").rglob("*.py")
        if any(
            Path(file).resolve() == path.resolve()
            for file in code_of(str(script.relative_to(finished)), root)
        )
    }
    before = path.read_text()
    try:
        path.write_text(before + "\n# An edit.\n")
        output = planned(finished)
    finally:
        path.write_text(before)
    assert importing, f"nothing imports {name}"
    updated = rules_with_reason(output, "updated input files")
    # Of a rule whose other inputs are made again too, Snakemake names only that.
    behind = rules_with_reason(output, "input files updated by another job")
    assert updated and updated <= importing <= updated | behind
    assert "Nothing to be done" in planned(finished)


def test_a_changed_setting_reruns_what_depends_on_it(finished):
    config = finished / "tests" / "workflow" / "tiny.yaml"
    before = config.read_text()
    try:
        config.write_text(before + "\nimage: { ratio: 1.5 }\n")
        output = planned(finished)
    finally:
        config.write_text(before)
    changed = rules_with_reason(output, "params have changed since last execution")
    assert changed == {"pack_images", "draw_crops"}


def test_one_target_can_be_made_again(finished):
    table = "results/tiny/bioscan5m/tables/bioscan5m_table3.csv"
    before = contents(finished / "results" / "tiny")
    (finished / table).unlink()
    run = snakemake(finished, *TINY, "--", table)
    assert run.returncode == 0, run.stdout
    assert contents(finished / "results" / "tiny") == before
