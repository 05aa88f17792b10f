"""Where a job keeps what it has made so far, so that it resumes when it is killed."""

import fcntl
import hashlib
import json
import logging
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from bioscan.core.errors import InputError

log = logging.getLogger(__name__)

#: How long a job waits for another process that makes the same, seconds. Slurm gives a job that it
#: ends half a minute (KillWait).
LOCK_TIMEOUT = 2 * 60


@contextmanager
def checkpoint_dir(outputs: Path) -> Iterator[Path]:
    """Give the folder for the checkpoints of one job, beside its outputs.

    The folder is removed when the block ends, which is after the outputs are written, and is kept
    when the block fails. Only one process has it at a time: a job outlives a Snakemake that is
    killed, and the next Snakemake starts the job again.

    Raises:
        InputError: another process makes the same, and does not end within LOCK_TIMEOUT.
    """
    folder = outputs / "checkpoints"
    outputs.mkdir(parents=True, exist_ok=True)
    # Beside the folder: a network file system keeps a file that is removed while it is open.
    with (outputs / ".lock").open("a") as lock:
        _acquire(lock)
        folder.mkdir(exist_ok=True)
        yield folder
        shutil.rmtree(folder)


def _acquire(lock: TextIO) -> None:
    for second in range(LOCK_TIMEOUT):
        try:
            # Not `flock`, which the processes that load data would inherit and keep.
            return fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not second:
                log.info("another process makes the same; waiting for it to end")
            time.sleep(1)
        except OSError as error:
            return log.warning("not locked against other processes: %s", error)
    raise InputError(
        f"{lock.name} is held by another process that makes the same, perhaps left by a run that "
        "was killed; expected none: end it, or remove the file if there is none, then run again"
    )


def fingerprint(settings: Mapping[str, Any]) -> str:
    """A short name for settings: equal settings have equal names, in whatever order."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
