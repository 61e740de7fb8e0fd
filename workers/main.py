"""The queue of nudges, and the only module that knows arq.

A nudge says "look into the outbox" and nothing else: it names no row, so losing one, or all, costs a few seconds.
"""

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any
from uuid import uuid4

import msgspec
import structlog
from arq.connections import ArqRedis
from arq.cron import CronJob, cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

from app.core.settings import settings
from workers.schedule import ENTRIES, SWEEP_SECONDS, TOKYO, Entry

log = structlog.get_logger()

QUEUE = "machi:nudges"
PAUSE = 0.05
"""Seconds within which the nudges of one process become one."""
PATIENCE = 0.5
"""Seconds a nudge may take; a request never waits for it."""
ENOUGH = 100
"""Nudges in the queue after which one more says nothing new: the worker is away."""
QUIET = 60.0
"""Seconds between two log lines about the same missing Redis."""
ANSWER = 3.0
"""Seconds after which a Redis that hangs counts as gone."""
POLL = 0.1
JOB_TIMEOUT = 20
"""Seconds; the job of a killed worker stays locked for ten more."""
LOST = (OSError, RedisError, TimeoutError)
"""What a Redis that is away raises."""


def connect() -> ArqRedis:
    """Return a client of `APP_REDIS_URL`; it connects when it is first used."""
    found: ArqRedis = ArqRedis.from_url(settings().redis_url, socket_connect_timeout=1.0, socket_timeout=ANSWER)
    found.job_serializer = msgspec.msgpack.encode
    found.job_deserializer = msgspec.msgpack.decode
    found.default_queue_name = QUEUE
    return found


class Nudge:
    """What the web process gives to `jobs.nudge_by`: returns at once, never raises, and works in the background."""

    def __init__(self) -> None:
        self._redis: ArqRedis | None = None
        self._sending: asyncio.Task[None] | None = None
        self._wanted = False
        self._told = -QUIET

    async def __call__(self) -> None:
        """Ask for one nudge soon. The task gets a context of its own: it belongs to no request."""
        self._wanted = True
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(), context=Context())

    async def _send(self) -> None:
        while self._wanted:
            await asyncio.sleep(PAUSE)
            self._wanted = False
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._enqueue()
            except LOST as error:
                self._tell(error)
                await self._disconnect()

    async def _enqueue(self) -> None:
        if self._redis is None:
            self._redis = connect()
        if await self._redis.zcard(QUEUE) < ENOUGH:
            # A new id every time: the job of a killed worker keeps its id locked.
            await self._redis.enqueue_job("drain", _job_id=uuid4().hex)

    def _tell(self, error: Exception) -> None:
        if time.monotonic() - self._told >= QUIET:
            self._told = time.monotonic()
            log.warning("nudge_failed", error=type(error).__name__)

    async def _disconnect(self) -> None:
        redis, self._redis = self._redis, None
        if redis is not None:
            with contextlib.suppress(*LOST):
                await redis.aclose()

    async def close(self) -> None:
        """Stop sending and let go of the connection."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])
        await self._disconnect()


async def listen(*, wake: Callable[[], None], listening: asyncio.Event, clock: Callable[[], dt.datetime]) -> None:
    """Take nudges and keep the schedule until the connection breaks, which raises; `listening` is set meanwhile.

    The job only wakes the one loop of this process that drains the outbox: so a lost connection, a time-out or a
    cancelled job never stops a mail half sent.
    """

    async def drain(_: dict[str, Any]) -> None:
        wake()

    async def started(_: dict[str, Any]) -> None:
        listening.set()

    redis = connect()
    worker = Worker(
        [func(_job(drain), name="drain")],
        queue_name=QUEUE,
        cron_jobs=[
            cron(_job(drain), name="sweep", second=set(SWEEP_SECONDS)),
            *(_cron(entry, clock) for entry in ENTRIES),
        ],
        redis_pool=redis,
        on_startup=_job(started),
        handle_signals=False,
        job_timeout=JOB_TIMEOUT,
        keep_result=0,
        max_tries=1,
        poll_delay=POLL,
        timezone=TOKYO,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
        log_results=False,
    )
    running = asyncio.create_task(worker.main())
    try:
        await asyncio.wait([running])
        running.result()
    finally:
        listening.clear()
        await _end(running)
        await _close(worker, redis)


def _cron(entry: Entry, clock: Callable[[], dt.datetime]) -> CronJob:
    """Put an entry of the schedule into the queue's own: with several workers it runs once."""

    async def run(_: dict[str, Any]) -> None:
        await entry.run(now=clock())

    return cron(_job(run), name=entry.name, second=entry.second, timeout=JOB_TIMEOUT)


def _job(function: Callable[[dict[str, Any]], Awaitable[None]]) -> Any:
    """Pass a function as arq's own type, which names arguments that no job of ours has."""
    return function


async def _end(running: asyncio.Task[None]) -> None:
    """Cancel the queue worker until it has ended: now and then its Redis client swallows a cancellation."""
    while not running.done():
        running.cancel()
        await asyncio.wait([running], timeout=POLL)


async def _close(worker: Worker, redis: ArqRedis) -> None:
    """Close what is open; the library's own `close` raises when a job was cut off, or when Redis is away."""
    jobs: list[Awaitable[Any]] = list(worker.tasks.values())
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    with contextlib.suppress(*LOST):
        await redis.aclose()
