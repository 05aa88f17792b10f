"""The GPUs and threads of a job."""

import os

import torch

from bioscan.core.errors import InputError

#: Values of CUDA_VISIBLE_DEVICES that give a job no GPU.
NONE = ("", "-1", "NoDevFiles")


def has_gpu() -> bool:
    """Whether there is a GPU to compute on.

    Raises:
        InputError: the job was given GPUs, but torch was built without CUDA.
    """
    given = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if given not in NONE and not (torch.version.cuda or torch.version.hip):
        raise InputError(
            f"the job was given GPUs (CUDA_VISIBLE_DEVICES is '{given}'), but its PyTorch is built "
            "without CUDA: its environment was made where there is no GPU (profiles/README.md)"
        )
    return torch.cuda.is_available()


def compute_device() -> torch.device:
    """Where a job computes: on a GPU if there is one."""
    return torch.device("cuda" if has_gpu() else "cpu")


def share_hardware(threads: int, gpus: int) -> tuple[int, int]:
    """Divide a job's threads and GPUs, and set the threads that torch computes with.

    A GPU waits for data, so all threads but one per GPU load data; on a CPU the model does most of
    the work, and one process loads beside it.

    Returns:
        The number of devices, and of processes that load data for each of them.
    """
    devices = min(gpus, torch.cuda.device_count()) or 1
    workers = max(1, threads // devices - 1) if has_gpu() else 1
    torch.set_num_threads(max(1, threads // devices - workers))
    return devices, workers
