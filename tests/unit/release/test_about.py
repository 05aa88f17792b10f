"""What is said of a dataset: by the config, else by the catalogue."""

import pytest

from bioscan.release.about import LICENCES, About, licence_of
from tests.unit.configs import CATALOGUE


@pytest.mark.parametrize(
    ("format", "licence"), [("bioscan1m", "CC BY-NC-SA 4.0"), ("bioscan5m", "CC BY 3.0")]
)
def test_a_published_dataset_has_the_licence_of_the_catalogue(format: str, licence: str):
    found = About.of("d", {"source": "published", "format": format}, {}, CATALOGUE)
    assert found.licence == LICENCES[licence]
    assert found.holder == "CBG Photography Group, Centre for Biodiversity Genomics"
    assert found.makers == [found.holder]
    assert found.cite.startswith("https://doi.org/")


def test_simulated_specimens_have_no_rights_of_real_ones():
    found = About.of("d", {"source": "simulated", "format": "bioscan5m"}, {}, CATALOGUE)
    assert found.simulated and "No specimen" in found.description
    assert found.licence.name == "CC0 1.0"
    assert (found.holder, found.cite) == (None, None)


def test_the_config_has_the_last_word():
    given = {"title": "T", "licence": "CC0 1.0", "creators": ["A", "B"]}
    settings = {"source": "published", "format": "bioscan5m"}
    found = About.of("d", settings, given, CATALOGUE)
    assert (found.title, found.licence.card, found.makers) == ("T", "cc0-1.0", ["A", "B"])


def test_an_own_folder_has_the_format_of_5m():
    found = About.of("moths", {"source": "own", "format": "folder"}, {}, CATALOGUE)
    assert (found.title, found.format, found.licence) == ("moths", "bioscan5m", None)


def test_licences_of_the_catalogue_are_known():
    for name, url in CATALOGUE["licences"].items():
        found = licence_of(name, CATALOGUE["licences"])
        assert found.url == url
        assert found.is_non_commercial == ("NC" in name)


def test_any_other_licence_is_named_as_it_is():
    found = licence_of("https://example.org/terms", {})
    assert found == ("https://example.org/terms", "https://example.org/terms", "other")
