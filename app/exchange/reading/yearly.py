"""Days of a year on which clocks are moved, as the rules of a VTIMEZONE name them. Pure.

dateutil would look for a day that never comes until the year 9999, and some real definitions have such rules.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from itertools import islice

LAST = dt.datetime(2100, 1, 1)  # noqa: DTZ001  # clocks of the place
MOST = 1_000
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TAKEN = frozenset({"FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "COUNT", "UNTIL"})
_IN_BEGINNING = frozenset({"WKST", "BYHOUR", "BYMINUTE", "BYSECOND"})
"""Parts that say nothing more than the beginning of the rule does."""


def changes(rule: str, begins: dt.datetime, before: dt.timedelta) -> list[dt.datetime]:
    """Return when a rule moves clocks, as they showed it before (being `before` ahead of UTC); its beginning is first.

    Raises `ValueError` for a rule that moves clocks otherwise than on days of months of a year.
    """
    parts = dict(part.partition("=")[::2] for part in rule.upper().replace(" ", "").split(";") if part)
    if parts.get("FREQ") != "YEARLY" or not parts.keys() <= _TAKEN | _IN_BEGINNING:
        raise ValueError(rule)
    until = _until(parts["UNTIL"], before) if "UNTIL" in parts else LAST
    most = min(int(parts.get("COUNT", MOST)), MOST)
    found = (one for one in _all(parts, begins, min(until, LAST)) if begins < one <= until)
    return [begins, *islice(found, max(0, most - 1))]


def _until(written: str, before: dt.timedelta) -> dt.datetime:
    """Return the last moment of a rule as clocks showed it: in UTC with a Z; a day is included."""
    if re.fullmatch(r"\d{8}", written):
        return dt.datetime.strptime(written, "%Y%m%d") + dt.timedelta(days=1)  # noqa: DTZ007  # clocks of the place
    until = dt.datetime.strptime(written[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007  # clocks of the place
    return until + before if written.endswith("Z") else until


def _all(parts: Mapping[str, str], begins: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    places = _numbers(parts, "BYSETPOS")
    for year in range(begins.year, until.year + 1, max(1, int(parts.get("INTERVAL", 1)))):
        days = list(_days(parts, year, begins))
        for place, day in enumerate(days, 1):
            if not places or {place, place - len(days) - 1} & places:
                yield dt.datetime.combine(day, begins.time())


def _days(parts: Mapping[str, str], year: int, begins: dt.datetime) -> Iterator[dt.date]:
    """Yield the days of a year that are meant, in order: in the month, and on the day, of the beginning by default."""
    by_day, of_month = parts.get("BYDAY", ""), _numbers(parts, "BYMONTHDAY")
    for month in sorted(_numbers(parts, "BYMONTH")) or [begins.month]:
        length = calendar.monthrange(year, month)[1]
        days = set(range(1, length + 1))
        if of_month or not by_day:
            days &= {day if day > 0 else length + 1 + day for day in of_month or {begins.day}}
        if by_day:
            days &= {day for one in by_day.split(",") for day in _weekdays(one, year, month, length)}
        yield from (dt.date(year, month, day) for day in sorted(days))


def _weekdays(written: str, year: int, month: int, length: int) -> list[int]:
    """Return the days of a month that `SU`, `2SU` or `-1SU` mean. Raises `ValueError`."""
    first = 1 + (_WEEKDAYS.index(written[-2:]) - dt.date(year, month, 1).weekday()) % 7
    days = list(range(first, length + 1, 7))
    if len(written) == len("SU"):
        return days
    nth = int(written[:-2])
    return [days[nth - (nth > 0)]] if nth and -len(days) <= nth - (nth > 0) < len(days) else []


def _numbers(parts: Mapping[str, str], name: str) -> set[int]:
    return set(map(int, parts[name].split(","))) if parts.get(name) else set()
