"""What a script says, and where."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bioscan.core.errors import InputError


@contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Send everything that a script logs or prints to its log file.

    An `InputError` ends the script with its one line, in the log and on the terminal; anything
    else is a fault of the program and keeps its traceback, in the log.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    output, terminal = sys.stdout, sys.stderr
    with path.open("w", buffering=1) as log:
        logging.basicConfig(
            stream=log, level=logging.INFO, format="%(asctime)s %(message)s", force=True
        )
        logging.captureWarnings(True)
        sys.stdout = sys.stderr = log
        try:
            yield
        except InputError as error:
            log.write(f"error: {error}\n")
            terminal.write(f"error: {error}\n")
            sys.exit(1)
        except Exception as error:
            traceback.print_exc(file=log)
            terminal.write(f"error: {type(error).__name__}: {error} (traceback in {path})\n")
            sys.exit(1)
        finally:
            sys.stdout, sys.stderr = output, terminal
            logging.basicConfig(stream=terminal, level=logging.WARNING, force=True)
