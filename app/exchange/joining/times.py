"""How well the times of two events fit together. Pure."""

import datetime as dt
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.exchange.schemas import Incoming

HOUR = dt.timedelta(hours=1)
DOORS = HOUR
"""Doors open that long before the beginning, and one calendar may say the one, the other the other."""
ROUNDED = HOUR / 4
"""A concert from 12:10 to 12:50 is from 12 to 13 for those who do not look closely."""
LONG = 3 * HOUR
"""From here on an event is no single session: its hours may be told more or less exactly."""


class Span(Struct, frozen=True):
    """When an event is, by days of its place (both included), and by moments where it has any."""

    first: dt.date
    last: dt.date
    starts: dt.datetime | None
    ends: dt.datetime | None

    @property
    def days(self) -> int:
        """How many days it touches."""
        return (self.last - self.first).days + 1


def span_of(event: Incoming) -> Span:
    """Return when an event is."""
    if event.first_day is not None:
        return Span(event.first_day, max(event.first_day, event.last_day or event.first_day), None, None)
    zone = ZoneInfo(event.zone)
    ends = event.ends_at if event.ends_at > event.starts_at else None
    last = (ends - dt.timedelta(microseconds=1) if ends else event.starts_at).astimezone(zone).date()
    return Span(event.starts_at.astimezone(zone).date(), last, event.starts_at, ends)


def fit(one: Span, other: Span) -> float:
    """Return how well two spans fit, from 0 (not the same event) to 1 (the same start, no other end)."""
    if one.first > other.last or other.first > one.last:
        return 0.0
    if one.starts is not None and other.starts is not None and one.days <= 2 and other.days <= 2:
        return _by_clock(one, other)
    if one.starts is None and other.starts is None:
        return _by_days(one, other)
    return _mixed(one, other)


def same_start(one: Span, other: Span) -> bool:
    """Whether both begin at the same moment, or on the same day where one has no time."""
    if one.starts is not None and other.starts is not None:
        return one.starts == other.starts
    return one.first == other.first


def same_span(one: Span, other: Span) -> bool:
    """Whether both begin and, as far as they say so, end together."""
    if not same_start(one, other):
        return False
    if one.ends is not None and other.ends is not None:
        return one.ends == other.ends
    return one.last == other.last


def _by_clock(one: Span, other: Span) -> float:
    assert one.starts is not None  # noqa: S101  # asked before
    assert other.starts is not None  # noqa: S101
    apart = abs(one.starts - other.starts)
    if not apart:
        return 1.0 if same_span(one, other) else 0.9
    if one.ends is None or other.ends is None:
        return 0.8 if apart <= DOORS / 2 else 0.0
    both = min(one.ends, other.ends) - max(one.starts, other.starts)
    shorter = min(one.ends - one.starts, other.ends - other.starts)
    if apart <= DOORS and one.ends == other.ends:
        return 0.9
    if apart <= ROUNDED and abs(one.ends - other.ends) <= ROUNDED:
        return 0.85
    return 0.75 if shorter >= LONG and both >= shorter / 2 else 0.0


def _by_days(one: Span, other: Span) -> float:
    if one.first == other.first and one.last == other.last:
        return 1.0
    both = (min(one.last, other.last) - max(one.first, other.first)).days + 1
    whole = one.days + other.days - both
    if one.first == other.first or one.last == other.last:
        return 0.85 if both / whole >= 0.5 else 0.7
    return 0.75 if both / whole >= 0.5 else 0.3


def _mixed(one: Span, other: Span) -> float:
    """A day beside a time on it says the same; weeks beside one afternoon hardly."""
    if one.first == other.first and one.last == other.last:
        return 0.95
    if one.first == other.first:
        return 0.75
    return 0.3 if min(one.days, other.days) * 4 < max(one.days, other.days) or _inside(one, other) else 0.6


def _inside(one: Span, other: Span) -> bool:
    """Whether a single session lies on a later one of several days: it is a part of what the days are."""
    timed, days = (one, other) if one.starts is not None else (other, one)
    brief = timed.starts is not None and timed.ends is not None and timed.ends - timed.starts < LONG
    return brief and timed.days == 1 and days.days > 1 and timed.first > days.first
