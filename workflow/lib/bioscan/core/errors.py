"""The one error that is written for the user to read."""


class InputError(Exception):
    """Something outside the program is wrong: a config, a table, an archive, an image.

    The message is one line that names the key or file, what was found and what was expected.
    """
