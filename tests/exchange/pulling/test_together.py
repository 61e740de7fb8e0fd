"""Readings side by side, and one that dies in the middle: all of a reading, or nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.core.db import fetch, transaction
from app.exchange.pulling import pulls
from app.exchange.pulling.pull import pull
from tests.clock import NOW
from tests.exchange.pulling.feeds import calendar, event, many
from tests.exchange.pulling.partners import FEED, Partner, partner


@pytest.fixture
async def kobe(committed: None) -> AsyncIterator[Partner]:
    """A city whose source is really stored."""
    async with partner("kobe-test") as found:
        yield found


async def until_asked(partner: Partner) -> None:
    """Wait until our request has come in at the partner's."""
    while not partner.city.asked:  # noqa: ASYNC110  # the city has no event to wait for
        await asyncio.sleep(0.01)


async def die_after_reading(partner: Partner) -> None:
    """Read a source in a transaction that never commits."""
    async with transaction():
        assert (await partner.read()).counts.added == 1
        raise ZeroDivisionError


async def test_second_of_two_at_once_is_answered_with_the_first(kobe: Partner) -> None:
    kobe.city.serve(FEED, calendar(*many(1, 2)), delay=0.5)
    found = await asyncio.gather(*(pull(source=kobe.source, now=NOW, why="schedule") for _ in range(3)))
    assert len({one.id for one in found}) == 1
    assert found[0].counts.added == 2
    assert len(kobe.city.asked) == 1
    assert len(await pulls.latest(kobe.source)) == 1


async def test_ping_during_a_reading_is_read_for_itself(kobe: Partner) -> None:
    kobe.city.serve(FEED, calendar(*many(1)), delay=0.3)
    first = asyncio.create_task(pull(source=kobe.source, now=NOW, why="schedule"))
    await until_asked(kobe)
    kobe.city.serve(FEED, calendar(*many(1, 2)))
    pinged = await pull(source=kobe.source, now=NOW, why="ping")
    assert ((await first).counts.added, pinged.counts.added) == (1, 1)
    assert await kobe.states() == {"u1": "shown", "u2": "shown"}
    assert [one.id for one in await pulls.latest(kobe.source)] == [pinged.id, (await first).id]


async def test_files_handed_in_at_once_are_both_taken(kobe: Partner) -> None:
    bodies = [calendar(event(name, days=3)) for name in ("a", "b")]
    await asyncio.gather(*(pull(source=kobe.source, now=NOW, why="push", file=body) for body in bodies))
    assert set(await kobe.states()) == {"a", "b"}


async def test_reading_that_dies_in_the_middle_leaves_nothing_half(kobe: Partner) -> None:
    await kobe.says(calendar(*many(1, 2, 3)))
    tables = ("exchanged_event", "card", "pull", "raw_file", "vanishing", "source", "publication")
    before = [await fetch(f"SELECT * FROM {table} ORDER BY id") for table in tables]
    kobe.city.serve(FEED, calendar(*many(1, 3, 4), event("u2", "changed", days=3)))
    with pytest.raises(ZeroDivisionError):
        await die_after_reading(kobe)
    assert [await fetch(f"SELECT * FROM {table} ORDER BY id") for table in tables] == before


async def test_reading_that_is_cancelled_leaves_nothing_half_and_frees_the_source(kobe: Partner) -> None:
    kobe.city.serve(FEED, calendar(*many(1)), delay=5)
    dying = asyncio.create_task(pull(source=kobe.source, now=NOW, why="schedule"))
    await until_asked(kobe)
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    assert await pulls.latest(kobe.source) == []
    assert (await kobe.says(calendar(*many(1)))).counts.added == 1
