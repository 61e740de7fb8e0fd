"""Measuring one kind of work: a warm-up, then rounds, of which the median counts."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

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

    `others` is the share of the machine's CPU time that went to processes that are not part of the measurement.
    `things` counts all that was acknowledged, warm-up and late answers included; `wrong` is empty if all was well.
    """

    rate: float
    p50: float
    p95: float
    web: float
    database: float
    redis: float
    load: float
    others: float
    things: int
    requests: int
    wrong: str

    @property
    def all_told(self) -> float:
        """CPU milliseconds of the product per thing: web, PostgreSQL and Redis."""
        return self.web + self.database + self.redis


class Used(NamedTuple):
    """Milliseconds: CPU time of the process trees and of the whole machine, and time that has passed."""

    web: float
    database: float
    redis: float
    load: float
    busy: float
    passed: float

    @property
    def others_share(self) -> float:
        """The share of the machine, 0 to 1, that other processes used."""
        return max(0.0, self.busy - self.web - self.database - self.redis - self.load) / (self.passed * cpu.cores())


def _used(*roots: int) -> Used:
    """Look at the process trees of web, database, Redis and load."""
    web, database, redis, load = [cpu.milliseconds(root) for root in roots]
    return Used(web, database, redis, load, cpu.busy(), time.monotonic() * 1000)


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
            with suppress(BrokenPipeError):
                say(b"")


def measure(work: Work, *, web: int, database: int, redis: int, pace: Pace) -> Result:
    """Measure `work`; `web`, `database` and `redis` are the roots of the process trees whose CPU time counts."""
    with asking(work) as (ask, load):
        warm = ask(pace.warm_up)
        rounds: list[tuple[Round, Used]] = []
        for _ in range(pace.rounds):
            before = _used(web, database, redis, load)
            found = ask(pace.seconds)
            after = _used(web, database, redis, load)
            rounds.append((found, Used(*(now - then for now, then in zip(after, before, strict=True)))))
    seen = [warm, *(found for found, _ in rounds)]
    return Result(
        rate=statistics.median(found.answers * work.size / found.seconds for found, _ in rounds),
        p50=statistics.median(percentile(found.milliseconds, 0.5) for found, _ in rounds),
        p95=statistics.median(percentile(found.milliseconds, 0.95) for found, _ in rounds),
        web=statistics.median(used.web / found.all / work.size for found, used in rounds),
        database=statistics.median(used.database / found.all / work.size for found, used in rounds),
        redis=statistics.median(used.redis / found.all / work.size for found, used in rounds),
        load=statistics.median(used.load / found.all / work.size for found, used in rounds),
        others=statistics.median(used.others_share for _, used in rounds),
        things=sum(found.good for found in seen),
        requests=sum(found.all for found in seen),
        wrong=next((found.wrong for found in seen if found.wrong), ""),
    )
