"""The pages about a run as a whole."""

from tests.unit.configs import example, layout


def test_the_tables_that_a_paper_prints_are_compared():
    found = layout(example())
    compared = found.report.compared(found.parts())
    folder = "results/example"
    assert f"{folder}/small1m/tables/bioscan1m_table1.csv" in compared
    assert f"{folder}/small5m/tables/bioscan5m_tableA5.csv" in compared
    assert f"{folder}/small5m/tables/cleaning.csv" in compared
    assert not any(path.endswith(("ranks.csv", "quarantine.csv", ".png")) for path in compared)


def test_the_closing_pages_follow_from_all_other_products():
    found = layout(example())
    closing = found.report.closing()
    assert len(closing) == 3 and not set(closing) & set(found.parts())
    assert {*closing, *found.parts()} == set(found.products())


def test_a_dataset_without_images_has_no_strip():
    config = example()
    records = {"format": "bold", "source": "own", "table": "my/export.tsv"}
    config["datasets"]["alone"] = records
    found = layout(config).report
    assert list(found.strips()) == ["small1m", "small5m", "mine"]
    assert set(found.strips().values()) == {"cropped_256"}
    assert len(found.indexes()) == len(found.all_strips()) == 3
    assert len(found.splits()) == len(found.quarantines()) == len(found.facts()) == 4


def test_the_records_of_a_dataset_are_counted_in_a_table_of_its_format():
    assert layout(example()).report.splits() == [
        "results/example/small1m/tables/bioscan1m_text_facts.csv",
        "results/example/small5m/tables/bioscan5m_text_facts.csv",
        "results/example/mine/tables/splits.csv",
    ]


def test_detectors_that_are_evaluated_on_simulated_wells_are_not_judged():
    assert layout(example()).report.sources()["detect"] == "simulated"
    full = layout("full", "detectors_from_annotations").report.sources()
    assert full == {"bioscan1m": "published", "bioscan5m": "published", "detect": "published"}


def test_chapters_count_their_tables_figures_and_pages():
    found = layout(example())
    chapters = found.report.chapters(found.products())
    assert chapters["01 Overview"] == {"page": 2}
    assert list(chapters)[:3] == ["01 Overview", "02 Records", "03 Images"]
    assert chapters["02 Records"]["figure"] >= 5
    # Files that are none of the report's, as those of a release, are not counted.
    assert sum(sum(counts.values()) for counts in chapters.values()) < len(found.products())


def test_the_report_has_no_opening_before_the_run_has_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = layout(example()).report
    assert report.opening() is None
    path = tmp_path / "results/example/overview/overview.html"
    path.parent.mkdir(parents=True)
    path.write_text("")
    assert report.opening() == "results/example/overview/overview.html"
