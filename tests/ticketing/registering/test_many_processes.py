"""Several processes at once: the last places, and the same request again after a process was killed."""

import asyncio
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from itertools import count
from random import Random
from typing import NamedTuple
from uuid import uuid4

import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.ticketing.registering import offers
from tests.ticketing.crowding import Answered, Asked, all_have_read, answers, crowd, send
from tests.ticketing.scarce import TYPES, clear, scarce, taken, without_the_check
from tests.ticketing.wishes import member, wish

PROCESSES = 4
PLACES = 50
LARGEST = 40
"""People of the largest party."""
NUMBERS = count()


@pytest.fixture(autouse=True)
def _fresh_offers(app: Frame, committed: None) -> Iterator[None]:
    offers.forget()
    yield
    offers.forget()


class Rush(NamedTuple):
    """What came of a rush: places taken, statuses, and the sizes of the parties told yes and of those stored."""

    taken: int
    statuses: Counter[int]
    granted: list[int]
    stored: list[int]


def requests(number: int, *, seed: int) -> list[Asked]:
    """Return registrations of parties of one to ten, everybody with a ticket of some kind."""
    dice = Random(seed)
    return [request(dice, dice.randint(1, 10)) for _ in range(number)]


def request(dice: Random, size: int) -> Asked:
    guest = next(NUMBERS)
    party = [member(name=f"Guest {guest}-{n}", ticket_type=dice.choice(TYPES)) for n in range(size)]
    return wish(*party, email=f"guest-{guest}@example.org"), str(uuid4())


@pytest.fixture(scope="module")
async def processes(app: Frame) -> AsyncIterator[list[Process]]:
    """Processes that ask, started once for all tests."""
    async with crowd(PROCESSES) as found:
        yield found


async def rush(processes: list[Process], *, number: int, rounds: int) -> list[Rush]:
    """Let processes ask for the last places at once, again and again."""
    found = []
    async with scarce(PLACES) as hall:
        for turn in range(rounds):
            bodies = [requests(number // PROCESSES, seed=turn * PROCESSES + n) for n in range(PROCESSES)]
            for process, some in zip(processes, bodies, strict=True):
                await send(process, some)
            told = await asyncio.gather(*(answers(p, len(b)) for p, b in zip(processes, bodies, strict=True)))
            found.append(await came_of(await taken(hall), bodies, told))
            await clear()
    return found


async def came_of(places: int, bodies: list[list[Asked]], told: list[list[Answered]]) -> Rush:
    pairs = [pair for b, t in zip(bodies, told, strict=True) for pair in zip(b, t, strict=True)]
    granted = sorted(len(body["party"]) for (body, _key), (status, _digest) in pairs if status == 201)
    rows = await fetch("SELECT count(*) AS size FROM ticket GROUP BY registration ORDER BY 1")
    return Rush(places, Counter(status for _asked, (status, _digest) in pairs), granted, [row["size"] for row in rows])


def check(found: Rush, *, number: int) -> None:
    """All places went, to whole parties that were told so; everybody else heard that it is sold out."""
    assert found.taken == PLACES
    assert sum(found.granted) == PLACES
    assert found.stored == found.granted
    assert found.statuses == {201: len(found.granted), 409: number - len(found.granted)}


async def test_last_places_asked_for_by_four_processes(processes: list[Process]) -> None:
    [found] = await rush(processes, number=800, rounds=1)
    check(found, number=800)


@pytest.mark.faults
async def test_fifty_places_asked_for_five_thousand_times(processes: list[Process]) -> None:
    for found in await rush(processes, number=5_000, rounds=20):
        check(found, number=5_000)


async def test_without_the_guard_it_would_be_oversold(processes: list[Process]) -> None:
    async with without_the_check(), scarce(PLACES) as hall:
        bodies = [[request(Random(n), LARGEST)] for n in range(PROCESSES)]
        for process, one in zip(processes, bodies, strict=True):
            await send(process, one, unguarded=True)
        await all_have_read(processes)
        told = await asyncio.gather(*(answers(process, 1) for process in processes))
        found = await came_of(await taken(hall), bodies, told)
    assert found.granted == [LARGEST] * PROCESSES
    assert found.taken == LARGEST * PROCESSES > PLACES


async def replay(others: list[Process], *, keys: int, times: int, killed_after: int) -> None:
    """Kill a process that registers, then ask for everything again elsewhere: one answer per key, one effect."""
    asked = requests(keys, seed=1)
    asked = [(wish(*body["party"], email=body["email"]) | {"party": body["party"][:2]}, key) for body, key in asked]
    for body, _key in asked:
        for one in body["party"]:
            one["ticket_type"] = "citywide-pass"
    async with crowd(1) as [first]:
        for one in asked:
            await send(first, [one])
        before = await answers(first, killed_after)
        first.kill()
        before += await answers(first, keys - killed_after)
    assert killed_after <= len(before) < keys, "it was killed in the middle"
    for _ in range(times // len(others)):
        for process in others:
            await send(process, asked)
    told = [await answers(process, keys) for _ in range(times // len(others)) for process in others]
    assert all(each == told[0] for each in told), "byte for byte, whoever answers"
    assert {status for status, _digest in told[0]} == {201}
    assert told[0][: len(before)] == before, "and as before the end of the process"
    people = sum(len(body["party"]) for body, _key in asked)
    [row] = await fetch("SELECT count(*) AS tickets, count(DISTINCT registration) AS parties FROM ticket")
    assert (row["tickets"], row["parties"]) == (people, keys)


async def test_replays_across_a_killed_process(processes: list[Process]) -> None:
    await replay(processes, keys=100, times=4, killed_after=40)


@pytest.mark.faults
async def test_ten_thousand_replays_across_a_killed_process(processes: list[Process]) -> None:
    await replay(processes, keys=500, times=20, killed_after=200)
