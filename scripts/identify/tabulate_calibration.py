"""Tabulate how well probabilities are calibrated."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.core.records import RANKS
from bioscan.identify.evaluation import LINEAGE, TABLE_SCHEMA, decided, tabulate_calibration
from bioscan.identify.lineages import read_taxonomy


def write_table(
    known: Mapping[str, Path], references: Sequence[Path], confidence: float, table: Path
) -> None:
    """Write the table of all witnesses, and of the lineages that are decided from them.

    Args:
        known: witness → Parquet, of `calibrate_known`; those of classifiers have `excluded` too.
        references: partitioned.parquet of the datasets that witnesses are taught by.
        confidence: the probability from which a label is given.
    """
    answers = {witness: pl.read_parquet(path) for witness, path in known.items()}
    # Classifiers have splits of their own: no query is asked both of them and of the references.
    joint = {name: found for name, found in answers.items() if "excluded" not in found.columns}
    taxonomy = read_taxonomy(pl.read_parquet(path, columns=list(RANKS)) for path in references)
    answers[LINEAGE] = decided(joint, taxonomy, confidence)
    parts = [
        tabulate_calibration(found, confidence).select(pl.lit(witness).alias("witness"), pl.all())
        for witness, found in answers.items()
    ]
    none = pl.DataFrame(schema={"witness": pl.String, **TABLE_SCHEMA})
    write_csv(pl.concat([none, *parts]), table)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_table(
            known=dict(
                zip(snakemake.params.witnesses, map(Path, snakemake.input.known), strict=True)
            ),
            references=[Path(path) for path in snakemake.input.references],
            confidence=snakemake.params.confidence,
            table=Path(snakemake.output[0]),
        )
