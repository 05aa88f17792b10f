"""The settings of the simulation, from the params of its rules."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from bioscan.core.errors import InputError
from bioscan.core.formats import Format
from bioscan.simulate.community import Community
from bioscan.simulate.conditions import CONDITION_RATES

#: Width and height of the published images, pixels (1M §3.1.3, 5M §3).
PUBLISHED_SIZES: dict[Format, tuple[int, int]] = {
    "bioscan1m": (2880, 2160),
    "bioscan5m": (1024, 768),
}


#: Settings of a community that stand beside `simulate.community` in the config, or follow from it.
OWN_KEYS = {"specimens", "seed", "photographs", "part_size"}


@dataclass(frozen=True)
class DatasetSettings:
    """A simulated dataset.

    Attributes:
        format: the published format to write.
        community: the specimens and their labels.
        photograph_size: (width, height) of the images, pixels.
        conditions: rate of each condition of a photograph.
    """

    format: Format
    community: Community
    photograph_size: tuple[int, int]
    conditions: Mapping[str, float]

    @classmethod
    def of(cls, format: Format, params: Mapping[str, Any], archives: int) -> "DatasetSettings":
        """Settings from the config.

        Args:
            format: the published format to write.
            params: the key `simulate` of the dataset.
            archives: number of image archives, which share the specimens equally.

        Raises:
            InputError: an unknown or impossible setting of the community.
        """
        known = {field.name for field in fields(Community)} - OWN_KEYS
        if unknown := params["community"].keys() - known:
            raise InputError(
                f"config: unknown simulate.community setting(s) {', '.join(sorted(unknown))}; "
                f"known are {', '.join(sorted(known))}"
            )
        community = Community(
            specimens=params["specimens"],
            seed=params["seed"],
            photographs=params.get("photographs"),
            part_size=-(-params["specimens"] // archives),
            **params["community"],
        )
        return cls(
            format=format,
            community=community,
            photograph_size=tuple(params.get("photograph_size", PUBLISHED_SIZES[format])),
            conditions=params.get("conditions", CONDITION_RATES),
        )


@dataclass(frozen=True)
class WellSettings:
    """A simulated set of annotated wells.

    Attributes:
        wells: number of wells.
        seed: seed of all random numbers.
        photograph_size: (width, height) of the images, pixels.
        scenes: how the wells are photographed, a key of `archives.SCENES`.
    """

    wells: int
    seed: int
    photograph_size: tuple[int, int]
    scenes: str

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "WellSettings":
        """Settings from the key `simulate` of an annotated set in the config."""
        return cls(
            params["wells"], params["seed"], tuple(params["photograph_size"]), params["scenes"]
        )
