"""Calendars of partner cities: what reading long ones costs, what publishing them costs, and who notices.

`python -m tests.bench.feeds` measures this alone, on servers of its own.
"""

import asyncio
import datetime as dt
import hashlib
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click
import msgspec

from app.core.db import DB, fetch
from app.core.settings import settings
from app.exchange.isolating import wire
from app.exchange.isolating.limits import limits
from app.exchange.isolating.reader import Request
from app.exchange.schemas import Reading
from tests.bench import cities, figures, servers
from tests.bench.asked import Work
from tests.bench.figures import Figure, at_least, at_most, exactly, percentile, shown
from tests.bench.measure import Pace, asking
from tests.bench.measure import measure as measured
from tests.bench.pulling import Pulled
from tests.bench.servers import Servers, Web
from tests.exchange import planting
from tests.exchange.cities import City

EVENTS, MANY = 10_000, 50_000
ONE_PERCENT = range(0, EVENTS, 100)
FIRST_CPU, CHANGED_CPU, UNCHANGED = 8.0, 0.5, 20.0
"""CPU seconds, CPU seconds, ms."""
MEMORY, MUCH_MEMORY = 300, 512
"""Megabytes of the child for 10,000 and for 50,000 events."""
TRIES = 5
VISITORS, MOVED = 100, 1.1
"""Visitors per second who look at the programme meanwhile; by how much the slowest hundredth of them may be slower."""
ROUNDS, ROUND = 3, 64.0
"""Rounds alone, beside a process that only counts, and while a new city is read, in turn; seconds of the first two,
about as many as reading takes.
"""
TURN = 8.0
"""Seconds that are asked for together; after each one looks whether the city is read."""
WHOLE_CPU, KNOWN_CPU, KNOWN_RATE = 50.0, 2.0, 1_500.0
"""CPU ms of the web process for a calendar, and for one that is known; answers per second to those who know it."""
READERS = 32
PATIENCE, SLOWEST = 120.0, 1.0
"""Seconds until a calendar says that the whole programme has changed; how long a reader may wait meanwhile."""
CALENDAR = "/calendars/{convention}.ics"

_CHILD = """
import resource, sys, time
from app.exchange.isolating import child
code = child.main()
most = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(time.process_time(), most, file=sys.stderr)
sys.exit(code)
"""
"""The child as the product starts it, which then says its CPU seconds, and the most memory that it had, in kB."""


def measure(folder: Path, *, workers: int) -> Iterator[Figure]:
    """Make up cities and a programme in a database of its own, and yield what is found."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    today = dt.datetime.now(dt.UTC).date()
    yield from _read(today)
    with servers.servers(folder) as database, cities.running() as city:
        slug = asyncio.run(servers.prepare(devices=0)).slug
        with _pulling(folder / "work.log") as pull:
            yield from _pulled(pull, city, today)
            with servers.product(workers=workers, log=folder / "web.log") as web:
                yield from _meanwhile(pull, city, web, slug, today)
                asyncio.run(_with_pool(_fill))
                yield from _published(database, web, slug)


async def _with_pool(work: Callable[[], Any]) -> Any:
    await DB.start_connection_pool()
    try:
        return await work()
    finally:
        await DB.close_connection_pool()


class Child(msgspec.Struct, frozen=True):
    """What became of one file: the reading, CPU seconds, megabytes at the most."""

    reading: Reading
    cpu: float
    memory: float


def child(body: bytes, known: Collection[bytes] = ()) -> Child:
    """Read a file in a child, under the limits that it has."""
    request = Request(kind="ics", body=body, known=frozenset(known), now=dt.datetime.now(dt.UTC))
    most = limits(len(body))
    words = [sys.executable, "-I", "-c", _CHILD, str(most.memory), str(most.cpu), "0", "0", "0"]
    found = subprocess.run(words, input=wire.asked(request), capture_output=True, env={}, check=False)
    if found.returncode:
        raise click.ClickException(f"The child ended with {found.returncode}: {found.stderr[-500:]!r}")
    seconds, kilobytes = found.stderr.split()[-2:]
    return Child(wire.answer(found.stdout), float(seconds), int(kilobytes) * 1024 / 1_000_000)


def _read(today: dt.date) -> Iterator[Figure]:
    """Read files alone: nothing is stored, nobody else is there."""
    first = child(cities.feed(EVENTS, on=today))
    known = [event.digest for event in first.reading.events]
    stamped = child(cities.feed(EVENTS, on=today, stamp=1), known)
    changed = child(cities.feed(EVENTS, on=today, stamp=1, changed=ONE_PERCENT), known)
    many = child(cities.feed(MANY, on=today))
    name = f"calendar of {EVENTS:,} events"
    yield exactly(f"{name}: read", len(first.reading.events), "events", EVENTS)
    yield at_most(f"{name}: first reading", first.cpu, "CPU s", FIRST_CPU)
    yield at_most(f"{name}: memory of the child", first.memory, "MB", MEMORY)
    yield exactly(f"{name}: only stamps new", len(stamped.reading.events), "events parsed", 0)
    yield shown(f"{name}: only stamps new", stamped.cpu, "CPU s")
    yield exactly(f"{name}: 1 % new", len(changed.reading.events), "events parsed", len(ONE_PERCENT))
    yield at_most(f"{name}: 1 % new", changed.cpu, "CPU s", CHANGED_CPU)
    yield exactly(f"calendar of {MANY:,} events: read", len(many.reading.events), "events", MANY)
    yield shown(f"calendar of {MANY:,} events", many.cpu, "CPU s")
    yield at_most(f"calendar of {MANY:,} events: memory", many.memory, "MB", MUCH_MEMORY)


Pull = Callable[[UUID], Pulled]


@contextmanager
def _pulling(log: Path) -> Iterator[Pull]:
    """Run the process that pulls; yield what lets it read a source. The cities stand on this machine."""
    allowed = {"APP_BASE_URL": "http://bench.test", "APP_FETCH_ALLOW_HOSTS": "127.0.0.1:*"}
    words = [sys.executable, "-m", "tests.bench.pulling"]
    with (
        log.open("wb") as said,
        subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=os.environ | allowed
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def pull(source: UUID) -> Pulled:
            stdin.write(f"{source}\n".encode())
            stdin.flush()
            line = stdout.readline()
            if not line:
                raise click.ClickException(f"Pulling has ended by itself: {log.read_text()[-2000:]}")
            return msgspec.json.decode(line, type=Pulled)

        try:
            yield pull
        finally:
            stdin.close()


async def _source(url: str) -> UUID:
    """Agree with a new city on a calendar."""
    now = dt.datetime.now(dt.UTC)
    today = now.date()
    days: dict[str, Any] = {"valid_from": today - dt.timedelta(days=9), "valid_until": today + dt.timedelta(days=350)}
    partner = await planting.partner(f"city-{uuid4().hex[:8]}", created_at=now)
    agreement = await planting.agreement(partner, created_at=now, **days)
    return await planting.source(agreement, url=url, created_at=now, next_at=now, live_at=now)


async def _rows() -> dict[tuple[str, UUID], str]:
    """Return which version of each row is stored, of all tables that hold events."""
    found: dict[tuple[str, UUID], str] = {}
    for table in ("exchanged_event", "card", "publication", "published_text"):
        for row in await fetch(f"SELECT id, xmin::text AS version FROM {table}"):
            found[table, row["id"]] = row["version"]
    return found


def _stored() -> dict[tuple[str, UUID], str]:
    return asyncio.run(_with_pool(_rows))


def _written(before: dict[tuple[str, UUID], str], after: dict[tuple[str, UUID], str], *tables: str) -> int:
    """Return how many rows were added, changed or taken away, of some tables or of all."""
    return sum(
        before.get(row) != after.get(row) for row in before.keys() | after.keys() if not tables or row[0] in tables
    )


def _pulled(pull: Pull, city: City, today: dt.date) -> Iterator[Figure]:
    """Read a city as the worker does: over HTTP, into the database."""
    city.serve("/x.ics", cities.feed(EVENTS, on=today), headers={"ETag": '"1"'})
    source = asyncio.run(_with_pool(lambda: _source(city.url("/x.ics"))))
    first = _good(pull(source), added=EVENTS)
    yield shown(f"{EVENTS:,} events pulled and stored: worker and child", first.cpu, "CPU s")
    yield shown(f"{EVENTS:,} events pulled and stored", first.seconds, "s")
    known = [_good(pull(source)).seconds * 1000 for _ in range(TRIES)]
    yield at_most("unchanged calendar (304) pulled", statistics.median(known), "ms", UNCHANGED)
    city.serve("/x.ics", cities.feed(EVENTS, on=today))
    same = [_good(pull(source)).seconds * 1000 for _ in range(TRIES)]
    yield shown("unchanged calendar (200, same bytes) pulled", statistics.median(same), "ms")
    before = _stored()
    city.serve("/x.ics", cities.feed(EVENTS, on=today, stamp=1))
    stamped = _good(pull(source), unchanged=EVENTS)
    after = _stored()
    yield exactly("only stamps new: rows written", _written(before, after), "rows", 0)
    yield shown("only stamps new: worker and child", stamped.cpu, "CPU s")
    city.serve("/x.ics", cities.feed(EVENTS, on=today, stamp=2, changed=ONE_PERCENT))
    changed = _good(pull(source), changed=len(ONE_PERCENT), unchanged=EVENTS - len(ONE_PERCENT))
    last = _stored()
    yield exactly("1 % new: rows of events written", _written(after, last, "exchanged_event"), "rows", 100)
    yield shown("1 % new: rows of publications written", _written(after, last, "publication"), "rows")
    yield shown("1 % new: worker and child", changed.cpu, "CPU s")


def _good(found: Pulled, **counts: int) -> Pulled:
    wanted = {"added": 0, "changed": 0, **counts}
    if found.problem or any(getattr(found, name) != count for name, count in wanted.items()):
        raise click.ClickException(f"A wrong reading: {found}")
    return found


def _meanwhile(pull: Pull, city: City, web: Web, slug: str, today: dt.date) -> Iterator[Figure]:
    """Ask for the programme at an even pace, with and without cities being read for the first time.

    What a process costs them that does nothing but count is what the machine, on which the load runs too, cannot hide.
    """
    work = Work(kind="page", port=web.port, connections=8, convention=slug, pace=VISITORS)
    new = _new(city, today)
    quiet: list[float] = []
    beside: list[float] = []
    busy: list[float] = []
    read: list[Pulled] = []
    for source in new:
        quiet.append(_slowest(work))
        with _counting():
            beside.append(_slowest(work))
        with ThreadPoolExecutor(1) as beside_us:
            reading = beside_us.submit(pull, source)
            busy.append(_slowest(work, over=reading.done))
            read.append(_good(reading.result(), added=EVENTS))
    alone, slowed = statistics.median(quiet), statistics.median(busy)
    yield shown("visitors alone: p99", alone, "ms")
    yield shown("visitors beside a process that counts: p99", statistics.median(beside), "ms")
    yield shown("visitors while cities are read: p99", slowed, "ms")
    yield shown(f"{EVENTS:,} events read meanwhile", statistics.median(one.seconds for one in read), "s")
    yield shown(
        f"{EVENTS:,} events read meanwhile: worker and child", statistics.median(one.cpu for one in read), "CPU s"
    )
    yield shown("visitors: p99 beside a process that counts / alone", statistics.median(beside) / alone, "")
    yield at_most("visitors: p99 meanwhile / alone", slowed / alone, "", MOVED)


def _slowest(work: Work, over: Callable[[], bool] | None = None) -> float:
    """Return the p99 of a round, or until something is over, in milliseconds, on connections of its own.

    In turns of one length always: the longer a turn, the less evenly do the requests of its connections come.
    """
    took: list[float] = []
    with asking(work) as (ask, _):
        ask(1.0)
        for turn in count(1):
            found = ask(TURN)
            if found.wrong:
                raise click.ClickException(f"A wrong answer to a {work.kind}: {found.wrong[:300]}")
            took += found.milliseconds
            if over() if over else turn * TURN >= ROUND:
                break
    return percentile(took, 0.99)


@contextmanager
def _counting() -> Iterator[None]:
    """Keep a CPU busy with nothing while the block runs."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


def _new(city: City, today: dt.date) -> list[UUID]:
    """Agree with new cities, each with a programme of its own; return their sources, which nobody has read yet."""
    paths = {f"www.city-{n}.example.jp": f"/city-{n}.ics" for n in range(ROUNDS)}
    for host, path in paths.items():
        city.serve(path, cities.feed(EVENTS, on=today, host=host))

    async def agree() -> list[UUID]:
        return [await _source(city.url(path)) for path in paths.values()]

    return asyncio.run(_with_pool(agree))


_SESSIONS = """
INSERT INTO session (id, event, venue, slug, mode, starts_at, ends_at, title, description, changed_at)
SELECT gen_random_uuid(), e.id, e.venue, 'bench-' || n, 'on_site', now() + n * interval '1 minute',
  now() + n * interval '1 minute' + interval '1 hour', jsonb_build_object('ja', '第' || n || '回まちぐるみ音楽祭', 'en',
  'Concert ' || n), jsonb_build_object('ja', $2::text, 'en', 'Everybody is welcome.'), now()
FROM generate_series(1, $1::int) n, (SELECT * FROM event ORDER BY position LIMIT 1) e
"""


async def _fill() -> None:
    """Give the convention a programme of 10,000 items."""
    await fetch(_SESSIONS, EVENTS, cities.TEXT)
    await fetch("ANALYZE")


def _published(database: Servers, web: Web, slug: str) -> Iterator[Figure]:
    """Ask for the calendar of the convention, until it says all there is; then whole, and by those who know it."""
    path = CALENDAR.format(convention=slug)
    began, slowest, body, etag = time.monotonic(), 0.0, b"", ""
    while body.count(b"BEGIN:VEVENT") < EVENTS and time.monotonic() - began < PATIENCE:
        asked = time.monotonic()
        body, etag = _calendar(web.port, path, patience=PATIENCE)
        slowest = max(slowest, time.monotonic() - asked)
    name = f"our calendar of {EVENTS:,} events"
    yield shown(f"{name}: made anew", time.monotonic() - began, "s")
    yield at_most(f"{name}: slowest answer meanwhile", slowest, "s", SLOWEST)
    yield shown(name, len(body) / 1_000_000, "MB")
    yield at_least(f"{name}: said", body.count(b"BEGIN:VEVENT"), "events", EVENTS)
    again = [hashlib.sha256(_calendar(web.port, path)[0]).digest() for _ in range(TRIES)]
    yield exactly(f"{name}: other bytes without a change", len({*again, hashlib.sha256(body).digest()}) - 1, "", 0)
    pace = Pace(1.0, 3, 3.0)
    whole = Work(kind="calendar", port=web.port, connections=1, page=path)
    known = msgspec.structs.replace(whole, codes=[etag])
    for label, work, target in (("whole", whole, WHOLE_CPU), ("known", known, KNOWN_CPU)):
        found = measured(work, web=web.process, database=database.process, redis=database.redis, pace=pace)
        if found.wrong:
            raise click.ClickException(f"A wrong answer to a calendar: {found.wrong[:300]}")
        yield at_most(f"{name}, {label}", found.web, "CPU ms", target)
        yield shown(f"{name}, {label}: PostgreSQL", found.database, "CPU ms")
        yield shown(f"{name}, {label}: p50", found.p50, "ms")
    many = msgspec.structs.replace(known, connections=READERS)
    found = measured(many, web=web.process, database=database.process, redis=database.redis, pace=pace)
    yield at_least(f"{name}, known: rate", found.rate, "answers/s", KNOWN_RATE)
    yield shown(f"{name}, known: p95 of {READERS} at once", found.p95, "ms")


def _calendar(port: int, path: str, *, patience: float = 0) -> tuple[bytes, str]:
    """Return a calendar and its entity tag; for so many seconds a server that is too busy is asked again."""
    until = time.monotonic() + patience
    while True:
        status, body, etag = _asked(port, path)
        if status == 200:
            return body, etag
        if status != 503 or time.monotonic() > until:
            raise click.ClickException(f"A wrong answer to {path}: {status} {body[:200]!r}")


def _asked(port: int, path: str) -> tuple[int, bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers.get("etag", "")
    finally:
        connection.close()


if __name__ == "__main__":
    settings.cache_clear()
    with tempfile.TemporaryDirectory(prefix="feeds-") as own:
        Path(own).chmod(0o755)
        for found in measure(Path(own) / "servers", workers=1):
            click.echo(figures.line(found))
