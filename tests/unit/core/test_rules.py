"""Resources, logs and benchmarks of rules."""

import subprocess

import pytest

from bioscan.core.errors import InputError
from bioscan.core.rules import asks, benchmarks, growing, logs, require_startable


def test_each_attempt_gets_as_much_again_up_to_three_times():
    memory = growing(8000)
    assert [memory(None, attempt) for attempt in (1, 2, 3, 4, 9)] == [
        *(8000, 16000, 24000),
        *(24000, 24000),
    ]


def test_memory_and_time_grow_and_gpus_do_not():
    resources = asks(mem_mb=1000, runtime=30, gpu=2)
    assert resources["mem_mb"](None, 2) == 2000
    assert resources["runtime"](None, 2) == 60
    assert resources["gpu"] == 2


def test_a_rule_without_a_gpu_does_not_name_one():
    assert "gpu" not in asks(mem_mb=1000, runtime=30)


def test_a_job_that_resumes_gets_more_memory_but_no_more_time():
    resources = asks(mem_mb=1000, runtime=30, resumes=True)
    assert resources["mem_mb"](None, 3) == 3000
    assert resources["runtime"] == 30


def test_logs_and_benchmarks_lie_in_a_folder_per_rule():
    assert logs("clean_labels", "{dataset}") == "<logs>/clean_labels/{dataset}.log"
    assert benchmarks("clean_labels", "{dataset}") == "<benchmarks>/clean_labels/{dataset}.tsv"


@pytest.mark.parametrize("character", [*" \t\n'\"`$&;()<>|\\*?{}"])
def test_a_python_that_bash_would_not_find_is_refused(character: str):
    with pytest.raises(InputError) as error:
        require_startable(f"/home/my{character}insects/.venv/bin/python")
    assert repr(character) in str(error.value)
    assert "make demo VENV=" in str(error.value)


def test_a_python_that_bash_finds_is_not():
    python = "/home/é_ü-1.2,3:4=5%6+7@8#9~0!^[x]\u00a0昆虫/.venv/bin/python"
    require_startable(python)
    assert subprocess.check_output(["bash", "-c", f"printf %s {python}"]).decode() == python
