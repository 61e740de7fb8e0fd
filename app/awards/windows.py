"""When something is taken: a window with its grace, exact to the millisecond, wherever the reader sits."""

import datetime as dt
from typing import Literal
from zoneinfo import ZoneInfo

Phase = Literal["before", "open", "grace", "closed"]


class NoSuchTime(ValueError):
    """The clocks of the zone skip this time: they are put forward over it."""


def ends_at(closes_at: dt.datetime, grace_ms: int) -> dt.datetime:
    """Return the first moment at which nothing is taken any more, in UTC: there an hour is always an hour."""
    return closes_at.astimezone(dt.UTC) + dt.timedelta(milliseconds=grace_ms)


def phase(now: dt.datetime, opens_at: dt.datetime, closes_at: dt.datetime, grace_ms: int = 0) -> Phase:
    """Return where a moment lies; the grace begins at `closes_at` itself. All moments carry an offset."""
    # Two moments of one zone are compared by the hands of its clock, which show an hour twice in autumn.
    now = now.astimezone(dt.UTC)
    if now < opens_at:
        return "before"
    if now < closes_at:
        return "open"
    return "grace" if now < ends_at(closes_at, grace_ms) else "closed"


def accepts(now: dt.datetime, opens_at: dt.datetime, closes_at: dt.datetime, grace_ms: int = 0) -> bool:
    """Whether something is taken at a moment: `opens_at <= now < closes_at + grace`."""
    return phase(now, opens_at, closes_at, grace_ms) in {"open", "grace"}


def moment_in(zone: str, local: str) -> dt.datetime:
    """Return the moment (UTC) at which the clocks of a zone show `local` (ISO 8601), the first where there are two.

    Raises `ValueError`: `NoSuchTime` where there is none, the plain one for what is no time at all.
    """
    wall = dt.datetime.fromisoformat(local)
    if wall.tzinfo is not None:
        return wall.astimezone(dt.UTC)
    moment = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        raise NoSuchTime(local)
    return moment
