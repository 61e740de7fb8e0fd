"""Attendance reports of Microsoft Teams: tables with tabs, three sections numbered in any language. Pure.

The third section has a line for every stay, and is the one to read. Without it the second has a line for everybody,
from the first coming to the last leaving: such a stay is taken as long as the platform says that it was, from its
beginning, and never longer. The report of early years has a line for every coming and every leaving.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from app.attendance.online.reports.headings import Columns, Line, columns, folded, line, stays
from app.attendance.online.reports.rows import Row

_SECTION: Final = re.compile(r"(\d)\.\s*\S")
_LEFT: Final = re.compile(r"left|leave|退出|退室|离开|나감", re.IGNORECASE)
_UPN: Final = "(upn)"


def recognises(rows: Sequence[Row]) -> bool:
    """Whether a table looks like one of Teams'."""
    return any(_number(row) == 2 for row in rows) or any(
        _UPN in folded(cell) or "action" in columns(row.cells).places for row in rows[:10] for cell in row.cells
    )


def lines(rows: Sequence[Row]) -> list[Line]:
    """Return the stays of a report."""
    sections = _sections(rows)
    if any("action" in columns(row.cells).places for row in rows[:20]):
        return _of_actions(rows)
    people = list(stays(sections.get(2, []), until_again=False)) if sections else []
    single = list(stays(sections.get(3, []), until_again=False)) if sections else list(stays(rows, until_again=False))
    if single:
        return [_with_address(one, people) for one in single]
    return [_as_long_as_said(one) for one in people]


def _number(row: Row) -> int | None:
    """Return the number of the section that a row begins."""
    said = [cell for cell in row.cells if cell]
    found = _SECTION.match(said[0]) if len(said) == 1 else None
    return int(found[1]) if found else None


def _sections(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    here: list[Row] = []
    for row in rows:
        number = _number(row)
        if number is not None:
            here = found.setdefault(number, [])
        else:
            here.append(row)
    return found


def _with_address(one: Line, people: Sequence[Line]) -> Line:
    """Return a stay with the address and number that the list of people has for its name, if it has one such alone."""
    if one.email or not one.name:
        return one
    named = [other for other in people if other.name == one.name]
    return replace(one, email=named[0].email, id=one.id or named[0].id) if len(named) == 1 else one


def _as_long_as_said(one: Line) -> Line:
    return replace(one, by_length=one.seconds is not None)


def _of_actions(rows: Iterable[Row]) -> list[Line]:
    """Return stays from lines that say who came and who left; the n-th leaving ends the latest coming of that name."""
    found: list[Line] = []
    inside: dict[str, int] = {}
    here: Columns | None = None
    for row in rows:
        meant = columns(row.cells)
        if {"action", "moment"} <= set(meant.places):
            here = meant
        elif here is not None:
            _act(found, inside, row, here)
    return found


def _act(found: list[Line], inside: dict[str, int], row: Row, here: Columns) -> None:
    one = line(row, here)
    moment, left = row.cell(here.places["moment"]), _LEFT.search(row.cell(here.places["action"]))
    at = inside.pop(one.name, None)
    if left and at is not None:
        found[at] = replace(found[at], left=moment)
    else:
        found.append(replace(one, left=moment) if left else replace(one, joined=moment))
        if not left:
            inside[one.name] = len(found) - 1
