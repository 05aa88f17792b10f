"""Pairing the rows of a table with the image files that they name, as people write names.

A row names its file by a file name (`image_file`) or by an identifier that is the file's name
without suffix (`processid`, `sampleid`). The two are compared in five ways, the strictest first:

1. as they are written;
2. without the suffix, where the row gives none;
3. without folders and spaces around the name, in one Unicode form, .jpeg, .jpe and .jfif being
   .jpg, and .tiff being .tif;
4. the same, without regard to letter case;
5. the last two without the suffix, where the row gives none.

The first way in which a row has any file decides. If it has several there, or several rows have the
same one, nothing is guessed: rows and files are set aside, with a reason that names them.
"""

import logging
from collections.abc import Sequence

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from bioscan.ingest.notes import Notes
from bioscan.ingest.records import SAFE_NAME

log = logging.getLogger(__name__)

#: What notes say of a file that a row names otherwise.
MATCHED = "file found under a name that the table writes otherwise"

#: The ways of a match, for notes.
WRITTEN = "as written"
WITHOUT_SUFFIX = "suffix left out"
TIDIED = "folder, spaces, suffix or Unicode form"
LETTER_CASE = "letter case"
IN_PLACE = "another column, as the file that the first one names is not there"

#: Suffixes of images, in capture group 2; they may have spaces behind them.
_SUFFIX = r"(?i)^(.*)\.(jpe?g|jpe|jfif|png|tiff?|webp|bmp)\s*$"

#: Spaces and invisible characters at the ends of a name (a space that does not break, a byte order
#: mark, marks of the direction of writing).
_ENDS = r"^[\s\p{Z}\p{Cf}]+|[\s\p{Z}\p{Cf}]+$"

#: BIOSCAN-5M names its original images {processid}.1024px.jpg (5M §3).
_SIZE = r"\.1024px$"

#: Least similarity of a file name that is called near (one of four letters may differ).
NEAR = 0.75


def stem(name: pl.Expr) -> pl.Expr:
    """The name of an image file without its suffix, for a processid: in one Unicode form."""
    return name.str.replace(r"\.[^.]+$", "").str.replace(_SIZE, "").str.normalize("NFC")


def _tidy_stem(name: pl.Expr) -> pl.Expr:
    """A name without suffix and ends, in one Unicode form, with plain spaces."""
    inner = pl.coalesce(name.str.extract(_SUFFIX, 1), name)
    name = inner.str.replace(_SIZE, "").str.normalize("NFC").str.replace_all(_ENDS, "")
    return name.str.replace_all(r"\p{Z}", " ")


def _tidy(name: pl.Expr) -> pl.Expr:
    """A name without ends, in one Unicode form, with one suffix per format."""
    suffix = name.str.extract(_SUFFIX, 2).str.to_lowercase()
    suffix = suffix.replace({"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tiff": "tif"})
    return pl.format("{}.{}", _tidy_stem(name), suffix.fill_null(""))


def _without_folder(name: pl.Expr) -> pl.Expr:
    return name.str.replace_all(_ENDS, "").str.replace(r"^.*[/\\]", "")


def _ways() -> list[tuple[str, pl.Expr, pl.Expr]]:
    """The ways of comparing: for notes, and the keys of the names in a table and of files."""
    name, file = pl.col("name"), pl.col("file")
    inner = _without_folder(name)
    # Null, which equals nothing, where the row gives a suffix.
    bare, bare_inner = (
        pl.when(~text.str.contains(_SUFFIX)).then(key)
        for text, key in ((name, name), (inner, _tidy_stem(inner)))
    )
    return [
        (WRITTEN, name, file),
        (WITHOUT_SUFFIX, bare, file.str.replace(r"\.[^.]+$", "").str.replace(_SIZE, "")),
        (TIDIED, _tidy(inner), _tidy(file)),
        (LETTER_CASE, _tidy(inner).str.to_lowercase(), _tidy(file).str.to_lowercase()),
        (TIDIED, bare_inner, _tidy_stem(file)),
        (LETTER_CASE, bare_inner.str.to_lowercase(), _tidy_stem(file).str.to_lowercase()),
    ]


def match_names(names: pl.Series, files: pl.Series) -> pl.DataFrame:
    """Find the file that each name means.

    Args:
        names: distinct strings, as a table writes them.
        files: distinct file names.

    Returns:
        Rows `name`, `file`, `way` (one of the ways above), `fault` (why there is no file, although
        there are some of that name) and `rivals` (the files that the fault is about); all but the
        name are null if no file is meant. Names are in their order.
    """
    rows = pl.DataFrame({"name": names}, {"name": pl.String}).with_row_index("row")
    listed = pl.DataFrame({"file": files}, {"file": pl.String})
    schema = {"row": pl.UInt32, **dict.fromkeys(("name", "file", "way", "fault"), pl.String)}
    decided = [pl.DataFrame(schema=schema | {"rivals": pl.List(pl.String)})]
    undecided = rows
    for way, name_key, file_key in _ways():
        if undecided.is_empty():
            break
        keyed = listed.select("file", file_key.alias("key"))
        sought = undecided.with_columns(name_key.alias("key"))
        found = sought.join(keyed, on="key").with_columns(way=pl.lit(way))
        takers = pl.concat(decided).select("file", taker="name").drop_nulls("file")
        is_plain = pl.all_horizontal(pl.col("row", "file").is_unique())
        is_plain &= ~pl.col("file").is_in(takers["file"].implode())
        decided.append(
            pl.concat(
                [found.filter(is_plain), _explain_faults(found.filter(~is_plain), takers)],
                how="diagonal",
            ).select(decided[0].columns)
        )
        undecided = undecided.join(found, on="row", how="anti", maintain_order="left")
    return rows.join(
        pl.concat(decided).drop("name"), on="row", how="left", maintain_order="left"
    ).drop("row")


def _explain_faults(found: pl.DataFrame, takers: pl.DataFrame) -> pl.DataFrame:
    """Why names have no file, although some files are like them.

    Args:
        found: `row`, `name`, `key` and one `file` of those with that key.
        takers: `file` and its `taker`, the name that it was given to.

    Returns:
        One row per name: `row`, `name`, `fault`, `rivals`.
    """
    rows = found.sort("row").group_by("row", "name", "key", maintain_order=True)
    named = rows.agg(pl.col("file").sort().alias("rivals"))
    named = named.with_columns(file=pl.col("rivals").list.first())
    named = named.join(takers, on="file", how="left", maintain_order="left")
    shown = pl.format("'{}'", "name")
    two_files = [pl.col("rivals").list.get(place, null_on_oob=True) for place in (0, 1)]
    two_names = shown.head(2).str.join(" and ").over("key")
    return named.select(
        "row",
        "name",
        "rivals",
        fault=pl.when(pl.col("rivals").list.len() > 1)
        .then(pl.format("{} may be {} or {}", shown, *two_files))
        .when(pl.col("taker").is_not_null())
        .then(pl.format("{} is no file; {} is that of '{}'", shown, "file", "taker"))
        .otherwise(pl.format("{} both name {}", two_names, "file")),
        file=pl.lit(None, pl.String),
        way=pl.lit(None, pl.String),
    )


def pair_rows(
    rows: pl.DataFrame, files: Sequence[str], keys: Sequence[str], notes: Notes, source: str
) -> pl.DataFrame:
    """Find the image file of each row of a table.

    Args:
        rows: strings. A row that has a `reason` already is left alone.
        files: distinct file names.
        keys: the columns that name a file, the best first; a later one counts where those before
            it have no value, or none that is like the name of a file.
        notes: count the files that are not found by the names as they are written.
        source: the name of the table, for a warning.

    Returns:
        The rows, with `file` (null if there is none), `key` (the column that named it), `reason`
        (why the row is set aside; else null) and `rivals` (files to set aside with it).
    """
    listed = pl.Series("file", files, pl.String)
    added = {"file": pl.String, "key": pl.String, "rivals": pl.List(pl.String)}
    added |= {"reason": pl.String} if "reason" not in rows.columns else {}
    rows = rows.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in added.items())
    written_otherwise = []
    for key in keys:
        is_open = pl.all_horizontal(pl.col("file", "reason").is_null())
        names = rows.select(name=pl.when(is_open).then(key))
        matches = match_names(names["name"].drop_nulls().unique(maintain_order=True), listed)
        # A file that an earlier column named is no longer to be had.
        matches = matches.join(rows.select("file").drop_nulls().unique(), on="file", how="anti")
        found = names.join(matches, on="name", how="left", maintain_order="left")
        rows = rows.with_columns(
            pl.coalesce("file", found["file"]),
            pl.coalesce("reason", found["fault"]).alias("reason"),
            pl.coalesce("rivals", found["rivals"]),
            key=pl.coalesce("key", pl.when(found["file"].is_not_null()).then(pl.lit(key))),
        )
        # An identifier is the name without its suffix.
        expected = [WRITTEN] if key == "image_file" else [WRITTEN, WITHOUT_SUFFIX]
        before = pl.any_horizontal(pl.lit(False), pl.col(keys[: keys.index(key)]).is_not_null())
        found = found.with_columns(
            way=pl.when(pl.col("way").is_not_null() & rows.select(before).to_series())
            .then(pl.lit(IN_PLACE))
            .otherwise("way")
        )
        other = found.filter(~pl.col("way").is_in(expected))
        written_otherwise += other.select("name", "file", "way").rows()
        for way, count in other.group_by("way", maintain_order=True).len().iter_rows():
            notes.add(MATCHED, key, way, count)
    if written_otherwise:
        name, file, way = written_otherwise[0]
        log.warning(
            "%s: %d files found under other names (%r: %s, by %s)",
            *(source, len(written_otherwise), name, file, way),
        )
    return rows


def pair_folder(
    rows: pl.DataFrame, files: Sequence[str], notes: Notes, source: str
) -> pl.DataFrame:
    """Make one record per image of a folder and per row of its table.

    Args:
        rows: strings under canonical names, with `image_file`, `processid` or both; no rows where
            there is no table.
        files: the names of the images.
        notes, source: see `pair_rows`.

    Returns:
        Records for `write_records`: those of the files in their order, then the rows without a
        file. `image_file` is the real name of the file, and its stem the processid of a record
        that was given none. A record that cannot stay has a `reason`.
    """
    keys = [key for key in ("image_file", "processid") if key in rows.columns]
    paired = pair_rows(rows, files, keys, notes, source)
    rivals = paired.select(pl.col("rivals").alias("file"), "reason").explode("file")
    records = (
        pl.DataFrame({"file": files}, {"file": pl.String})
        .join(paired, on="file", how="full", coalesce=True, maintain_order="left_right")
        .join(
            rivals.drop_nulls("file").unique("file", keep="first", maintain_order=True),
            on="file",
            how="left",
            maintain_order="left",
            suffix="_of_rival",
        )
    )
    given = pl.col("processid") if "processid" in keys else pl.lit(None, pl.String)
    records = records.with_columns(
        given=pl.when(pl.col("key") == "processid").then(_without_folder(given)).otherwise(given),
        # Spaces around the name of a file are no matter where a row names it without them.
        derived=pl.when(pl.col("key").is_null())
        .then(stem(pl.col("file")))
        .otherwise(_tidy_stem(pl.col("file")))
        .fill_null(_tidy_stem(_without_folder(pl.coalesce(keys)))),
        name=pl.coalesce("file", *keys),
        # A file that another row names is no rival of this one.
        reason_of_rival=pl.when(pl.col("key").is_null()).then("reason_of_rival"),
    )
    records = _set_names_aside(records, f"no {' or '.join(keys)}")
    is_aside = pl.col("given").is_null() & pl.col("reason").is_not_null()
    return records.with_columns(
        image_file=pl.coalesce("file", "image_file") if "image_file" in keys else pl.col("file"),
        processid=pl.when(is_aside).then("name").otherwise(pl.coalesce("given", "derived")),
    ).drop("file", "key", "rivals", "reason_of_rival", "given", "derived", "name")


def _set_names_aside(records: pl.DataFrame, no_name: str) -> pl.DataFrame:
    """Give a reason to the records whose names cannot be their processids.

    Args:
        records: `name` of the file or row; `given`, its processid, or null and the one `derived`
            from its name; `file`, null if there is none; `key`, null for a file that no row names;
            `reason` and `reason_of_rival`.
        no_name: the reason for a row without a name.
    """
    derived, is_derived = pl.col("derived"), pl.col("given").is_null()
    records = records.with_columns(
        pl.coalesce(
            "reason",
            "reason_of_rival",
            pl.when(pl.col("name").is_null()).then(pl.lit(no_name)),
            pl.when(is_derived & ~derived.str.contains(SAFE_NAME)).then(
                pl.lit("its name has control characters, or a dash or dot in front")
            ),
            pl.when(is_derived & (derived.str.strip_chars() != derived)).then(
                pl.lit("its name has spaces around it")
            ),
        ).alias("reason"),
        processid=pl.coalesce("given", "derived"),
    ).with_row_index("at")
    # A given processid goes before one that only follows from a name, and a file that a row names
    # before others.
    holders = records.filter(pl.col("reason").is_null()).sort(
        is_derived, pl.col("key").is_null(), maintain_order=True
    )
    holders = holders.unique("processid", keep="first", maintain_order=True)
    records = records.join(
        holders.select("processid", "at", "name", "given", "file"),
        on="processid",
        how="left",
        maintain_order="left",
        suffix="_of_holder",
    )
    holder = pl.col("name_of_holder")
    occurs_before = (
        pl.when(~is_derived | (pl.col("at") == pl.col("at_of_holder")))
        .then(None)
        .when(pl.col("file").is_null() & pl.col("file_of_holder").is_not_null())
        .then(pl.format("is no file of the folder; {} is", holder))
        .when(holder == pl.col("name"))
        .then(pl.lit("occurs before in the table"))
        .when(pl.col("given_of_holder").is_not_null())
        .then(pl.format("its name is the processid of {}", holder))
        .otherwise(pl.format("{} has the same name", holder))
    )
    return records.with_columns(pl.coalesce("reason", occurs_before).alias("reason")).drop(
        "at", "at_of_holder", "name_of_holder", "given_of_holder", "file_of_holder"
    )


def nearest_files(names: Sequence[str], files: pl.Series) -> list[str | None]:
    """The file whose name is most like each of some names that no file has; None if none is.

    Suffixes, letter case and zeros in front make no difference (a spreadsheet makes 12 of 00012).
    """
    candidates, sought = (
        pl.select(_bare(pl.lit(pl.Series(texts, dtype=pl.String)))).to_series().to_list()
        for texts in (files, names)
    )
    found = (
        process.extractOne(
            name, candidates, scorer=Levenshtein.normalized_similarity, score_cutoff=NEAR
        )
        for name in sought
    )
    return [best and files[best[2]] for best in found]


def _bare(name: pl.Expr) -> pl.Expr:
    return _tidy_stem(_without_folder(name)).str.to_lowercase().str.strip_chars_start("0")
