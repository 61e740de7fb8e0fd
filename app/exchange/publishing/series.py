"""Dates of a series that is published: what is read of its rule, and one date of it as if it stood alone. Pure."""

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec

from app.exchange.publishing.said import Said
from app.exchange.schemas import Incoming

_DAY = dt.timedelta(days=1)


def incoming(said: Said) -> Incoming:
    """Return what a publication says of its times, as a source would tell it."""
    zone = ZoneInfo(said.zone or "UTC")
    starts_at = said.starts_at or _midnight(said.first_day, zone)
    ends_at = said.ends_at or _midnight(said.last_day, zone) + _DAY
    return Incoming(
        uid=said.uid,
        recurrence_id=said.instance,
        starts_at=starts_at.astimezone(dt.UTC),
        ends_at=ends_at.astimezone(dt.UTC),
        first_day=said.first_day,
        last_day=said.last_day,
        zone=zone.key,
        title=said.title,
        status=said.status,
        recurrence=said.recurrence,
        digest=b"",
    )


def _midnight(day: dt.date | None, zone: ZoneInfo) -> dt.datetime:
    assert day is not None  # noqa: S101  # it has moments or days
    return dt.datetime.combine(day, dt.time(), zone)


def on(said: Said, starts: dt.datetime, ends: dt.datetime) -> Said:
    """Return a publication on one date of its series; both in UTC, the end exclusive."""
    zone = ZoneInfo(said.zone or "UTC")
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    if said.starts_at is not None:
        return msgspec.structs.replace(said, starts_at=first, ends_at=last)
    return msgspec.structs.replace(said, first_day=first.date(), last_day=max(first, last - _DAY).date())
