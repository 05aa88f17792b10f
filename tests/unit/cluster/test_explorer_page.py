"""The template of the map."""

import re

from bioscan.cluster.explorer_page import PAGE, SCRIPT, STYLE


def test_the_places_to_fill_are_known():
    assert re.findall(r"@@(.*?)@@", PAGE) == ["TITLE", "TITLE", "COUNT", "SHEET", "DATA"]
    assert "@@" not in SCRIPT + STYLE


def test_the_script_finds_every_element_that_it_names():
    named = set(re.findall(r"find\('(\w+)'\)", SCRIPT)) | {"data", "sheet"}
    assert named == set(re.findall(r'id="(\w+)"', PAGE)) - {"map"}


def test_nothing_is_loaded_from_elsewhere():
    assert not re.search(r"https?:|//\w|import\(|fetch\(|XMLHttpRequest", PAGE)
