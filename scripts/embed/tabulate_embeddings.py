"""Tabulate the embeddings of a dataset."""

import json
from pathlib import Path

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.embed.tables import embeddings_table

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        descriptions = [json.loads(Path(path).read_text()) for path in snakemake.input.descriptions]
        write_csv(embeddings_table(descriptions), Path(snakemake.output[0]))
