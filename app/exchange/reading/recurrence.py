"""When a series takes place: its rule, its further dates and those that are left out, in the zone of the event. Pure.

Clocks decide and not moments: what begins at ten begins at ten in summer and in winter. RFC 5545, 3.8.5.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, takewhile
from math import prod
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.exchange.reading.properties import Property, parse
from app.exchange.reading.spans import DAY
from app.exchange.reading.times import Moment, moment
from app.exchange.reading.zones import Zones
from app.exchange.schemas import Incoming

LONGEST = dt.timedelta(days=731)
MOST = 1_000
MOST_STEPS = 20_000
"""Dates of a rule that are looked at: those that are asked for, and of one that counts those before them."""
REACH = {"HOURLY": dt.timedelta(days=4 * 366), "DAILY": dt.timedelta(days=40 * 366)}
"""How far a rule that counts is followed: it may never come true, and only its whole length tells."""
WEEK = 7 * DAY
UNITS = {"HOURLY": dt.timedelta(hours=1), "DAILY": DAY, "WEEKLY": WEEK}
Instance = tuple[dt.datetime, dt.datetime]
"""Start and end, in UTC."""
_RULE = re.compile(
    r"(?:(?:FREQ=(?:HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)|INTERVAL=0*[1-9]\d{0,3}|COUNT=\d{1,6}|UNTIL=\d{8}(?:T\d{6}Z?)?"
    r"|WKST=[A-Z]{2}|BY(?:SECOND|MINUTE|HOUR|DAY|MONTHDAY|YEARDAY|WEEKNO|MONTH|SETPOS)=[A-Z0-9+,-]{1,400}|X-[A-Z-]+=[^;]*)(?:;|$))+",
    re.ASCII,
)
_NO_ZONES = Zones(())


class _Rule(Struct, frozen=True):
    """A rule for dateutil, which takes COUNT or UNTIL and not both, and its UNTIL as clocks of the event show it."""

    said: str
    often: str
    interval: int
    count: int | None
    until: dt.datetime | None
    on: frozenset[int] = frozenset()
    """Days of the week, where it names any."""


@lru_cache(maxsize=1_000)
def is_readable(rule: str) -> bool:
    """Whether the value of a RRULE is one that we can follow; SECONDLY and MINUTELY are not."""
    try:
        found = _rule(rule, ZoneInfo("UTC"))
        next(iter(_dates(found, dt.datetime(2026, 1, 1), None, dt.datetime(2026, 1, 2))), None)  # noqa: DTZ001  # clocks
    except (ValueError, TypeError, OverflowError, AttributeError, LookupError):
        return False
    return True


def instances(
    event: Incoming, exceptions: Iterable[Incoming] = (), *, since: dt.datetime, until: dt.datetime
) -> list[Instance]:
    """Return when a series takes place between two moments, at most two years apart; 1,000 times at most.

    `exceptions` are the instances that the feed writes down by themselves; they stand in place of what the rule says,
    and those that are canceled take no place. A rule that cannot be read counts for nothing.
    """
    until = min(until, since + LONGEST)
    zone = ZoneInfo(event.zone)
    written = {one.recurrence_id: one for one in exceptions if one.uid == event.uid and one.recurrence_id}
    starts = [one for one in _starts(event, zone, since, until) if not written.keys() & set(_names(one, zone))]
    found = [_span(event, local, zone) for local in starts]
    found += [(one.starts_at, one.ends_at) for one in written.values() if one.status != "cancelled"]
    wanted = sorted({one for one in found if one[0] < until and (one[1] > since or one[0] >= since)})
    return wanted[:MOST]


def _starts(event: Incoming, zone: ZoneInfo, since: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
    """Return the starts as the clocks of the zone show them, the first always among them."""
    begins = event.starts_at.astimezone(zone).replace(tzinfo=None)
    first = (since - (event.ends_at - event.starts_at)).astimezone(zone).replace(tzinfo=None)
    last = until.astimezone(zone).replace(tzinfo=None)
    starts, left_out = {begins}, set[dt.datetime | dt.date]()
    for line in filter(None, (parse(one, 0) for one in event.recurrence)):
        if line.name == "RRULE" and is_readable(line.value):
            starts |= set(_dates(_rule(line.value, zone), begins, first, last))
        elif line.name == "RDATE":
            starts |= {local for local, _is_day in _written(line, begins, zone)}
        elif line.name == "EXDATE":
            left_out |= {local.date() if is_day else local for local, is_day in _written(line, begins, zone)}
    return sorted(one for one in starts if one not in left_out and one.date() not in left_out)


def _rule(value: str, zone: ZoneInfo) -> _Rule:
    """Return a rule. Raises `ValueError`."""
    words = value.strip().upper().rstrip(";")
    if not _RULE.fullmatch(words) or "FREQ=" not in words:
        raise ValueError(value)
    parts = dict(part.partition("=")[::2] for part in words.split(";") if part and not part.startswith("X-"))
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if not _comes_true(parts):
        raise ValueError(value)
    said = ";".join(f"{name}={value}" for name, value in parts.items())
    return _Rule(
        said,
        parts["FREQ"],
        int(parts.get("INTERVAL", 1)),
        int(count) if count else None,
        _until(until, zone) if until else None,
        frozenset(name for _nth, name in _weekdays(parts)),
    )


def _comes_true(parts: dict[str, str]) -> bool:
    """Whether any day of 28 years, after which the calendar comes again, is one of a rule.

    dateutil would look for one until the year 9999, which takes a minute.
    """
    often, by_day = parts["FREQ"], _weekdays(parts)
    few = {"HOURLY": 1, "DAILY": 1, "WEEKLY": 7, "MONTHLY": 31}.get(often, 366)
    if by_day and often in {"WEEKLY", "MONTHLY"}:
        times = prod(len(_numbers(parts, name)) or 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
        few = len(by_day) * times * (1 if often == "WEEKLY" else 5)
    if any(not 0 < abs(position) <= few for position in _numbers(parts, "BYSETPOS")):
        return False
    months, days = _numbers(parts, "BYMONTH"), _numbers(parts, "BYMONTHDAY")
    of_year, weeks = _numbers(parts, "BYYEARDAY"), _numbers(parts, "BYWEEKNO")
    of_month = often == "MONTHLY" or (often == "YEARLY" and bool(months))
    return any(
        (not months or day.month in months)
        and (not days or day.day in days or day.day - _length(day) - 1 in days)
        and (not of_year or _of_year(day) & of_year)
        and (not weeks or day.isocalendar().week in weeks or min(weeks) < 0)
        and (not by_day or any(_is_weekday(day, nth, name, of_month=of_month) for nth, name in by_day))
        for day in map(dt.date.fromordinal, range(_EPOCH, _EPOCH + 28 * 366))
    )


_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _weekdays(parts: dict[str, str]) -> frozenset[tuple[int, int]]:
    """Return BYDAY as places (0 for every one) and days of the week (0 for Monday). Raises `ValueError`."""
    written = filter(None, parts.get("BYDAY", "").split(","))
    return frozenset((int(one[:-2] or 0), _WEEKDAYS.index(one[-2:])) for one in written)


def _is_weekday(day: dt.date, nth: int, name: int, *, of_month: bool) -> bool:
    """Whether a day is such a day of the week; its place within a year is not looked at, for most have it."""
    if day.weekday() != name or not nth or not of_month:
        return day.weekday() == name
    return nth in {(day.day + 6) // 7, -((_length(day) - day.day) // 7 + 1)}


_EPOCH = dt.date(2001, 1, 1).toordinal()


def _numbers(parts: dict[str, str], name: str) -> frozenset[int]:
    return frozenset(int(one) for one in parts.get(name, "").split(",") if one)


def _length(day: dt.date) -> int:
    """Return how many days its month has."""
    return ((day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - DAY).day


def _of_year(day: dt.date) -> frozenset[int]:
    """Return its place in the year, from the beginning and from the end."""
    place = day.timetuple().tm_yday
    return frozenset({place, place - dt.date(day.year, 12, 31).timetuple().tm_yday - 1})


def _until(written: str, zone: ZoneInfo) -> dt.datetime:
    """Return the last moment of a rule as clocks show it: in UTC, floating, or a day, which is included."""
    if len(written) == len("20260501"):
        return dt.datetime.strptime(written, "%Y%m%d") + DAY - dt.timedelta(seconds=1)  # noqa: DTZ007
    local = dt.datetime.strptime(written.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    return local.replace(tzinfo=dt.UTC).astimezone(zone).replace(tzinfo=None) if written.endswith("Z") else local


def _dates(rule: _Rule, begins: dt.datetime, first: dt.datetime | None, last: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the dates of a rule from about `first` up to `last`; bounded, for a rule may never come true."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415  # few events have a rule, and it takes longer than they do

    if rule.on and begins.weekday() not in rule.on and _keeps_weekday(rule):
        return
    reach = begins + REACH[rule.often] if rule.count is not None and rule.often in REACH else None
    until = min(filter(None, (rule.until, last, reach)))
    starts = begins if rule.count is not None or first is None else _nearer(rule, begins, first)
    found = rrulestr(f"{rule.said};UNTIL={until:%Y%m%dT%H%M%S}", dtstart=starts)
    steps = islice(found, MOST_STEPS if rule.count is None else min(rule.count, MOST_STEPS))
    yield from takewhile(lambda one: one <= until, steps)


def _keeps_weekday(rule: _Rule) -> bool:
    """Whether a rule that counts days or hours counts whole weeks, and so stays on the day of the week it begins on."""
    return rule.often in {"HOURLY", "DAILY"} and UNITS[rule.often] * rule.interval % WEEK == dt.timedelta()


def _nearer(rule: _Rule, begins: dt.datetime, first: dt.datetime) -> dt.datetime:
    """Return a start from which a rule goes on the same: nobody waits for a daily one since 1800."""
    unit = UNITS.get(rule.often)
    if unit is None:
        return begins
    return begins + max(0, (first - begins) // (unit * rule.interval) - 1) * unit * rule.interval


def _written(line: Property, begins: dt.datetime, zone: ZoneInfo) -> Iterator[tuple[dt.datetime, bool]]:
    """Yield the dates of RDATE or EXDATE as clocks of the zone show them; a day takes the time of the event."""
    for value in line.value.split(","):
        one = Property(line.name, _without_period(line.parameters), value.partition("/")[0].strip(), 0)
        found = moment(one, _NO_ZONES, usual=zone.key)
        if found is not None:
            yield _local(found, begins, zone), found.is_day


def _without_period(parameters: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if name == "TZID" or value.upper() == "DATE"}


def _local(found: Moment, begins: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    if found.at is None:
        return dt.datetime.combine(found.local.date(), begins.time())
    if "zone_unknown" in found.flags:
        return found.local  # a name of the feed alone: it is the zone of the event
    return found.at.astimezone(zone).replace(tzinfo=None)


def _names(local: dt.datetime, zone: ZoneInfo) -> tuple[str, str]:
    """Return how an exception may name this instance: by its moment, or its day."""
    return local.replace(tzinfo=zone).astimezone(dt.UTC).isoformat(), local.date().isoformat()


def _span(event: Incoming, local: dt.datetime, zone: ZoneInfo) -> Instance:
    """Return an instance: as long as the first; of days, as many days, however many hours they have."""
    starts = local.replace(tzinfo=zone).astimezone(dt.UTC)
    if event.first_day is None or event.last_day is None:
        return starts, starts + (event.ends_at - event.starts_at)
    ends = local + (event.last_day - event.first_day) + DAY
    return starts, ends.replace(tzinfo=zone).astimezone(dt.UTC)
