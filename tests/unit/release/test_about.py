"""What is said of a dataset: by the config, else by the catalogue."""

import pytest

from bioscan.release.about import LICENCES, About, Licence, Party, licence_of
from tests.unit.configs import CATALOGUE


@pytest.mark.parametrize(
    ("format", "licence"), [("bioscan1m", "CC BY-NC-SA 4.0"), ("bioscan5m", "CC BY 3.0")]
)
def test_a_published_dataset_has_the_licence_of_the_catalogue(format: str, licence: str):
    found = About.of("d", format, "published", {}, CATALOGUE)
    assert found.licence == LICENCES[licence]
    assert found.holder == "CBG Photography Group, Centre for Biodiversity Genomics"
    assert found.makers == [Party(found.holder, "organisation")]
    assert found.cite.startswith("https://doi.org/")


def test_simulated_specimens_have_no_rights_of_real_ones():
    found = About.of("d", "bioscan5m", "simulated", {}, CATALOGUE)
    assert "No specimen" in found.description
    assert found.licence.name == "CC0 1.0"
    assert (found.holder, found.cite) == (None, None)


def test_the_config_has_the_last_word():
    given = {"title": "T", "licence": "CC0 1.0", "creators": ["A", "B"]}
    found = About.of("d", "bioscan5m", "published", given, CATALOGUE)
    assert (found.title, found.licence.card, found.makers) == (
        "T",
        "cc0-1.0",
        [Party("A"), Party("B")],
    )


def test_an_own_folder_has_the_format_of_5m():
    found = About.of("moths", "folder", "own", {}, CATALOGUE)
    assert (found.title, found.format, found.licence) == ("moths", "bioscan5m", None)


def test_licences_of_the_catalogue_are_known():
    for name, url in CATALOGUE["licences"].items():
        found = licence_of(name, CATALOGUE["licences"])
        assert found.url == url
        assert found.is_non_commercial == ("NC" in name)


def test_any_other_licence_is_named_as_it_is():
    found = licence_of("https://example.org/terms", {})
    assert found == ("https://example.org/terms", "https://example.org/terms", "other")


@pytest.mark.parametrize("format", ["bioscan1m", "bioscan5m"])
def test_own_specimens_in_published_files_have_nothing_of_the_published_ones(format: str):
    found = About.of("moths", format, "own", {}, CATALOGUE)
    assert (found.title, found.format) == ("moths", format)
    assert (found.licence, found.holder, found.cite) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("Anna Maria Collector", ("Anna Maria", "Collector")),
        ("van Collector, Anna", ("Anna", "van Collector")),
        ("Collector", ("", "Collector")),
    ],
)
def test_a_person_has_a_surname(name: str, names: tuple[str, str]):
    assert Party(name).names == names


def test_the_holder_is_an_organisation_or_one_of_the_creators():
    given = {"creators": ["A. Person"], "holder": "A. Person"}
    assert About.of("d", "folder", "own", given, CATALOGUE).owner == Party("A. Person")
    given = {"creators": ["A. Person"], "holder": "A Museum"}
    owner = About.of("d", "folder", "own", given, CATALOGUE).owner
    assert owner == Party("A Museum", "organisation")


def test_addresses_are_urls_whatever_the_names():
    given = {"files": "https://example.org/my data/é%20b/"}
    found = About.of("d", "folder", "own", given, CATALOGUE)
    assert found.address("val/moth 1 #2 50%e?.jpg") == (
        "https://example.org/my%20data/%C3%A9%20b/val/moth%201%20%232%2050%25e%3F.jpg"
    )


def test_licences_without_a_name_of_hugging_face_are_named_in_the_header():
    assert LICENCES["MIT"].header == {"license": "mit"}
    assert licence_of("CC BY-NC", CATALOGUE["licences"]).header == {
        "license": "other",
        "license_name": "cc-by-nc",
        "license_link": CATALOGUE["licences"]["CC BY-NC"],
    }
    assert Licence("House rules", "", "other").header == {
        "license": "other", "license_name": "house-rules",
    }  # fmt: skip
