"""Mails: how fast one worker process sends tickets with their PDF and calendar file, and what that costs it."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.core.db import DB, fetch
from app.core.sandbox.places import free_port
from tests.bench import cpu
from tests.bench.figures import Figure, at_least, at_most, shown
from workers.leash import VARIABLE

MAILS = 500
WARM_UP = 60
"""Mails after which fonts are loaded and everything was called once; then the measurement begins."""
RATE = 42
"""Mails per second: 10,000 within four minutes."""
GROWTH = 30
"""MB that the worker may grow by while it sends the rest."""
PATIENCE = 120.0

Count = Callable[[], int]


def measure(log: Path) -> list[Figure]:
    """Send `MAILS` of the tickets that are registered, and return the figures; other work is taken off the table."""
    asyncio.run(_leave(MAILS))
    with _sink() as taken, _worker(log) as worker:
        _wait(taken, WARM_UP, log)
        first, began, used, size = taken(), time.monotonic(), cpu.milliseconds(worker), _megabytes(worker)
        _wait(taken, MAILS, log)
        seconds, sent = time.monotonic() - began, MAILS - first
        spent, grown = cpu.milliseconds(worker) - used, _megabytes(worker) - size
    return [
        at_least("mails with PDF and calendar file", sent / seconds, "mails/s", RATE),
        shown("mails with PDF and calendar file: worker", spent / sent, "CPU ms/mail"),
        shown("mails with PDF and calendar file: memory", size, "MB at first"),
        at_most("mails with PDF and calendar file: growth", grown, "MB", GROWTH),
    ]


async def _leave(mails: int) -> None:
    """Leave so many mails of tickets to be sent, and nothing else to be done."""
    await DB.start_connection_pool()
    try:
        await fetch(
            "UPDATE job SET done_at = now() WHERE done_at IS NULL AND id NOT IN"
            " (SELECT id FROM job WHERE done_at IS NULL AND name = 'ticketing.send_ticket' LIMIT $1)",
            mails,
        )
        rows = await fetch("SELECT count(*) AS n FROM job WHERE done_at IS NULL")
        if rows[0]["n"] != mails:
            raise RuntimeError(f"There are only {rows[0]['n']} mails to send.")
    finally:
        await DB.close_connection_pool()


@contextlib.contextmanager
def _sink() -> Iterator[Count]:
    """Run the mail server; yield how many mails it has taken."""
    port = free_port()
    os.environ["APP_MAIL_URL"] = f"smtp://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sink", str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def taken() -> int:
            stdin.write(b"\n")
            stdin.flush()
            return int(stdout.readline())

        taken()  # it listens once it answers
        try:
            yield taken
        finally:
            process.terminate()


@contextlib.contextmanager
def _worker(log: Path) -> Iterator[int]:
    """Run `machi work` as in production; yield its process id."""
    environment = os.environ | {VARIABLE: str(os.getpid())}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "app.cli", "work"], env=environment, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield process.pid
        finally:
            process.terminate()


def _wait(taken: Count, number: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while taken() < number:
        if time.monotonic() > deadline:
            raise RuntimeError(f"The worker is slow or dead; it said: {log.read_text()[-2000:]}")
        time.sleep(0.02)


def _megabytes(process: int) -> float:
    """Return the memory that a process holds (proc_pid_statm(5))."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
