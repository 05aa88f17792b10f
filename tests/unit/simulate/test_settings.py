"""From a dataset's config to a community."""

import pytest

from bioscan.core.errors import InputError
from bioscan.simulate.settings import community_of

SETTINGS = {"specimens": 10, "seed": 3, "community": {"species": 4, "evenness": 0.5}}


def test_the_settings_are_the_community():
    community = community_of(SETTINGS, archives=2)
    assert (community.specimens, community.seed) == (10, 3)
    assert (community.species, community.evenness) == (4, 0.5)


@pytest.mark.parametrize(("specimens", "archives", "part"), [(10, 2, 5), (11, 2, 6), (4, 4, 1)])
def test_archives_share_the_specimens_alike(specimens: int, archives: int, part: int):
    community = community_of(SETTINGS | {"specimens": specimens}, archives)
    assert community.part_size == part


def test_an_unknown_setting_is_one_clear_line():
    settings = SETTINGS | {"community": {"spcies": 4, "zeal": 1}}
    with pytest.raises(InputError) as error:
        community_of(settings, 1)
    message = str(error.value)
    assert message.startswith(
        "config: unknown simulate.community setting(s) spcies, zeal; known are diptera_families, "
    )
    assert "\n" not in message


@pytest.mark.parametrize("key", ["specimens", "seed", "part_size"])
def test_what_has_a_key_of_its_own_is_no_community_setting(key: str):
    with pytest.raises(InputError, match=f"unknown .* {key};"):
        community_of(SETTINGS | {"community": {key: 5}}, 1)


@pytest.mark.parametrize(
    ("community", "reason"),
    [
        ({"noise": {"typo": 0.1}}, "no such kind of noise: typo"),
        ({"labelled": {"kingdom": 1}}, "no such rank to label: kingdom"),
        ({"species": 11}, "10 specimens of 11 species"),
    ],
)
def test_an_impossible_community_is_named(community: dict, reason: str):
    with pytest.raises(InputError, match=reason):
        community_of(SETTINGS | {"community": community}, 1)
