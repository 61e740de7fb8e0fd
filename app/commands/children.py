"""Child processes of the demo: each in a session of its own, so that Ctrl-C reaches only us, who stop them in order."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import click

from app.core.sandbox.process import last_words
from workers.leash import VARIABLE

PATIENCE = 10.0
"""Seconds a child may take to stop before it is killed."""
MOST_ENDS = 5
SPAN = 60.0
"""A child that ends this often in so many seconds is not started again."""


class Ended(Exception):
    """A child ended by itself too often; the words say which, and the last thing it said."""


class Child:
    """A child that is started again when it ends by itself; what it says is added to `log`."""

    def __init__(self, name: str, words: Sequence[str], *, folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._words = words
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        """Run `machi WORDS`; it also ends when we are killed."""
        with open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as output:  # noqa: PTH123, ASYNC230
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "app.cli", *self._words),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | {VARIABLE: str(os.getpid()), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,
            )

    async def keep(self) -> None:
        """Start the child again whenever it ends, or raise `Ended` at the `MOST_ENDS`th end within `SPAN`."""
        ends: list[float] = []
        while True:
            await self.process.wait()
            now = asyncio.get_running_loop().time()
            ends = [*(end for end in ends if now - end < SPAN), now]
            if len(ends) >= MOST_ENDS:
                raise Ended(epitaph(self))
            click.echo(f"  The {self.name} process ended; starting it again ...")
            await _stop(self.process)
            await self.start()


@contextlib.asynccontextmanager
async def child(name: str, words: Sequence[str], *, folder: Path) -> AsyncIterator[Child]:
    """Run `machi WORDS` while the block runs, its output in `folder`/NAME.log; that of the last time is NAME.log.1."""
    found = Child(name, words, folder=folder)
    if found.log.exists():
        found.log.replace(found.log.with_suffix(".log.1"))
    await found.start()
    try:
        yield found
    finally:
        await _stop(found.process)


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
