"""Words for a missing value, as people and their programs write them."""

from collections.abc import Collection

import polars as pl

from bioscan.ingest.notes import Notes

#: What the notes say of a cell that holds such a word.
TAKEN = "taken as missing"

#: Columns that name a specimen or its file: what stands there is a name, even "NA" or "?". (In
#: that of doubts, "?" is one.)
KEYS = ("processid", "sampleid", "image_file", "identificationQualifier", "reason")

#: Characters that show as nothing: white space, zero-width characters, marks of direction.
BLANK = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\xad\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d"
    "\u202e\u202f\u205f\u2060\u2066\u2067\u2068\u2069\u3000\ufeff"
)

#: What people put around such a word: brackets and quotation marks, asterisks, stops.
_AROUND = BLANK + "()[]{}<>\"'`´‘’“”*.,;:!"

#: Names of places that are spelt like a word for missing. A code stays where all other cells of the
#: column are codes too: Namibia, Naples and North Dakota; "Nan" is a province of Thailand.
PLACE_CODES = {"country": ["NA"], "province_state": ["NA", "ND"]}
PLACE_NAMES = {"province_state": ["Nan"]}

#: Bytes of the longest cell that is compared with the words.
_LONGEST = 120


def take_missing(batch: pl.DataFrame, words: Collection[str], notes: Notes) -> pl.DataFrame:
    """Make null the cells that hold nothing but a word for a missing value.

    The whole cell is compared, in any letter case, without white space, brackets, quotation marks,
    asterisks and stops around it; an underscore is as a space. So `NA`, ` n/a`, `<NA>`, `Unknown.`
    and `Not_Determined` are missing, and `unassigned Sciaridae` is a label. A cell of such words
    only is missing too (`nan nan`, of a genus and an epithet), and one of white space.

    Args:
        batch: strings under canonical names, in any number of columns; those of KEYS stay as they
            are.
        words: the config's `missing` of a dataset.
        notes: gets the number of cells of each column and word, as it was written.

    Returns:
        The same rows and columns.
    """
    missing = pl.DataFrame({"plain": ["", *words]}).select(_plain("plain")).to_series().unique()
    return batch.with_columns(
        _without(batch[name], missing, notes)
        for name, dtype in batch.schema.items()
        if name not in KEYS and dtype == pl.String
    )


def _plain(name: str) -> pl.Expr:
    """A text as it is compared."""
    text = pl.col(name).str.replace_all(r"[\s_]+", " ")
    return text.str.strip_chars(_AROUND).str.to_lowercase()


def _without(column: pl.Series, missing: pl.Series, notes: Notes) -> pl.Series:
    # Few different texts are short enough, and only these are compared: 20 columns of 5 million
    # records take 10 s, most of it to find them.
    texts = column.filter(column.str.len_bytes() <= _LONGEST).unique().to_frame("text")
    plain = texts.select(_plain("text")).to_series()
    words = plain.filter(plain.str.contains(" ", literal=True)).to_frame("text")
    words = words.with_columns(word=pl.col("text").str.split(" "))
    several = words.filter(
        pl.col("word").list.eval(pl.element().is_in(missing.implode())).list.all()
    )["text"]
    found = texts["text"].filter(plain.is_in(missing.implode()) | plain.is_in(several.implode()))
    if found.is_empty():
        return column
    found = found.filter(~found.is_in(_places(column, found)))
    is_missing = column.is_in(found.implode())
    counts = column.filter(is_missing).value_counts().sort(column.name)
    for word, count in counts.iter_rows():
        notes.add(TAKEN, column.name, word, count)
    return column.set(is_missing, None)


def _places(column: pl.Series, found: pl.Series) -> list[str]:
    """The texts of a column that are names of places."""
    others = column.filter(~column.is_in(found.implode())).drop_nulls()
    are_codes = (others.str.len_chars() == 2).all()
    codes = PLACE_CODES.get(column.name, []) if are_codes else []
    return codes + PLACE_NAMES.get(column.name, [])
