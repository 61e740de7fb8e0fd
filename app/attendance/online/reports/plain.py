"""Our own table, for platforms of which we know nothing else: id, name, email, joined_at, left_at. Pure."""

from collections.abc import Sequence

from app.attendance.online.reports.headings import Line, stays
from app.attendance.online.reports.rows import Row

HEADING = ("id", "name", "email", "joined_at", "left_at")


def lines(rows: Sequence[Row]) -> list[Line]:
    """Return the stays of a table, whatever the order of its columns."""
    return list(stays(rows, until_again=False))
