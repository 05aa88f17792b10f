"""Resources, log and benchmark, which every rule states in the same way."""

import re
from collections.abc import Callable
from typing import Any

from bioscan.core.errors import InputError

#: Snakemake gives the path of its Python to bash as it is, and these would be no part of a word.
_NOT_A_WORD = re.compile(r"""[\s'"`$&;()<>|\\*?{}]""", re.ASCII)


def require_startable(python: str) -> None:
    """Refuse a Python that Snakemake cannot start scripts with.

    Args:
        python: its path.

    Raises:
        InputError: its path has a space, or another character with a meaning for bash.
    """
    if found := _NOT_A_WORD.search(python):
        raise InputError(
            f"{python!r} has a {found[0]!r} in its path, and Snakemake cannot start scripts there: "
            "move the folder, or use an environment elsewhere, make demo VENV=/some/where"
        )


def asks(mem_mb: int, runtime: int, gpu: int = 0, resumes: bool = False) -> dict[str, Any]:
    """The resources of a rule, which grow when a job is tried again.

    Args:
        mem_mb: memory of the first attempt, MB.
        runtime: time limit of the first attempt, minutes.
        gpu: number of GPUs.
        resumes: the job resumes from a checkpoint, so each attempt gets the same time.
    """
    resources: dict[str, Any] = {"mem_mb": growing(mem_mb)}
    resources["runtime"] = runtime if resumes else growing(runtime)
    return resources | ({"gpu": gpu} if gpu else {})


def growing(amount: int) -> Callable[[Any, int], int]:
    """A resource of a rule: `amount` at first, and as much again with the next two attempts.

    No more after that: a training that is out of time again and again needs no more memory.
    """
    return lambda wildcards, attempt: amount * min(attempt, 3)


def logs(rule: str, pattern: str) -> str:
    """The log of a job: a folder per rule, a file per combination of wildcards."""
    return f"<logs>/{rule}/{pattern}.log"


def benchmarks(rule: str, pattern: str) -> str:
    """The benchmark of a job, likewise."""
    return f"<benchmarks>/{rule}/{pattern}.tsv"
