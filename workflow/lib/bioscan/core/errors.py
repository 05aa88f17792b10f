"""The one error that is written for the user to read."""

from collections.abc import Iterable
from itertools import islice


class InputError(Exception):
    """Something outside the program is wrong: a config, a table, an archive, an image.

    The message is one line that names the key or file, what was found and what was expected.
    """


def first_ten(values: Iterable[str], separator: str = ", ") -> str:
    """The first ten of a list of cases, for a message."""
    return separator.join(islice(values, 10))
