"""The optimisation in a process of its own: it may take half a minute of a core, and must stop nobody.

`python -m app.awards.assigning.child` reads a `Question` from its input and writes an `Answer`.
"""

import asyncio
import sys
from contextlib import suppress

import msgspec
from msgspec import Struct

from app.awards.assigning.asked import Asked
from app.awards.assignment import Certificate, Clash, Infeasible, OutOfTime, assign
from app.core.settings import ROOT

PATIENCE = 12.0
"""Seconds above those asked for, to start, to say why not, and to write."""
SMALL = 500
"""Pairs of entry and judge up to which a thread will do: such a round is worked out before a process has started."""


class Question(Struct, frozen=True):
    """What is asked, and how long it may take."""

    asked: Asked
    seconds: float


class Answer(Struct, frozen=True, kw_only=True):
    """Panels with their certificate, or clashes with the groups that nothing joins, or neither when time ran out."""

    panels: dict[str, list[str]] = {}
    certificate: Certificate | None = None
    clashes: list[Clash] = []
    apart: list[list[str]] = []


class ChildFailed(Exception):
    """The process ended without an answer; the job is tried again."""


def answer(question: Question) -> Answer:
    """Work it out; blocks."""
    try:
        found = assign(wishes=question.asked.wishes, seconds=question.seconds)
    except Infeasible as no:
        return Answer(clashes=no.clashes, apart=[sorted(group) for group in no.apart])
    except OutOfTime:
        return Answer()
    return Answer(panels=found.panels, certificate=found.certificate)


async def ask(question: Question) -> Answer:
    """Work it out beside the loop, in a child unless it is small, and wait. Raises `ChildFailed`."""
    if len(question.asked.entries) * len(question.asked.judges) <= SMALL:
        return await asyncio.to_thread(answer, question)
    return await in_child(question)


async def in_child(question: Question) -> Answer:
    """Work it out in a child. One that takes much longer than it may is killed, and so when we are."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT.parent
    )
    try:
        async with asyncio.timeout(question.seconds + PATIENCE):
            said, _ = await process.communicate(msgspec.json.encode(question))
    except TimeoutError:
        return Answer()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        raise ChildFailed
    return msgspec.json.decode(said, type=Answer)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(answer(msgspec.json.decode(sys.stdin.buffer.read(), type=Question))))
