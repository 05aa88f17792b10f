"""Tables, figures and pages of the report."""

from types import SimpleNamespace

import pytest

from bioscan.core.artefacts import Artefacts
from bioscan.describe.figures import FIGURES
from bioscan.describe.tables import TABLES
from tests.unit.configs import ARTEFACTS, ROOT


class Wildcards(SimpleNamespace):
    """Like Snakemake's: attributes with their names."""

    def items(self):
        return vars(self).items()


@pytest.fixture
def two() -> Artefacts:
    table = {"stage": "describe", "kind": "table", "chapter": "Records", "title": "Table 1"}
    figure = {
        "stage": "classify",
        "kind": "figure",
        "chapter": "Models",
        "title": "{experiment}",
    }
    return Artefacts(
        ["Records", "Models"],
        {
            "table1": {**table, "caption": "{dataset} in numbers.", "formats": ["folder"]},
            "curves": {**figure, "caption": "Training of {experiment}."},
        },
    )


def test_they_are_chosen_by_stage_kind_and_format(two: Artefacts):
    assert two.names() == ["table1", "curves"]
    assert two.names("classify") == ["curves"]
    assert two.names(kind="table", format="bioscan1m") == []
    assert two.names(kind="table", format="folder") == ["table1"]


def test_a_table_is_a_page_and_a_figure_a_picture(two: Artefacts):
    assert two.path("table1", "table1", "mine") == "mine/report/table1.html"
    assert two.path("curves", "curves_small", "mine") == "mine/figures/curves_small.png"


def test_chapters_are_numbered_and_wildcards_filled_in(two: Artefacts):
    wildcards = Wildcards(dataset="mine", part="curves", experiment="small")
    shown = two.figure("{part}", of="{part}_{experiment}")
    assert shown["value"] == "<results>/{dataset}/figures/{part}_{experiment}.png"
    assert two.page("table1")["value"] == "<results>/{dataset}/report/table1.html"
    assert shown["category"](wildcards) == "2 Models"
    assert shown["labels"](wildcards) == {"kind": "figure", "shows": "small"}


def test_an_unknown_attribute_is_refused():
    with pytest.raises(TypeError, match="captoin"):
        Artefacts([], {"a": {"captoin": "b"}})


# Those of the workflow


def test_every_table_and_figure_that_describes_records_can_be_made():
    assert set(TABLES) == set(ARTEFACTS.names("describe", "table"))
    assert set(FIGURES) == set(ARTEFACTS.names("describe", "figure"))


@pytest.mark.parametrize("name", ARTEFACTS)
def test_each_has_a_title_and_a_caption_of_its_own(name):
    artefact = ARTEFACTS[name]
    assert artefact.title and artefact.caption.endswith(".")
    wildcards = Wildcards(
        dataset="mine", experiment="small", table=name, figure=name, modality="dna"
    )
    assert "{" not in ARTEFACTS.captions()[name].format(**vars(wildcards))


def test_every_table_with_keys_has_published_values():
    """The published numbers that no table of this workflow has are in the ledger."""
    published = {path.stem for path in (ROOT / "config/published").glob("*_*.csv")}
    tables = {name for name in ARTEFACTS if ARTEFACTS[name].keys}
    assert tables <= published
    assert all(ARTEFACTS[name].kind == "table" for name in tables)


def test_the_artefact_of_a_file_is_the_one_whose_name_begins_it():
    assert (
        ARTEFACTS.of_file("results/a/b/figures/curves_large_insect_order.png")
        is ARTEFACTS["curves"]
    )
    assert (
        ARTEFACTS.of_file("results/a/b/report/cleaning_scores.html") is ARTEFACTS["cleaning_scores"]
    )
    assert ARTEFACTS.of_file("results/a/b/release/cropped_256.zip") is None
    assert ARTEFACTS.of_file("results/a/b/tables/bioscan1m_table5.csv") is None


def test_ten_chapters_or_more_stay_in_their_order_as_text():
    chapters = [f"Chapter {n}" for n in range(12)]
    categories = [Artefacts(chapters, {}).category(chapter) for chapter in chapters]
    assert categories[0] == "01 Chapter 0" and sorted(categories) == categories


def test_a_page_of_no_dataset_has_a_folder_of_its_own(two: Artefacts):
    shown = two.page("table1", dataset="overview")
    assert shown["value"] == "<results>/overview/report/table1.html"
    assert shown["subcategory"] == "overview"


def test_notes_name_an_interval_as_pages_do():
    """A page shows `low` and `high` as one column."""
    for name in ARTEFACTS.names():
        assert "low and high" not in ARTEFACTS[name].note, name


def test_the_note_of_the_retrieval_methods_names_the_average():
    assert "macro: the mean over classes" in ARTEFACTS["retrieve_methods"].note
