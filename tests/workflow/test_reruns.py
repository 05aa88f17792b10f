"""Reruns are exact."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

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


def planned_rules(output: str) -> set[str]:
    """All rules of a dry run: of a reason it lists fifty at most."""
    table = re.search(r"^Job stats:\n.*\n[- ]+\n((?:\w+ +\d+\n)+)", output, re.MULTILINE)
    return {line.split()[0] for line in table[1].splitlines()}


#: Modules that a few and that many rules import; a rule with a training among them.
IMPORTED = ["partition/species.py", "image/cropping.py", "core/metrics.py", "core/pack.py"]


@contextmanager
def edited(folder: Path, module: str, addition: str) -> Iterator[None]:
    path = folder / "workflow" / "lib" / "bioscan" / module
    before = path.read_text()
    try:
        path.write_text(before + addition)
        yield
    finally:
        path.write_text(before)


@pytest.mark.parametrize("module", IMPORTED)
def test_an_edit_to_a_module_reruns_exactly_the_rules_that_import_it(finished, module):
    path = Path("workflow/lib/bioscan", module)
    scripts = [script.relative_to(finished) for script in (finished / "scripts").rglob("*.py")]
    importing = {script.stem for script in scripts if path in code_of(str(script), finished)}
    importing &= {rule.name for rule in (finished / "results" / "tiny" / "logs").iterdir()}
    with edited(finished, module, "\n\nEDIT = 1\n"):
        output = planned(finished)
    assert importing, f"nothing imports {path}"
    changed = rules_with_reason(output, "params have changed since last execution")
    # Snakemake gives one reason only where inputs of a rule are made again too.
    assert changed and changed <= importing <= planned_rules(output)


def test_a_finished_run_has_nothing_to_do(finished):
    """Nor has it when the edits above are undone."""
    assert "Nothing to be done" in planned(finished)


def test_new_times_a_comment_and_captions_rerun_nothing(finished):
    """A word in a comment of a cleaning step would train everything again."""
    path = finished / "workflow" / "report" / "artefacts.yaml"
    before = path.read_text()
    content = yaml.safe_load(before)
    for artefact in content["artefacts"].values():
        artefact["caption"] += " One more word."
    try:
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        with edited(finished, "curate/steps.py", "\n# One more word.\n"):
            touch_all(finished)
            assert "Nothing to be done" in planned(finished)
    finally:
        path.write_text(before)


def test_a_finished_run_may_lose_what_only_stages_take(finished, tmp_path):
    """Archives, records, boxes and packs take space that a finished run need not."""
    folder = shutil.copytree(finished, tmp_path / "lean", symlinks=True)
    results = folder / "results" / "tiny"
    between = ("*/source/*", "detect/sets/*/*", "*/records/raw.parquet", "*/records/images.parquet")
    for pattern in (*between, "*/boxes/*", "*/packs/*/*.h5"):
        paths = list(results.glob(pattern))
        assert paths, pattern
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert "Nothing to be done" in planned(folder)


def test_packs_of_a_job_that_failed_are_made_again(finished, tmp_path):
    """Snakemake removes all outputs of a job that fails or is killed."""
    folder = shutil.copytree(finished, tmp_path / "failed", symlinks=True)
    for path in (folder / "results" / "tiny" / "bioscan5m" / "packs").glob("*/0000.*"):
        path.unlink()
    made = rules_with_reason(planned(folder), "output files have to be generated")
    assert made == {"pack_images"}


def test_packs_with_other_pixels_make_what_reads_them_out_of_date(finished, tmp_path):
    """Also where they are packed by a run of their own, after which only their index is newer."""
    folder = shutil.copytree(finished, tmp_path / "packed", symlinks=True)
    config = folder / "tests" / "workflow" / "tiny.yaml"
    config.write_text(config.read_text() + "\nimage: { quality: 60 }\n")
    packed = snakemake(folder, *TINY, "--", "image")
    assert packed.returncode == 0, packed.stdout
    updated = rules_with_reason(planned(folder), "updated input files")
    assert "train_classifier" in updated and "export_package" in updated


def test_a_changed_setting_reruns_what_depends_on_it(finished):
    config = finished / "tests" / "workflow" / "tiny.yaml"
    before = config.read_text()
    try:
        config.write_text(before + "\nimage: { ratio: 1.5 }\n")
        output = planned(finished)
    finally:
        config.write_text(before)
    changed = rules_with_reason(output, "params have changed since last execution")
    assert changed == {"pack_images", "draw_sheet", "draw_detections"}
    # The data card says how images were made; the ledger compares the ratio with the printed one.
    assert {"describe_release", "build_ledger"} <= planned_rules(output)


def test_one_target_can_be_made_again(finished):
    table = "results/tiny/bioscan5m/tables/bioscan5m_table3.csv"
    before = contents(finished / "results" / "tiny")
    (finished / table).unlink()
    run = snakemake(finished, *TINY, "--", table)
    assert run.returncode == 0, run.stdout
    assert contents(finished / "results" / "tiny") == before
