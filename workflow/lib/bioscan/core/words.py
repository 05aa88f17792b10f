"""Counts in sentences."""


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: `1 image`, `2,000 images`.

    Args:
        plural: of the noun; by default it ends in an s.
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
