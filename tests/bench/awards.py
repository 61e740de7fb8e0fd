"""Awards: who judges what, putting judges on one scale, and judges at work over HTTP.

`python -m tests.bench.awards` measures the computations alone; they need no server.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import click
import httpx
import msgspec
import numpy as np

from app.awards.assignment import Assignment, Wishes, assign
from app.awards.calibration import Calibration, Score, calibrate
from app.core.db import DB, fetch, fetch_one
from app.people import access
from tests.awards import planting
from tests.bench import figures
from tests.bench.figures import Figure, at_most, exactly, percentile, shown
from tests.bench.servers import Web

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

ROUNDS = ((60, 15, 3, 2.0), (300, 40, 3, 60.0))
"""Entries, judges, judges per entry, seconds."""
FIT, SEEDS = 0.5, 3
"""Seconds for 300 entries; each measured so often, the slowest counts."""
LARGE = 30.0
"""Seconds for a design as large as InstEval."""
RATINGS, LECTURERS, STUDENTS = 73_421, 1_128, 2_972
SPREADS = (0.5, 0.33, 1.18)
"""Standard deviations of lecturers, students and noise, near those of InstEval."""
TOPICS, LANGUAGES = 8, ("ja", "en")
ENTRIES, JUDGES, EACH = 1_000, 100, 3
QUEUE_P95 = 100
"""Milliseconds for the page of a judge's queue, in a blind round of that size."""
AT_ONCE = 200
"""Sheets that are saved at the same moment."""
Found = TypeVar("Found")


def measure() -> Iterator[Figure]:
    """Yield what is found."""
    for entries, judges, each, seconds in ROUNDS:
        yield from _assigned(entries, judges, each, seconds)
    taken = [_timed(partial(calibrate, scores(seed, 300, 40, 3)))[0] for seed in range(SEEDS)]
    yield at_most("scores of 300 x 40 x 3 calibrated", max(taken), "s", FIT)
    yield from _large()


class Judged(msgspec.Struct, frozen=True):
    """A blind round, a token for each judge, and what each has to judge."""

    slug: str
    round: str
    tokens: list[str]
    mine: list[list[str]]


def judging(run: "Bench", web: Web) -> None:
    """Measure judges at work: the pages of their queues one after another, then sheets saved at the same moment."""
    there = asyncio.run(_planted())
    pages, saves, lost = asyncio.run(_work(web.port, there))
    run.add(
        at_most(f"queue of a judge, {ENTRIES} x {JUDGES} blind: p95", percentile(pages, 0.95), "ms", QUEUE_P95),
        shown("queue of a judge: p50", percentile(pages, 0.5), "ms"),
        exactly(f"lost of {AT_ONCE} sheets saved at once", lost, "sheets", 0),
        shown("sheet saved among them: p95", percentile(saves, 0.95), "ms"),
    )


async def _planted() -> Judged:
    await DB.start_connection_pool()
    try:
        now = dt.datetime.now(dt.UTC)
        window: dict[str, Any] = {"opens_at": now - planting.DAY, "closes_at": now + planting.DAY}
        found = await planting.field(entries_count=ENTRIES, judges_count=JUDGES, tokens=False, blind=True, **window)
        turns = [(n, (n * 7 + k * 31) % JUDGES) for n in range(ENTRIES) for k in range(EACH)]
        await planting.assign(found.round, dict.fromkeys((found.entries[n].id, found.judges[j].id) for n, j in turns))
        await fetch("ANALYZE")
        tokens = [await access.issue_token(account=judge.account, now=now) for judge in found.judges]
        mine = [[str(found.entries[n].id) for n, judge in turns if judge == j] for j in range(JUDGES)]
        return Judged(found.slug, str(found.round), tokens, mine)
    finally:
        await DB.close_connection_pool()


async def _work(port: int, there: Judged) -> tuple[list[float], list[float], int]:
    """Return the milliseconds of pages and saves, each in order, and how many saves are not stored."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, limits=limits) as http:
        queue = f"/judging/{there.slug}/{there.round}"
        pages = [await _took(http.get(queue, headers=_who(token, "text/html"))) for token in there.tokens]
        pairs = [(token, entry) for token, mine in zip(there.tokens, there.mine, strict=True) for entry in mine[:2]]
        saves = await asyncio.gather(*(_saved(http, there, *pair) for pair in pairs[:AT_ONCE]))
    await DB.start_connection_pool()
    try:
        row = await fetch_one("SELECT count(*) FROM sheet WHERE to_committee = 'At once.'")
    finally:
        await DB.close_connection_pool()
    return sorted(pages), sorted(saves), AT_ONCE - (row[0] if row else 0)


async def _saved(http: httpx.AsyncClient, there: Judged, token: str, entry: str) -> float:
    address = f"/api/v1/awards/{there.slug}/rounds/{there.round}/scores/{entry}"
    body = {"values": {"impact": 4}, "to_committee": "At once."}
    return await _took(http.put(address, json=body, headers={**_who(token, "application/json"), "if-match": '"0"'}))


def _who(token: str, accept: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "accept": accept}


async def _took(asked: Coroutine[Any, Any, httpx.Response]) -> float:
    """Return the milliseconds until an answer was there, which must be a good one."""
    began = time.perf_counter()
    answer = await asked
    if answer.status_code != 200:
        raise click.ClickException(f"A wrong answer to a judge: {answer.status_code} {answer.text[:200]}")
    return 1000 * (time.perf_counter() - began)


def wishes(seed: int, entries: int, judges: int, each: int) -> Wishes:
    """Make up a round: two languages, topics, a twentieth of the pairs in conflict, loads near the average."""
    random = Random(seed)
    names, panel = [f"e{n:04}" for n in range(entries)], [f"j{n:03}" for n in range(judges)]
    written = {e: random.choice(LANGUAGES) for e in names}
    reads = {j: random.choice([(tag,) for tag in LANGUAGES] + [LANGUAGES]) for j in panel}
    about = {e: random.sample(range(TOPICS), random.randint(1, 3)) for e in names}
    knows = {j: set(random.sample(range(TOPICS), random.randint(2, 5))) for j in panel}
    average = entries * each // judges
    return Wishes(
        entries=names,
        judges=panel,
        each=each,
        loads=(average - 2, average + 3),
        forbidden={(e, j) for e in names for j in panel if random.random() < 0.05},
        fit={
            (e, j): 0.6 * (written[e] in reads[j]) + 0.4 * sum(t in knows[j] for t in about[e]) / len(about[e])
            for e in names
            for j in panel
        },
    )


def scores(seed: int, entries: int, judges: int, each: int) -> list[Score]:
    """Make up scores of random judges, strict and lenient."""
    random = Random(seed)
    strict = [random.gauss(0, 5) for _ in range(judges)]
    return [
        Score(f"e{n:04}", f"j{judge:03}", 60 + quality + strict[judge] + random.gauss(0, 8))
        for n, quality in ((n, random.gauss(0, 10)) for n in range(entries))
        for judge in random.sample(range(judges), each)
    ]


def ratings(seed: int) -> list[Score]:
    """Make up ratings like InstEval's: each student rates some lecturers; every lecturer and student is there."""
    draw = np.random.default_rng(seed)
    lecturer, student, noise = SPREADS
    quality, strict = draw.normal(0, lecturer, LECTURERS), draw.normal(0, student, STUDENTS)
    popular = draw.dirichlet(np.full(LECTURERS, 0.8))
    first = [(n % LECTURERS, n) for n in range(STUDENTS)]
    rest = zip(
        draw.choice(LECTURERS, RATINGS - STUDENTS, p=popular), draw.integers(0, STUDENTS, RATINGS - STUDENTS),
        strict=True,
    )  # fmt: skip
    pairs = [*first, *((int(one), int(other)) for one, other in rest)]
    errors = draw.normal(0, noise, RATINGS)
    return [
        Score(f"l{one:04}", f"s{other:04}", 3.2 + float(quality[one] + strict[other] + error))
        for (one, other), error in zip(pairs, errors, strict=True)
    ]


def _assigned(entries: int, judges: int, each: int, seconds: float) -> Iterator[Figure]:
    size = f"{entries} x {judges} x {each}"
    found: list[tuple[float, Assignment]] = [
        _timed(partial(assign, wishes=wishes(seed, entries, judges, each), seconds=seconds)) for seed in range(SEEDS)
    ]
    yield at_most(f"who judges what, {size}: slowest", max(taken for taken, _ in found), "s", seconds)
    gaps = [one.certificate.gap for _, one in found]
    yield at_most(f"who judges what, {size}: gap to the bound", 100 * max(gaps), "%", 0.0)


def _large() -> Iterator[Figure]:
    given = ratings(1)
    taken, fit = _timed(partial(calibrate, given))
    yield exactly("ratings as in InstEval", len(given), "ratings", RATINGS)
    yield at_most("ratings as in InstEval calibrated", taken, "s", LARGE)
    yield at_most("their spreads: farthest from the truth", _off(fit), "%", 5.0)


def _off(fit: Calibration) -> float:
    """How far the standard deviations found lie from those that made the ratings, in percent."""
    found = (fit.sd_entry, fit.sd_judge, fit.sd_error)
    return max(100 * abs(one - true) / true for one, true in zip(found, SPREADS, strict=True))


def _timed(work: Callable[[], Found]) -> tuple[float, Found]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    for figure in measure():
        click.echo(figures.line(figure))
