"""The GPUs of a job."""

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
            "without CUDA: its environment was made where there is no GPU (README.md, On a cluster)"
        )
    return torch.cuda.is_available()
