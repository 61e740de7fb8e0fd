"""A feed of ten thousand events: what did not change is not parsed, and no row is written without need."""

import resource
import time

import pytest

from app.core.db import fetch
from tests.exchange.pulling.feeds import calendar, event
from tests.exchange.pulling.partners import Partner

WORDS = "横浜の港で開かれる催しです。雨の日は中で開きます。" * 6


LARGE = 10_000
BARS = (16, 0.04, 1.5, 1.5)
"""CPU seconds of the first reading, of the same bytes again, of new stamps alone, and of one change in a hundred."""


class Cost:
    """CPU seconds of this process and of its children that have ended, since it was made."""

    def __init__(self) -> None:
        self.began = self.now()

    @staticmethod
    def now() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    @property
    def seconds(self) -> float:
        return self.now() - self.began


def feed(count: int, *, stamp: int = 0, every: int = 0) -> bytes:
    """Return a calendar whose every so many-th event has a new title."""
    return calendar(
        *(
            event(
                f"u{n}",
                f"第{n}回花火大会" + ("（改）" if every and n % every == 0 else ""),
                days=1 + n / 50,
                stamp=stamp,
                more=(f"DESCRIPTION:{WORDS}", f"LOCATION:会場{n % 50}", f"URL:https://city.example/e/{n}"),
            )
            for n in range(count)
        )
    )


async def written() -> list[tuple[str, str]]:
    return [tuple(row) for row in await fetch("SELECT uid, xmin::text || ctid::text FROM exchanged_event ORDER BY uid")]


@pytest.mark.parametrize("count", [200, pytest.param(LARGE, marks=pytest.mark.faults)])
async def test_each_reading_writes_what_changed_and_nothing_else(fukuoka: Partner, count: int) -> None:
    costs = []

    async def read(body: bytes) -> tuple[str, int, int, int]:
        cost = Cost()
        counts = (found := await fukuoka.says(body)).counts
        costs.append(cost.seconds)
        return found.outcome, counts.added, counts.changed, counts.unchanged

    assert await read(feed(count)) == ("read", count, 0, 0)
    first = await written()
    assert await read(feed(count)) == ("unchanged", 0, 0, 0)
    assert await read(feed(count, stamp=5)) == ("read", 0, 0, count)
    assert await written() == first
    assert await read(feed(count, stamp=5, every=100)) == ("read", 0, count // 100, count - count // 100)
    changed = {uid for uid, _ in set(await written()) - set(first)}
    assert changed == {f"u{n}" for n in range(0, count, 100)}
    if count == LARGE:  # twice what it should be, as others may be at work on this machine
        assert [cost < bar for cost, bar in zip(costs, BARS, strict=True)] == [True] * 4, costs
