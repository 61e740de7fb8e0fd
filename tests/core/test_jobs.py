"""Promised work: done once, tried again, given up in sight, never lost."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import pytest

from app.core import jobs
from app.core.db import DB, fetch, transaction
from app.core.settings import settings
from tests.clock import NOW, Clock
from tests.doors import value

DONE: Counter[int] = Counter()
TRIED: Counter[int] = Counter()
FAULTS: list[Exception] = []


async def note(*, now: dt.datetime, number: int) -> None:
    await fetch("SELECT pg_sleep(0.001)")
    TRIED[number] += 1
    if FAULTS:
        raise FAULTS[0]
    DONE[number] += 1


async def write_then_fail(*, now: dt.datetime) -> None:
    await jobs.defer("test.note", now=now, number=99)
    raise ValueError("taro@example.jp")


@pytest.fixture(autouse=True)
def tasks() -> Iterator[None]:
    DONE.clear()
    TRIED.clear()
    FAULTS.clear()
    jobs.TASKS.update({"test.note": note, "test.write_then_fail": write_then_fail})
    yield
    del jobs.TASKS["test.note"], jobs.TASKS["test.write_then_fail"]
    jobs.nudge_by(None)


async def state() -> tuple[object, ...]:
    (row,) = await fetch("SELECT tries, last_error, due_at, given_up_at, done_at FROM job")
    return tuple(row)


def after(**by: float) -> dt.datetime:
    return NOW + dt.timedelta(**by)


@pytest.mark.usefixtures("http")
async def test_job_is_done_once(clock: Clock) -> None:
    await jobs.defer("test.note", now=NOW, number=1)
    assert await jobs.drain(clock) == 1
    assert await jobs.drain(clock) == 0
    assert DONE == {1: 1}
    assert await state() == (1, "", NOW, None, NOW)


@pytest.mark.usefixtures("http")
async def test_same_key_is_promised_once(clock: Clock) -> None:
    for number in (1, 2):
        await jobs.defer("test.note", key="ticket/7", now=NOW, number=number)
    assert await jobs.drain(clock) == 1
    await jobs.defer("test.note", key="ticket/7", now=NOW, number=3)
    assert await jobs.drain(clock) == 0
    assert DONE == {1: 1}


@pytest.mark.usefixtures("http")
async def test_failure_is_tried_again_with_growing_pauses_then_given_up(clock: Clock) -> None:
    FAULTS.append(ConnectionRefusedError("smtp.example said taro@example.jp"))
    await jobs.defer("test.note", now=NOW, number=1)
    pauses = []
    for tries in range(1, 9):
        assert await jobs.drain(clock) == 0
        found = await state()
        assert found[:2] == (tries, "ConnectionRefusedError"), "only the class: words may hold an address"
        due = found[2]
        assert isinstance(due, dt.datetime)
        pauses.append((due - clock()).total_seconds())
        clock.moment = due - dt.timedelta(microseconds=1)
        assert await jobs.drain(clock) == 0
        assert (await state())[0] == tries, "not before its time"
        clock.moment = due
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640]
    assert (await state())[3] == after(seconds=635)
    FAULTS.clear()
    clock.forward(days=30)
    assert await jobs.drain(clock) == 0, "given up means a person decides"


@pytest.mark.usefixtures("http")
async def test_given_up_job_comes_back_when_a_person_says_so(clock: Clock) -> None:
    FAULTS.append(OSError())
    await jobs.defer("test.note", now=NOW, number=1)
    for _ in range(8):
        await jobs.drain(clock)
        clock.forward(minutes=11)
    (job,) = await jobs.given_up()
    assert (job.name, job.tries, job.last_error) == ("test.note", 8, "OSError")
    assert (await jobs.backlog(clock())).given_up == 1
    FAULTS.clear()
    assert await jobs.try_again(job_id=job.id, now=clock()) is True
    assert await jobs.try_again(job_id=job.id, now=clock()) is False
    assert await jobs.drain(clock) == 1
    assert await jobs.given_up() == []
    assert await jobs.try_again(job_id=job.id, now=clock()) is False, "done is done"
    assert await jobs.try_again(job_id=UUID(int=0), now=clock()) is False


@pytest.mark.usefixtures("http")
async def test_failed_job_leaves_no_writes(clock: Clock) -> None:
    await jobs.defer("test.write_then_fail", now=NOW)
    assert await jobs.drain(clock) == 0
    assert await value("SELECT count(*) FROM job") == 1
    assert (await state())[1] == "ValueError"


@pytest.mark.usefixtures("http")
async def test_unknown_task_does_not_stop_the_others(clock: Clock) -> None:
    await jobs.defer("test.nobody", now=NOW)
    await jobs.defer("test.note", now=NOW, number=1)
    assert await jobs.drain(clock) == 1
    assert DONE == {1: 1}


@pytest.mark.usefixtures("http")
async def test_backlog_counts_what_waits(clock: Clock) -> None:
    assert await jobs.backlog(NOW) == jobs.Backlog(0, 0, 0.0)
    await jobs.defer("test.note", now=NOW, number=1)
    clock.forward(seconds=90)
    await jobs.defer("test.note", now=clock(), number=2)
    assert await jobs.backlog(clock()) == jobs.Backlog(2, 0, 90.0)


@pytest.mark.usefixtures("committed")
async def test_two_workers_at_once_do_each_job_once(clock: Clock) -> None:
    async with transaction():
        for number in range(100):
            await jobs.defer("test.note", now=NOW, number=number)
    done = await asyncio.gather(jobs.drain(clock), jobs.drain(clock), jobs.drain(clock))
    assert sum(done) == 100
    assert Counter(range(100)) == DONE


@pytest.mark.usefixtures("committed")
async def test_failed_job_is_not_taken_before_its_pause(clock: Clock) -> None:
    FAULTS.append(OSError())
    async with transaction():
        for number in range(100):
            await jobs.defer("test.note", now=NOW, number=number)
    assert sum(await asyncio.gather(jobs.drain(clock), jobs.drain(clock))) == 0
    assert Counter(range(100)) == TRIED
    assert await value("SELECT count(*) FROM job WHERE tries = 1 AND due_at > $1", NOW) == 100


@pytest.mark.usefixtures("http")
async def test_drain_stops_between_two_jobs_when_asked(clock: Clock) -> None:
    for number in range(3):
        await jobs.defer("test.note", now=NOW, number=number)
    assert await jobs.drain(clock, stopping=lambda: bool(DONE)) == 1
    assert await jobs.drain(clock) == 2


@pytest.mark.usefixtures("committed")
async def test_many_at_once_open_one_pool(clock: Clock) -> None:
    await DB.close_connection_pool()
    await asyncio.gather(*(fetch("SELECT 1") for _ in range(8)))
    connected = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    assert int(str(await value(connected))) <= settings().pool_size


@pytest.mark.usefixtures("committed")
async def test_nothing_is_lost_when_the_nudge_fails(clock: Clock) -> None:
    async def dead_queue() -> None:
        raise ConnectionRefusedError

    jobs.nudge_by(dead_queue)
    async with transaction():
        await jobs.defer("test.note", now=NOW, number=1)
    assert await jobs.drain(clock) == 1
    assert DONE == {1: 1}


@pytest.mark.usefixtures("committed")
async def test_rolled_back_promise_is_no_promise(clock: Clock) -> None:
    nudged: list[int] = []

    async def nudge() -> None:
        nudged.append(1)

    jobs.nudge_by(nudge)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the block is the transaction
        async with transaction():
            await jobs.defer("test.note", now=NOW, number=1)
            raise ZeroDivisionError
    assert nudged == []
    assert await jobs.drain(clock) == 0
    async with transaction():
        await jobs.defer("test.note", now=NOW, number=2)
        assert nudged == []
    assert nudged == [1]


@pytest.mark.usefixtures("http")
async def test_server_that_is_away_is_waited_for_a_day(clock: Clock) -> None:
    FAULTS.append(jobs.Away())
    await jobs.defer("test.note", now=NOW, number=1)
    for _ in range(jobs.MOST_TRIES_AWAY - 1):
        await jobs.drain(clock)
        clock.forward(seconds=640)
    assert (await state())[3] is None
    assert clock() - NOW >= dt.timedelta(days=1)
    await jobs.drain(clock)
    assert (await state())[3] == clock()


@pytest.mark.usefixtures("http")
async def test_each_lane_does_its_own_jobs(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs.TASKS, "test.mail", note)
    monkeypatch.setitem(jobs.LANES, "test.mail", "mail")
    await jobs.defer("test.mail", now=NOW, number=1)
    await jobs.defer("test.note", now=NOW, number=2)
    assert await jobs.drain(clock, lane="urgent") == 0
    assert await jobs.drain(clock, lane="rest") == 1
    assert DONE == {2: 1}
    assert await jobs.drain(clock, lane="mail") == 1


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """A task that asks a stranger, who answers when the event is set."""
    answered = asyncio.Event()

    async def ask(*, now: dt.datetime, number: int) -> None:
        assert DB.current_transaction.get() is None
        await answered.wait()
        await note(now=now, number=number)

    monkeypatch.setitem(jobs.TASKS, "test.ask", ask)
    monkeypatch.setitem(jobs.LANES, "test.ask", "outside")
    return answered


@pytest.mark.usefixtures("committed")
async def test_jobs_outside_hold_no_connection_and_nobody_does_them_twice(clock: Clock, outside: asyncio.Event) -> None:
    for number in range(8):
        await jobs.defer("test.ask", now=NOW, number=number)
    draining = asyncio.create_task(jobs.drain(clock, lane="outside"))
    while await value("SELECT count(*) FROM job WHERE due_at > $1", NOW) != 8:  # noqa: ASYNC110  # until all are out
        await asyncio.sleep(0.01)
    assert DB.pool is not None
    assert DB.pool.get_idle_size() == DB.pool.get_size()
    assert await jobs.drain(clock, lane="outside") == 0
    outside.set()
    assert await draining == 8
    assert Counter(range(8)) == DONE


@pytest.mark.usefixtures("committed")
async def test_job_outside_comes_again_after_its_worker_died(clock: Clock, outside: asyncio.Event) -> None:
    await jobs.defer("test.ask", now=NOW, number=1)
    draining = asyncio.create_task(jobs.drain(clock, lane="outside"))
    while await value("SELECT count(*) FROM job WHERE due_at > $1", NOW) == 0:  # noqa: ASYNC110  # until it is out
        await asyncio.sleep(0.01)
    draining.cancel()
    await asyncio.wait([draining])
    outside.set()
    clock.moment = NOW + jobs.AWAY - dt.timedelta(seconds=1)
    assert await jobs.drain(clock, lane="outside") == 0
    clock.forward(seconds=1)
    assert await jobs.drain(clock, lane="outside") == 1
    assert DONE == {1: 1}


@pytest.mark.usefixtures("committed")
async def test_job_outside_that_fails_is_tried_again(clock: Clock, outside: asyncio.Event) -> None:
    outside.set()
    FAULTS.append(OSError())
    await jobs.defer("test.ask", now=NOW, number=1)
    assert await jobs.drain(clock) == 0
    assert await state() == (1, "OSError", NOW + jobs.FIRST_PAUSE, None, None)


def test_lanes_leave_connections_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for size, most in ((200, 9), (10, 9), (5, 4), (3, 3)):
        monkeypatch.setenv("APP_POOL_SIZE", str(size))
        settings.cache_clear()
        assert sum(jobs._at_once(lane) for lane in ("rest", "urgent", "mail")) <= most
    monkeypatch.undo()
    settings.cache_clear()
