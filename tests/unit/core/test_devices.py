"""What a job says of its GPUs."""

import pytest
import torch

from bioscan.core.devices import has_gpu
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
