"""Work for which nobody waits: in short strokes with rests between them, so that those who wait do not notice it.

A page wakes up a dozen times before it is there, and while every CPU has work it may wait each time until somebody's
turn is over, whatever priorities say. A stroke is short, and most of the time there is none. What is a second of work
takes ten so (`docs/adr/0047-who-is-not-waited-for-rests.md`).
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

STROKE: Final = 0.0005
REST: Final = 0.004
"""Seconds of work, and of rest behind it."""
SHORT: Final = 0.0005
"""Seconds of rest where somebody does wait, but many others more."""
FIRST: Final = 0.001
"""Seconds of work before the first rest: what is little is done at once."""
LONGEST: Final = 70.0
"""Seconds after which there are no more rests: other things wait for the end of it."""
IDLE: Final = 20.0
"""The same from the first thing to the last: a transaction that does nothing for a minute is broken off."""
FEW: Final = 50
"""So few things need no thread."""

Thing = TypeVar("Thing")
Made = TypeVar("Made")
_resting: ContextVar[tuple[float, float]] = ContextVar("resting", default=(0.0, 0.0))
"""How long a rest is, and until when there are any; in seconds."""
_one_rests = threading.Lock()


@contextmanager
def aside(rest: float = REST, longest: float = LONGEST) -> Iterator[None]:
    """Do what is done `gently` within the block with rests, for so many seconds; without this there are none."""
    token = _resting.set((rest, time.monotonic() + longest))
    try:
        yield
    finally:
        _resting.reset(token)


def resting() -> float:
    """Return how long this work rests behind a stroke, in seconds; 0 if it does not."""
    rest, until = _resting.get()
    return rest if time.monotonic() < until else 0.0


def gently(things: Iterable[Thing]) -> Iterator[Thing]:
    """Yield things, and rest between them; for a thread. However many do so at once, one works while another rests."""
    began = time.monotonic()
    over = began + FIRST
    for thing in things:
        yield thing
        now = time.monotonic()
        if now >= over and now - began < IDLE and (rest := resting()):
            with _one_rests:
                time.sleep(rest)
            over = time.monotonic() + STROKE


async def each(make: Callable[[Thing], Made], things: Collection[Thing]) -> list[Made]:
    """Make one of each, gently, and beside everything else where they are many."""
    if len(things) <= FEW:
        return [make(one) for one in things]
    return await asyncio.to_thread(lambda: [make(one) for one in gently(things)])


async def parts(things: Sequence[Thing], size: int) -> AsyncIterator[Sequence[Thing]]:
    """Yield things in parts of `size` with rests between them, in which others may use what is used for them."""
    while len(things) > size and resting():
        part, things = things[:size], things[size:]
        yield part
        await asyncio.sleep(resting())
    if things:
        yield things
