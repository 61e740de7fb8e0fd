"""How often: exact for any span, also for many at once."""

import asyncio
import datetime as dt

import pytest

from app.core import limits
from app.core.errors import TooManyRequests
from tests.clock import NOW, Clock
from tests.doors import value

SPAN = dt.timedelta(minutes=10)


async def take(now: dt.datetime, subject: str = "li.na@example.org") -> int:
    """Return 0 when allowed, else the seconds to wait."""
    try:
        await limits.take(purpose="test", subject=subject, most=5, within=SPAN, now=now)
    except TooManyRequests as error:
        return error.retry_after
    return 0


@pytest.mark.usefixtures("http")
async def test_sixth_use_within_the_span_waits_for_the_first_to_leave_it(clock: Clock) -> None:
    for _ in range(5):
        assert await take(clock()) == 0
        clock.forward(minutes=1)
    assert await take(clock()) == 300
    assert await take(clock(), "other@example.org") == 0
    clock.moment = NOW + SPAN - dt.timedelta(milliseconds=1)
    assert await take(clock()) == 1
    clock.moment = NOW + SPAN
    assert await take(clock()) == 0
    assert await take(clock()) == 60, "no window whose edge lets ten through"


@pytest.mark.usefixtures("http")
async def test_subject_is_not_readable() -> None:
    await take(NOW)
    assert await value("SELECT count(*) FROM limited_use WHERE position('li.na' in limited_use::text) > 0") == 0
    assert await value("SELECT octet_length(subject) FROM limited_use") == 32


@pytest.mark.usefixtures("committed")
async def test_twenty_at_once_are_five() -> None:
    waits = await asyncio.gather(*(take(NOW) for _ in range(20)))
    assert waits.count(0) == 5
