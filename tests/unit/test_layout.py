"""The layouts of all stages together."""

import subprocess
import sys

from bioscan import layout as composed
from bioscan.core.run import StageLayout
from tests.unit.configs import ARTEFACTS, ROOT, example, layout


def test_everything_lies_below_the_results_of_the_run():
    assert all(path.startswith("results/example/") for path in layout(example()).products())


def test_nothing_is_made_twice():
    found = layout(example())
    for files in (found.products(), *map(found.targets, found.stages)):
        assert len(files) == len(set(files))


def test_a_stage_makes_its_products_and_more():
    found = layout(example())
    for stage in found.stages:
        assert set(stage.products()) <= set(stage.targets())


def test_products_name_each_dataset_and_experiment():
    assert {
        "results/example/detect/report/detectors.html",
        "results/example/small1m/report/bioscan1m_table3.html",
        "results/example/small5m/report/bioscan5m_table3.html",
        "results/example/small5m/figures/bioscan5m_figureA1.png",
        "results/example/mine/report/splits.html",
        "results/example/mine/report/quarantine.html",
        "results/example/mine/packs/cropped_256/index.parquet",
        "results/example/small1m/report/bioscan1m_table5.html",
        "results/example/small1m/report/bioscan1m_tableA3.html",
        "results/example/small1m/report/bioscan1m_tableA4.html",
        "results/example/small1m/report/bioscan1m_sectionA64.html",
        "results/example/small1m/report/suspects_large_insect_order.html",
        "results/example/small1m/figures/confusion_large_diptera_family.png",
        "results/example/small1m/figures/accuracy_large_diptera_family.png",
        "results/example/small1m/figures/curves_large_insect_order.png",
    } <= set(layout(example()).products())


def test_each_stage_has_its_layout_as_an_attribute():
    found = layout(example())
    assert [stage.name for stage in found.stages] == list(composed.STAGES)
    assert all(getattr(found, stage.name) is stage for stage in found.stages)


def test_files_that_only_stages_take_are_no_products():
    """A finished run may lose them, to free space, and still be finished."""
    products = layout(example()).products()
    between = ("/source/", "/records/", "/sets/", "boxes.parquet", ".h5")
    assert not [path for path in products if any(part in path for part in between)]


def test_a_stage_without_a_layout_of_its_own_has_its_artefacts_as_products():
    describe = layout(example()).describe
    assert type(describe).products is StageLayout.products
    folder = "results/example/mine"
    of_folder = [path for path in describe.products() if path.startswith(folder)]
    assert of_folder == [
        *(f"{folder}/report/{name}.html" for name in ("ranks", "geography", "columns")),
        f"{folder}/figures/classes.png",
        f"{folder}/report/splits.html",
    ]


def test_every_stage_has_its_rules_scripts_library_and_page():
    for stage in composed.STAGES:
        assert (ROOT / f"workflow/rules/{stage}.smk").is_file(), stage
        assert list((ROOT / "scripts" / stage).glob("*.py")), stage
        assert (ROOT / f"workflow/lib/bioscan/{stage}/__init__.py").is_file(), stage
        assert list((ROOT / "tests/unit" / stage).glob("test_*.py")), stage
        assert (ROOT / f"workflow/docs/{stage}.md").is_file(), stage
        assert f"(workflow/docs/{stage}.md)" in (ROOT / "README.md").read_text(), stage


def test_every_artefact_is_of_a_stage_and_a_chapter():
    assert {artefact.stage for artefact in ARTEFACTS.values()} <= set(composed.STAGES)
    assert {artefact.chapter for artefact in ARTEFACTS.values()} == set(ARTEFACTS.chapters)


def test_layouts_load_no_heavy_package():
    """Every Slurm job reads the workflow twice."""
    code = (
        "import sys; import bioscan.layout as l; [l._layout(name) for name in l.STAGES];"
        "print({'polars', 'torch', 'numpy', 'pandas'} & set(sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "workflow" / "lib")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "set()"
