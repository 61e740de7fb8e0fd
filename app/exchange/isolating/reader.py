"""Reading a file in a child process: whatever it does to its reader, it costs that child and nothing else."""

import asyncio
import os
import signal
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from weakref import WeakKeyDictionary

import msgspec

from app.core import gentle
from app.exchange.isolating import wire
from app.exchange.isolating.child import NO_MEMORY
from app.exchange.isolating.limits import Limits, limits
from app.exchange.reading.request import MOST_BYTES, Request
from app.exchange.schemas import Reading

__all__ = ["Request", "read"]

AT_ONCE = 2
"""Children that run side by side; further ones wait."""
LITTLE = 500_000
"""Bytes of a file that is read without rests: it takes little more than starting."""
_HEAVY = {NO_MEMORY, -signal.SIGXCPU, -signal.SIGKILL}
"""How a child ends that wanted more than it may have: SIGKILL comes from the parent, at the deadline, or the kernel."""
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def read(request: Request, most: Limits | None = None) -> Reading:
    """Return what a file says; `too_heavy` or `crashed` where the child did not live to tell. Raises nothing.

    `most` is what the child may use, by default as much as a file of this size needs.
    """
    if len(request.body) > MOST_BYTES:
        return Reading(problem="too_large", size=len(request.body))
    async with _places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        problem, raw = await _run(request, most or limits(len(request.body)))
    if problem:
        return Reading(problem=problem, size=len(request.body))
    try:
        return wire.answer(raw)
    except (msgspec.DecodeError, struct.error):
        return Reading(problem="crashed", size=len(request.body))


async def _run(request: Request, most: Limits) -> tuple[str, bytes]:
    """Return a problem, or "" and what the child said.

    Its environment is empty, for ours holds secrets, and it leads a group of its own, so that nothing outlives it.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", "app.exchange.isolating.child", str(most.memory), str(most.cpu), *_rests(request),
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(most.seconds):
            raw, _ = await child.communicate(wire.asked(request))
    except TimeoutError:
        return "too_heavy", b""
    finally:
        await _ended(child)
    if child.returncode:
        return "too_heavy" if child.returncode in _HEAVY else "crashed", b""
    return "", raw


def _rests(request: Request) -> tuple[str, str, str]:
    """Return how the child works and rests; it reads what is little at once, and leaves rests for what follows."""
    rest = 0 if len(request.body) <= LITTLE else gentle.resting()
    return str(gentle.STROKE), str(rest), str(gentle.LONGEST / 2)


async def _ended(child: Process) -> None:
    """End a child that still runs, and its group, also when our own task is called off."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
