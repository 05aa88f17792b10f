"""The one error whose message is written for the user, and helpers for its message."""

import re
from collections.abc import Iterable
from itertools import islice

#: How torch begins the message of an exception that a process that loads data raised.
_CAUGHT = re.compile(r"Caught \w+ in .*\.\nOriginal Traceback \(most recent call last\):\n")


class InputError(Exception):
    """Something outside the program is wrong: a config, a table, an archive, an image.

    The message is one line that names the key or file, what was found and what was expected. It is
    one line whatever it quotes, as it is made by `one_line`.
    """

    def __init__(self, message: str) -> None:
        # torch raises an exception of a process that loads data anew, with its traceback as text.
        if _CAUGHT.match(message):
            message = raised_in(message, type(self)) or message
        super().__init__(one_line(message))


def raised_in(traceback: str, kind: type[InputError] = InputError) -> str | None:
    """The message of the error that ended a process, from the text of its traceback.

    Args:
        traceback: as Python formats it.
        kind: the class of the error.

    Returns:
        The message; None if the process ended with another kind of error.
    """
    name = f"{kind.__module__}.{kind.__qualname__}: "
    found = [line for line in traceback.split("\n") if line.startswith(name)]
    return found[-1].removeprefix(name) if found else None


def one_line(text: str) -> str:
    r"""A text with its line ends, and all else that has no glyph, made visible.

    >>> one_line("a\r\nb")
    'a\\r\\nb'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text.strip())


class BrokenImage(InputError):
    """An image that cannot be read; the message is the reason, without the file's name."""


def why_not_opened(error: OSError, expected: str = "a file") -> str:
    """Why a path that the user names cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return f"is a folder, expected {expected}"
    return error.strerror or str(error)


def first_ten(values: Iterable[str], separator: str = ", ") -> str:
    """The first ten cases of a fault, joined for a message."""
    return separator.join(islice(values, 10))
