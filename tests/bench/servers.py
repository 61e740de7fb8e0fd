"""What is measured: embedded servers with the demo convention, and web processes as in production."""

import contextlib
import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.commands.environment import put
from app.core import migrate
from app.core.db import DB, fetch
from app.core.sandbox.places import free_port
from app.core.sandbox.postgres import running_postgres
from app.core.sandbox.servers import sandbox
from app.events import demo_data
from app.events.seed import seed_programme
from app.people import access
from app.ticketing.seed import seed_ticket_types
from workers.leash import VARIABLE
from workers.schedule import TOKYO

PATIENCE = 30.0
PLENTY = 10_000_000
"""Places of the quota on which registrations are measured."""
ROOMY = 900
"""People; guests go round among events whose venues hold as many, so that none fills up."""
FEWEST_GATES = 4
"""Of different events: with fewer, guests would come back to the event where they are."""


class Servers(msgspec.Struct, frozen=True):
    """The running database: its address for libpq, its programs, and the process at the root of its tree."""

    url: str
    programs: Path
    process: int


class Convention(msgspec.Struct, frozen=True):
    """What the load needs to know: the slug, a gate per event, and a token per device."""

    slug: str
    gates: list[str]
    tokens: list[str]


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Run PostgreSQL and Redis in `folder`, and make them those of this process and its children."""
    for name in [name for name in os.environ if name.startswith("APP_")]:
        del os.environ[name]
    with sandbox(folder) as found:
        put(found)
        database = running_postgres(folder)
        assert database is not None
        pid = (folder / "postgres" / "data" / "postmaster.pid").read_text().partition("\n")[0]
        yield Servers(database.url, database.programs, int(pid))


async def prepare(*, devices: int) -> Convention:
    """Migrate, seed the convention from today on, enrol devices, and make room in the quota of the citywide pass."""
    now = dt.datetime.now(dt.UTC)
    await DB.start_connection_pool()
    try:
        await migrate.migrate()
        data = demo_data.load(now.astimezone(TOKYO).date())
        await seed_programme(data=data, now=now)
        await seed_ticket_types(data=data, now=now)
        await fetch("UPDATE quota SET capacity = $1 WHERE slug = 'citywide'", PLENTY)
        tokens = [await _device(number, now) for number in range(devices)]
        return Convention(data.convention.slug, await _gates(), tokens)
    finally:
        await DB.close_connection_pool()


async def _device(number: int, now: dt.datetime) -> str:
    account = await access.add_account(role="staff", label="Bench", now=now, device=f"Phone {number}")
    return await access.issue_token(account=account, now=now)


async def _gates() -> list[str]:
    """Return the gate of each event's largest venue."""
    rows = await fetch(
        "SELECT DISTINCT ON (g.event) g.id FROM gate g JOIN venue v ON v.id = g.venue"
        " WHERE coalesce(v.capacity, $1) >= $1 ORDER BY g.event, v.capacity DESC NULLS FIRST, g.id",
        ROOMY,
    )
    if len(rows) < FEWEST_GATES:
        raise RuntimeError("The demo convention has too few events with a venue that holds all the guests.")
    return [str(row["id"]) for row in rows]


class Web(msgspec.Struct, frozen=True):
    """A web server: its port, and the process at the root of its tree."""

    port: int
    process: int


@contextlib.contextmanager
def product(*, workers: int, log: Path) -> Iterator[Web]:
    """Run the web server of the product as `machi serve` does in production."""
    port = free_port()
    os.environ["APP_BASE_URL"] = f"http://127.0.0.1:{port}"
    words = ["-m", "app.cli", "serve", "--port", str(port), "--workers", str(workers)]
    with _running(words, port=port, log=log) as web:
        yield web


@contextlib.contextmanager
def echo(*, workers: int, log: Path) -> Iterator[Web]:
    """Run the echo under the same server."""
    port = free_port()
    with _running(["-m", "tests.bench.echo", str(port), str(workers)], port=port, log=log) as web:
        yield web


@contextlib.contextmanager
def _running(words: list[str], *, port: int, log: Path) -> Iterator[Web]:
    """Run a server until it listens and the block has ended; what it says is in `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | {VARIABLE: str(os.getpid())},
            start_new_session=True,
        )
        try:
            _wait(process, port, log)
            yield Web(port, process.pid)
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The server does not listen; it said: {log.read_text()[-2000:]}")
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
