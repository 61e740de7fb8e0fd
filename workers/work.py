"""What `machi work` runs: a loop for each lane that drains the outbox, and a queue that wakes them sooner.

The loops look by themselves every few seconds, so mail goes out while Redis is gone, hangs or has forgotten everything.
"""

import asyncio
import contextlib
import datetime as dt
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, get_args

import structlog

import app.attendance.tasks
import app.awards.tasks
import app.exchange.tasks
import app.people.tasks
import app.ticketing.tasks  # noqa: F401  # importing registers the tasks
from app.core import jobs, smtp
from app.core.cycles import look_seldom
from app.core.db import DB
from app.parts import assemble
from workers import main, schedule

log = structlog.get_logger()

OFTEN = 2.0
"""Seconds between two rounds of what a worker looks after all the time."""
LOOK = 3.0
"""Seconds between two looks into the outbox that nobody asked for."""
AT_ONCE = 200
"""Jobs of one turn of the loop."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Seconds between attempts to reach a server that is away."""
GRACE = 10.0
"""Seconds for the jobs under way when the worker is asked to stop."""

Clock = Callable[[], dt.datetime]


def now() -> dt.datetime:
    """The clock of production."""
    return dt.datetime.now(dt.UTC)


async def work(*, stop: asyncio.Event, clock: Clock = now) -> None:
    """Work until `stop` is set, whatever becomes of Redis and the database meanwhile."""
    assemble()
    wakes: dict[jobs.Lane, asyncio.Event] = {lane: asyncio.Event() for lane in get_args(jobs.Lane)}
    listening = asyncio.Event()

    def wake() -> None:
        for one in wakes.values():
            one.set()

    async def nudge() -> None:
        wake()

    jobs.nudge_by(nudge)
    lanes = [asyncio.create_task(_drain(lane, stop=stop, wake=one, clock=clock)) for lane, one in wakes.items()]
    try:
        async with _background(_listen(wake, listening, clock), _keep_schedule(listening, clock), _keep_often(clock)):
            await stop.wait()
        wake()
        await asyncio.wait(lanes, timeout=GRACE)
    finally:
        jobs.nudge_by(None)
        for draining in lanes:
            draining.cancel()
        await asyncio.wait(lanes)
        await smtp.close()


@contextlib.asynccontextmanager
async def _background(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run endless coroutines while the block runs."""
    tasks = [asyncio.create_task(one) for one in coroutines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _drain(lane: jobs.Lane, *, stop: asyncio.Event, wake: asyncio.Event, clock: Clock) -> None:
    """Drain a lane of the outbox whenever somebody wakes us, and every `LOOK` seconds anyway."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        wake.clear()
        try:
            more = await jobs.drain(clock, limit=AT_ONCE, stopping=stop.is_set, lane=lane) >= AT_ONCE
            pause = FIRST_PAUSE
        except Exception as error:  # noqa: BLE001  # the database is away: whatever it says, try again
            log.warning("outbox_unreachable", lane=lane, error=_name(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            continue
        if not more:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), LOOK)


async def _listen(wake: Callable[[], None], listening: asyncio.Event, clock: Clock) -> None:
    """Keep a queue worker running: a dropped connection ends it, so start another, later and later."""
    pause = FIRST_PAUSE
    while True:
        started = time.monotonic()
        try:
            await main.listen(wake=wake, listening=listening, clock=clock)
        except Exception as error:  # noqa: BLE001  # nothing the queue does may end the worker
            log.warning("queue_lost", error=_name(error), again_in_seconds=pause)
        await asyncio.sleep(pause)
        lasted = time.monotonic() - started > 2 * LONGEST_PAUSE
        pause = FIRST_PAUSE if lasted else min(pause * 2, LONGEST_PAUSE)


async def _keep_schedule(listening: asyncio.Event, clock: Clock) -> None:
    """Keep the schedule ourselves while the queue, which does it otherwise, is away."""
    last = clock()
    while True:
        await asyncio.sleep(LOOK)
        moment = clock()
        for entry in schedule.ENTRIES:
            if not listening.is_set() and schedule.is_due(entry, after=last, until=moment):
                await _attempt(entry, moment)
        last = moment


async def _keep_often(clock: Clock) -> None:
    while True:
        for entry in schedule.OFTEN:
            await _attempt(entry, clock())
        await asyncio.sleep(OFTEN)


async def _attempt(entry: schedule.Entry, moment: dt.datetime) -> None:
    try:
        await entry.run(now=moment)
    except Exception as error:  # noqa: BLE001  # the next minute comes
        log.warning("schedule_failed", entry=entry.name, error=_name(error))


def _name(error: BaseException) -> str:
    """Name an error by its class: its words may hold an address."""
    return type(error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error).__name__


async def run() -> None:
    """Work until SIGINT or SIGTERM."""
    look_seldom()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await work(stop=stop)
    finally:
        if DB.pool is not None:
            await DB.close_connection_pool()
