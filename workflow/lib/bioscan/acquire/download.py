"""Fetching one file, whole and checked."""

import http.client
import logging
import shutil
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from bioscan.core.errors import InputError
from bioscan.core.files import atomic, digest

log = logging.getLogger(__name__)

#: Seconds without a byte before a source is given up.
TIMEOUT = 60


def fetch(path: Path, sources: Sequence[str], md5: str | None, by_hand: Path) -> None:
    """Put a file at `path`: one laid down by hand, or the first source that delivers it.

    Args:
        sources: URLs, in order of preference.
        md5: expected checksum, where one is published.
        by_hand: where a file that was had by other means lies.

    Raises:
        InputError: no source delivered the file, with each source's reason.
    """
    failures = []
    for source in [str(by_hand)] if by_hand.is_file() else sources:
        log.info("fetching %s", source)
        try:
            with atomic(path) as partial:
                _copy(source, partial)
                if md5 is not None and (found := digest(partial)) != md5:
                    raise InputError(f"its md5 is {found}, expected {md5}")
            return
        except (OSError, http.client.HTTPException, InputError) as error:
            log.warning("%s: %s", source, error)
            failures.append(f"{source}: {error}")
    reasons = "; ".join(failures) or "it has no public source"
    raise InputError(f"{path.name} could not be fetched ({reasons}); put it at {by_hand}")


def _copy(source: str, target: Path) -> None:
    if "://" not in source:
        shutil.copyfile(source, target)
        return
    with urllib.request.urlopen(source, timeout=TIMEOUT) as response, target.open("wb") as file:
        shutil.copyfileobj(response, file, length=1 << 20)
        expected = response.headers.get("Content-Length")
        if expected is not None and file.tell() != int(expected):
            raise InputError(f"ended after {file.tell()} of {expected} bytes")
