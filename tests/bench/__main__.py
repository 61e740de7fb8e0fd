"""`make bench`: one line per figure, and `var/bench.json`."""

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from tests.bench import (
    awards,
    beats,
    boards,
    checks,
    documents,
    feeds,
    figures,
    mails,
    packs,
    pgbench,
    searches,
    servers,
    years,
)
from tests.bench.asked import PAGES, Work
from tests.bench.figures import Figure, at_least, at_most, exactly, percentile, shown
from tests.bench.measure import Pace, Result, asking, measure
from tests.bench.servers import Convention, Servers, Web

AT_ONCE = 32
"""Connections, as many as a busy convention has gates."""
BATCH = 500
UPLOADERS = 4
"""Devices that upload batches side by side."""
READERS = 8
GUESTS = 4000
"""How many are scanned: few enough for the venues to hold them, enough for nobody to be at two gates at once."""
SCAN_RATE, SCAN_SHARE, SCAN_CPU = 3_000, 0.3, 0.5
"""Per second one by one, as a share of the echo, CPU ms of web, PostgreSQL and Redis together."""
SCAN_PACE, SCAN_P95 = 1_000, 30
"""Scans per second at which their times are judged, and ms."""
QUEUE, QUEUE_SECONDS = 10_000, 1.0
"""What the phones of a hall hold after a while without a network, and how soon it must be stored."""
PARTY = 4
PACE = 400
"""Registrations per second at which their times are judged."""
REGISTRATIONS, REGISTRATION_P95, REGISTRATION_CPU = 1_000, 60, 1.5
"""Per second at full speed, ms at the even pace, CPU ms of web, PostgreSQL and Redis together."""
CROWD, GROWTH = 100_000, 0.1
"""So many tickets in the convention may change the figures of registering by this share; gate packs carry them."""
PAGE_CPU = 2
"""CPU time of the web process that a page may cost, in ms."""
ROOT = Path(__file__).resolve().parent.parent.parent


class Bench:
    """A run: what it measures with, and the figures found so far."""

    def __init__(self, *, folder: Path, database: Servers, convention: Convention, pace: Pace) -> None:
        self.folder = folder
        self.database = database
        self.convention = convention
        self.pace = pace
        self.figures: list[Figure] = []

    def add(self, *found: Figure) -> None:
        """Keep figures and print them."""
        for figure in found:
            self.figures.append(figure)
            click.echo(figures.line(figure))

    def measure(self, work: Work, web: Web) -> Result:
        """Measure a kind of work, and stop at the first wrong answer: a fast error is worth nothing."""
        found = measure(
            work, web=web.process, database=self.database.process, redis=self.database.redis, pace=self.pace
        )
        if found.wrong:
            raise click.ClickException(f"A wrong answer to a {work.kind}: {found.wrong}")
        return found

    def details(self, name: str, found: Result, *, per: str) -> None:
        """Add what stands under a rate."""
        self.add(
            shown(f"{name}: p50", found.p50, "ms"),
            shown(f"{name}: p95", found.p95, "ms"),
            shown(f"{name}: web", found.web, f"CPU ms/{per}"),
            shown(f"{name}: PostgreSQL", found.database, f"CPU ms/{per}"),
            shown(f"{name}: load", found.load, f"CPU ms/{per}"),
            shown(f"{name}: other processes", 100 * found.others, "% of the machine"),
        )


@click.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 8), help="Web processes.")
@click.option("--seconds", default=5.0, show_default=True, help="Seconds of a round.")
@click.option(
    "--rounds", default=3, show_default=True, type=click.IntRange(1), help="Rounds, of which the median counts."
)
@click.option("--json", "path", default=ROOT / "var" / "bench.json", type=click.Path(path_type=Path), help="Where to.")
def bench(workers: int, seconds: float, rounds: int, path: Path) -> None:
    """Measure the product against the machine it runs on; exits 1 when a target is missed or a count is wrong."""
    began = time.monotonic()
    pace = Pace(min(2.0, seconds), rounds, seconds)
    with _folder(path.parent / "bench") as folder, servers.servers(folder) as database:
        convention = asyncio.run(servers.prepare(devices=2 * AT_ONCE + 1 + UPLOADERS))
        run = Bench(folder=folder, database=database, convention=convention, pace=pace)
        machine = _machine(run, workers)
        run.add(*documents.figures())
        with servers.product(workers=workers, log=folder / "web.log") as web:
            _product(run, web, *machine)
        run.add(*mails.measure(folder / "work.log"))
    with _folder(path.parent / "bench") as folder:
        for figure in years.measure(folder / "year", workers=workers):
            run.add(figure)
    with _folder(path.parent / "bench") as folder:
        for figure in feeds.measure(folder / "feeds", workers=workers):
            run.add(figure)
    for figure in awards.measure():
        run.add(figure)
    figures.write(path, run.figures)
    missed = [figure.name for figure in run.figures if not figure.ok]
    click.echo(f"{path}, {time.monotonic() - began:.0f} s, web processes: {workers}")
    if missed:
        raise click.ClickException(f"NOT OK: {', '.join(missed)}")


@contextmanager
def _folder(parent: Path) -> Iterator[Path]:
    """A folder for one run, on the disk where data would lie, removed at the end."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _machine(run: Bench, workers: int) -> tuple[float, float]:
    """Measure what this machine can do: the echo and pgbench. Return both rates."""
    body = Work(kind="echo", port=0, connections=AT_ONCE, codes=["0" * 122], gates=["0" * 36])
    with servers.echo(workers=workers, log=run.folder / "echo.log") as web:
        echo = run.measure(msgspec.structs.replace(body, port=web.port), web)
    run.add(shown("echo", echo.rate, "requests/s"))
    run.details("echo", echo, per="request")
    pgbench.make_table(run.database)
    rounds = [
        pgbench.run(run.database, clients=AT_ONCE, seconds=run.pace.seconds, turn=turn)
        for turn in range(run.pace.rounds)
    ]
    inserts = statistics.median(rate for rate, _ in rounds)
    run.add(
        shown("pgbench", inserts, "transactions/s"),
        shown("pgbench: p50", statistics.median(percentile(times, 0.5) for _, times in rounds), "ms"),
        shown("pgbench: p95", statistics.median(percentile(times, 0.95) for _, times in rounds), "ms"),
    )
    return echo.rate, inserts


def _product(run: Bench, web: Web, echo: float, inserts: float) -> None:
    codes = _guests(run, web)
    registered = _registrations(run, web)
    _pages(run, web)
    taken = sum(found.things for name, found in registered.items() if name != FORTY) + len(codes)
    _check(run, taken=taken, tickets=taken + registered[FORTY].things)
    asyncio.run(servers.fill(run.convention.slug, tickets=CROWD))
    packs.measure(run, web)
    _grow(run, web, registered)
    at_gates = _scans(run, web, codes[:GUESTS], echo, inserts)
    boards.measure(run, web, at_gates)
    searches.measure(run, web)
    beats.measure(run, web)
    awards.judging(run, web)


SCANS = "scans one by one"


def _scans(run: Bench, web: Web, codes: list[str], echo: float, inserts: float) -> Work:
    """Measure the gates of a sold-out convention: one by one, at an even pace, alone, and whole queues.

    Returns the work with which other phones may go on.
    """
    tokens = run.convention.tokens
    work = Work(kind="scan", port=web.port, connections=AT_ONCE, codes=codes, gates=run.convention.gates)
    works = {
        SCANS: msgspec.structs.replace(work, tokens=tokens[:AT_ONCE]),
        f"scans at {SCAN_PACE}/s": msgspec.structs.replace(work, tokens=tokens[AT_ONCE : 2 * AT_ONCE], pace=SCAN_PACE),
        "a scan alone": msgspec.structs.replace(work, tokens=tokens[2 * AT_ONCE : 2 * AT_ONCE + 1], connections=1),
        f"scans in batches of {BATCH}": msgspec.structs.replace(
            work, kind="batch", size=BATCH, connections=UPLOADERS, tokens=tokens[2 * AT_ONCE + 1 :]
        ),
    }
    found: dict[str, Result] = {}
    for name, kind in works.items():
        found[name] = run.measure(msgspec.structs.replace(kind, turn=_turn(found)), web)
        run.details(name, found[name], per="scan")
    one, paced, _alone, many = found.values()
    run.add(
        at_least(SCANS, one.rate, "scans/s", SCAN_RATE),
        at_least(f"{SCANS} / echo", one.rate / echo, "", SCAN_SHARE),
        at_most(f"{SCANS}: CPU all told", one.all_told, "CPU ms", SCAN_CPU),
        at_most(f"scans at {SCAN_PACE}/s: late", paced.p95, "ms (p95)", SCAN_P95),
        at_most(f"queue of {QUEUE:,} scans", QUEUE / many.rate, "s", QUEUE_SECONDS),
        shown(f"scans in batches of {BATCH} / pgbench", many.rate / inserts, ""),
    )
    _check_scans(run, sum(result.things for result in found.values()))
    return msgspec.structs.replace(work, turn=_turn(found))


def _turn(found: dict[str, Result]) -> int:
    """Return at which gate the guests go on, so that nobody is scanned again where he is now."""
    return sum(result.things // GUESTS + 2 for result in found.values())


ONE, PACED, FORTY = (
    "registrations on one quota",
    f"registrations at {PACE}/s",
    f"registrations on {servers.QUOTAS} quotas",
)


def _registrations(run: Bench, web: Web) -> dict[str, Result]:
    """Measure registering: as fast as can be on one quota, at an even pace, and spread over many quotas."""
    work = Work(kind="registration", port=web.port, connections=AT_ONCE, convention=run.convention.slug)
    found = {
        ONE: run.measure(work, web),
        PACED: run.measure(msgspec.structs.replace(work, pace=PACE), web),
        FORTY: run.measure(msgspec.structs.replace(work, types=tuple(run.convention.types)), web),
    }
    for name in (ONE, FORTY):
        run.add(
            at_least(name, found[name].rate, "registrations/s", REGISTRATIONS),
            at_most(f"{name}: CPU all told", found[name].all_told, "CPU ms", REGISTRATION_CPU),
        )
    run.add(at_most(f"{PACED}: late", found[PACED].p95, "ms (p95)", REGISTRATION_P95))
    for name, result in found.items():
        run.details(name, result, per="registration")
    return found


def _grow(run: Bench, web: Web, before: dict[str, Result]) -> None:
    """Measure again in the full convention: nothing may depend on how many tickets there are."""
    work = Work(kind="registration", port=web.port, connections=AT_ONCE, convention=run.convention.slug)
    for name, types in ((ONE, work.types), (FORTY, tuple(run.convention.types))):
        found = run.measure(msgspec.structs.replace(work, types=types), web)
        grown = f"{name} and {CROWD:,} tickets"
        run.add(shown(grown, found.rate, "registrations/s"))
        run.add(
            at_least(f"{grown} / before", found.rate / before[name].rate, "", 1 - GROWTH),
            at_most(f"{grown}: CPU / before", found.all_told / before[name].all_told, "", 1 + GROWTH),
        )


def _pages(run: Bench, web: Web) -> None:
    """Measure what the public pages cost."""
    for name in PAGES:
        work = Work(kind="page", port=web.port, connections=READERS, convention=run.convention.slug, page=name)
        found = run.measure(work, web)
        run.add(shown(name, found.rate, "pages/s"), at_most(f"{name}: CPU", found.web, "CPU ms/page", PAGE_CPU))
        run.details(name, found, per="page")


def _guests(run: Bench, web: Web) -> list[str]:
    """Register the people who will be scanned, in parties, as anybody registers."""
    work = Work(kind="party", port=web.port, connections=AT_ONCE, size=PARTY, convention=run.convention.slug)
    codes: list[str] = []
    with asking(work) as (ask, _):
        while len(codes) < GUESTS:
            found = ask(1.0)
            if found.wrong:
                raise click.ClickException(f"A wrong answer to a registration: {found.wrong}")
            codes += found.codes
    return codes


def _check(run: Bench, *, tickets: int, taken: int) -> None:
    """Compare what was acknowledged with what is stored."""
    stored = asyncio.run(checks.stored())
    run.add(
        exactly("tickets stored", stored.tickets, "tickets", tickets),
        exactly("places taken of the quota", stored.taken, "places", taken),
        exactly("mails promised", stored.mails, "mails", tickets),
    )


def _check_scans(run: Bench, scans: int) -> None:
    stored = asyncio.run(checks.stored())
    run.add(
        exactly("scans stored", stored.scans, "scans", scans),
        exactly("scans stored: numbers of devices", stored.numbers, "scans", scans),
        exactly("entries in the ledger", stored.entries, "entries", scans),
    )


if __name__ == "__main__":
    sys.exit(bench())
