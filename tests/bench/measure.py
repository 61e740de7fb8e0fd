"""Measuring one kind of work: a warm-up, then rounds, of which the median counts."""

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from tests.bench import cpu
from tests.bench.asked import Work
from tests.bench.figures import percentile
from tests.bench.load import Round

Ask = Callable[[float], Round]


class Pace(msgspec.Struct, frozen=True):
    """How long is measured: seconds of the warm-up, rounds, seconds of each."""

    warm_up: float
    rounds: int
    seconds: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Medians over the rounds. `rate` in things per second, times in milliseconds, CPU milliseconds per thing.

    `things` counts all that was acknowledged, warm-up and late answers included; `wrong` is empty if all was well.
    """

    rate: float
    p50: float
    p95: float
    web: float
    database: float
    load: float
    things: int
    requests: int
    wrong: str


@contextmanager
def asking(work: Work) -> Iterator[tuple[Ask, int]]:
    """Start the process of the load; yield how to ask it for a round, and its process id."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def say(line: bytes) -> None:
            stdin.write(line + b"\n")
            stdin.flush()

        def ask(seconds: float) -> Round:
            say(str(seconds).encode())
            line = stdout.readline()
            if not line:
                raise RuntimeError("The load has ended by itself; see above.")
            return msgspec.json.decode(line, type=Round)

        say(msgspec.json.encode(work))
        try:
            yield ask, process.pid
        finally:
            say(b"")


def measure(work: Work, *, web: int, database: int, pace: Pace) -> Result:
    """Measure `work`; `web` and `database` are the roots of the process trees whose CPU time counts."""
    with asking(work) as (ask, load):
        warm = ask(pace.warm_up)
        roots = (web, database, load)
        rounds: list[tuple[Round, list[float]]] = []
        for _ in range(pace.rounds):
            before = [cpu.milliseconds(root) for root in roots]
            found = ask(pace.seconds)
            rounds.append((found, [cpu.milliseconds(root) - b for root, b in zip(roots, before, strict=True)]))
    seen = [warm, *(found for found, _ in rounds)]
    return Result(
        rate=statistics.median(found.answers * work.size / found.seconds for found, _ in rounds),
        p50=statistics.median(percentile(found.milliseconds, 0.5) for found, _ in rounds),
        p95=statistics.median(percentile(found.milliseconds, 0.95) for found, _ in rounds),
        web=_cost(rounds, 0, work.size),
        database=_cost(rounds, 1, work.size),
        load=_cost(rounds, 2, work.size),
        things=sum(found.good for found in seen),
        requests=sum(found.answers + found.late for found in seen),
        wrong=next((found.wrong for found in seen if found.wrong), ""),
    )


def _cost(rounds: list[tuple[Round, list[float]]], tree: int, size: int) -> float:
    return statistics.median(used[tree] / ((found.answers + found.late) * size) for found, used in rounds)
