"""Files of any encoding, and hostile ones, as rows."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attendance.online.reports import rows
from app.core.sheets import Unreadable

TEXT = "名前,参加時刻\n山田　太郎,2026/11/21 10:00\n"


@pytest.mark.parametrize(
    ("codec", "called"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("cp932", "Shift_JIS"),
    ],
)
def test_every_encoding_gives_the_same_rows(codec: str, called: str) -> None:
    written = rows.decoded(TEXT.encode(codec))
    assert written.encoding == called
    assert [row.cells for row in rows.table(written.text)] == [
        ("名前", "参加時刻"),
        ("山田　太郎", "2026/11/21 10:00"),
    ]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_known_by_its_zeros(codec: str) -> None:
    assert rows.decoded("Name\tJoin Time\r\nGuest\t10:00".encode(codec)).text.startswith("Name\tJoin Time")


def test_bytes_of_no_encoding_are_refused() -> None:
    for data in (b"\xff\x00\xfe\x01\x80", b"\x00" * 40, b"\x81\xff\xff,a", b"\xff\xfe\x00"):
        with pytest.raises(Unreadable):
            rows.decoded(data)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a,b;c\nd,e", [("a", "b;c"), ("d", "e")]),
        ("a;b\nc;d", [("a", "b"), ("c", "d")]),
        ("1. Summary\na\tb, c", [("1. Summary",), ("a", "b, c")]),
        ('a,"b\nc"\nd,e', [("a", "b\nc"), ("d", "e")]),
        ("'=SUM(A1),'-1,'x", [("=SUM(A1)", "-1", "'x")]),
    ],
)
def test_cells_are_what_was_meant(text: str, cells: list[tuple[str, ...]]) -> None:
    assert [row.cells for row in rows.table(text)] == cells


def test_rows_are_numbered_as_the_file_has_them() -> None:
    found = rows.table('a,b\r\n\r\n"c\r\nd",e\r\n,\r\nf,g\r\n')
    assert [row.number for row in found] == [1, 3, 6]


def test_too_many_rows_are_refused_and_too_many_cells_cut() -> None:
    with pytest.raises(Unreadable):
        rows.table("a,b\n" * (rows.MOST_ROWS + 1))
    [row] = rows.table("x," * 5_000)
    assert len(row.cells) == rows.MOST_COLUMNS
    assert len(rows.table("y" * 100_000)[0].cells[0]) == rows.LONGEST_CELL


def test_quote_that_never_ends_is_refused() -> None:
    with pytest.raises(Unreadable):
        rows.table('a,"' + "x" * 200_000)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        rows.table(rows.decoded(data).text)
