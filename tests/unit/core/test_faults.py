"""What is said of broken configs: the key, what was found, what was expected."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bioscan.core.config import read_yaml, validated
from bioscan.core.errors import InputError
from bioscan.core.faults import PATTERNS, shown
from tests.unit.configs import ROOT, change, example

SCHEMAS = ROOT / "workflow" / "schemas"

#: Path of a key, a value as a config has it → what is said of it.
FAULTS = [
    ("datasets", "2024", "datasets is 2024, expected keys with values"),
    ("datasets", "[]", "datasets is [], expected keys with values"),
    ("datasets", "moths", "datasets is 'moths', expected keys with values"),
    ("datasets", "{}", "datasets is {}, expected at least 1 entry"),
    ("datasets", "null", "the key 'datasets' is missing"),
    ("datasets/mine", "5", "datasets.mine is 5, expected keys with values"),
    ("image", "5", "image is 5, expected keys with values"),
    ("detect", "[]", "detect is [], expected keys with values"),
    ("detect/detectors", "[a]", "detect.detectors is [a], expected keys with values"),
    # Numbers and text
    ("run", "2024", "run is 2024, expected text; put it between quotation marks"),
    ("run", "no", "run is false, expected text; put it between quotation marks"),
    ("run", "2024-01-31", "run is 2024-01-31 (a date), expected text; put it between quotation"),
    ("run", "'a run '", "run is 'a run ', expected letters, digits, _ or -"),
    ("datasets/mine/shards", "'4'", "datasets.mine.shards is '4', expected a whole number; "
     "write 4"),
    ("datasets/mine/shards", "4.0", "datasets.mine.shards is 4.0, expected a whole number"),
    ("datasets/mine/shards", "yes", "datasets.mine.shards is true, expected a whole number"),
    ("max_quarantined_share", "1e-3", "max_quarantined_share is '1e-3', expected a number; write "
     "0.001 without quotation marks"),
    ("max_quarantined_share", "1e-9", "max_quarantined_share is '1e-9', expected a number; write "
     "1.0e-09 without quotation marks"),
    ("max_quarantined_share", "0,5", "max_quarantined_share is '0,5', expected a number; "
     "write 0.5"),
    ("max_quarantined_share", ".nan", "max_quarantined_share is .nan, expected a number"),
    ("max_quarantined_share", ".inf", "max_quarantined_share is .inf, expected a number"),
    ("max_quarantined_share", "2", "max_quarantined_share is 2, expected at most 1"),
    ("image", "{ratio: 0.5}", "image.ratio is 0.5, expected at least 1"),
    ("classify/recipes", "{a: {learning_rate: 0}}", "classify.recipes.a.learning_rate is 0, "
     "expected more than 0"),
    # Lists
    ("detect/evaluate_on", "[hand]", "detect.evaluate_on[0] is 'hand', expected a list; "
     "write [hand]"),
    ("detect/evaluate_on", "[null]", "detect.evaluate_on[0] is null, expected a list"),
    ("image", "{packages: cropped}", "image.packages is 'cropped', expected a list; write "
     "[cropped]"),
    ("image", "{packages: []}", "image.packages is [], expected at least 1 entry"),
    ("image", "{packages: [cropped, cropped]}", "image.packages lists 'cropped' more than once"),
    ("image", "{fill: [1, 2]}", "image.fill is [1, 2], expected at least 3 entries"),
    ("image", "{fill: '255'}", "image.fill is '255', expected a whole number or a list; write 255"),
    ("classify/recipes", "{a: {decay_epochs: 20}}", "classify.recipes.a.decay_epochs is 20, "
     "expected "
     "a list; write [20]"),
    # Names
    ("datasets/my moths", "{}", "datasets: 'my moths' is no name, expected a letter, then letters, "
     "digits, _ or -"),
    ("datasets/mine/pth", "a", "datasets.mine: unknown key 'pth' (do you mean 'path'?)"),
    ("release", "{files: 1}", "release: unknown key 'files', expected one of packages"),
    ("datasets/mine/format", "Folder", "datasets.mine.format is 'Folder', expected one of "
     "bioscan1m, "
     "bioscan5m, folder, bold (do you mean 'folder'?)"),
    ("datasets/mine/source", "published", "datasets.mine.source is 'published', expected 'own'"),
    ("datasets/mine", "{format: folder, source: own}", "datasets.mine: the key 'path' is missing"),
    # Choices
    ("detect/sets/hand", "5", "detect.sets.hand is 5, expected the keys annotations and "
     "images, the key acquire or the key simulate"),
    ("detect/sets/hand", "{a: 1}", "detect.sets.hand is {a: 1}, expected the keys annotations and "
     "images, the key acquire or the key simulate"),
    ("detect/sets/hand", "{annotations: a}", "detect.sets.hand: the key 'images' is missing"),
    ("detect/sets/hand", "{annotations: a, images: 5}", "detect.sets.hand.images is 5, "
     "expected text"),
    ("detect/sets/hand", "{simulate: {wells: 3}}", "detect.sets.hand.simulate: the key 'seed' is "
     "missing"),
    ("detect/sets/hand", "{acquire: false}", "detect.sets.hand.acquire is false, expected true"),
    ("classify/recipes", "{a: {focal_alpha: 0}}", "classify.recipes.a.focal_alpha is 0, expected "
     "null, a number more than 0 or 'inverse_frequency'"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "said"), FAULTS)
def test_a_fault_is_said_in_words(path: str, value: str, said: str):
    with pytest.raises(InputError) as error:
        config = change(example(), path, yaml.safe_load(value))
        validated(config, SCHEMAS / "config.schema.yaml")
    assert str(error.value).startswith(f"config: {said}")


def test_a_long_value_is_cut_short():
    assert shown("a" * 1000) == f"'{'a' * 58}…"
    assert shown({"a": {"b": [1, None, True]}}) == "{a: {b: [1, null, true]}}"
    assert shown(date(2024, 1, 31)) == "2024-01-31 (a date)"


def patterns(node: Any) -> set[str]:
    """The patterns of a schema, of values and of names."""
    if isinstance(node, list):
        return set().union(*map(patterns, node))
    if not isinstance(node, dict):
        return set()
    own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
    return own.union(node.get("patternProperties", {}), *map(patterns, node.values()))


@pytest.mark.parametrize("schema", sorted(SCHEMAS.iterdir()), ids=lambda path: path.name)
def test_every_pattern_has_words(schema: Path):
    assert patterns(read_yaml(schema)) <= PATTERNS.keys()


def test_the_words_of_a_pattern_are_true():
    names = {pattern: words for pattern, words in PATTERNS.items() if "letter" in words}
    assert len(names) == 3
    for pattern, words in names.items():
        others = set(re.findall(r"(?<= )\W(?= |$)|_", words))
        assert {c for c in "_-. /é" if re.search(pattern, f"a{c}")} == others, pattern
        assert bool(re.search(pattern, "1")) is not words.startswith("a letter")
