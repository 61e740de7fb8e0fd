"""Dates and times as calendars write them, and as they were meant. Pure."""

import datetime as dt
import re
from typing import Literal

from msgspec import Struct

from app.exchange.reading.japanese import moment_of
from app.exchange.reading.properties import Property
from app.exchange.reading.zones import Zones

EARLIEST, LATEST = 1000, 9000
"""Years; beyond them, moments of some zones have no name in UTC."""
_LONGEST = 60
_DATE = re.compile(r"^\s*(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})", re.ASCII)
_TIME = re.compile(r"^[Tt\s]+(\d{2}):?(\d{2}):?(\d{2})?(?:[.,]\d+)?\s*(Z|z|[+-]\d{2}:?\d{2})?\s*$", re.ASCII)
_ODD_TIME = re.compile(r"^[Tt\s]+(\d{2})(\d{2})(?:(\d{2})\d?|\d)?[Tt]?\s*([Zz])?\s*$", re.ASCII)
"""A digit too many or too few behind the minutes, or a `T` at the end."""
_DURATION = re.compile(r"^([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$", re.IGNORECASE)

Flag = Literal["floating", "zone_unknown", "hour_24", "time_odd"]


class Moment(Struct, frozen=True, gc=False):
    """A day (`at` is None) or a moment: `local` as the clocks of `zone` show it, `at` in UTC.

    Without a zone that is known, `at` is what it would be in the zone of the feed, and a flag says so.
    """

    local: dt.datetime
    at: dt.datetime | None
    zone: str = ""
    flags: tuple[Flag, ...] = ()

    @property
    def is_day(self) -> bool:
        """Whether it is a day and no moment."""
        return self.at is None


def moment(found: Property, zones: Zones, *, usual: str) -> Moment | None:
    """Return what a property of a time says; `usual` is the zone of the feed. None for what is no time."""
    date = _DATE.match(found.value)
    try:
        day = dt.datetime(int(date[1]), int(date[2]), int(date[3])) if date else None  # noqa: DTZ001  # of some place
    except ValueError:
        return None
    if date is None or day is None:
        return _in_words(found, zones, usual)
    rest = found.value[date.end() :]
    if not EARLIEST <= day.year <= LATEST:
        return None
    time = _TIME.match(rest) or _ODD_TIME.match(rest)
    if rest.strip() in {"Z", "z"}:
        return Moment(day, None, "", ("time_odd",))
    if not rest.strip() or (_is_called_day(found) and not _says_time(time)):
        return Moment(day, None)
    return _in_words(found, zones, usual) if time is None else _at(day, time, found, zones, usual)


def says_time_as_day(found: Property) -> bool:
    """Whether a property calls itself a day (VALUE=DATE) and says a time of the day all the same."""
    date = _DATE.match(found.value) if _is_called_day(found) else None
    return date is not None and _says_time(_TIME.match(found.value[date.end() :]))


def _is_called_day(found: Property) -> bool:
    return found.parameters.get("VALUE", "").upper() == "DATE"


def _says_time(time: re.Match[str] | None) -> bool:
    """Whether what calls itself a day has a time all the same, and not that of midnight."""
    return time is not None and time[1] + time[2] not in {"0000", "2400"}


def _in_words(found: Property, zones: Zones, usual: str) -> Moment | None:
    """Return what is written as people write it: `2026年5月1日 10時`, `令和8年5月1日`."""
    said = moment_of(found.value) if len(found.value) <= _LONGEST else None
    if said is None or not EARLIEST <= said[0].year <= LATEST:
        return None
    day, time = said
    local = dt.datetime.combine(day, time or dt.time())
    if time is None:
        return Moment(local, None, "", ("time_odd",))
    return _placed(local, found, zones, usual, ["time_odd"])


def _at(day: dt.datetime, time: re.Match[str], found: Property, zones: Zones, usual: str) -> Moment | None:
    hours, minutes, seconds = int(time[1]), int(time[2]), int(time[3] or 0)
    if hours > 24 or minutes > 59 or seconds > 60 or (hours == 24 and (minutes or seconds)):
        return None
    flags: list[Flag] = ["hour_24"] if hours == 24 else []
    if time[3] is None or time.re is _ODD_TIME or "-" in found.value[:8]:
        flags.append("time_odd")
    local = day + dt.timedelta(hours=hours, minutes=minutes, seconds=min(seconds, 59))
    if time[4]:
        return _with_offset(local, time[4], flags)
    return _placed(local, found, zones, usual, flags)


def _placed(local: dt.datetime, found: Property, zones: Zones, usual: str, flags: list[Flag]) -> Moment:
    name = found.parameters.get("TZID", "").strip()
    known = zones.moment(local, name) if name else None
    if known is not None:
        return Moment(local, known, name, tuple(flags))
    flags.append("zone_unknown" if name else "floating")
    at = zones.moment(local, usual)
    return Moment(local, at or local.replace(tzinfo=dt.UTC), name or usual, tuple(flags))


def _with_offset(local: dt.datetime, offset: str, flags: list[Flag]) -> Moment | None:
    try:
        zone = dt.datetime.strptime(offset.upper(), "%z").tzinfo
    except ValueError:
        return None
    at = local.replace(tzinfo=zone).astimezone(dt.UTC)
    return Moment(at.replace(tzinfo=None), at, "UTC", tuple(flags))


def duration(written: str) -> dt.timedelta | None:
    """Return a duration such as `PT1H30M`; None for what is none."""
    found = nominal(written)
    return None if found is None else dt.timedelta(days=found[0]) + found[1]


def nominal(written: str) -> tuple[int, dt.timedelta] | None:
    """Return a duration as days of the calendar, however many hours they have, and exact time (RFC 5545, 3.3.6)."""
    found = _DURATION.match(written.strip())
    if found is None or not any(found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    if max(weeks * 7, days) > 3660 or hours > 90_000:
        return None  # no event of ours lasts ten years
    sign = -1 if found[1] == "-" else 1
    return sign * (weeks * 7 + days), sign * dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
