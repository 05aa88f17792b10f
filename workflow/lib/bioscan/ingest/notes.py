"""What reading a source passed over, took for something else or left out, counted."""

from collections import Counter

import polars as pl

from bioscan.core.errors import first_ten

#: Columns of a table of notes: what was done, to which column or file, the text that it was done
#: to, and how many cells, rows or files.
NOTES_SCHEMA: dict[str, pl.DataType] = {
    "what": pl.String(),
    "where": pl.String(),
    "text": pl.String(),
    "count": pl.Int64(),
}


class Notes:
    """Counts of what was done while a source was read, for the log and the report."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, what: str, where: str = "", text: str = "", count: int = 1) -> None:
        """Note something once more, or `count` times.

        Args:
            what: was done, in the words of a user: "taken as missing".
            where: the column or file.
            text: as it was written.
            count: of cells, rows or files; 0 notes nothing.
        """
        if count:
            self._counts[what, where, text] += count

    def update(self, others: "Notes") -> None:
        """Add the counts of others, in their order."""
        self._counts.update(others._counts)

    def lines(self) -> list[str]:
        """A line for each thing that was done, with the commonest ten columns and texts."""
        done: dict[str, Counter[str]] = {}
        for (what, where, text), count in self._counts.items():
            case = " ".join([*filter(None, [where]), *([repr(text)] if text else [])])
            done.setdefault(what, Counter())[case] += count
        return [
            f"{what}: {cases.total()} ("
            + first_ten(f"{case or 'in all'} {count}" for case, count in cases.most_common())
            + ")"
            for what, cases in done.items()
        ]

    def table(self) -> pl.DataFrame:
        """Rows of NOTES_SCHEMA, in the order in which each was first noted."""
        rows = [(*note, count) for note, count in self._counts.items()]
        return pl.DataFrame(rows, schema=NOTES_SCHEMA, orient="row")
