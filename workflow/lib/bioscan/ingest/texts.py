"""Text files of any program: their encoding, line ends and separator."""

import codecs
import csv
import gzip
import io
import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bioscan.core.errors import InputError, why_not_opened
from bioscan.ingest.columns import TITLE_ROWS, known_names, title_rows
from bioscan.ingest.delimited import BLOCK, split_row, to_closing
from bioscan.ingest.notes import Notes

log = logging.getLogger(__name__)

#: How a row may be separated, the commoner first; each with the word for it.
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}

#: First bytes of an encoding that states itself; UTF-32 begins like UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

#: First bytes of files that are no tables of text, and what they are.
_OTHER_FILES = {
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
    b"{\\rtf": "a text with layout (RTF)",
    b"<": "HTML or XML",
    b"{": "JSON",
    b"[": "JSON",
    b">": "FASTA",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"\x89HDF": "an HDF5 file",
    b"SQLite": "a database",
    b"\xff\xd8\xff": "an image",
    b"\x89PNG": "an image",
}

#: Excel's line that names the separator.
_HINT = re.compile(r'"?sep=(.)"?[,;\t|]*', re.IGNORECASE)

#: Letters that Windows-1252 has and ASCII has not, in words of western Europe: not three in a row,
#: and no capital behind a small letter. Other encodings of one byte look otherwise.
_IMPLAUSIBLE = re.compile(r"[^\W\da-zA-Z_]{3}|[a-zß-öø-ÿ][À-ÖØ-ÞŠŒŽŸ]|[\x80-\x9f]|[¤¦¨¬¸¹ƒˆ†‡‰‹›¯]")


@dataclass(frozen=True)
class Text:
    """A table of text behind its header.

    Attributes:
        file: behind the header; UTF-8 with line ends LF.
        separator: between fields.
        header: the names of the columns as they are written.
        header_row: the number of the header's row in the file.
    """

    file: io.BufferedReader
    separator: str
    header: list[str]
    header_row: int

    @property
    def may_quote(self) -> bool:
        """Whether quotation marks around a field are certainly none of its letters."""
        return self.separator != "\t"


def open_text(path: Path, notes: Notes) -> Text:
    """Open a table of text, whatever program wrote it.

    Args:
        path: a file, which may be packed with gzip.
        notes: gets the encoding and the separator that are not UTF-8 and commas.

    Raises:
        InputError: no such file, no text, no known encoding, or no header.
    """
    encoding = _encoding(path, notes)
    text = io.TextIOWrapper(_opened(path), encoding, errors="bioscan_nul", newline=None)
    file = io.BufferedReader(_Encoded(text), 1 << 20)
    above, hint, passed = 0, None, []
    while (line := _row(file)) is not None:
        above += 1
        if found := _HINT.fullmatch(line.rstrip("\n")):
            hint = found[1]
        elif line.strip().strip(",;\t|") and not line.startswith("#"):
            break
        passed.append(line.strip()[:60])
    else:
        raise InputError(f"{path}: expected a header and rows of text, found none")
    if titles := _titles(file, line, hint):
        for _ in range(titles - 1):
            file.readline()
        line, above = _row(file), above + titles
    separator = _separator(line, hint)
    if separator is None:
        raise InputError(
            f"{path}: row {above}, the header, has a quotation mark that neither begins nor ends a "
            f"name, or that is left open ({line[:60]!r})"
        )
    header = [" ".join(name.replace("\ufeff", "").split()) for name in split_row(line, separator)]
    if separator != ",":
        notes.add("separated by", text=SEPARATORS.get(separator, repr(separator)))
    # Those seen so far: one string, or several.
    if "\r" in (text.newlines if isinstance(text.newlines, tuple) else [text.newlines]):
        notes.add("line ends are carriage returns")
    for row in passed:
        notes.add("row above the header passed over", text=row)
    return Text(file, separator, header, above)


def _opened(path: Path) -> IO[bytes]:
    file = path.open("rb")
    if file.peek(2).startswith(b"\x1f\x8b"):
        return gzip.open(file)
    return file


def _row(file: io.BufferedReader) -> str | None:
    """The next row, in which a quoted field may have line ends; None at the end."""
    row = file.readline(BLOCK)
    row += to_closing(row.count(b'"') % 2, file)
    return row.decode() if row else None


def _titles(file: io.BufferedReader, line: str, hint: str | None) -> int:
    """How many rows there are to the header, where a title stands above it; 0 without a title."""
    below = file.peek(1).decode(errors="ignore").split("\n")[:TITLE_ROWS]
    known = [
        max(_known(row, hint).values(), default=0) if row.strip() else 0 for row in (line, *below)
    ]
    return title_rows(known)


def _separator(header: str, hint: str | None) -> str | None:
    """The separator with which the most columns are known; commas for a single column.

    None if the header can be separated by none.
    """
    known = _known(header, hint)
    return max(known, key=known.__getitem__, default=None)


def _known(header: str, hint: str | None) -> dict[str, int]:
    """The number of known columns with each separator."""
    # R's write.table puts spaces between fields, and marks around them.
    others = (" ",) if '" "' in header else ()
    known = {}
    for separator in dict.fromkeys((hint or ",", ",", ";", "\t", "|", *others)):
        with suppress(csv.Error):  # it is another one
            known[separator] = known_names(split_row(header, separator))
    return known


def _encoding(path: Path, notes: Notes) -> str:
    """The encoding of a text.

    Raises:
        InputError: the file is none, or in an encoding that cannot be told.
    """
    try:
        with _opened(path) as file:
            start = file.read(4096)
            marked = (name for mark, name in _MARKS.items() if start.startswith(mark))
            name = next(marked, None) or _unmarked(path, start)
            if name is None:
                file.seek(0)
                name = _of_one_byte(path, file)
    except OSError as error:
        raise InputError(f"{path}: {why_not_opened(error, 'a table')}") from error
    except EOFError as error:
        raise InputError(f"{path}: {error}") from error
    if not name.startswith("utf-8"):
        notes.add("encoded as", text="Windows-1252" if name == "cp1252" else name)
    return name


def _unmarked(path: Path, start: bytes) -> str | None:
    """UTF-16 without a mark has a zero in every other byte of a header; None: neither this."""
    for first, name in _OTHER_FILES.items():
        if start.lstrip().startswith(first):
            raise InputError(f"{path}: is {name}; expected a table (CSV, or .xlsx)")
    if start.count(b"\0") > len(start) // 3:
        return "utf-16-le" if start[1::2].count(b"\0") > start[::2].count(b"\0") else "utf-16-be"
    return None


def _of_one_byte(path: Path, file: IO[bytes]) -> str:
    """UTF-8, or Windows-1252 where nothing in a file is UTF-8 and all could be this.

    A file that is UTF-8 but for some bytes stays so: its rows with these bytes are quarantined.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(BLOCK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    file.seek(0)
    example = ""
    while lines := file.readlines(BLOCK):
        high = [line for line in lines if not line.isascii()]
        for line in high:
            if any(ord(letter) > 127 for letter in line.decode("utf-8", "ignore")):
                return "utf-8"  # with faults
            text = line.decode("cp1252", "replace")
            if "\ufffd" in text or _IMPLAUSIBLE.search(text):
                raise InputError(
                    f"{path}: is neither UTF-8 nor Windows-1252 (in {line.strip()[:60]!r}); save "
                    "it as CSV UTF-8"
                )
            example = example or next(
                (word for word in re.split(r"[\s,;|\"]+", text) if not word.isascii()), ""
            )
    log.warning(
        "%s: is not UTF-8, and read as Windows-1252, with words like %r; if this is wrong, save it "
        "as CSV UTF-8",
        path,
        example,
    )
    return "cp1252"


class _Encoded(io.RawIOBase):
    """A text as a stream of UTF-8."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text, self._rest = text, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        if not self._rest:
            self._rest = self._text.read(1 << 20).encode()
        part = self._rest[: len(buffer)]
        buffer[: len(part)] = part
        self._rest = self._rest[len(part) :]
        return len(part)

    def close(self) -> None:
        self._text.close()
        super().close()
