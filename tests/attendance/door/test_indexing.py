"""The search index follows what happens to tickets soon after it was committed, and forgets the erased at once."""

import asyncio

import pytest

from app.attendance.door import guests, indexing
from app.core.db import fetch, transaction
from app.people import erasure, persons
from app.people.roles import Principal
from app.people.schemas import Details
from tests.attendance.factories import Made, covered_gate, ticket
from tests.clock import NOW
from tests.doors import value

LEAD = Principal(role="lead")


async def found(words: str) -> list[str]:
    gate = await covered_gate("citywide-pass")
    return [one.name for one in (await guests.search(gate=gate.id, typed=words, principal=LEAD, now=NOW)).guests]


async def rename(made: Made, name: str) -> None:
    row = await fetch("SELECT key FROM person WHERE id = $1", made.person)
    details = Details(name, "renamed@example.org")
    await fetch(
        "UPDATE person_details SET sealed = $2 WHERE person = $1",
        made.person,
        persons.seal_details(row[0]["key"], details),
    )


async def test_a_change_is_read_and_what_was_is_not_found(committed: None) -> None:
    made = await ticket(name="林")
    await indexing.catch_up(now=NOW)
    assert await found("林") == ["林"]
    await rename(made, "孫")
    assert await found("林") == [], "the very words are compared, whatever the index still says"
    assert await indexing.catch_up(now=NOW) == 1
    assert (await found("林"), await found("孫")) == ([], ["孫"])


async def test_nothing_is_read_twice(committed: None) -> None:
    for _ in range(3):
        await ticket()
    assert await indexing.catch_up(now=NOW) == 3
    assert await indexing.catch_up(now=NOW) == 0


async def test_more_than_a_slice_is_read_in_slices(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "SLICE", 2)
    async with transaction():
        for _ in range(5):
            await ticket()
    assert [await indexing.read_slice() for _ in range(4)] == [2, 2, 1, 0]
    assert await value("SELECT count(*) FROM ticket_search") == 5


async def test_a_transaction_that_began_earlier_and_ends_later_is_not_missed(committed: None) -> None:
    """Its number is lower than those already read; the mark must not have passed it."""
    began, ended = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction():
            await ticket(name="遅刻")
            began.set()
            await ended.wait()

    task = asyncio.create_task(slow())
    await began.wait()
    await ticket(name="林")
    await indexing.catch_up(now=NOW)
    assert await found("遅") == []
    ended.set()
    await task
    await indexing.catch_up(now=NOW)
    assert await found("遅") == ["遅刻"]


async def test_erasing_takes_the_name_out_in_its_own_transaction(committed: None) -> None:
    made = await ticket(name="林")
    await indexing.catch_up(now=NOW)
    async with transaction():
        await erasure.erase(persons=[made.person], actor="test", now=NOW)
        assert await value("SELECT count(*) FROM ticket_search WHERE ticket = $1", made.id) == 0
    await indexing.catch_up(now=NOW)
    assert await found("林") == []
    assert await value("SELECT coalesce(sum(cardinality(grams)), 0) FROM ticket_search WHERE ticket = $1", made.id) == 0


async def test_nobody_is_read_while_somebody_is_being_erased(committed: None) -> None:
    made = await ticket(name="林")
    erased, ended = asyncio.Event(), asyncio.Event()

    async def erase() -> None:
        async with transaction():
            await indexing.forget([made.person])
            erased.set()
            await ended.wait()

    task = asyncio.create_task(erase())
    await erased.wait()
    assert await indexing.read_slice() == 0
    ended.set()
    await task
    assert await indexing.read_slice() == 1


async def test_two_readers_do_not_get_in_each_others_way(committed: None) -> None:
    for _ in range(20):
        await ticket()
    read = await asyncio.gather(*(indexing.catch_up(now=NOW) for _ in range(4)))
    assert sum(read) == 20
    assert await value("SELECT count(*) FROM ticket_search") == 20
