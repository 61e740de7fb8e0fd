"""A crowd that follows a session on line, seeded, with the truth beside it: what pages send and what gets lost.

Pages are as `app/frontend/src/room.ts` makes them: a beat when they open and every 30 seconds from start to start, a
failed one again after 5 seconds, a farewell when they close. `stubborn` pages send their rhythm and nothing else.
"""

import heapq
import random
from collections.abc import Iterator
from typing import Literal, NamedTuple
from uuid import UUID

BEAT, ANSWER_WITHIN, RETRY = 30.0, 8.0, 5.0
Span = tuple[float, float]


class Faults(NamedTuple):
    """What goes wrong, as shares; the server is dead from `crash[0]` to `crash[1]`, in seconds from the start."""

    lost_leaves: float = 0.04
    lost_beats: float = 0.03
    two_tabs: float = 0.08
    repeated: float = 0.02
    crash: Span = (0.0, 0.0)


class Said(NamedTuple):
    """What reaches the server, and when: seconds from the start of the session."""

    at: float
    kind: Literal["beat", "leave"]
    person: int
    visit: UUID


class Crowd(NamedTuple):
    """Messages in the order in which they arrive, and where every person truly was."""

    messages: list[Said]
    truth: list[list[Span]]


def crowd(people: int, *, seconds: float, seed: int, faults: Faults, stubborn: bool = False) -> Crowd:
    """Let people come and go for so many seconds."""
    rng = random.Random(seed)
    pages = [list(_pages(rng, seconds, faults)) for _ in range(people)]
    streams = [_sent(rng, person, page, faults, stubborn=stubborn) for person, own in enumerate(pages) for page in own]
    return Crowd(list(heapq.merge(*(sorted(stream) for stream in streams))), pages)


def _pages(rng: random.Random, seconds: float, faults: Faults) -> Iterator[Span]:
    """Yield when each page of somebody is open: half stay to the end, others leave early, some come back."""
    opens = rng.uniform(0, seconds * 0.6)
    while opens < seconds:
        closes = seconds if rng.random() < 0.3 else min(seconds, opens + rng.expovariate(1 / 1800))
        yield opens, closes
        if rng.random() < faults.two_tabs:
            other = rng.uniform(opens, closes)
            yield other, min(seconds, other + rng.expovariate(1 / 900))
        opens = closes + rng.expovariate(1 / 600) if rng.random() < 0.2 else seconds


def _sent(rng: random.Random, person: int, page: Span, faults: Faults, *, stubborn: bool) -> Iterator[Said]:
    """Yield what arrives of one page."""
    at, closes = page
    visit = UUID(int=rng.getrandbits(128))
    while at < closes:
        arrives, lost = at + rng.uniform(0.02, 0.5), rng.random() < faults.lost_beats
        dead = faults.crash[0] <= arrives < faults.crash[1]
        if not lost and not dead:
            yield Said(arrives, "beat", person, visit)
            if rng.random() < faults.repeated:
                yield Said(arrives + rng.uniform(0.1, 20), "beat", person, visit)
        waited = ANSWER_WITHIN if lost else 0.0
        at += BEAT if stubborn or not (lost or dead) else waited + RETRY
    arrives = closes + rng.uniform(0.02, 0.5)
    if rng.random() >= faults.lost_leaves and not faults.crash[0] <= arrives < faults.crash[1]:
        yield Said(arrives, "leave", person, visit)


def length(spans: list[Span]) -> float:
    """Seconds covered, overlaps once: written again here, so that the truth needs nothing of what is tested."""
    covered, until = 0.0, 0.0
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered
