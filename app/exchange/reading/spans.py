"""When an event begins and ends, and in which zone that is shown. Pure."""

import datetime as dt
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.exchange.reading.times import Moment
from app.exchange.reading.zones import Zones, known

DAY = dt.timedelta(days=1)
HALF_A_YEAR = dt.timedelta(days=182)
_WITH_SUMMER = (
    "Europe/Berlin", "Europe/London", "Europe/Helsinki", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland",
)  # fmt: skip
"""Zones whose clocks a series may go by, where its feed defines them under a name that nobody knows."""


class Span(Struct, frozen=True):
    """In UTC, `ends_at` exclusive; days (both included) only for whole days, whose moments are midnights."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    first_day: dt.date | None = None
    last_day: dt.date | None = None


def span(starts: Moment, ends: Moment | None, zone: str) -> Span:
    """Return the span of an event: without an end, a moment ends when it starts, a day at the next midnight.

    `ends` is exclusive, for days too; a day that ends with itself, as some programs write it, is that day.
    """
    if starts.at is not None:
        return Span(starts.at, ends.at if ends and ends.at and ends.at > starts.at else starts.at)
    first = starts.local.date()
    after = max(ends.local.date() if ends else first, first + DAY)
    return Span(midnight(first, zone), midnight(after, zone), first, after - DAY)


def midnight(day: dt.date, zone: str) -> dt.datetime:
    """Return the moment (UTC) at which a day begins in a zone (IANA)."""
    return dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)


def zone_of(starts: Moment, zones: Zones, usual: str, *, recurs: bool) -> tuple[str, bool]:
    """Return the zone (IANA) in which an event is shown, and whether that is another one than its feed names.

    The clocks of the zone show at the start (and, for what recurs, in the other half of the year) what those of the
    feed show. UTC is shown in the zone of the feed, but a rule that was written in UTC stays there.
    """
    if starts.at is None or starts.zone in {"", usual} or "zone_unknown" in starts.flags:
        return usual, False
    meant = known(starts.zone)
    if isinstance(meant, ZoneInfo) and _agree(starts, zones, meant.key, recurs=recurs):
        return meant.key, False
    if meant is dt.UTC and not recurs:
        return usual, False
    for name in (usual, *_fixed(starts), *(_WITH_SUMMER if recurs else ())):
        if _agree(starts, zones, name, recurs=recurs):
            return name, meant is None
    return usual, True


def _agree(starts: Moment, zones: Zones, name: str, *, recurs: bool) -> bool:
    """Whether clocks of the zone `name` (IANA) show what those of the event's own zone show."""
    zone = ZoneInfo(name)
    for later in (dt.timedelta(), HALF_A_YEAR) if recurs else (dt.timedelta(),):
        local = starts.local + later
        at = zones.moment(local, starts.zone) if later else starts.at
        if at is None or at.astimezone(zone).replace(tzinfo=None) != local:
            return False
    return True


def _fixed(starts: Moment) -> tuple[str, ...]:
    """Return IANA's zone of clocks that are always as far from UTC; there is one for whole hours."""
    ahead = starts.local.replace(tzinfo=dt.UTC) - starts.at if starts.at else dt.timedelta()
    hours, rest = divmod(round(ahead.total_seconds()), 3600)
    if rest or not -12 <= hours <= 14:
        return ()
    return (f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC",)
