"""What a curator reads of a specimen: why it is named so, and what to do, in one sentence."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from math import floor
from typing import Any

from bioscan.core.records import RANKS
from bioscan.identify.barcodes import MIXED, SHORT
from bioscan.identify.lineages import Decision, Statement

#: What to do about a barcode that is not used, by the reason; of any other reason the last.
_SEQUENCE = {
    MIXED: "look for contamination in its well, and sequence it again",
    SHORT: "sequence it again",
    "": "check that it is of the references' gene, and sequence it again",
}

#: The probability below which a label is not shown as likely.
SMALLEST = 0.01

#: The label that most likely is right at a rank, and its probability.
Likely = Mapping[str, tuple[str, float]]


def percent(probability: float) -> str:
    """Truncated, so that 100 % is certainty alone; what is possible is not 0 %."""
    if 0 < probability < 0.01:
        return "under 1 %"
    return f"{floor(100 * probability)} %"


def differences(distance: float, aligned: int) -> str:
    """How far two barcodes are apart.

    >>> differences(0.0, 658), differences(1 / 658, 658)
    ('none of 658 letters differ', '1 of 658 letters differs')
    """
    count = round(distance * aligned)
    return f"{count or 'none'} of {aligned} letters {'differs' if count == 1 else 'differ'}"


def advise(
    status: str,
    fact: Mapping[str, Any],
    decision: Decision,
    likely: Likely,
    said: list[Statement],
    confidence: float,
) -> str:
    """Why a specimen has its status, and what to do if anything.

    Args:
        status: of `specimens.STATUSES`.
        fact: letters, fault (of the barcode), fault_photograph (in words), outside, nearest (a
            name with its differences, None without any).
        said: what witnesses that have a say of the specimen say.
        confidence: the probability from which they are sure.
    """
    witness = _only_witness(decision, said)
    by = f", so the name is from the {witness} alone" if witness else ""
    alone = f", by the {witness} alone" if witness else ""
    match status:
        case "conflict":
            return _contradiction(decision.conflict, said, confidence)
        case "barcode set aside":
            todo = _SEQUENCE.get(fact["fault"], _SEQUENCE[""])
            return f"The barcode was not used ({fact['fault']}){by}: {todo}."
        case "no specimen in the photograph":
            return (
                f"The detector found no insect in the photograph{by}: see whether the well is "
                "empty, and photograph it again if it is not."
            )
        case "photograph set aside":
            return f"The photograph was not used ({fact['fault_photograph']}){by}: take it again."
        case "outside the region":
            label = fact["outside"].label
            return (
                f"It is {label}, which the list of the region does not have: check the specimen, "
                "or add it to the list."
            )
        case "new species?":
            nearest = f" (nearest: {fact['nearest']})" if fact["nearest"] else ""
            return (
                f"Its species is likely none of the references'{nearest}: show it to a taxonomist."
            )
        case "not decided":
            return _undecided(fact, likely)
        case "decided to species":
            return f"Sure down to the species{alone}."
    return f"Sure down to the {next(reversed(decision.labels))}{alone}{_next(decision, likely)}."


def _only_witness(decision: Decision, said: list[Statement]) -> str | None:
    """What the name is from, where it is not from both barcode and photograph."""
    heard = {one.looks_at for one in said}
    return heard.pop() if decision.labels and len(heard) == 1 else None


def _next(decision: Decision, likely: Likely) -> str:
    """The likely label at the first rank that is not sure."""
    below = [rank for rank in likely if rank not in decision.labels]
    if not below:
        return ""
    label, probability = likely[below[0]]
    return f"; the {below[0]} {label} is not sure ({percent(probability)})"


def _undecided(fact: Mapping[str, Any], likely: Likely) -> str:
    if fact["letters"] is not None and fact["nearest"]:
        return (
            f"Its barcode is too far from all references for a name (nearest: {fact['nearest']}): "
            "identify it by eye, or add references of its group."
        )
    for rank in RANKS[RANKS.index("order") :]:
        label, probability = likely.get(rank, (None, 0.0))
        if probability >= SMALLEST:
            return (
                f"Nothing is sure of it ({rank} {label}: {percent(probability)}): identify it by "
                "eye, or sequence it."
            )
    return "Nothing is known of it: identify it by eye, or sequence it."


def _contradiction(
    conflict: tuple[Statement, ...], said: list[Statement], confidence: float
) -> str:
    barcode = next(one for one in conflict if one.looks_at == "barcode")
    image = next(one for one in conflict if one.looks_at != "barcode")
    if barcode.probability < 1 - confidence:
        return (
            f"The photograph says {image.label}, but by its barcode it is of a species that no "
            "reference is of: show it to a taxonomist."
        )
    looks = f"The photograph says {image.label}"
    if image.label == barcode.label:
        looks = (
            f"The photograph does not look enough like {image.label} ({percent(image.probability)})"
        )
    elif image.probability < confidence:
        looks = f"The photograph does not look like {barcode.label}, rather like {image.label}"
    *_, deepest = _down(barcode, said, confidence)
    says = barcode.label if deepest == barcode.label else f"{barcode.label} ({deepest})"
    return (
        f"{looks}; the barcode says {says}: check whether the tube was swapped, or the barcode is "
        "of a contamination."
    )


def _down(one: Statement, said: list[Statement], confidence: float) -> list[str]:
    """The labels of a witness from one on, down to where it is sure."""
    below = [
        other.label
        for other in said
        if other.witness == one.witness
        and RANKS.index(other.rank) > RANKS.index(one.rank)
        and other.probability >= confidence
    ]
    return [one.label, *below]


def side(one: Statement, said: list[Statement], confidence: float) -> str:
    """What a witness of a conflict says, down to where it is sure."""
    if one.probability < 1 - confidence or one.label in one.excluded:
        return f"{one.witness}: not {one.label} ({percent(one.probability)})"
    down = " › ".join(_down(one, said, confidence))
    return f"{one.witness}: {down} ({percent(one.probability)})"


def account(said: Iterable[Statement], ranks: Iterable[str]) -> str | None:
    """All that witnesses say at ranks: a clause of each one, with the rank of each label."""
    kept = set(ranks)
    rows = [one for one in said if one.rank in kept]
    clauses = [
        f"{witness}: "
        + ", ".join(f"{one.rank} {one.label} {percent(one.probability)}" for one in statements)
        for witness, statements in groupby(rows, key=lambda one: one.witness)
    ]
    return "; ".join(clauses) or None
