"""The worker does what was promised, whatever becomes of Redis."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterator

import pytest

from app.core import jobs
from app.core.db import after_commit, transaction
from tests.attendance.factories import ticket
from tests.clock import Clock
from tests.doors import value
from tests.workers.conftest import OwnRedis
from workers import work
from workers.main import Nudge, connect

HOUR = 3600.0
SOON = 10.0
"""Seconds a test waits before it fails."""


class Bell:
    """A task that rings once its job has been committed."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    async def __call__(self, **_: dt.datetime) -> None:
        async def ring() -> None:
            self.rung.set()

        after_commit(ring)

    async def wait(self) -> None:
        """Wait for the next ring."""
        await asyncio.wait_for(self.rung.wait(), SOON)
        self.rung.clear()


@pytest.fixture
def bell() -> Iterator[Bell]:
    found = Bell()
    jobs.TASKS["tests.ring"] = found
    yield found
    del jobs.TASKS["tests.ring"]


async def promise(clock: Clock) -> None:
    async with transaction():
        await jobs.defer("tests.ring", now=clock())


@contextlib.asynccontextmanager
async def working(clock: Clock) -> AsyncIterator[None]:
    """A worker that runs beside the test; nobody but the queue and the loop itself wakes it."""
    stop = asyncio.Event()
    task = asyncio.create_task(work.work(stop=stop, clock=clock))
    await asyncio.sleep(0)  # until it has named its own nudge
    jobs.nudge_by(None)
    yield
    stop.set()
    await task


async def open_jobs() -> object:
    return await value("SELECT count(*) FROM job WHERE done_at IS NULL")


async def test_a_nudge_through_the_queue(
    committed: None, own_redis: OwnRedis, clock: Clock, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LOOK", HOUR)
    nudge = Nudge()
    await promise(clock)
    async with working(clock):
        await bell.wait()  # the look at the start
        await promise(clock)
        await nudge()
        await bell.wait()
        assert await open_jobs() == 0
    await nudge.close()


async def test_new_tickets_become_searchable_without_a_nudge(
    committed: None, own_redis: OwnRedis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert work.OFTEN < 5, "seconds within which a guest is found who has just registered"
    monkeypatch.setattr(work, "OFTEN", 0.05)
    monkeypatch.setattr(work, "LOOK", HOUR)
    own_redis.stop()
    async with working(clock):
        for number in (1, 2):
            await ticket()
            async with asyncio.timeout(SOON):
                while await value("SELECT count(*) FROM ticket_search") != number:
                    pass


async def test_redis_emptied(
    committed: None, own_redis: OwnRedis, clock: Clock, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LOOK", 0.05)
    await promise(clock)
    async with connect() as redis:
        await redis.flushall()
    async with working(clock):
        await bell.wait()
        assert await open_jobs() == 0


async def test_redis_gone(
    committed: None, own_redis: OwnRedis, clock: Clock, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LOOK", 0.05)
    own_redis.stop()
    async with working(clock):
        await promise(clock)
        await bell.wait()
        await promise(clock)
        await bell.wait()
        assert await open_jobs() == 0


async def test_redis_comes_back(
    committed: None, own_redis: OwnRedis, clock: Clock, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LOOK", HOUR)
    monkeypatch.setattr(work, "FIRST_PAUSE", 0.05)
    nudge = Nudge()
    await promise(clock)
    async with working(clock):
        await bell.wait()
        own_redis.stop()
        own_redis.start()
        await promise(clock)
        await nudge()
        await bell.wait()
        assert await open_jobs() == 0
    await nudge.close()


async def test_a_failure_does_not_end_the_worker(
    committed: None, own_redis: OwnRedis, clock: Clock, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*, now: dt.datetime) -> None:
        raise ValueError

    monkeypatch.setitem(jobs.TASKS, "tests.fail", fail)
    monkeypatch.setattr(work, "LOOK", 0.05)
    async with transaction():
        await jobs.defer("tests.fail", now=clock())
    await promise(clock)
    async with working(clock):
        await bell.wait()
        await promise(clock)
        await bell.wait()
    assert await value("SELECT last_error FROM job WHERE name = 'tests.fail'") == "ValueError"


async def test_a_mail_server_that_hangs_keeps_no_other_job_waiting(
    committed: None, own_redis: OwnRedis, clock: Clock, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = asyncio.Event()

    async def wait_for_the_server(*, now: dt.datetime) -> None:
        await over.wait()

    monkeypatch.setitem(jobs.TASKS, "tests.mail", wait_for_the_server)
    monkeypatch.setitem(jobs.LANES, "tests.mail", "mail")
    monkeypatch.setattr(work, "LOOK", 0.05)
    async with transaction():
        for _ in range(20):
            await jobs.defer("tests.mail", now=clock())
    async with working(clock):
        for _ in range(3):
            await promise(clock)
            await bell.wait()
        assert await open_jobs() == 20
        over.set()
