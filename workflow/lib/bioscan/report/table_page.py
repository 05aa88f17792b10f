"""A table as an HTML page for people, no wider than a window of 1,200 pixels."""

import math
import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path

import polars as pl
from great_tables import GT, html, loc, style

from bioscan.core.files import atomic
from bioscan.core.pages import html_page
from bioscan.report.pages import DIFFERENCE_SUFFIX, PUBLISHED_SUFFIX, SUFFIXES

#: From so many columns with published values, these have lines of their own.
MOST_BESIDE = 4

#: In a table of more columns, numbers that all rows share are said above it, as words are in any;
#: letters are smaller in one of still more.
WIDE, VERY_WIDE = 12, 16

#: From so many rows, a word that repeats the one above it is pale.
LONG = 12

#: Columns of a lower and an upper bound.
BOUNDS = "low", "high"

#: Beside numbers of this size, those of three places are of another kind, as a loss in percents.
LARGE = 10

#: The line of each row that holds the values of the run, and those below it.
LINE = ""
LINES = {"": "here", PUBLISHED_SUFFIX: "published", DIFFERENCE_SUFFIX: "difference"}

#: Endings of columns → their unit; words of columns that read better otherwise.
UNITS = {"_percent": " (%)", "_px": " (px)", "_mm": " (mm)", "_mb": " (MB)"}
WORDS = {"n_images": "images", "imbalance_beta": "imbalance β", "auroc_sd": "sd", LINE: ""}

_CSS = """
body { margin: 0 auto; padding: 1rem; }
#table { overflow: visible !important; }
#table td, #table th { max-width: 17rem; overflow-wrap: break-word; vertical-align: top; }
#table td.gt_right { white-space: nowrap; }
#table thead { position: sticky; top: 0; background: white; }
#table .gt_subtitle, #table .gt_sourcenote { max-width: 50rem; white-space: normal; }
"""
_PALE, _DIM = "#b5b0a5", "#777777"


def write_page(
    table: pl.DataFrame,
    title: str,
    note: str,
    path: Path,
    above: Sequence[str] = (),
    nothing: str = "None found.",
) -> None:
    """Write a table as a page of its own, each line of the note below it.

    Numbers are grouped in thousands and shown to as many places as their column needs, four at the
    most; in one of several kinds of numbers, each to four digits. A missing value is a dash. What
    all rows share is said above the table, and the clauses of the note on columns without any value
    are left out. Bounds of an interval, and a mean and its standard deviation, share a column.
    Published values and the difference to them stand beside those of the run, or where that would
    be too wide, below them.

    Args:
        above: lines above the table.
        nothing: in place of a table without rows.
    """
    lines = note.splitlines()
    if table.is_empty():
        said = "".join(f"<p>{escape(line)}</p>" for line in [nothing, *above, *lines])
        _write(html_page(title, "", said), path)
        return
    table = table.with_columns(pl.col(pl.Boolean).replace_strict({True: "yes", False: "no"}))
    left, shared = without_shared(table, note)
    lines = [_without_clauses(line, _left_out(table, left)) for line in lines]
    table = left
    above = [*above, *([f"In all rows: {shared}."] if shared else [])]
    pairs = [name for name in table.columns if name + PUBLISHED_SUFFIX in table.columns]
    stacked = len(pairs) >= MOST_BESIDE
    formats = dict(_formats(table))
    for group in (BOUNDS, *spreads(table.columns)):
        # Numbers of one cell have the same places.
        places = [formats[name] for name in group if name in formats]
        if len(places) == len(group):
            formats |= dict.fromkeys(group, None if None in places else max(places))
    table = _stack(table, pairs) if stacked else table
    page = GT(table, id="table").tab_header(title, html("<br>".join(map(escape, above))) or None)
    page = _with_numbers(_with_breaks(page, table), table, formats, stacked)
    page = _with_spreads(page, table)
    if not stacked:
        for name in pairs:
            group = [name, *(name + end for end in SUFFIXES if name + end in table.columns)]
            page = page.tab_spanner(_label(name), group)
            page = page.tab_style(style.text(color=_DIM), loc.body(group[1:]))
    for line in lines:
        page = page.tab_source_note(line)
    page = (
        page.cols_label(_headings(table, [] if stacked else pairs))
        .tab_options(
            table_font_size="12px" if table.width > VERY_WIDE else "13px",
            heading_subtitle_font_size="13px",
            data_row_padding="2px",
            data_row_padding_horizontal="6px",
            column_labels_padding_horizontal="6px",
        )
        .opt_align_table_header("left")
        .opt_css(_CSS)
    )
    page = _with_pale_repeats(page, table, [LINE] if stacked else [])
    _write(page.as_raw_html(make_page=True), path)


def _write(page: str, path: Path) -> None:
    with atomic(path) as partial:
        partial.write_text(page)


def without_shared(table: pl.DataFrame, note: str = "") -> tuple[pl.DataFrame, str]:
    """A table without columns of which all rows have the same, and these in words.

    Not one with published values, nor the last column of words. Numbers only where the table is
    wide. A missing value is not said, and a zero only where the note explains the column.
    """
    if table.height < 2:
        return table, ""
    wide = table.width > WIDE
    shared = {}
    for name in table.columns:
        compared = name + PUBLISHED_SUFFIX in table.columns or name.endswith(SUFFIXES)
        words = table[name].dtype == pl.String or table[name].dtype == pl.Null
        if not compared and (words or wide) and table[name].n_unique() == 1:
            shared[name] = table[name][0]
    named = [name for name in table.columns if table[name].dtype == pl.String]
    if set(named) <= shared.keys():
        shared = {name: value for name, value in shared.items() if name not in named[:1]}
    said = [
        f"{_label(name)} {_said(value)}"
        for name, value in shared.items()
        if value is not None and (value != 0 or _explained(name, note))
    ]
    return table.drop(shared), ", ".join(said)


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _explained(name: str, note: str) -> bool:
    """Whether a note has the words of a column."""
    words = _label(name).partition(" (")[0]
    return re.search(rf"\b{re.escape(words)}\b", note, re.IGNORECASE) is not None


def _left_out(table: pl.DataFrame, left: pl.DataFrame) -> set[str]:
    """The words of columns without any value that are not left.

    "sd" stands for all standard deviations.
    """
    gone = set(table.columns) - set(left.columns)
    gone = {name for name in gone if table[name].null_count() == table.height}
    found = {spread for _, spread in spreads(table.columns)}
    return {_label(name) for name in gone} | ({"sd"} if found and found <= gone else set())


def _without_clauses(line: str, names: set[str]) -> str:
    """A line of a note without the clauses that explain columns, as in "tied: more than one"."""
    kept: list[str] = []
    for clause in re.split(r"(?<=[;.]) ", line):
        if clause.partition(":")[0] not in names:
            kept.append(clause)
        elif kept and clause.endswith("."):
            kept[-1] = kept[-1].rstrip(";.") + "."
    return " ".join(kept).rstrip(";")


def _stack(table: pl.DataFrame, pairs: Sequence[str]) -> pl.DataFrame:
    """Each row with lines of its published values and their differences below it."""
    base = [name for name in table.columns if not name.endswith(SUFFIXES)]
    first = base.index(pairs[0])
    parts = []
    for place, (end, said) in enumerate(LINES.items()):
        if not any(name + end in table.columns for name in pairs):
            continue
        parts.append(
            table.with_row_index("_row").select(
                "_row",
                pl.lit(place).alias("_place"),
                *(_of_line(table, name, end, pairs) for name in base[:first]),
                pl.lit(said).alias(LINE),
                *(_of_line(table, name, end, pairs) for name in base[first:]),
            )
        )
    # A line without a number says nothing.
    lines = pl.concat(parts).sort("_row", "_place")
    said = pl.any_horizontal(pl.col(pairs).is_not_null())
    return lines.filter((pl.col("_place") == 0) | said).drop("_row", "_place")


def _of_line(table: pl.DataFrame, name: str, end: str, pairs: Sequence[str]) -> pl.Expr:
    if not end:
        return pl.col(name)
    if name in pairs and name + end in table.columns:
        return pl.col(name + end).cast(table[name].dtype, strict=False).alias(name)
    return pl.lit(None, table[name].dtype).alias(name)


def _formats(table: pl.DataFrame) -> Iterator[tuple[str, int | None]]:
    """Column of the run → the places that its numbers and those beside it need, if that is one."""
    for name in table.columns:
        group = [name, *(name + end for end in SUFFIXES if name + end in table.columns)]
        numbers = [column for column in table.select(group) if column.dtype.is_numeric()]
        if numbers and not name.endswith(SUFFIXES):
            needed = [_decimals(column) for column in numbers]
            large = max((column.abs().max() or 0 for column in numbers), default=0) >= LARGE
            apart = None in needed or (large and max(needed) > 2)
            yield name, None if apart else max(needed)


def _decimals(numbers: pl.Series) -> int | None:
    """Places that show every number as it is, four at the most; None where there is no such."""
    shown = numbers.drop_nulls().cast(pl.Float64)
    return next((places for places in range(5) if (shown.round(places) == shown).all()), None)


def _with_numbers(page: GT, table: pl.DataFrame, formats: dict, stacked: bool) -> GT:
    below = [] if not stacked else [n for n, line in enumerate(table[LINE]) if line != "here"]
    apart = [] if not stacked else [n for n, line in enumerate(table[LINE]) if line == "difference"]
    for name, places in formats.items():
        values, signed = [name], []
        if not stacked:
            values += [name + PUBLISHED_SUFFIX] if name + PUBLISHED_SUFFIX in table.columns else []
            signed = [name + DIFFERENCE_SUFFIX] if name + DIFFERENCE_SUFFIX in table.columns else []
        page = page.fmt(lambda value, to=places: number(value, to), values)
        page = page.fmt(lambda value, to=places: number(value, to, "+"), signed) if signed else page
        if apart:
            page = page.fmt(lambda value, to=places: number(value, to, "+"), [name], apart)
    if below:
        page = page.tab_style(style.text(color=_DIM), loc.body(rows=below))
        page = page.sub_missing(rows=below, missing_text="")
    here = [n for n in range(table.height) if n not in set(below)]
    # A standard deviation that is missing leaves its mean alone, and bounds their cell empty.
    merged = {spread for _, spread in spreads(table.columns)}.union(BOUNDS)
    columns = [name for name in table.columns if name not in merged]
    return page.sub_missing(columns, rows=here, missing_text="–")


def number(value: float | None, places: int | None, sign: str = "") -> str | None:
    """A number to a number of places, or to four digits; with a true minus."""
    if value is None:
        return None
    if places is None:
        size = math.floor(math.log10(abs(value))) if value else 0
        places = max(0, 3 - size)
        text = f"{value:{sign},.{places}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{value:{sign},.{places}f}"
    return text.replace("-", "−")


def _with_spreads(page: GT, table: pl.DataFrame) -> GT:
    """Bounds as one column, and each standard deviation beside what it is of."""
    if set(BOUNDS) <= set(table.columns):
        page = page.cols_merge_range(*BOUNDS, sep="–")
    for value, spread in spreads(table.columns):
        page = page.cols_merge_uncert(value, spread, sep=" ± ")
    return page


def spreads(columns: Sequence[str]) -> list[tuple[str, str]]:
    """Columns and those of their standard deviations, which stand after them."""
    found = []
    for end in ("", PUBLISHED_SUFFIX):
        base = [name for name in columns if not name.endswith(SUFFIXES)]
        for value, spread in pairwise(base):
            is_spread = spread in (f"{value}_sd", value.replace("mean", "std"))
            if is_spread and spread != value and {value + end, spread + end} <= set(columns):
                found.append((value + end, spread + end))
    return found


def _with_pale_repeats(page: GT, table: pl.DataFrame, lines: Sequence[str]) -> GT:
    """Words that repeat those above, with all to their left, are pale."""
    if table.height <= LONG:
        return page
    same = pl.lit(True)
    for name in table.columns:
        if table[name].dtype != pl.String or name in lines:
            break
        same = same & pl.col(name).eq_missing(pl.col(name).shift())
        repeated = table.select(same.fill_null(False).alias("same"))["same"]
        rows = [n for n in repeated.arg_true().to_list() if n]
        if rows:
            page = page.tab_style(style.text(color=_PALE), loc.body(name, rows))
    return page


def _with_breaks(page: GT, table: pl.DataFrame) -> GT:
    """Names may break after an underscore, a plus or a slash; those of facts are words."""
    if "fact" in table.columns:
        page = page.fmt(lambda text: text and escape(text.replace("_", " ")), ["fact"])
    words = [
        name
        for name in table.columns
        if table[name].dtype == pl.String and name not in ("fact", LINE)
    ]
    return page.fmt(lambda text: text and re.sub(r"([_+/])", r"\1<wbr>", escape(text)), words)


def _headings(table: pl.DataFrame, pairs: Sequence[str]) -> dict[str, str]:
    """The heading of each column, those of `pairs` below a common one."""
    found = {}
    for name in table.columns:
        ending = next((end.strip() for end in SUFFIXES if name.endswith(end)), None)
        found[name] = "here" if name in pairs else ending or _label(name)
    if set(BOUNDS) <= found.keys():
        found[BOUNDS[0]] = "95 % interval"
    for value, _ in spreads(table.columns):
        found[value] += " ± sd"
    return found


def _label(name: str) -> str:
    """The words of a column, with its unit."""
    if name in WORDS:
        return WORDS[name]
    for end, unit in UNITS.items():
        if name.endswith(end):
            return name.removesuffix(end).replace("_", " ") + unit
    return name.replace("_", " ")
