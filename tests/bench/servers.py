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

from app.commands import bulk
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
QUOTAS = 40
"""How many quotas a busy sale spreads over."""
ROOMY = 900
"""People; guests go round among events whose venues hold as many, so that none fills up."""
FEWEST_GATES = 4
"""Of different events: with fewer, guests would come back to the event where they are."""


class Servers(msgspec.Struct, frozen=True):
    """The running servers: the database's address for libpq and its programs, and the root of each process tree."""

    url: str
    programs: Path
    process: int
    redis: int


class Convention(msgspec.Struct, frozen=True):
    """What the load needs to know: the slug, a gate per event, a token per device, types with a quota of their own."""

    slug: str
    gates: list[str]
    tokens: list[str]
    types: list[str]


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
        redis = (folder / "redis" / "redis.pid").read_text()
        yield Servers(database.url, database.programs, int(pid), int(redis))


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
        return Convention(data.convention.slug, await _gates(), tokens, [await _type(n) for n in range(QUOTAS)])
    finally:
        await DB.close_connection_pool()


async def _device(number: int, now: dt.datetime) -> str:
    account = await access.add_account(role="staff", label="Bench", now=now, device=f"Phone {number}")
    return await access.issue_token(account=account, now=now)


_TYPE = """
WITH made AS (
    INSERT INTO ticket_type (id, convention, organiser, slug, number, position, role, mode, entry_rule, days, price,
                             public, title, description)
    SELECT gen_random_uuid(), convention, organiser, $1, $2::int, $2::int, role, mode, entry_rule, days, 0, true, title,
        description FROM ticket_type WHERE slug = 'citywide-pass' RETURNING id, convention
), places AS (
    INSERT INTO quota (id, convention, slug, name, capacity)
    SELECT gen_random_uuid(), convention, $1, '{"en": "Bench"}', $3 FROM made RETURNING id
), used AS (
    INSERT INTO quota_use (id, ticket_type, quota) SELECT gen_random_uuid(), m.id, p.id FROM made m, places p
)
INSERT INTO coverage (id, ticket_type, event) SELECT gen_random_uuid(), m.id, c.event FROM made m, coverage c
JOIN ticket_type t ON t.id = c.ticket_type WHERE t.slug = 'citywide-pass'
"""


async def _type(number: int) -> str:
    """Add a ticket type like the citywide pass with a quota of its own; return its slug."""
    slug = f"bench-{number}"
    await fetch(_TYPE, slug, 1_000 + number, PLENTY)
    return slug


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


async def fill(slug: str, *, tickets: int) -> None:
    """Fill the convention up to so many tickets, those it has included, with invented people as `machi seed` does."""
    await DB.start_connection_pool()
    try:
        found = await bulk.crowd(slug=slug, people=tickets, seed=1)
        assert found is not None
        rows = await fetch("SELECT count(*) AS n FROM ticket")
        await bulk.fill(found, tickets=max(0, tickets - rows[0]["n"]), progress=lambda _: None)
        await fetch("ANALYZE")
    finally:
        await DB.close_connection_pool()


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
