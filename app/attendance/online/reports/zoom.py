"""Participant reports of Zoom: CSV with or without a meeting's summary above, meetings and webinars. Pure.

A line is one stay: whoever comes again has another line. Lines of the waiting room are no participation. The list of
"unique users" has a total in place of times: by that nobody can say when somebody was there.
"""

from collections.abc import Sequence

from app.attendance.online.reports.headings import Line, columns, folded, stays
from app.attendance.online.reports.rows import Row

_OURS = frozenset(
    {"name (original name)", "user name (original name)", "名前 (元の名前)", "in waiting room", "recording consent"}
)


def recognises(rows: Sequence[Row]) -> bool:
    """Whether a table looks like one of Zoom's."""
    return any(_OURS & {folded(cell) for cell in row.cells} for row in rows)


def has_times(rows: Sequence[Row]) -> bool:
    """Whether the report says when people came; "unique users" does not."""
    return any(columns(row.cells).is_of_stays for row in rows)


def lines(rows: Sequence[Row]) -> list[Line]:
    """Return the stays of every meeting in the file."""
    return list(stays(rows))
