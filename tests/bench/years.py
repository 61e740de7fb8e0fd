"""A fiscal year of a million pieces of evidence: how fast it is read, recounted, explained and verified.

`python -m tests.bench.years` measures this alone, on servers of its own.
"""

import asyncio
import datetime as dt
import gc
import http.client
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click
import msgspec

from app.attendance import ledger
from app.core import chain, migrate
from app.core.db import DB, fetch
from app.kpi import live
from app.kpi.freezing.recount import recount
from app.kpi.rules import KPI2_V1
from app.people import access
from app.people.roles import Scope
from tests.bench import figures, servers
from tests.bench.figures import Figure, at_most, exactly, percentile, shown
from tests.kpi.rows import copy
from tests.kpi.town import WHOLE
from tests.kpi.town_events import Town, town

YEAR = 2026
FIGURE = "/api/v1/kpi/overseas-participants"
READ, FRESH, RECOUNT, EXPLAIN, VERIFY = 5, 2.0, 10.0, 1.0, 2.0
"""ms of the process that has it; seconds."""
STALL = 150
"""ms that others may wait while a process counts its first year."""
READS, SCANS, EXPLAINED = 400, 12, 40
EVERY = 0.02
"""Seconds between two looks of somebody who has nothing to do with the KPI."""
WEB = 2
"""Web processes at least: each of them keeps the figure for itself."""


def measure(folder: Path, *, workers: int) -> Iterator[Figure]:
    """Make up the year in a database of its own and yield what is found."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    with servers.servers(folder):
        token, made = asyncio.run(_prepared())
        gc.collect()  # a million entries are gone: looking through them again and again would be measured
        yield shown("evidence of the year", made.rows, "rows")
        yield from asyncio.run(_in_process(made))
        with servers.product(workers=max(WEB, workers), log=folder / "web.log") as web:
            yield from _served(web.port, token, made)


@contextmanager
def _pool() -> Iterator[Callable[[Awaitable[Any]], Any]]:
    """Yield what runs one coroutine after the other on one loop, with the pool open."""
    with asyncio.Runner() as runner:
        runner.run(DB.start_connection_pool())
        try:
            yield lambda work: runner.run(_of(work))
        finally:
            runner.run(DB.close_connection_pool())


async def _of(work: Awaitable[Any]) -> Any:
    return await work


class Made(msgspec.Struct, frozen=True):
    """What is known of the year: rows, people truly counted, some of the pseudonyms, an event."""

    rows: int
    people: int
    persons: list[UUID]
    event: UUID


def _of_town(found: Town) -> Made:
    scans = [entry for entry in found.ledger if entry.kind == "scan" and entry.scope == "linked"]
    some = [entry.person for entry in scans[:: len(scans) // EXPLAINED]]
    return Made(len(found.ledger), int(str(found.figure()["people"])), some, UUID(str(scans[0].event)))


async def _prepared() -> tuple[str, Made]:
    await DB.start_connection_pool()
    try:
        await migrate.migrate()
        found = town(WHOLE, seed=1)
        await copy(found.ledger)
        await fetch("ANALYZE")
        now = dt.datetime.now(dt.UTC)
        account = await access.add_account(role="officer", label="Bench", now=now, scope=Scope())
        return await access.issue_token(account=account, now=now), _of_town(found)
    finally:
        await DB.close_connection_pool()


async def _in_process(made: Made) -> list[Figure]:
    """Verify, recount and take up the year in this process."""
    await DB.start_connection_pool()
    try:
        verified, verdict = await _timed(ledger.verify())
        head = await chain.head(ledger.CHAIN)
        recounted, figure = await _timed(recount(fiscal_year=YEAR, rule=KPI2_V1.rule, head=head))
        cold, _ = await _timed(live.counted(YEAR))
        live._kept.clear()  # as in a new process
        kept, (again, _) = await _timed(live.counted(YEAR))
        return [
            at_most("ledger verified", verified, "s", VERIFY),
            exactly("ledger: first broken row", verdict.broken, "", 0),
            at_most("frozen year recounted", recounted, "s", RECOUNT),
            exactly("people: recount / truth", figure.people, "people", made.people),
            exactly("people: live / recount", again.people, "people", figure.people),
            shown("first reading, nothing kept", cold, "s"),
            shown("first reading of the next process", 1000 * kept, "ms"),
        ]
    finally:
        await DB.close_connection_pool()


async def _timed(work: Awaitable[Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = await work
    return time.perf_counter() - began, found


def _served(port: int, token: str, made: Made) -> Iterator[Figure]:
    asyncio.run(_forgotten())
    looks, stop = _looking(port)
    began = time.perf_counter()
    first = _people(port, token)
    taken = time.perf_counter() - began
    stop.set()
    looks.join()
    yield shown("first reading over HTTP, nothing kept", taken, "s")
    yield at_most("others meanwhile: slowest answer", max(looks.milliseconds), "ms", STALL)
    with _asking(port, token) as ask:
        ask(f"{FIGURE}?fiscal_year={YEAR}")
        times = sorted(ask(f"{FIGURE}?fiscal_year={YEAR}")[0] for _ in range(READS))
        explained = sorted(ask(f"{FIGURE}/explain?fiscal_year={YEAR}&person={person}")[0] for person in made.persons)
    yield at_most("live figure over HTTP: p50", percentile(times, 0.5), "ms", READ)
    yield shown("live figure over HTTP: p95", percentile(times, 0.95), "ms")
    yield at_most("explain: slowest", explained[-1] / 1000, "s", EXPLAIN)
    with _pool() as run:
        fresh = [_seen_after_scan(run, port, token, first + n, made) for n in range(SCANS)]
    yield at_most("scan in the figure of every process: slowest", max(fresh), "s", FRESH)


async def _forgotten() -> None:
    await DB.start_connection_pool()
    try:
        await fetch("DELETE FROM live_figure")
    finally:
        await DB.close_connection_pool()


class _Looking(threading.Thread):
    """Somebody who asks for something else all the time."""

    def __init__(self, port: int, stop: threading.Event) -> None:
        super().__init__()
        self.port, self.stop, self.milliseconds = port, stop, [0.0]

    def run(self) -> None:
        """Ask until told to stop, each time of whatever process takes the connection."""
        while not self.stop.wait(EVERY):
            with _asking(self.port, "") as ask:
                self.milliseconds.append(ask("/health/live")[0])


def _looking(port: int) -> tuple[_Looking, threading.Event]:
    stop = threading.Event()
    looks = _Looking(port, stop)
    looks.start()
    return looks, stop


def _seen_after_scan(run: Callable[[Awaitable[Any]], Any], port: int, token: str, before: int, made: Made) -> float:
    """Let somebody new from overseas in; return the seconds until a run of readers all see one more."""
    entry = ledger.Entry(
        kind="scan",
        evidence_class="A",
        person=uuid4(),
        role="visitor",
        event=made.event,
        scope="linked",
        mode="on_site",
        scheduled_at=dt.datetime(YEAR, 11, 5, 1, tzinfo=dt.UTC),
        residence="SG",
    )
    began = time.perf_counter()
    run(ledger.append([entry], now=dt.datetime.now(dt.UTC)))
    seen = 0
    while seen < 4 * WEB:  # connections go to any process
        seen = seen + 1 if _people(port, token) == before + 1 else 0
        if time.perf_counter() - began > 10 * FRESH:
            raise click.ClickException("The scan does not come into the figure.")
    return time.perf_counter() - began


def _people(port: int, token: str) -> int:
    with _asking(port, token) as ask:
        return int(ask(f"{FIGURE}?fiscal_year={YEAR}")[1]["people"])


@contextmanager
def _asking(port: int, token: str) -> Iterator[Callable[[str], tuple[float, Any]]]:
    """Yield what asks on one connection: milliseconds until the answer was there, and the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"authorization": f"Bearer {token}"} if token else {}

    def ask(path: str) -> tuple[float, Any]:
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise click.ClickException(f"A wrong answer to {path}: {answer.status} {body[:200]!r}")
        return 1000 * (time.perf_counter() - began), msgspec.json.decode(body)

    connection.connect()
    try:
        yield ask
    finally:
        connection.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="year-") as own:
        Path(own).chmod(0o755)
        for found in measure(Path(own) / "servers", workers=WEB):
            click.echo(figures.line(found))
