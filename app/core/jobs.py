"""Background work that survives crashes: a job is a row, written in the caller's transaction.

The queue is only a nudge: whatever it loses, the sweep of `workers/` finds again in the table.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec
import structlog

from app.core.db import DB, after_commit, fetch, fetch_one, transaction
from app.core.settings import settings
from app.core.tables import Job

log = structlog.get_logger()

Task = Callable[..., Awaitable[None]]
Clock = Callable[[], dt.datetime]

Lane = Literal["rest", "urgent", "mail", "outside"]
"""Jobs of one lane wait for each other only: work of our own, mails somebody is waiting for, all other mails, and what
asks servers of strangers, who may take their time."""

TASKS: dict[str, Task] = {}
LANES: dict[str, Lane] = {}
"""The lane of each task; the others keep moving while its mail server is slow or dead."""
MOST_TRIES = 8
FIRST_PAUSE = dt.timedelta(seconds=5)
"""The pause after the first failure; each further one doubles it, to about ten minutes before giving up."""
LONGEST_PAUSE = dt.timedelta(minutes=10)
MOST_TRIES_AWAY = 150
"""The same while a server is away: about a day."""
AT_ONCE: dict[Lane | None, int] = {None: 8, "rest": 2, "urgent": 2, "mail": 5, "outside": 8}
"""Jobs one `drain` runs side by side, in a lane or in all; each but those outside keeps a connection of the pool."""
USUAL_POOL = 10
"""Connections that these numbers are made for; with fewer there is less at once."""
LONGEST = 45
"""Seconds a job may take; shorter than the server's patience with an idle transaction (`db.SESSION`)."""
LONGEST_OUTSIDE = 180
"""The same for one that is outside: it waits for strangers, and what takes long it does `gently`."""
AWAY = dt.timedelta(seconds=LONGEST_OUTSIDE + 60)
"""For how long nobody else takes a job that is outside; then whoever had it has died."""

_nudge: list[Callable[[], Awaitable[None]]] = []


class Away(Exception):
    """A server that a task needs cannot be reached. The job is at no fault, and is not given up for a day."""


def task(function: Task) -> Task:
    """Register `function` under `<package>.<name>`, e.g. `ticketing.send_tickets`; it takes `now` and ids."""
    return _register(function, "rest")


def sends(function: Task) -> Task:
    """Register a task that sends a mail: it may have to wait for the mail server."""
    return _register(function, "mail")


def sends_at_once(function: Task) -> Task:
    """Register a task that sends a mail somebody sits and waits for; it overtakes ten thousand others."""
    return _register(function, "urgent")


def fetches(function: Task) -> Task:
    """Register a task that asks a server of strangers: meanwhile it holds no row and no connection.

    So it opens its own transactions, and what it does may be done twice if a worker dies.
    """
    return _register(function, "outside")


def _register(function: Task, lane: Lane) -> Task:
    name = f"{function.__module__.split('.')[1]}.{function.__name__}"
    TASKS[name], LANES[name] = function, lane
    return function


def nudge_by(function: Callable[[], Awaitable[None]] | None) -> None:
    """Name what is called after a commit that promised work; None for nobody."""
    _nudge[:] = [] if function is None else [function]


async def defer(
    name: str, *, key: str | None = None, now: dt.datetime, due: dt.datetime | None = None, **payload: Any
) -> None:
    """Promise `name(**payload)` in the caller's transaction; `key` makes the promise unique for ever.

    It is kept as soon as possible, or from `due` on.
    """
    await fetch_one(
        "INSERT INTO job (id, name, payload, key, promised_at, due_at, tries, last_error)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, 0, '') ON CONFLICT (key) DO NOTHING",
        name,
        msgspec.json.encode(payload).decode(),
        key,
        now,
        due or now,
    )
    nudge_after_commit()


async def defer_each(
    name: str, payloads: Mapping[str, Mapping[str, Any]], *, now: dt.datetime, due: dt.datetime | None = None
) -> None:
    """Promise one job for each payload, by its key, as `defer` does; one statement."""
    await fetch_one(
        "INSERT INTO job (id, name, payload, key, promised_at, due_at, tries, last_error)"
        " SELECT gen_random_uuid(), $1, p.payload::jsonb, p.key, $4, $5, 0, ''"
        " FROM unnest($2::text[], $3::text[]) AS p (key, payload) ON CONFLICT (key) DO NOTHING",
        name,
        list(payloads),
        [msgspec.json.encode(payload).decode() for payload in payloads.values()],
        now,
        due or now,
    )
    nudge_after_commit()


def nudge_after_commit() -> None:
    """Wake the worker once the present transaction has committed."""
    for function in _nudge:
        after_commit(function)


async def drain(
    clock: Clock, *, limit: int = 10_000, stopping: Callable[[], bool] = lambda: False, lane: Lane | None = None
) -> int:
    """Run due jobs, several side by side, until none is left or `stopping`; return how many were done.

    With a `lane` only those of that lane. When the database fails one of them, the others still finish theirs; then its
    error is raised.
    """
    done = 0
    failures: list[Exception] = []
    names = [name for name in TASKS if lane is None or LANES.get(name, "rest") == lane]

    async def work() -> None:
        nonlocal done
        try:
            while done < limit and not stopping() and (found := await _run_next(clock, names)) is not None:
                done += found
        except Exception as error:  # noqa: BLE001  # raised below, when nobody is in the middle of a mail
            failures.append(error)

    if DB.current_transaction.get() is not None:  # one connection does one thing at a time
        await work()
    else:
        await asyncio.gather(*(work() for _ in range(_at_once(lane))))
    if failures:
        raise failures[0]
    return done


def _at_once(lane: Lane | None) -> int:
    """Return how many jobs run side by side: all lanes together never need more connections than there are."""
    return max(1, min(AT_ONCE[lane], AT_ONCE[lane] * settings().pool_size // USUAL_POOL))


_NEXT = """
SELECT id, name, payload, tries FROM job
WHERE done_at IS NULL AND given_up_at IS NULL AND due_at <= $1 AND name = ANY($2::text[])
ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""


async def _run_next(clock: Clock, names: list[str]) -> bool | None:
    """Do the next due job with one of these names. True: done, False: it will come again, None: nothing is due.

    The row stays locked until its outcome is written, so a failed job cannot be taken before its pause has begun. The
    task runs in a savepoint: its database effects commit with `done_at`, or are taken back while the failure is kept.
    """
    async with transaction():
        job = await fetch_one(_NEXT, clock(), names)
        if job is None:
            return None
        if LANES.get(job["name"]) != "outside":
            return await _run(job, clock, transaction(), longest=LONGEST)
        await fetch_one("UPDATE job SET due_at = $2 WHERE id = $1", job["id"], clock() + AWAY)
    return await _run(job, clock, contextlib.nullcontext(), longest=LONGEST_OUTSIDE)


async def _run(job: asyncpg.Record, clock: Clock, within: AbstractAsyncContextManager[object], *, longest: int) -> bool:
    """Do a job and write its outcome down."""
    try:
        async with asyncio.timeout(longest), within:
            await TASKS[job["name"]](now=clock(), **msgspec.json.decode(job["payload"]))
    except Exception as error:  # noqa: BLE001  # whatever a task raises must be written down and tried again
        await _put_off(job, error, clock())
        return False
    await fetch_one("UPDATE job SET done_at = $2, tries = tries + 1 WHERE id = $1", job["id"], clock())
    return True


async def _put_off(job: asyncpg.Record, error: Exception, now: dt.datetime) -> None:
    """Write the failure down; give up visibly after `MOST_TRIES`, but wait longer for a server that is away.

    Only the error's class is kept: its words may hold an address or a name.
    """
    tries = job["tries"] + 1
    most = MOST_TRIES_AWAY if isinstance(error, Away) else MOST_TRIES
    given_up = now if tries >= most else None
    log.warning("job_failed", job=str(job["id"]), task=job["name"], tries=tries, error=type(error).__name__)
    await fetch_one(
        "UPDATE job SET tries = $2, last_error = $3, due_at = $4, given_up_at = $5 WHERE id = $1",
        job["id"],
        tries,
        type(error).__name__,
        now + _pause(tries),
        given_up,
    )


def _pause(tries: int) -> dt.timedelta:
    return FIRST_PAUSE * (1 << tries - 1) if tries <= MOST_TRIES else LONGEST_PAUSE


class Backlog(msgspec.Struct, frozen=True):
    """What the outbox holds: jobs waiting, jobs given up, age of the oldest due job in seconds."""

    waiting: int
    given_up: int
    oldest_seconds: float


async def backlog(now: dt.datetime) -> Backlog:
    """Return the state of the outbox."""
    row = await fetch_one(
        "SELECT count(*) FILTER (WHERE given_up_at IS NULL) AS waiting,"
        " count(*) FILTER (WHERE given_up_at IS NOT NULL) AS given_up,"
        " min(due_at) FILTER (WHERE given_up_at IS NULL AND due_at <= $1) AS oldest FROM job WHERE done_at IS NULL",
        now,
    )
    assert row is not None  # noqa: S101  # an aggregate always answers
    age = (now - row["oldest"]).total_seconds() if row["oldest"] else 0.0
    return Backlog(row["waiting"], row["given_up"], age)


class FailedJob(msgspec.Struct, frozen=True):
    """A job that was given up, for the page where staff try again."""

    id: UUID
    name: str
    tries: int
    last_error: str
    given_up_at: dt.datetime


async def given_up() -> list[FailedJob]:
    """Return the jobs that need a person, newest first."""
    rows = await fetch(
        "SELECT id, name, tries, last_error, given_up_at FROM job"
        " WHERE given_up_at IS NOT NULL AND done_at IS NULL ORDER BY given_up_at DESC LIMIT 200"
    )
    return [FailedJob(**row) for row in rows]


async def try_again(*, job_id: UUID, now: dt.datetime) -> bool:
    """Put a given-up job back into the queue with a fresh count of tries."""
    async with transaction():
        rows = await (
            Job.update({Job.given_up_at: None, Job.tries: 0, Job.due_at: now})
            .where(Job.id == job_id, Job.given_up_at.is_not_null(), Job.done_at.is_null())
            .returning(Job.id)
        )
        nudge_after_commit()
        return bool(rows)
