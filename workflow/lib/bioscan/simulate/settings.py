"""From a dataset's `simulate` config to a community."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from bioscan.core.errors import InputError
from bioscan.simulate.records import Community


def community_of(settings: Mapping[str, Any], archives: int) -> Community:
    """The community that a config describes, spread over so many archives of equal size.

    Raises:
        InputError: a setting that no community has.
    """
    known = {field.name for field in fields(Community)} - {"specimens", "seed", "part_size"}
    if unknown := settings["community"].keys() - known:
        raise InputError(
            f"config: unknown simulate.community setting(s) {', '.join(sorted(unknown))}; "
            f"known are {', '.join(sorted(known))}"
        )
    return Community(
        specimens=settings["specimens"],
        seed=settings["seed"],
        part_size=-(-settings["specimens"] // archives),
        **settings["community"],
    )
