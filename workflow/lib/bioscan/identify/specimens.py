"""The table of identified specimens: what each is, how sure that is, and what needs a look."""

from collections.abc import Mapping
from math import floor
from typing import Any

import polars as pl

from bioscan.core.records import RANKS
from bioscan.identify.lineages import Decision, Statement, Taxonomy, decide
from bioscan.identify.novelty import novelty_of, validity

#: The outcome of a specimen, what needs a look most first.
STATUSES = (
    "conflict",
    "barcode set aside",
    "no specimen in the photograph",
    "photograph set aside",
    "new species?",
    "not decided",
    "decided above species",
    "decided to species",
)

#: The status of a box without an insect, the reason why such a photograph is set aside.
NO_INSECT = "no_insect"

#: Ranks that have a column of their probability.
WEIGHED = ("order", "family", "genus", "species")

#: One row per specimen. `conflict`, `rivals`, `references` and `remarks` are sentences.
IDENTIFIED_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "status": pl.String(),
    "rank": pl.String(),
    "name": pl.String(),
    "probability": pl.Float64(),
    **dict.fromkeys(RANKS, pl.String()),
    **{f"probability_{rank}": pl.Float64() for rank in WEIGHED},
    "novelty": pl.Float64(),
    "novelty_auroc": pl.Float64(),
    "letters": pl.Int64(),
    "conflict": pl.String(),
    "references": pl.String(),
    "rivals": pl.String(),
    "said": pl.String(),
    "remarks": pl.String(),
}


def identify(
    processids: pl.Series,
    evidence: Mapping[str, pl.DataFrame],
    nearest: pl.DataFrame,
    barcodes: pl.DataFrame,
    photographs: pl.DataFrame,
    by_length: pl.DataFrame,
    taxonomy: Taxonomy,
    confidence: float,
) -> pl.DataFrame:
    """Identify specimens, those that need a look first.

    Args:
        processids: of all specimens.
        evidence: witness → EVIDENCE_SCHEMA and `probability`; the witness `barcode` tells new
            species.
        nearest: of `evidence.nearest_references`.
        barcodes: processid, letters and fault, of the specimens that have a barcode.
        photographs: processid and fault, of those whose photograph is set aside.
        by_length: NOVELTY_SCHEMA.
        confidence: the probability from which a label is given.

    Returns:
        IDENTIFIED_SCHEMA, by status, then the most novel first.
    """
    said = {processid: [] for processid in processids}
    rivals: dict[tuple[str, str], list[str]] = {}
    for witness, table in evidence.items():
        excluded = "excluded" if "excluded" in table.columns else pl.lit([], pl.List(pl.String))
        shown = table.select("query", "rank", "label", "probability", "rivals", excluded)
        for query, rank, label, probability, others, out in shown.iter_rows():
            one = Statement(witness, looks_at(witness), rank, label, probability, tuple(out))
            said[query].append(one)
            # Those of the first witness that says anything there, which is the barcode if it can.
            rivals.setdefault((query, rank), others)
    reference = {
        query: "; ".join(f"{name} ({100 * distance:.1f} %, {key})" for key, distance, name in rows)
        for query, rows in _by_query(nearest).items()
    }
    facts = pl.DataFrame({"processid": processids}, {"processid": pl.String})
    novelty = pl.DataFrame(schema={"query": pl.String, "novelty": pl.Float64})
    if "barcode" in evidence:
        novelty = novelty_of(evidence["barcode"])
    facts = (
        facts.join(barcodes, on="processid", how="left", maintain_order="left")
        .join(photographs, on="processid", how="left", maintain_order="left", suffix="_photograph")
        .join(novelty.rename({"query": "processid"}), on="processid", how="left")
        .with_columns(validity(pl.col("letters"), by_length).alias("novelty_auroc"))
    )
    rows = []
    for fact in facts.iter_rows(named=True):
        name = fact["processid"]
        decision = decide(said[name], confidence, taxonomy)
        row = _row(fact, decision, said[name])
        others = rivals.get((name, row["rank"] or "order"), [])
        row |= {
            "references": reference.get(name),
            "rivals": "; ".join(dict.fromkeys(o for o in others if o != row["name"])) or None,
        }
        rows.append(row)
    table = pl.DataFrame(rows, IDENTIFIED_SCHEMA)
    status = pl.col("status").cast(pl.Enum(STATUSES))
    return table.sort(status, "novelty", descending=[False, True], nulls_last=True)


def looks_at(witness: str) -> str:
    """What a witness looks at: those of barcodes have the word in front."""
    return "barcode" if witness.startswith("barcode") else "photograph"


def _row(fact: Mapping[str, Any], decision: Decision, said: list[Statement]) -> dict[str, Any]:
    rank = next(reversed(decision.labels), None)
    remarks = [
        f"{what}: {fault}"
        for what, fault in (("barcode", fact["fault"]), ("photograph", fact["fault_photograph"]))
        if fault
    ]
    best: dict[str, Statement] = {}
    for one in said:
        known = best.get(one.rank)
        if known is None or one.probability > known.probability:
            best[one.rank] = one
    return {
        "processid": fact["processid"],
        "status": _status(fact, decision),
        "rank": rank,
        "name": decision.labels.get(rank),
        "probability": decision.probabilities.get(rank),
        **{r: decision.labels.get(r) for r in RANKS},
        # Also of the labels that are not sure enough to be given.
        **{
            f"probability_{r}": decision.probabilities.get(
                r, best[r].probability if r in best else None
            )
            for r in WEIGHED
        },
        "novelty": fact["novelty"],
        "novelty_auroc": fact["novelty_auroc"],
        "letters": fact["letters"],
        "conflict": " but ".join(_sentence(one) for one in decision.conflict) or None,
        "said": "; ".join(_sentence(one) for one in said if one.rank in WEIGHED) or None,
        "remarks": "; ".join(remarks) or None,
    }


def _sentence(one: Statement) -> str:
    return f"{one.witness}: {one.label} ({percent(one.probability)})"


def percent(probability: float) -> str:
    """Truncated, so that 100 % is certainty alone."""
    return f"{floor(100 * probability)} %"


def _status(fact: Mapping[str, Any], decision: Decision) -> str:
    fault = fact["fault_photograph"]
    if decision.conflict:
        return "conflict"
    if fact["fault"]:
        return "barcode set aside"
    if fault:
        return "no specimen in the photograph" if fault == NO_INSECT else "photograph set aside"
    if "species" in decision.labels:
        return "decided to species"
    if (fact["novelty"] or 0) > 0.5 and "order" in decision.labels:
        return "new species?"
    return "decided above species" if decision.labels else "not decided"


def _by_query(nearest: pl.DataFrame) -> dict[str, list[tuple[str, float, str]]]:
    found: dict[str, list[tuple[str, float, str]]] = {}
    for query, *rest in nearest.select("query", "key", "distance", "name").iter_rows():
        found.setdefault(query, []).append(tuple(rest))
    return found
