"""The table of identified specimens: what each is, how sure that is, and what needs a look."""

from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import Any

import polars as pl

from bioscan.core.records import RANKS
from bioscan.identify.advice import account, advise, differences, percent, side
from bioscan.identify.lineages import (
    Decision,
    Statement,
    Taxonomy,
    decide,
    looks_at,
    may_be,
    with_a_say,
)
from bioscan.identify.novelty import novelty_of, validity

#: The outcome of a specimen, what needs a look most first.
STATUSES = (
    "conflict",
    "barcode set aside",
    "no specimen in the photograph",
    "photograph set aside",
    "outside the region",
    "new species?",
    "not decided",
    "decided above species",
    "decided to species",
)

#: The status of a box without an insect, the reason why such a photograph is set aside.
NO_INSECT = "no_insect"

#: What the statuses of boxes mean.
_BOXES = {NO_INSECT: "the detector found no insect", "unreadable": "it cannot be read"}

#: Ranks that have a column of their probability, and of the label that it is of.
WEIGHED = ("order", "family", "genus", "species")

#: One row per specimen. `advice` is a sentence for the curator; `conflict`, `rivals`, `references`,
#: `said` and `remarks` are lists, for people too.
IDENTIFIED_SCHEMA: dict[str, pl.DataType] = {
    "processid": pl.String(),
    "status": pl.String(),
    "rank": pl.String(),
    "name": pl.String(),
    "probability": pl.Float64(),
    "advice": pl.String(),
    **dict.fromkeys(RANKS, pl.String()),
    **{f"probability_{rank}": pl.Float64() for rank in WEIGHED},
    **{f"likely_{rank}": pl.String() for rank in WEIGHED},
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
    allowed: Mapping[str, Container[str]] | None = None,
    photographed: Container[str] | None = None,
    passed_over: Mapping[str, str] = MappingProxyType({}),
) -> pl.DataFrame:
    """Identify specimens, those that need a look first.

    Args:
        processids: of all specimens.
        evidence: witness → EVIDENCE_SCHEMA and `probability`, and, of classifiers, `excluded` and
            `within`; the witness `barcode` tells new species. The first one that is sure decides.
        nearest: of `evidence.nearest_references`.
        barcodes: processid, letters and fault, of the specimens that have a barcode.
        photographs: processid and fault, of those whose photograph is set aside.
        by_length: NOVELTY_SCHEMA.
        confidence: the probability from which a label is given.
        allowed: the labels of a region by rank; all by default. Others are not answered, and their
            probability is given to no label that is.
        photographed: the specimens that have a photograph; None where specimens have none.
        passed_over: processid → why another row of that name was set aside.

    Returns:
        IDENTIFIED_SCHEMA, by status, then the most novel first, then by name.
    """
    said = {processid: [] for processid in processids}
    outside: dict[str, Statement] = {}
    rivals: dict[tuple[str, str], list[tuple[list[str], str | None]]] = {}
    for witness, table in evidence.items():
        excluded = "excluded" if "excluded" in table.columns else pl.lit([], pl.List(pl.String))
        within = "within" if "within" in table.columns else pl.lit(None, pl.String).alias("within")
        shown = table.select("query", "rank", "label", "probability", "rivals", excluded, within)
        for query, rank, label, probability, others, out, order in shown.iter_rows():
            one = Statement(
                *(witness, looks_at(witness), rank, label, probability, tuple(out), order)
            )
            if allowed is not None and label not in allowed[rank]:
                # The first witness that is sure, and of what it says the deepest label.
                if probability >= confidence and outside.get(query, one).witness == witness:
                    outside[query] = one
                continue
            said[query].append(one)
            rivals.setdefault((query, rank), []).append((others, order))
    reference = _by_query(nearest)
    facts = pl.DataFrame({"processid": processids}, {"processid": pl.String})
    novelty = pl.DataFrame(schema={"query": pl.String, "novelty": pl.Float64})
    if "barcode" in evidence:
        novelty = novelty_of(evidence["barcode"])
    facts = (
        facts.join(barcodes, on="processid", how="left", maintain_order="left")
        .join(photographs, on="processid", how="left", maintain_order="left", suffix="_photograph")
        .join(novelty, left_on="processid", right_on="query", how="left", maintain_order="left")
        .with_columns(validity(pl.col("letters"), by_length).alias("novelty_auroc"))
    )
    rows = []
    for fact in facts.iter_rows(named=True):
        name = fact["processid"]
        decision = decide(said[name], confidence, taxonomy)
        # What a classifier of one order says of others is nothing.
        of_it = [one for one in said[name] if one.within in (None, decision.labels.get("order"))]
        nearby = [f"{called}: {apart}" for called, apart, _ in reference.get(name, [])]
        fact |= {
            "nearest": next(iter(nearby), None),
            "outside": outside.get(name),
            "missing": [
                what
                for what, is_missing in {
                    "no barcode": barcodes.height and fact["letters"] is None,
                    "no photograph": photographed is not None and name not in photographed,
                }.items()
                if is_missing
            ],
            "passed_over": passed_over.get(name),
        }
        row = _row(fact, decision, of_it, confidence, taxonomy)
        # Those of the first witness that has a say there, which is the barcode if it can.
        listed = rivals.get((name, row["rank"] or "order"), [])
        others = next((o for o, within in listed if within in (None, row["order"])), [])
        shown = {row["name"], *(row[f"likely_{rank}"] for rank in WEIGHED)}
        row |= {
            "references": "; ".join(f"{n} ({d}, {key})" for n, d, key in reference.get(name, []))
            or None,
            "rivals": "; ".join(dict.fromkeys(o for o in others if o not in shown)) or None,
        }
        rows.append(row)
    table = pl.DataFrame(rows, IDENTIFIED_SCHEMA)
    status = pl.col("status").cast(pl.Enum(STATUSES))
    order = status, "novelty", "processid"
    return table.sort(order, descending=[False, True, False], nulls_last=True)


def _row(
    fact: Mapping[str, Any],
    decision: Decision,
    said: list[Statement],
    confidence: float,
    taxonomy: Taxonomy,
) -> dict[str, Any]:
    rank = next(reversed(decision.labels), None)
    faults = ("barcode", fact["fault"]), ("photograph", fact["fault_photograph"])
    remarks = [f"{what}: {_BOXES.get(fault, fault)}" for what, fault in faults if fault]
    remarks += fact["missing"]
    if fact["outside"]:
        outside = fact["outside"]
        label = f"{outside.label} ({percent(outside.probability)})"
        remarks.append(f"outside the region: {outside.witness}: {label}")
    if fact["passed_over"]:
        remarks.append(f"another row of this name was set aside: {fact['passed_over']}")
    likely = _likely(decision, said, taxonomy)
    sides = [side(one, said, confidence) for one in decision.conflict]
    status = _status(fact, decision)
    fault = fact["fault_photograph"]
    told = fact | {"fault_photograph": _BOXES.get(fault, fault)}
    return {
        "processid": fact["processid"],
        "status": status,
        "rank": rank,
        "name": decision.labels.get(rank),
        "probability": decision.probabilities.get(rank),
        "advice": advise(status, told, decision, likely, said, confidence),
        **{r: decision.labels.get(r) for r in RANKS},
        # Also of labels that are not sure enough to be given.
        **{f"probability_{r}": likely.get(r, (None, None))[1] for r in WEIGHED},
        **{f"likely_{r}": likely.get(r, (None, None))[0] for r in WEIGHED},
        "novelty": fact["novelty"],
        "novelty_auroc": fact["novelty_auroc"],
        "letters": fact["letters"],
        "conflict": " but ".join(sides) or None,
        "said": account(said, WEIGHED),
        "remarks": "; ".join(remarks) or None,
    }


def _likely(
    decision: Decision, said: list[Statement], taxonomy: Taxonomy
) -> dict[str, tuple[str, float]]:
    """The labels of a specimen by rank, with their probabilities: also those that are not given.

    They are one lineage. Where witnesses contradict each other there is none below what is decided.
    """
    found = {r: (decision.labels[r], decision.probabilities[r]) for r in decision.labels}
    if decision.conflict:
        return found
    lineage = dict(decision.labels)
    for rank in RANKS:
        if rank in found:
            continue
        # What a witness says of one order is true of no specimen whose order is not decided, and a
        # photograph says nothing of a species of which a barcode does.
        heard = with_a_say(said, rank)
        barcodes = [one for one in heard if one.looks_at == "barcode"]
        fits = [
            one
            for one in (barcodes if rank == "species" and barcodes else heard)
            if may_be(one, lineage, taxonomy)
            and (one.within is None or one.within == decision.labels.get("order"))
        ]
        if fits:
            best = max(fits, key=lambda one: one.probability)
            found[rank] = best.label, best.probability
            lineage[rank] = best.label
    return found


def _status(fact: Mapping[str, Any], decision: Decision) -> str:
    fault = fact["fault_photograph"]
    if decision.conflict:
        return "conflict"
    if fact["fault"]:
        return "barcode set aside"
    if fault:
        return "no specimen in the photograph" if fault == NO_INSECT else "photograph set aside"
    if fact["outside"]:
        return "outside the region"
    if "species" in decision.labels:
        return "decided to species"
    if (fact["novelty"] or 0) > 0.5 and decision.labels:
        return "new species?"
    return "decided above species" if decision.labels else "not decided"


def _by_query(nearest: pl.DataFrame) -> dict[str, list[tuple[str, str, str]]]:
    """The name, the differences and the key of each reference of a query."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    columns = "query", "name", "distance", "aligned", "key"
    for query, name, distance, letters, key in nearest.select(columns).iter_rows():
        found.setdefault(query, []).append((name, differences(distance, letters), key))
    return found
