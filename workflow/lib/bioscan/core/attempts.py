"""What a job asks for when it is tried again."""

from collections.abc import Callable
from typing import Any


def growing(amount: int) -> Callable[[Any, int], int]:
    """A resource of a rule: `amount` at first, and as much again with every further attempt."""
    return lambda wildcards, attempt: amount * attempt
