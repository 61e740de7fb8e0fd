"""Times as platforms write them: by local clocks, day before month or after it, in the words of the writer. Pure."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

Order = Literal["mdy", "dmy", "ymd"]
ORDERS: Final[tuple[Order, ...]] = ("mdy", "dmy", "ymd")
"""In the order of preference when the dates of a report allow several that are equally near."""

_DATE: Final = re.compile(r"(\d{1,4})\s*[./年-]\s*(\d{1,2})\s*[./月-]\s*(\d{1,4})\s*[日.]?")
_TIME: Final = re.compile(r"(\d{1,2})[:.時](\d{2})(?:[:.分](\d{2}))?(?:[.,]\d+)?")
_OFFSET: Final = re.compile(r"([+-])(\d{2}):?(\d{2})\s*$")
_UTC: Final = re.compile(r"(?:Z|UTC|GMT)\s*$", re.IGNORECASE)
_AFTERNOON: Final = re.compile(r"\bp\.?\s?m\b|午後|下午|오후|晚上", re.IGNORECASE)
_MORNING: Final = re.compile(r"\ba\.?\s?m\b|午前|上午|오전|凌晨", re.IGNORECASE)


class Clock(Struct, frozen=True):
    """How a report writes its times: the order of its dates, and the zone of those that name none."""

    order: Order
    zone: ZoneInfo

    def moment(self, text: str) -> dt.datetime | None:
        """Return a moment, UTC; None for what is no time."""
        words = unicodedata.normalize("NFKC", text).strip()
        found = _iso(words) or self._written(words)
        try:
            return found and (found if found.tzinfo else found.replace(tzinfo=self.zone)).astimezone(dt.UTC)
        except (OverflowError, ValueError):
            return None

    def _written(self, words: str) -> dt.datetime | None:
        date = _DATE.search(words)
        if date is None:
            return None
        rest = words[: date.start()] + " " + words[date.end() :]
        time = _TIME.search(rest)
        if time is None:
            return None
        try:
            day, hour = _day(date.groups(), self.order), _hour(int(time[1]), rest)
            clock = dt.time(hour, int(time[2]), int(time[3] or 0), tzinfo=_offset(rest))
            return dt.datetime.combine(day, clock)
        except ValueError:
            return None


def clock_of(texts: Iterable[str], *, about: dt.datetime, zone: ZoneInfo) -> Clock:
    """Return the clock by which most of a report's times can be read, and lie nearest to `about`."""
    some = list(dict.fromkeys(text for text in texts if text))[:500]
    return min((Clock(order, zone) for order in ORDERS), key=lambda clock: _misfit(clock, some, about))


def _misfit(clock: Clock, texts: list[str], about: dt.datetime) -> tuple[int, int]:
    """Return how many texts are no times by a clock, and how many days the others lie off."""
    moments = [clock.moment(text) for text in texts]
    return moments.count(None), sum(abs((moment - about).days) for moment in moments if moment)


def _iso(words: str) -> dt.datetime | None:
    if len(words) < 15 or ":" not in words or not words[:4].isdecimal():
        return None
    try:
        return dt.datetime.fromisoformat(words)
    except ValueError:
        return None


def _day(parts: tuple[str, ...], order: Order) -> dt.date:
    """Return a day; a year of four digits decides where it stands, whatever the order. Raises `ValueError`."""
    if len(parts[0]) > 2:
        order = "ymd"
    elif len(parts[2]) > 2 and order == "ymd":
        raise ValueError
    named = dict(zip(order, parts, strict=True))
    year = int(named["y"]) + (2000 if len(named["y"]) < 3 else 0)
    return dt.date(year, int(named["m"]), int(named["d"]))


def _hour(hour: int, words: str) -> int:
    """Return the hour of the day. Raises `ValueError` for one that no clock of twelve hours shows."""
    afternoon, morning = _AFTERNOON.search(words), _MORNING.search(words)
    if not (afternoon or morning) or hour > 12:
        return hour
    return hour % 12 + (12 if afternoon else 0)


def _offset(words: str) -> dt.timezone | None:
    if found := _OFFSET.search(words):
        ahead = dt.timedelta(hours=int(found[2]), minutes=int(found[3]))
        return dt.timezone(-ahead if found[1] == "-" else ahead)
    return dt.UTC if _UTC.search(words) else None
