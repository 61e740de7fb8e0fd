"""Who judges what as a list for spreadsheets: given out, changed there, brought back as a whole."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from app.awards.assigning import changes
from app.awards.assigning.changes import change
from app.awards.assigning.ground import Ground, ground, locked
from app.awards.assigning.writing import Change
from app.awards.reach import RoundRef
from app.core import audit, sheets, spreadsheet
from app.core.db import transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.people.roles import Principal

HEADING = ("entry", "judge", "title", "name", "state")
"""The first two are what is read; in English in every language, as programs read them."""
MOST_LINES = 10_000
LARGEST = 2 * 1024 * 1024
"""Bytes of a list that is brought."""
SHOWN = 50
"""Lines with something wrong that are named."""


class Line(Struct, frozen=True):
    """A line of a list: where it stands, the number of an entry and the pseudonym of a judge."""

    row: int
    entry: str
    judge: str


async def export(*, found: RoundRef, principal: Principal, now: dt.datetime) -> bytes:
    """Return what stands as CSV; entries without judges have a line as well, with no judge."""
    known = await ground(found)
    rows = _rows(known)
    await audit.record(
        actor=principal.actor,
        action="assignment.export",
        subject=f"round:{found.id}",
        now=now,
        detail={"lines": len(rows)},
    )
    return await asyncio.to_thread(spreadsheet.written, HEADING, rows)


def _rows(known: Ground) -> list[Sequence[str]]:
    titles = {one.id: (str(one.number), text(one.title)) for one in known.entries}
    rows: list[Sequence[str]] = []
    for entry, (number, title) in titles.items():
        mine = [one for one in known.standing if one.entry == entry]
        for one in mine:
            state = "submitted" if one.submitted else "begun" if one.begun else ""
            rows.append((number, one.pseudonym, title, one.label, state))
        if not mine:
            rows.append((number, "", title, "", ""))
    return rows


async def bring(*, found: RoundRef, data: bytes, reason: str, principal: Principal, now: dt.datetime) -> Change:
    """Let the judges of all entries be those of a list; entries that it does not name keep theirs.

    Raises `Unreadable`, `Invalid` with every wrong line, `PromisesBroken` without a reason.
    """
    if len(data) > LARGEST:
        raise Invalid([FieldError("file", "too_long", _("This list is too large."))])
    sheet = await asyncio.to_thread(sheets.read, data, most=MOST_LINES)
    lines = _lines(sheet)
    async with transaction():
        known = await locked(found)
        panels, wrong = _panels(known, lines)
        if wrong:
            raise Invalid([FieldError("file", "line", words) for words in wrong[:SHOWN]])
        if barred := changes.refused(known, panels):
            raise Invalid([FieldError("file", "conflict", words) for words in barred[:SHOWN]])
        return await change(known, panels, reason, source="file", principal=principal, now=now)


def _lines(sheet: sheets.Sheet) -> list[Line]:
    columns = {name.strip().casefold(): n for n, name in reversed(list(enumerate(sheet.heading)))}
    if not {"entry", "judge"} <= columns.keys():
        words = _('The list needs the columns "entry" and "judge", as in the list given out here.')
        raise Invalid([FieldError("file", "columns", words)])
    entry, judge = columns["entry"], columns["judge"]
    return [Line(row.number, row.cells[entry], row.cells[judge]) for row in sheet.rows]


def _panels(known: Ground, lines: list[Line]) -> tuple[dict[UUID, set[UUID]], list[str]]:
    """Return the panels of a list, and in words which of its lines nobody can understand."""
    entries = {str(one.number): one.id for one in known.entries}
    judges = {one.pseudonym: one.judge for one in known.standing} | {s.pseudonym: s.judge for s in known.seats}
    panels: dict[UUID, set[UUID]] = {}
    wrong = []
    for line in lines:
        entry, judge = entries.get(line.entry), judges.get(line.judge.upper())
        if entry is None:
            wrong.append(_("Line %(row)s: there is no entry %(n)s in this round.", row=line.row, n=line.entry[:20]))
        elif line.judge and judge is None:
            wrong.append(_("Line %(row)s: no judge %(n)s sits on the panel.", row=line.row, n=line.judge[:20]))
        else:
            panels.setdefault(entry, set()).update({judge} if judge else ())
    return panels, wrong
