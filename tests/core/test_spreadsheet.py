"""Lists for spreadsheets: read back as written, and nothing in them runs."""

import csv
import io

import pytest

from app.core.spreadsheet import harmless, written

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    " =1",
    "\u200b=1",
    "\u00a0=1",
    "﹢1",
]


def test_list_is_read_back_with_its_fields() -> None:
    content = written(["Name", "Note"], [['林, "Hanako"', "two\nlines"], ["=1+1", ""]])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [["Name", "Note"], ['林, "Hanako"', "two\nlines"], ["'=1+1", ""]]


@pytest.mark.parametrize("words", FORMULAS)
def test_formulas_are_made_harmless(words: str) -> None:
    assert harmless(words) == f"'{words}"


@pytest.mark.parametrize("words", ["", "李娜", "a=b", "Anne-Marie", "O'Neil", "1+1", "　山田"])
def test_other_words_stay_as_they_are(words: str) -> None:
    assert harmless(words) == words
