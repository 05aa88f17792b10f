"""What a job asks for when it is tried again."""

from collections.abc import Callable
from typing import Any


def growing(amount: int) -> Callable[[Any, int], int]:
    """A resource of a rule: `amount` at first, and as much again with the next two attempts.

    No more after that: a training that is out of time again and again needs no more memory.
    """
    return lambda wildcards, attempt: amount * min(attempt, 3)
