"""The library keeps its layout."""

import re
from pathlib import Path

import pytest

from bioscan.core.code import third_party_imports
from tests.workflow.runs import ROOT

LIBRARY = ROOT / "workflow" / "lib" / "bioscan"
MODULES = sorted(path.relative_to(LIBRARY) for path in LIBRARY.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_run_one_way(module: Path):
    """core ← encoders ← stage ← layout; a stage imports no sibling."""
    text = (LIBRARY / module).read_text()
    imported = set(re.findall(r"^(?:from|import) bioscan\.(\w+)", text, re.M))
    stage = module.parts[0]
    allowed = {
        "core": {"core"},
        "encoders": {"core", "encoders"},
        "layout.py": {"core"},  # finds those of the stages by their names
        "__init__.py": set(),
    }.get(stage, {"core", "encoders", stage})
    assert imported <= allowed
    assert "snakemake" not in third_party_imports(LIBRARY / module)


@pytest.mark.parametrize("module", [m for m in MODULES if m.name != "__init__.py"], ids=str)
def test_a_module_has_tests_of_its_own(module: Path):
    assert (ROOT / "tests" / "unit" / module.parent / f"test_{module.name}").is_file()


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_and_its_classes_can_be_read_in_one_sitting(module: Path):
    lines = (LIBRARY / module).read_text().splitlines()
    assert len(lines) <= 400
    starts = [number for number, line in enumerate(lines) if line.startswith("class ")]
    tops = [number for number, line in enumerate(lines) if re.match(r"[^\s)\]}#]", line)]
    for start in starts:
        end = next((number for number in tops if number > start), len(lines))
        assert end - start <= 200, lines[start]


def test_a_rule_file_can_be_read_in_one_sitting():
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        text = path.read_text()
        assert text.startswith("# Takes: "), path
        assert "\n# Makes: " in text, path
        assert len(text.splitlines()) <= 150, path
