"""Readings side by side, and one that dies in the middle: all of a reading, or nothing."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import pytest

from app.core.db import fetch, transaction
from app.core.errors import TooManyRequests
from app.core.settings import settings
from app.core.web.frame import Frame
from app.exchange.errors import AgreementNotValid
from app.exchange.merging import queries
from app.exchange.pulling import pulls, waiting
from app.exchange.pulling.pull import pull
from tests.clock import NOW
from tests.conftest import client
from tests.exchange import planting
from tests.exchange.cities import Answer, Asked
from tests.exchange.pulling.feeds import calendar, event, many
from tests.exchange.pulling.partners import FEED, Partner, partner

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
async def kobe(committed: None) -> AsyncIterator[Partner]:
    """A city whose source is really stored."""
    async with partner("kobe-test") as found:
        yield found


async def until_asked(partner: Partner, times: int = 1) -> None:
    """Wait until our requests have come in at the partner's."""
    async with asyncio.timeout(20):
        while len(partner.city.asked) < times:  # noqa: ASYNC110  # the city has no event to wait for
            await asyncio.sleep(0.01)


def hold_back(partner: Partner, body: bytes, status: int = 200) -> asyncio.Event:
    """Let the city answer only when the event is set."""
    go_on = asyncio.Event()

    async def answer(_asked: Asked) -> Answer:
        await go_on.wait()
        return Answer(body, status)

    partner.city.otherwise = answer
    return go_on


async def stored(partner: Partner) -> tuple[dict[str, str], int]:
    """Return what has become of each event, and how many readings there were."""
    return await partner.states(), len(await pulls.latest(partner.source))


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


async def test_more_slow_sources_than_connections_and_everybody_else_is_answered(app: Frame, kobe: Partner) -> None:
    """Each of them would hold a connection until its city has answered; nobody else would get one."""
    count = settings().pool_size + 2
    slow = [(await planting.city(f"slow-{n}", url=kobe.city.url("/slow.ics")))[2] for n in range(count)]
    go_on = hold_back(kobe, b"", status=503)
    reading = [asyncio.create_task(pull(source=one, now=NOW, why="schedule")) for one in slow]
    await until_asked(kobe, count)
    async with client(app) as http, asyncio.timeout(5):
        assert (await http.get("/calendars/yokohama-2026/yoxo-festival.ics")).status_code == 200
    go_on.set()
    assert {(await one).problem for one in reading} == {"status"}


async def test_reading_whose_worker_was_killed_keeps_the_source_for_a_while_only(kobe: Partner) -> None:
    kobe.city.serve(FEED, calendar(*many(1)))
    dead = waiting.turn(kobe.source, now=NOW)
    await dead.__aenter__()
    late = NOW + waiting.LEASE
    assert (await kobe.read(now=late)).outcome == "read"
    await dead.__aexit__(None, None, None)


async def test_reading_whose_turn_is_over_stores_nothing(kobe: Partner) -> None:
    """It took longer than anything should, and somebody else has read the source meanwhile."""
    go_on = hold_back(kobe, calendar(*many(1)))
    first = asyncio.create_task(kobe.read(now=NOW))
    await until_asked(kobe)
    kobe.city.serve(FEED, calendar(*many(1, 2)))
    second = await kobe.read(now=NOW + waiting.LEASE)
    go_on.set()
    with pytest.raises(TooManyRequests):
        await first
    assert second.counts.added == 2
    assert await stored(kobe) == ({"u1": "shown", "u2": "shown"}, 1)


async def test_reading_stores_nothing_when_the_source_is_to_be_read_anew(kobe: Partner) -> None:
    """What it took for known is known no more: it would miss every event that it passed over."""
    await kobe.says(calendar(*many(1, 2, 3, 4)))
    kobe.city.forget(FEED)
    go_on = hold_back(kobe, calendar(*many(1, 2, 3, 4, 5)))
    reading = asyncio.create_task(kobe.read(now=NOW + SECOND))
    await until_asked(kobe, 2)
    await queries.read_again(kobe.source)
    go_on.set()
    with pytest.raises(TooManyRequests):
        await reading
    assert await stored(kobe) == ({f"u{n}": "shown" for n in range(1, 5)}, 1)


async def test_reading_stores_nothing_once_its_agreement_is_revoked(kobe: Partner) -> None:
    go_on = hold_back(kobe, calendar(*many(1)))
    reading = asyncio.create_task(kobe.read())
    await until_asked(kobe)
    await fetch("UPDATE agreement SET revoked_at = $1", NOW)
    go_on.set()
    with pytest.raises(AgreementNotValid):
        await reading
    assert await stored(kobe) == ({}, 0)
