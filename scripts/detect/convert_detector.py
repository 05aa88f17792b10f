"""Convert a published detector, a Lightning checkpoint, to the format of transformers."""

from pathlib import Path

from transformers import DetrConfig

from bioscan.core.logs import job_log
from bioscan.detect.conversion import convert_checkpoint

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        # Its defaults are the architecture of facebook/detr-resnet-50.
        convert_checkpoint(
            checkpoint=Path(snakemake.input[0]),
            config=DetrConfig(num_labels=1),
            folder=Path(snakemake.output.weights).parent,
        )
