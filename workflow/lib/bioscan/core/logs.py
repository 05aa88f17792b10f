"""The log of a job, and what of it reaches the terminal."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bioscan.core.errors import InputError, one_line

FORMAT = "%(asctime)s %(message)s"


class _OneLine(logging.Formatter):
    """A warning as one line of the terminal, whatever it quotes."""

    def format(self, record: logging.LogRecord) -> str:
        return f"warning: {one_line(record.getMessage())}"


@contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Send everything that a script logs or prints to its log file.

    Warnings of this library appear on the terminal too. An `InputError` ends the script with one
    line, in the log and on the terminal; any other exception is a fault of the program, and the log
    keeps its traceback.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    output, terminal = sys.stdout, sys.stderr
    console = logging.StreamHandler(terminal)
    console.setLevel(logging.WARNING)
    console.setFormatter(_OneLine())
    path.write_text("")
    # Not "w", which would overwrite the lines that a child process appends (see append_to_log).
    with path.open("a", buffering=1, encoding="utf-8", errors="backslashreplace") as log:
        logging.basicConfig(stream=log, level=logging.INFO, format=FORMAT, force=True)
        logging.captureWarnings(True)
        logging.getLogger("bioscan").addHandler(console)
        sys.stdout = sys.stderr = log
        try:
            yield
        except InputError as error:
            log.write(f"error: {error}\n")
            terminal.write(f"error: {error}\n")
            sys.exit(1)
        except Exception as error:
            traceback.print_exc(file=log)
            said = ": ".join(filter(None, [type(error).__name__, one_line(str(error))]))
            terminal.write(f"error: {said} (traceback in {path})\n")
            sys.exit(1)
        finally:
            sys.stdout, sys.stderr = output, terminal
            logging.getLogger("bioscan").removeHandler(console)
            logging.basicConfig(stream=terminal, level=logging.WARNING, force=True)


def log_file() -> str | None:
    """The file that this process logs to; None if it logs to no file."""
    streams = [getattr(handler, "stream", None) for handler in logging.root.handlers]
    names = [getattr(stream, "name", None) for stream in streams]
    return next((name for name in names if isinstance(name, str) and Path(name).is_file()), None)


def append_to_log(path: str | None) -> None:
    """Log to the end of a file that a parent process began; without a path, change nothing."""
    if path is not None:
        logging.basicConfig(
            filename=path, encoding="utf-8", level=logging.INFO, format=FORMAT, force=True
        )
