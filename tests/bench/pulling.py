"""Pulling, a process of its own as the worker is: reads ids of sources line by line, says what each reading took."""

import asyncio
import datetime as dt
import resource
import sys
import time
from uuid import UUID

import msgspec

from app.core.cycles import look_seldom
from app.core.db import DB
from app.core.log import configure
from app.exchange.pulling.pull import pull


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """A reading: seconds, CPU seconds of this process and its child together, how many events were what."""

    outcome: str
    problem: str
    seconds: float
    cpu: float
    added: int
    changed: int
    unchanged: int


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


async def _one(source: UUID) -> Pulled:
    began, cpu = time.perf_counter(), _cpu()
    found = await pull(source=source, now=dt.datetime.now(dt.UTC), why="schedule")
    return Pulled(
        outcome=found.outcome,
        problem=found.problem,
        seconds=time.perf_counter() - began,
        cpu=_cpu() - cpu,
        added=found.counts.added,
        changed=found.counts.changed,
        unchanged=found.counts.unchanged,
    )


async def main() -> None:
    """Read the sources that are named, one after the other, until the input ends."""
    configure("warning")
    look_seldom()
    await DB.start_connection_pool()
    try:
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            sys.stdout.buffer.write(msgspec.json.encode(await _one(UUID(line.decode().strip()))) + b"\n")
            sys.stdout.buffer.flush()
    finally:
        await DB.close_connection_pool()


if __name__ == "__main__":
    asyncio.run(main())
