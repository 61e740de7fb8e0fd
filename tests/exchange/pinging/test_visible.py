"""From a ping to what everybody sees: read, merged and published within seconds."""

import asyncio
import contextlib
import datetime as dt
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core import jobs
from app.core.db import fetch
from app.core.web.frame import Frame
from app.exchange.pinging.signature import signed
from app.exchange.pulling import pull
from tests.clock import Clock
from tests.conftest import client
from tests.doors import value
from tests.exchange import planting
from tests.exchange.cities import Answer, Asked, City, city
from tests.serving import served

KEY = "the key of pings, as both sides know it"
FEED = "/events.ics"
EVER: dict[str, Any] = {"valid_from": dt.date(2000, 1, 1), "valid_until": dt.date(2999, 12, 31)}
"""For processes that ask the real clock."""
VISIBLE = "/calendars/yokohama-2026/partners/fukuoka.ics"
WITHIN = 5.0
"""Seconds from a ping to what everybody sees, for nineteen of twenty."""


def feed(title: str) -> bytes:
    event = ["BEGIN:VEVENT", "UID:hanabi@fukuoka.example", f"SUMMARY:{title}", "DTSTART:20261122T090000Z"]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *event, "END:VEVENT", "END:VCALENDAR", ""]).encode()


async def source(of: City) -> UUID:
    agreement = await planting.agreement(await planting.partner("fukuoka"), **EVER)
    return await planting.source(agreement, url=of.url(FEED), secret=KEY, next_at=None)


async def ping(http: httpx.AsyncClient, to: UUID, body: str, now: dt.datetime) -> None:
    sent = body.encode()
    answer = await http.post(f"/api/v1/sources/{to}/ping", content=sent, headers=signed(KEY, sent, now))
    assert answer.status_code == 202, answer.text


async def test_ping_is_read_and_published(http: httpx.AsyncClient, clock: Clock) -> None:
    async with city() as fukuoka:
        to = await source(fukuoka)
        for title in ("花火大会", "花火大会（延長）"):
            clock.forward(seconds=1)
            fukuoka.serve(FEED, feed(title))
            await ping(http, to, title, clock())
            await jobs.drain(clock)
            assert f"SUMMARY:{title}\r\n" in (await http.get(VISIBLE)).text
    assert await value("SELECT array_agg(why ORDER BY begun_at) FROM pull") == ["ping", "ping"]


@pytest.mark.usefixtures("committed")
async def test_ping_during_a_reading_is_not_answered_by_it(app: Frame, clock: Clock) -> None:
    """The schedule reads old bytes, they are replaced, and the ping comes: the new ones are read as well."""
    asked, go_on = asyncio.Event(), asyncio.Event()
    async with city() as fukuoka, client(app) as http:
        to = await source(fukuoka)

        async def slowly() -> AsyncIterator[bytes]:
            asked.set()
            await go_on.wait()
            yield feed("old")

        def answer(_asked: Asked) -> Answer:
            return Answer(feed("new")) if asked.is_set() else Answer(slowly())

        fukuoka.answer(FEED, answer)
        reading = asyncio.create_task(pull.pull(source=to, now=clock(), why="schedule"))
        await asked.wait()
        clock.forward(seconds=1)
        await ping(http, to, "changed", clock())
        draining = asyncio.create_task(jobs.drain(clock))
        await asyncio.sleep(0.2)  # until the job waits for the reading
        go_on.set()
        await asyncio.gather(reading, draining)
        assert len(fukuoka.asked) == 2
        assert await value("SELECT title FROM exchanged_event") == "new"


@contextlib.asynccontextmanager
async def worker() -> AsyncIterator[None]:
    """A worker in a process of its own, on the database and the queue of this test."""
    settings = {"APP_BASE_URL": "http://machigurumi.test", "APP_FETCH_ALLOW_HOSTS": "127.0.0.1:*"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "work"), env=os.environ | settings, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def seconds_until(http: httpx.AsyncClient, words: str) -> float:
    started = time.monotonic()
    async with asyncio.timeout(60):
        while words not in (await http.get(VISIBLE)).text:  # noqa: ASYNC110  # other processes work
            await asyncio.sleep(0.02)
    return time.monotonic() - started


@pytest.mark.faults
@pytest.mark.usefixtures("committed")
async def test_visible_within_seconds_through_web_server_queue_and_worker() -> None:
    waits = []
    for table in ("publication", "publication_log"):
        await fetch(f"DELETE FROM {table}")
    async with (
        city() as fukuoka,
        served(os.environ["APP_REDIS_URL"]) as address,
        worker(),
        httpx.AsyncClient(base_url=address) as http,
    ):
        to = await source(fukuoka)
        for number in range(60):
            title = f"花火大会 {number}#"
            fukuoka.serve(FEED, feed(title))
            await ping(http, to, title, dt.datetime.now(dt.UTC))
            waits.append(await seconds_until(http, f"SUMMARY:{title}\r\n"))
    waits[:1] = []  # the worker was still starting
    p95 = sorted(waits)[round(0.95 * len(waits)) - 1]
    assert p95 < WITHIN, sorted(waits)
