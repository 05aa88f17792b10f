"""The settings of a community are checked, and its number of species is the published one."""

import pytest

from bioscan.core.errors import InputError
from bioscan.simulate.community import Community


def test_the_number_of_species_is_the_published_one():
    assert Community(5_150_850, 0).species_count == 324_411
    assert Community(1_128_313, 0).species_count == pytest.approx(91_918, abs=1)


def test_impossible_communities_are_refused():
    with pytest.raises(InputError, match="gossip"):
        Community(10, 0, noise={"gossip": 1.0})
    with pytest.raises(InputError, match="kingdom"):
        Community(10, 0, labelled={"kingdom": 1.0})
    with pytest.raises(
        InputError, match=r"community\.species is 6, expected .* simulate\.specimens, 5$"
    ):
        Community(5, 0, species=6)
