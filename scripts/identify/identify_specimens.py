"""Give each specimen one lineage, from all that was found out about it."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bioscan.core.errors import first_ten
from bioscan.core.files import digest, write_csv, write_json, write_parquet
from bioscan.core.logs import job_log
from bioscan.core.records import RANKS
from bioscan.core.weights import WEIGHTS
from bioscan.identify.lineages import read_taxonomy
from bioscan.identify.novelty import NOVELTY_SCHEMA
from bioscan.identify.region import allowed_labels
from bioscan.identify.specimens import identify

log = logging.getLogger("bioscan.identify")


def identify_specimens(
    records: Path,
    references: Sequence[Path],
    evidence: Mapping[str, Path],
    nearest: Path,
    barcodes: Path,
    by_length: Path,
    boxes: Sequence[Path],
    quarantine: Sequence[Path],
    passed_over: Path,
    region: Path | None,
    calibrations: Sequence[Path],
    used: Sequence[Path],
    facts: Mapping[str, Any],
    confidence: float,
    identified: Path,
    table: Path,
    models: Path,
) -> None:
    """Write what each specimen is, and which models said so.

    Args:
        records: of the specimens.
        references: partitioned.parquet of the datasets that models were trained on.
        evidence: witness → Parquet.
        nearest, barcodes: of `match_barcodes`.
        by_length: CSV, NOVELTY_SCHEMA.
        boxes: of the photographs: processid and status.
        quarantine: tables of photographs that were set aside: processid and reason.
        passed_over: rows of the specimens' table that were set aside: processid and reason.
        region: CSV of the species that may be answered.
        calibrations: JSON of each witness; those of classifiers name the model.
        used: references and models, whose digests are stated.
        facts: others that are stated.
        confidence: the probability from which a label is given.
        identified, table: Parquet and CSV, IDENTIFIED_SCHEMA.
        models: JSON.
    """
    photographs = [pl.read_parquet(path, columns=["processid", "status"]) for path in boxes]
    rejected = [
        pl.read_parquet(path).select("processid", pl.col("reason").alias("fault"))
        for path in quarantine
    ]
    faults = [
        table.filter(pl.col("status") != "ok").select(
            "processid", pl.col("status").cast(pl.String).alias("fault")
        )
        for table in photographs
    ] + rejected
    specimens = pl.read_parquet(records, columns=["processid"])["processid"]
    dropped = pl.read_parquet(passed_over).select("processid", "reason")
    if lost := sorted(set(dropped["processid"].drop_nulls()) - set(specimens)):
        log.warning(
            "specimens of which no row could be used, so that they are not identified: %d (%s)",
            len(lost),
            first_ten(lost),
        )
    lineages = [pl.read_parquet(path, columns=list(RANKS)) for path in references]
    photographed = {name for table in [*photographs, *rejected] for name in table["processid"]}
    none = pl.DataFrame(schema={"processid": pl.String, "fault": pl.String})
    found = identify(
        specimens,
        {witness: pl.read_parquet(path) for witness, path in evidence.items()},
        pl.read_parquet(nearest),
        pl.read_parquet(barcodes),
        pl.concat([none, *faults]).unique("processid", keep="first", maintain_order=True),
        pl.read_csv(by_length, schema=NOVELTY_SCHEMA),
        read_taxonomy(lineages),
        confidence,
        allowed=allowed_labels(region, pl.concat(lineages)) if region else None,
        photographed=photographed if boxes else None,
        passed_over=dict(dropped.drop_nulls("processid").iter_rows()),
    )
    write_parquet(found, identified)
    write_csv(found, table)
    classifiers = [json.loads(path.read_text()) for path in calibrations]
    weights = [Path(one["model"], WEIGHTS) for one in classifiers if "model" in one]
    digests = {str(path): digest(path, "sha256") for path in [*used, *weights]}
    write_json({**facts, "confidence": confidence, "sha256": digests}, models)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        identify_specimens(
            records=Path(snakemake.input.records),
            references=[Path(path) for path in snakemake.input.references],
            evidence=dict(
                zip(snakemake.params.witnesses, map(Path, snakemake.input.evidence), strict=True)
            ),
            nearest=Path(snakemake.input.nearest),
            barcodes=Path(snakemake.input.barcodes),
            by_length=Path(snakemake.input.by_length[0]),
            boxes=[Path(path) for path in snakemake.input.boxes],
            quarantine=[Path(path) for path in snakemake.input.quarantine],
            passed_over=Path(snakemake.input.passed_over),
            region=Path(snakemake.input.region[0]) if snakemake.input.region else None,
            calibrations=[Path(path) for path in snakemake.input.calibrations],
            used=[Path(path) for path in [*snakemake.input.used, *snakemake.input.detector]],
            facts=snakemake.params.facts,
            confidence=snakemake.params.confidence,
            identified=Path(snakemake.output.identified),
            table=Path(snakemake.output.table),
            models=Path(snakemake.output.models),
        )
