"""Fiscal years and days in Japan: a year runs from 1 April 00:00 to 31 March 24:00 JST and is named after its start."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")
_FIRST_MONTH = 4


@lru_cache(maxsize=8192)  # a ledger names the same few scheduled starts again and again
def day_of(instant: datetime) -> date:
    """The calendar day in Japan. `ValueError` for a time without a zone, which names no instant."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant.astimezone(JST).date()


def fiscal_year_of(instant: datetime) -> int:
    """The fiscal year that holds an instant: 2026-03-31 23:59:59 JST lies in 2025, one second later in 2026."""
    day = day_of(instant)
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


def bounds(fiscal_year: int) -> tuple[datetime, datetime]:
    """First instant of the year and first instant after it."""
    return datetime(fiscal_year, _FIRST_MONTH, 1, tzinfo=JST), datetime(fiscal_year + 1, _FIRST_MONTH, 1, tzinfo=JST)
