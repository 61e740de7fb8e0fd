"""Reading lists that people upload: CSV in the encodings that spreadsheets write, and XLSX. Nothing in them is run."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable
from typing import Any
from xml.parsers import expat

import msgspec
from openpyxl import load_workbook

from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy

MOST_COLUMNS = 100
MOST_PARTS = 500
"""Files within a workbook; one of a single sheet has about ten."""
LARGEST = 32 * 1024 * 1024
"""Bytes of all that is packed in a workbook; five thousand lines of thirty columns are about ten million."""
LARGEST_PART = 2 * 1024 * 1024
"""Bytes of a part that is neither a sheet nor the table of its words: those are read as a whole."""
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp932": "Shift_JIS",
}
"""What a CSV file may be written in, in the order of trying, and how that is called."""
_DELIMITERS = ",;\t"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(DomainError):
    """A file is no list that we can read; the detail says what to do."""

    title = gettext_lazy("This file cannot be read as a list. Please save it as CSV (UTF-8) or as .xlsx.")


class Row(msgspec.Struct, frozen=True):
    """A row with its number as a spreadsheet shows it; the heading is row 1."""

    number: int
    cells: list[str]


class Sheet(msgspec.Struct, frozen=True):
    """A list: its heading, its rows that are not empty, and what the file was written in."""

    heading: list[str]
    rows: list[Row]
    written_in: str


def read(data: bytes, *, most: int) -> Sheet:
    """Return the list in a file of at most `most` rows below the heading; raises `Unreadable`. Blocks: use a thread."""
    if data.startswith(b"PK\x03\x04"):
        return _sheet(_from_workbook(data), "XLSX", most)
    if data.startswith(_OLD_EXCEL):
        raise Unreadable(_("This is an old or locked Excel file. Please save it as .xlsx without a password."))
    words, encoding = _decoded(data)
    return _sheet(_from_csv(words), ENCODINGS[encoding], most)


def _sheet(rows: Iterable[list[str]], written_in: str, most: int) -> Sheet:
    """Put a list together; rows of blanks count only for the numbers."""
    numbered = []
    for n, cells in enumerate(rows, start=1):
        if any(cells):
            if n > most + 1:
                raise Unreadable(_("This list has more than %(n)s lines. Please send it in parts.", n=most))
            numbered.append(Row(n, _without_end(cells)))
    if len(numbered) < 2:
        raise Unreadable(_("There is nothing below the heading in this file."))
    width = len(numbered[0].cells)
    below = [Row(row.number, row.cells + [""] * (width - len(row.cells))) for row in numbered[1:]]
    return Sheet(heading=numbered[0].cells, rows=below, written_in=written_in)


def _without_end(cells: list[str]) -> list[str]:
    """Return cells without the empty ones behind the last that is not."""
    last = max(n for n, cell in enumerate(cells) if cell)
    return cells[: last + 1]


def _decoded(data: bytes) -> tuple[str, str]:
    """Return the words of a file and the encoding in which they make sense."""
    for encoding in ENCODINGS:
        if encoding == "utf-16" and not data.startswith(_UTF_16):
            continue
        try:
            words = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in words:
            return words, encoding
    raise Unreadable


def _from_csv(words: str) -> Iterable[list[str]]:
    first = words.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        for row in csv.reader(io.StringIO(words, newline=""), delimiter=delimiter):
            yield [_plain(cell) for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise Unreadable from error


def _plain(cell: str) -> str:
    """Return a cell without blanks around it, and without the apostrophe by which our own lists are harmless."""
    words = cell.strip()
    return words[1:] if words[:1] == "'" and words[1:2] in set("=+-@＝＋－＠") else words


def _from_workbook(data: bytes) -> Iterable[list[str]]:
    """Yield the rows of the first sheet; of formulas what they came to when the file was saved."""
    try:
        _refuse_bombs(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not to be relied on
        for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
            yield [_words(value) for value in row] if any(value is not None for value in row) else []
    except DomainError:
        raise
    except Exception as error:  # a broken file breaks the library in many ways
        raise Unreadable from error


def _refuse_bombs(data: bytes) -> None:
    """Refuse what grows when it is opened. What a part says of its size is the most that `zipfile` unpacks of it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        large = [p for p in parts if p.file_size > LARGEST_PART and not _is_bulk(p.filename)]
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST or large:
            raise Unreadable(_("This workbook is too large. Please save the list alone, as CSV."))
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                with archive.open(part) as file:
                    _refuse_entities(file.read(64 * 1024))


def _is_bulk(name: str) -> bool:
    return name.startswith("xl/worksheets/") or name == "xl/sharedStrings.xml"


class _Begun(Exception):
    """The first element has come: nothing can be declared any more."""


def _refuse_entities(beginning: bytes) -> None:
    """Refuse XML that declares anything: entities are how a small file becomes a large one."""

    def declared(*_args: object) -> None:
        raise Unreadable

    def begun(*_args: object) -> None:
        raise _Begun

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = begun
    try:
        parser.Parse(beginning, False)  # noqa: FBT003  # expat knows no keywords
    except _Begun:
        return
    raise Unreadable


def _words(value: Any) -> str:
    """Return a cell as it would be typed: whole numbers without a point, days as 2026-11-21."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(timespec="minutes")
    return str(value).replace("_x000D_", "").strip()
