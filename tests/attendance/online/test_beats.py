"""Beats in groups: one statement for all, everybody his own answer, none lost and none doubled."""

import asyncio
import datetime as dt
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.attendance.online import beats, presence
from app.attendance.online.beats import Beat
from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.ticketing.tickets import join_token
from tests.attendance.factories import ticket
from tests.attendance.online.test_presence import Viewer, measured, session, viewer
from tests.attendance.test_ledger import statements
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value


def later(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


async def crowd(people: int) -> tuple[UUID, list[UUID]]:
    """Return a session that runs, and a ticket for everybody."""
    return await session(), [(await ticket()).id for _ in range(people)]


async def intervals() -> list[tuple[object, ...]]:
    rows = await fetch("SELECT started_at, beat_at, ended_at FROM presence_interval ORDER BY started_at, beat_at")
    return [tuple(None if moment is None else (moment - NOW).total_seconds() for moment in row) for row in rows]


async def test_group_is_one_statement(rollback: None) -> None:
    at, tickets = await crowd(20)
    said = [Beat(one, at, None, uuid4(), NOW) for one in tickets]
    await beats.write([Beat(uuid4(), at, None, uuid4(), NOW)])  # the connection gets to know the types once
    for moment in (NOW, later(30)):
        async with statements() as seen:
            rows = await beats.write([Beat(b.ticket, b.session, None, b.visit, moment) for b in said])
        assert len(seen) == 1
        assert all(row is not None and row["opened"] and not row["silent"] for row in rows)
    assert await intervals() == [(0, 30, None)] * 20


async def test_everybody_gets_the_answer_that_is_his(rollback: None) -> None:
    at, [good, canceled] = await crowd(2)
    await fetch("UPDATE ticket SET state = 'canceled' WHERE id = $1", canceled)
    said = [Beat(one, at, None, uuid4(), NOW) for one in (canceled, uuid4(), good)]
    refused, unknown, taken = await beats.write(said)
    assert refused is not None
    assert not refused["opened"]
    assert unknown is None
    assert taken is not None
    assert taken["opened"]
    assert await value("SELECT ticket FROM presence_interval") == good


async def test_beat_that_comes_twice_in_a_group_is_one(rollback: None) -> None:
    at, [one] = await crowd(1)
    visit = uuid4()
    said = [Beat(one, at, None, visit, moment) for moment in (later(20), NOW, later(20), later(10))]
    assert len(await beats.write(said)) == 4
    assert await intervals() == [(0, 20, None)]


async def test_late_beat_takes_nothing_back(rollback: None) -> None:
    at, [one] = await crowd(1)
    visit = uuid4()
    for seconds in (0, 40, 20):
        await beats.write([Beat(one, at, None, visit, later(seconds))])
    assert await intervals() == [(0, 40, None)]


async def test_silent_page_that_speaks_again_is_closed_with_evidence_first(rollback: None) -> None:
    at, [silent, steady] = await crowd(2)
    visits = uuid4(), uuid4()
    for moments in ((0, 0), (30, 30), (200, 60)):
        said = zip((silent, steady), visits, moments, strict=True)
        await beats.write([Beat(one, at, None, visit, later(seconds)) for one, visit, seconds in said])
    assert await intervals() == [(0, 30, 75), (0, 60, None), (200, 200, None)]
    assert await measured() == [(0, 75)]


async def test_farewell_is_final(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http)
    await page.watch(clock, beats=2)
    await page.leave()
    clock.forward(seconds=1)
    assert await page.beat() == 410
    assert await intervals() == [(0, 30, 60)]
    page.visit = str(uuid4())
    assert await page.beat() == 200
    assert len(await intervals()) == 2


async def test_page_has_one_open_interval(rollback: None) -> None:
    at, [one] = await crowd(1)
    visit = uuid4()
    await beats.write([Beat(one, at, None, visit, NOW)])
    with pytest.raises(asyncpg.UniqueViolationError, match="presence_interval_once"):
        await fetch(
            "INSERT INTO presence_interval (id, ticket, session, visit, started_at, beat_at)"
            " SELECT gen_random_uuid(), ticket, session, visit, started_at, beat_at FROM presence_interval"
        )


async def test_processes_side_by_side_begin_one_interval_each(committed: None) -> None:
    at, tickets = await crowd(8)
    for number, seconds in enumerate((0, 30, 200, 230)):
        said = [Beat(one, at, None, UUID(int=n), later(seconds)) for n, one in enumerate(tickets)]
        await asyncio.gather(*(beats.write(said if n % 2 else said[::-1]) for n in range(6)))
        assert await value("SELECT count(*) FROM presence_interval") == 8 * (1 + number // 2)
    await presence.close_lost(now=later(1000))
    assert sorted(await measured()) == [(0, 75)] * 8 + [(200, 275)] * 8


async def test_beats_at_once_are_all_taken_and_none_doubled(app: Frame, committed: None) -> None:
    at, tickets = await crowd(12)
    async with client(app) as http:
        pages = [Viewer(http, join_token(ticket=one, session=at)) for one in tickets for _ in range(2)]
        answers = await asyncio.gather(*(page.beat() for page in pages for _ in range(5)))
        assert answers == [200] * 120
        assert await value("SELECT count(*) FROM presence_interval") == 24
        await asyncio.gather(*(page.leave() for page in pages))
    row = await fetch_one("SELECT count(*) AS entries, count(DISTINCT source) AS sources FROM ledger_entry")
    assert row is not None
    assert tuple(row) == (24, 24)
