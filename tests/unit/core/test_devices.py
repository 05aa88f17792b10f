"""The GPUs and threads that a job uses."""

import pytest
import torch

from bioscan.core.devices import has_gpu, share_hardware
from bioscan.core.errors import InputError


@pytest.mark.parametrize("given", [None, "", "-1", "NoDevFiles"])
def test_a_job_without_gpus_computes_on_the_cpu(given: str | None, monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if given is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    assert not has_gpu()


def test_gpus_that_torch_was_not_built_for_are_not_passed_over(monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with pytest.raises(InputError, match=r"CUDA_VISIBLE_DEVICES is '0,1'.*built without CUDA"):
        has_gpu()


@pytest.mark.parametrize("there", [False, True])
def test_torch_is_asked_where_it_was_built_for_gpus(there: bool, monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert has_gpu() is there


@pytest.mark.parametrize(
    ("threads", "gpus", "found", "expected"),
    [
        # No GPU: one process loads beside the model, whatever the job has.
        (1, 1, 0, (1, 1, 1)),
        (4, 1, 0, (1, 1, 3)),
        (4, 2, 0, (1, 1, 3)),
        # As many as the job has and torch finds; all threads but one per GPU load.
        (8, 1, 4, (1, 7, 1)),
        (8, 2, 4, (2, 3, 1)),
        (8, 4, 2, (2, 3, 1)),
        (1, 2, 2, (2, 1, 1)),
    ],
)
def test_threads_and_gpus_are_shared(threads, gpus, found, expected, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: found)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found > 0)
    set_threads: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", set_threads.append)
    assert (*share_hardware(threads, gpus), *set_threads) == expected
