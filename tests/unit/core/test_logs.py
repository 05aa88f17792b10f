"""A failing script prints one line on the terminal, and the rest to its log."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bioscan.core import logs

PREAMBLE = """
import logging, sys, warnings
from bioscan.core.errors import InputError
from bioscan.core.logs import job_log
with job_log(sys.argv[1]):
"""


def run(body: str, log: Path) -> subprocess.CompletedProcess[str]:
    """Run lines inside a job_log, in a process of its own."""
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + indented, str(log)],
        env={**os.environ, "PYTHONPATH": str(Path(logs.__file__).parents[2])},
        capture_output=True,
        text=True,
    )


def test_all_output_goes_to_the_log(tmp_path: Path):
    log = tmp_path / "new" / "a.log"
    ended = run(
        'print("printed")\nlogging.getLogger("x").info("logged")\nwarnings.warn("warned")', log
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    text = log.read_text()
    assert all(word in text for word in ("printed", "logged", "warned"))


def test_a_warning_of_ours_is_on_the_terminal_too(tmp_path: Path):
    log = tmp_path / "a.log"
    body = (
        'logging.getLogger("bioscan.a").warning("passed over: 2")\n'
        'logging.getLogger("other").warning("noise")\nwarnings.warn("noise")'
    )
    ended = run(body, log)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "warning: passed over: 2\n")
    assert "passed over: 2" in log.read_text()


def test_an_input_error_is_one_line(tmp_path: Path):
    log = tmp_path / "a.log"
    ended = run('raise InputError("a.tsv: missing column(s): order")', log)
    assert ended.returncode == 1
    assert ended.stderr == "error: a.tsv: missing column(s): order\n"
    assert log.read_text() == "error: a.tsv: missing column(s): order\n"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028"])
def test_the_head_of_a_message_is_kept_where_a_value_has_a_line_end(tmp_path: Path, end: str):
    log = tmp_path / "a.log"
    ended = run(f"raise InputError({f'bees.csv: row 3: AC{end}GT is no barcode'!r})", log)
    seen = repr(end).strip("'")
    assert ended.stderr == f"error: bees.csv: row 3: AC{seen}GT is no barcode\n"
    assert log.read_text() == ended.stderr


def test_an_input_error_of_a_process_that_loads_data_is_one_line_too(tmp_path: Path):
    body = """
from torch.utils.data import DataLoader
class Torn(list):
    def __getitem__(self, key):
        raise InputError("A: a tear\\nin InputError: it")
next(iter(DataLoader(Torn([1]), num_workers=1)))
"""
    ended = run(body, tmp_path / "a.log")
    assert ended.stderr == "error: A: a tear\\nin InputError: it\n"


def test_a_warning_is_one_line(tmp_path: Path):
    ended = run('logging.getLogger("bioscan.a").warning("%s: 2", "a\\nb")', tmp_path / "a.log")
    assert ended.stderr == "warning: a\\nb: 2\n"


def test_a_name_that_is_no_text_is_shown(tmp_path: Path):
    log = tmp_path / "a.log"
    ended = run('print("\\udcff.jpg")\nraise InputError("\\udcff.jpg: torn")', log)
    assert ended.stderr == "error: \\udcff.jpg: torn\n"
    assert log.read_text() == "\\udcff.jpg\nerror: \\udcff.jpg: torn\n"


def test_a_fault_of_the_program_keeps_its_traceback_in_the_log(tmp_path: Path):
    log = tmp_path / "a.log"
    ended = run("values = {}\nvalues['x']", log)
    assert ended.returncode == 1
    assert ended.stderr == f"error: KeyError: 'x' (traceback in {log})\n"
    assert "Traceback (most recent call last)" in log.read_text()
    assert "KeyError: 'x'" in log.read_text()


@pytest.mark.parametrize(
    ("raised", "said"), [("MemoryError", "MemoryError"), ("OSError('a\\nb')", "OSError: a\\nb")]
)
def test_a_fault_of_the_program_is_one_line_that_says_something(tmp_path: Path, raised, said):
    log = tmp_path / "a.log"
    assert run(f"raise {raised}", log).stderr == f"error: {said} (traceback in {log})\n"


def test_an_exit_is_passed_on(tmp_path: Path):
    assert run("sys.exit(3)", tmp_path / "a.log").returncode == 3


def test_a_second_run_starts_its_log_anew(tmp_path: Path):
    log = tmp_path / "a.log"
    run('print("first")', log)
    run('print("second")', log)
    assert log.read_text() == "second\n"


def test_output_from_before_a_kill_is_in_the_log(tmp_path: Path):
    log = tmp_path / "a.log"
    run('print("working")\nimport os\nos.kill(os.getpid(), 9)', log)
    assert log.read_text() == "working\n"


def test_the_terminal_is_given_back(tmp_path: Path):
    script = PREAMBLE + '    print("inside")\nprint("after")\nlogging.warning("late")\n'
    ended = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.log")],
        env={**os.environ, "PYTHONPATH": str(Path(logs.__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert ended.stdout == "after\n"
    assert ended.stderr == "WARNING:root:late\n"
    assert (tmp_path / "a.log").read_text() == "inside\n"


# Processes that a script starts

CHILD = """
import logging, sys
from bioscan.core.logs import append_to_log
path, *words = sys.argv[1:]
append_to_log(path or None)
logging.info(words[0])
"""

PARENT = """
import subprocess
from bioscan.core.logs import log_file
child = [sys.executable, "-c", {child!r}, {path}, "said by the child"]
logging.info("said before it")
subprocess.run(child, check=True, stderr=subprocess.PIPE)
logging.info("said after it, once the child has ended")
"""


def test_a_process_appends_to_the_log_of_the_one_that_started_it(tmp_path: Path):
    log = tmp_path / "a.log"
    ended = run(PARENT.format(child=CHILD, path="log_file()"), log)
    assert ended.returncode == 0, log.read_text()
    said = [line.split(" ", 2)[2] for line in log.read_text().splitlines()]  # after the time
    assert said == [
        "said before it",
        "said by the child",
        "said after it, once the child has ended",
    ]


def test_a_process_whose_starter_has_no_log_file_logs_to_none(tmp_path: Path):
    log = tmp_path / "a.log"
    ended = run(PARENT.format(child=CHILD, path='""'), log)
    assert ended.returncode == 0, log.read_text()
    assert "said by the child" not in log.read_text()


def test_the_log_file_is_known_while_there_is_one(tmp_path: Path):
    log = tmp_path / "a.log"
    script = """
from bioscan.core.logs import log_file
print(log_file(), file=sys.__stdout__)
"""
    ended = run(script, log)
    assert ended.stdout == f"{log}\n"


def test_a_process_that_logs_to_the_terminal_has_no_log_file(tmp_path: Path):
    script = "import logging\nfrom bioscan.core.logs import log_file\n"
    script += "logging.basicConfig()\nprint(log_file())\n"
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(logs.__file__).parents[2])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ended.stdout == "None\n"
