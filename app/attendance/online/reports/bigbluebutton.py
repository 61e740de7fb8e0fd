"""What BigBlueButton keeps of a meeting: the JSON of its learning dashboard in its three forms, or its table. Pure.

Times are milliseconds since 1970; 0 is a leaving that was not seen. When the meeting has ended, whoever had not left
stayed until then, as the dashboard shows it.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from app.attendance.online.reports.headings import Line, folded, stays
from app.attendance.online.reports.rows import LONGEST_CELL, MOST_ROWS, Row
from app.core.i18n import gettext as _
from app.core.sheets import Unreadable

_OURS: Final = frozenset({"moderator", "activity score"})
_LAST: Final = 253_402_300_799_000
"""Milliseconds to the end of the year 9999."""


def recognises(rows: Sequence[Row]) -> bool:
    """Whether a table looks like the dashboard's."""
    return any({folded(cell) for cell in row.cells} >= _OURS for row in rows[:5])


def lines(rows: Sequence[Row]) -> list[Line]:
    """Return the stays of the dashboard's table, which has names and no numbers of ours."""
    return list(stays(rows, until_again=False))


def lines_of_json(text: str) -> list[Line]:
    """Return the stays of the dashboard's JSON, numbered in their order. Raises `Unreadable`."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(_("This is no complete report of BigBlueButton.")) from error
    users = found.get("users") if isinstance(found, dict) else None
    if not isinstance(users, dict):
        raise Unreadable(_("This is no complete report of BigBlueButton."))
    made: list[Line] = []
    for user in users.values():
        made += _of_user(user, found.get("endedOn"), len(made)) if isinstance(user, dict) else []
        if len(made) > MOST_ROWS:
            raise Unreadable(_("This report has more than %(n)s lines. Please send it in parts.", n=MOST_ROWS))
    return made


def _of_user(user: dict[str, Any], ended: object, before: int) -> list[Line]:
    return [
        Line(
            number=before + n,
            name=_text(user.get("name")),
            id=_text(user.get("extId")),
            joined=_moment(stay.get("registeredOn")) or "",
            left=_moment(stay.get("leftOn")) or _moment(ended) or "",
            by_meeting=not _moment(stay.get("leftOn")) and bool(_moment(ended)),
        )
        for n, stay in enumerate(_stays(user), start=1)
    ]


def _stays(user: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a user's stays: by page and session (from 2.6 on), by page (2.5), or of the user himself (2.4)."""
    pages = user.get("intIds")
    for page in pages.values() if isinstance(pages, dict) else [user]:
        sessions = page.get("sessions") if isinstance(page, dict) else None
        for stay in sessions if isinstance(sessions, list) else [page]:
            if isinstance(stay, dict):
                yield stay


def _moment(value: object) -> dt.datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LAST:
        return None
    return dt.datetime.fromtimestamp(int(value) // 1000, dt.UTC).replace(microsecond=int(value) % 1000 * 1000)


def _text(value: object) -> str:
    return value.strip()[:LONGEST_CELL] if isinstance(value, str) else ""
