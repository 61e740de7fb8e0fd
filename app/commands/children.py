"""Child processes of the demo: each in a session of its own, so that Ctrl-C reaches only us, who stop them in order."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from app.core.sandbox.process import last_words
from workers.leash import VARIABLE

PATIENCE = 10.0
"""Seconds a child may take to stop before it is killed."""


class Child(msgspec.Struct, frozen=True):
    """A running child; what it says is in `log`."""

    name: str
    process: asyncio.subprocess.Process
    log: Path


@contextlib.asynccontextmanager
async def child(name: str, words: Sequence[str], *, folder: Path) -> AsyncIterator[Child]:
    """Run `machi WORDS` while the block runs, its output in `folder`/NAME.log; it also ends when we are killed."""
    log = folder / f"{name}.log"
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:  # noqa: PTH123, ASYNC230
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | {VARIABLE: str(os.getpid()), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )
    try:
        yield Child(name, process, log)
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask the child to stop, then end whatever is left of its session."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), PATIENCE)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def epitaph(ended: Child) -> str:
    """Say in one sentence that a child ended by itself, with the last thing it said."""
    said = [line.strip() for line in last_words(ended.log).splitlines() if line.strip()]
    last = said[-1] if said else "nothing"
    return f"The {ended.name} process ended by itself; {ended.log} ends with: {last}"
