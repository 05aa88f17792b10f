"""The one error whose message is written for the user, and a helper for its message."""

from collections.abc import Iterable
from itertools import islice


class InputError(Exception):
    """Something outside the program is wrong: a config, a table, an archive, an image.

    The message is one line that names the key or file, what was found and what was expected.
    """


class BrokenImage(InputError):
    """An image that cannot be read; the message is the reason, without the file's name."""


def first_ten(values: Iterable[str], separator: str = ", ") -> str:
    """The first ten cases of a fault, joined for a message."""
    return separator.join(islice(values, 10))
