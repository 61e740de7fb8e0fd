"""The computations of an award: who judges what, and putting judges on one scale.

`python -m tests.bench.awards` measures this alone; it needs no server.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import TypeVar

import click
import numpy as np

from app.awards.assignment import Assignment, Wishes, assign
from app.awards.calibration import Calibration, Score, calibrate
from tests.bench import figures
from tests.bench.figures import Figure, at_most, exactly

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
Found = TypeVar("Found")


def measure() -> Iterator[Figure]:
    """Yield what is found."""
    for entries, judges, each, seconds in ROUNDS:
        yield from _assigned(entries, judges, each, seconds)
    taken = [_timed(partial(calibrate, scores(seed, 300, 40, 3)))[0] for seed in range(SEEDS)]
    yield at_most("scores of 300 x 40 x 3 calibrated", max(taken), "s", FIT)
    yield from _large()


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
