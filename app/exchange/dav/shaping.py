"""A series as a calendar program wants it: each of its dates for itself, or only those written by themselves. Pure.

RFC 4791, 9.6.5 and 9.6.6.
"""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import msgspec

from app.events.ical import BARE_HEAD, FOOT
from app.exchange.dav.asking import Shape, Span
from app.exchange.dav.errors import TooManyDates
from app.exchange.publishing import series
from app.exchange.publishing.listing import Item
from app.exchange.publishing.said import Said, ics
from app.exchange.reading.recurrence import LONGEST, MOST, instances
from app.exchange.schemas import Incoming


def shaped(item: Item, shape: Shape) -> bytes:
    """Return the file of an item in a shape. Raises `TooManyDates`."""
    if item.said is None:
        return item.alone()
    if shape.kind == "limit":
        near = tuple(one for one in item.said.instances if _is_near(one, item.said, shape.span))
        said = msgspec.structs.replace(item.said, instances=near)
        return msgspec.structs.replace(item, ics=_written(item, said)).alone()
    return b"".join([BARE_HEAD, *(_written(item, one) for one in _dates(item.said, shape.span)), FOOT])


def overlaps(said: Said, span: Span) -> bool:
    """Whether any date of a series overlaps with a time that has both its ends; one of too many dates counts."""
    try:
        return any(True for _ in _dates(said, span))
    except TooManyDates:
        return True


def _written(item: Item, said: Said) -> bytes:
    return ics(said, sequence=item.sequence, changed_at=item.changed_at)


def _dates(said: Said, span: Span) -> Iterator[Said]:
    """Yield each date of a series that overlaps with a time, its own ones among them, as if there were no rule."""
    whole = series.incoming(said)
    if not said.recurrence:
        if _overlaps(whole, span):
            yield _in_utc(said)
        return
    own = {one.instance for one in said.instances}
    for starts, ends in _by_rule(whole, span):
        day, moment = _names(said, starts)
        if span.holds(starts, ends) and not own & {day, moment}:
            on, name = series.on(said, starts, ends), day if said.first_day else moment
            yield _in_utc(msgspec.structs.replace(on, recurrence=(), instances=(), instance=name))
    yield from (_in_utc(one) for one in said.instances if _overlaps(series.incoming(one), span))


def _by_rule(whole: Incoming, span: Span) -> list[tuple[dt.datetime, dt.datetime]]:
    assert span.since is not None  # noqa: S101  # a shape has both its ends
    assert span.until is not None  # noqa: S101
    found = [] if span.until - span.since > LONGEST else instances(whole, since=span.since, until=span.until)
    if len(found) >= MOST or span.until - span.since > LONGEST:
        raise TooManyDates
    return found


def _names(said: Said, starts: dt.datetime) -> tuple[str, str]:
    """Return what may name a date of a series: its day, and its moment."""
    local = starts.astimezone(ZoneInfo(said.zone or "UTC"))
    return local.date().isoformat(), local.isoformat()


def _in_utc(said: Said) -> Said:
    """Return a publication whose moments need no zone; days need none anyway."""
    return msgspec.structs.replace(said, zone="UTC") if said.starts_at else said


def _overlaps(event: Incoming, span: Span) -> bool:
    return span.holds(event.starts_at, event.ends_at)


def _is_near(one: Said, said: Said, span: Span) -> bool:
    """Whether a date of its own, or that which it stands for, overlaps with a time."""
    if _overlaps(series.incoming(one), span):
        return True
    whole = series.incoming(said)
    stood = dt.datetime.fromisoformat(one.instance)
    starts = stood if stood.tzinfo else stood.replace(tzinfo=ZoneInfo(said.zone or "UTC"))
    return span.holds(starts, starts + (whole.ends_at - whole.starts_at))
