"""Lists that people upload: read in what spreadsheets write, and refused when they are no lists."""

import datetime as dt
import io
import time
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook, load_workbook

from app.core import sheets, spreadsheet
from app.core.sheets import Unreadable, read

ROWS = [["林", "李娜, Dr."], ["髙橋", ""]]


def packed(heading: list[str], rows: list[list[object]]) -> bytes:
    """Return a workbook as somebody's Excel writes it: numbers, days and formulas as such."""
    book = Workbook()
    assert book.active is not None
    book.active.append(heading)
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(**parts: bytes) -> bytes:
    """Return a workbook in which some parts are others; `sheet` is the sheet, `styles` the styles."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "styles": "xl/styles.xml"}
    changed = {names.get(name, name): content for name, content in parts.items()}
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed(["a"], [["b"]]))) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in {*old.namelist(), *changed}:
            new.writestr(name, changed.get(name) or old.read(name))
    return file.getvalue()


def grown(name: str, before: bytes, more: bytes) -> bytes:
    """Return a workbook that can be read, with something more in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(zipped())) as old:
        whole = old.read(name)
    assert before in whole
    return zipped(**{name: whole.replace(before, more + before, 1)})


DECLARES = b'<!DOCTYPE styleSheet [<!ENTITY a "aaaaaaaaaa">]>'
STYLES, SHEET = "xl/styles.xml", "xl/worksheets/sheet1.xml"


def test_grown_workbook_can_be_read_but_for_what_has_grown() -> None:
    """The refusals below are for what was added, not for a file that is broken."""
    for name, before in ((STYLES, b"<styleSheet"), (STYLES, b"</styleSheet"), (SHEET, b"</worksheet")):
        assert read(grown(name, before, b"\n"), most=10).rows[0].cells == ["b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_what_spreadsheets_write(encoding: str, delimiter: str) -> None:
    words = f'名前{delimiter}備考\r\n林{delimiter}"娘, Dr."\r\n\r\n髙橋{delimiter}\r\n'
    found = read(words.encode(encoding), most=10)
    assert found.heading == ["名前", "備考"]
    assert [(row.number, row.cells) for row in found.rows] == [(2, ["林", "娘, Dr."]), (4, ["髙橋", ""])]
    assert found.written_in == {"utf-16": "UTF-16", "cp932": "Shift_JIS"}.get(encoding, "UTF-8")


@pytest.mark.parametrize("write", [spreadsheet.written, spreadsheet.workbook])
def test_own_lists_are_read_back(write: Callable[..., bytes]) -> None:
    rows = [*ROWS, ["=1+1", "0123"], ["two\nlines", "+81 45"]]
    found = read(write(["Name", "Note"], rows), most=10)
    assert [row.cells for row in found.rows] == rows


def test_workbook_is_read_as_it_looks() -> None:
    data = packed(["Day", "Number", "Half", "Yes"], [[dt.date(2026, 11, 21), 4.0, 1.5, True], [None, None, None, "x"]])
    found = read(data, most=10)
    assert [row.cells for row in found.rows] == [["2026-11-21", "4", "1.5", "yes"], ["", "", "", "x"]]


def test_formulas_are_neither_written_nor_run() -> None:
    data = spreadsheet.workbook(["=1+1"], [['=HYPERLINK("http://evil")'], ["+1"], ["\x07=1"]], title="a/b:c")
    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["a b c"]
    cells = [(cell.data_type, cell.value) for (cell,) in book.worksheets[0].iter_rows()]
    assert cells == [("s", "=1+1"), ("s", '=HYPERLINK("http://evil")'), ("s", "+1"), ("s", "=1")]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert [row.cells for row in read(packed(["a"], [["=1+1"], ["x"]]), most=9).rows] == [["x"]], "no cached result"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"only,a,heading\r\n",
        b"\x00\x01\x02\xff\xfe\xfd",
        b"a,b\r\n\x81",
        b"PK\x03\x04 and no more",
        b"\xd0\xcf\x11\xe0 old",
        b"a,b\n" + b"x" * 200_000 + b",1\n",
        zipped(sheet=b"<broken"),
        zipped(styles=b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'aaaa'>]><a>&a;</a>"),
        zipped(styles='<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY a "b">]><a/>'.encode("utf-16")),
        grown(STYLES, b"<styleSheet", DECLARES),
        grown(STYLES, b"<styleSheet", b"<!--" + b" " * 70_000 + b"-->" + DECLARES),
        grown(STYLES, b"</styleSheet", b" " * sheets.LARGEST_PART),
        grown(SHEET, b"</worksheet", b" " * sheets.LARGEST),
        zipped(styles=b"<!--" + b" " * 70_000 + b"--><!DOCTYPE a [<!ENTITY a 'aaaa'>]><a>&a;</a>"),
        zipped(**{f"more/{n}": b"x" for n in range(sheets.MOST_PARTS)}),
    ],
)
def test_what_is_no_list_is_refused_at_once(data: bytes) -> None:
    begun = time.monotonic()
    with pytest.raises(Unreadable):
        read(data, most=10)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("write", [spreadsheet.written, spreadsheet.workbook])
def test_long_list_is_refused_and_the_longest_is_read(write: Callable[..., bytes]) -> None:
    assert len(read(write(["a"], [["x"]] * 20), most=20).rows) == 20
    with pytest.raises(Unreadable, match="more than 20 lines"):
        read(write(["a"], [["x"]] * 21), most=20)


NS = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
FAR = b'<row r="1048576"><c r="A1048576"><v>3</v></c></row>'


def test_cells_far_away_take_no_room_and_are_not_lost_in_silence() -> None:
    rows = b'<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'
    rows += b'<row r="3"><c r="A3"><v>2</v></c></row>'
    found = read(zipped(sheet=NS + rows + b"</sheetData></worksheet>"), most=10)
    assert (found.heading, found.rows[0].number, found.rows[0].cells) == (["1"], 3, ["2"])
    with pytest.raises(Unreadable, match="more than 10 lines"):
        read(zipped(sheet=NS + rows + FAR + b"</sheetData></worksheet>"), most=10)
