"""Tabulate how well probabilities are calibrated, and how well new species are told."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.core.records import RANKS
from bioscan.identify.evaluation import LINEAGE, TABLE_SCHEMA, decided, tabulate_calibration
from bioscan.identify.lineages import read_taxonomy
from bioscan.identify.novelty import NOVELTY_SCHEMA, novelty_by_length


def write_tables(
    known: Mapping[str, Path],
    references: Sequence[Path],
    confidence: float,
    calibration: Path,
    novelty: Path,
) -> None:
    """Write both tables.

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
    write_csv(
        pl.concat([pl.DataFrame(schema={"witness": pl.String, **TABLE_SCHEMA}), *parts]),
        calibration,
    )
    by_length = pl.DataFrame(schema=NOVELTY_SCHEMA)
    if "barcode" in answers:
        by_length = novelty_by_length(answers["barcode"])
    write_csv(by_length, novelty)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        write_tables(
            known=dict(
                zip(snakemake.params.witnesses, map(Path, snakemake.input.known), strict=True)
            ),
            references=[Path(path) for path in snakemake.input.references],
            confidence=snakemake.params.confidence,
            calibration=Path(snakemake.output.calibration),
            novelty=Path(snakemake.output.novelty),
        )
