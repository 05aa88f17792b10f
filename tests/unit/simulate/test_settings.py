"""The settings of a simulation come from the params of its rules."""

import pytest

from bioscan.core.errors import InputError
from bioscan.simulate.conditions import CONDITION_RATES
from bioscan.simulate.settings import DatasetSettings, WellSettings

PARAMS = {"specimens": 10, "seed": 3, "community": {"species": 4, "evenness": 0.5}}


def test_the_settings_hold_the_community():
    settings = DatasetSettings.of("bioscan5m", PARAMS, archives=2)
    community = settings.community
    assert settings.format == "bioscan5m"
    assert (community.specimens, community.seed) == (10, 3)
    assert (community.species, community.evenness) == (4, 0.5)


@pytest.mark.parametrize(
    ("format", "size"), [("bioscan1m", (2880, 2160)), ("bioscan5m", (1024, 768))]
)
def test_images_are_as_large_as_published_by_default(format: str, size: tuple[int, int]):
    settings = DatasetSettings.of(format, PARAMS, archives=1)
    assert settings.photograph_size == size
    assert settings.conditions == CONDITION_RATES


def test_sizes_and_conditions_can_be_set():
    params = PARAMS | {"photograph_size": [128, 96], "conditions": {"empty": 1}}
    settings = DatasetSettings.of("bioscan1m", params, archives=1)
    assert settings.photograph_size == (128, 96)
    assert settings.conditions == {"empty": 1}


@pytest.mark.parametrize(("specimens", "archives", "part"), [(10, 2, 5), (11, 2, 6), (4, 4, 1)])
def test_archives_share_the_specimens_alike(specimens: int, archives: int, part: int):
    settings = DatasetSettings.of("bioscan1m", PARAMS | {"specimens": specimens}, archives)
    assert settings.community.part_size == part


def test_an_unknown_setting_is_one_clear_line():
    params = PARAMS | {"community": {"spcies": 4, "zeal": 1}}
    with pytest.raises(InputError) as error:
        DatasetSettings.of("bioscan5m", params, 1)
    message = str(error.value)
    assert message.startswith(
        "config: unknown simulate.community setting(s) spcies, zeal; known are diptera_families, "
    )
    assert "\n" not in message


def test_all_specimens_have_a_photograph_unless_the_config_says_how_many():
    assert DatasetSettings.of("bioscan5m", PARAMS, 1).community.photographs is None
    some = DatasetSettings.of("bioscan5m", PARAMS | {"photographs": 4}, 1)
    assert some.community.photographs == 4
    with pytest.raises(
        InputError, match=r"photographs is 11, expected .* simulate\.specimens, 10$"
    ):
        DatasetSettings.of("bioscan5m", PARAMS | {"photographs": 11}, 1)


@pytest.mark.parametrize("key", ["specimens", "seed", "photographs", "part_size"])
def test_a_setting_with_a_key_of_its_own_is_no_community_setting(key: str):
    with pytest.raises(InputError, match=f"unknown .* {key};"):
        DatasetSettings.of("bioscan5m", PARAMS | {"community": {key: 5}}, 1)


@pytest.mark.parametrize(
    ("community", "reason"),
    [
        ({"noise": {"typo": 0.1}}, "community.noise has 'typo', expected some of shallower, "),
        (
            {"labelled": {"kingdom": 1}},
            "community.labelled has 'kingdom', expected some of class, ",
        ),
        (
            {"species": 11},
            "community.species is 11, expected at least 1 and no more than simulate.specimens, 10",
        ),
    ],
)
def test_an_impossible_community_is_named(community: dict, reason: str):
    with pytest.raises(InputError, match=reason):
        DatasetSettings.of("bioscan5m", PARAMS | {"community": community}, 1)


def test_wells_have_a_number_a_seed_and_a_size():
    params = {"wells": 8, "seed": 11, "photograph_size": [256, 192], "scenes": "hard"}
    assert WellSettings.of(params) == WellSettings(8, 11, (256, 192), "hard")
