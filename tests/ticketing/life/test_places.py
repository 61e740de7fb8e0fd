"""Places: all or nothing, never more than there are, and what is freed goes to those who wait."""

from collections import Counter
from uuid import UUID

import pytest

from app.core.db import fetch, fetch_one
from app.ticketing.errors import OfferChanged
from app.ticketing.life import places
from tests.clock import NOW
from tests.ticketing.life.doing import capacity, taken
from tests.ticketing.stock import wrong

A, B = "yoxo", "ascc"


async def quota(slug: str) -> UUID:
    row = await fetch_one("SELECT id FROM quota WHERE slug = $1", slug)
    assert row is not None
    found: UUID = row["id"]
    return found


async def test_take_all(rollback: None) -> None:
    assert await places.take({await quota(A): 3, await quota(B): 2}) == ()
    assert (await taken(A), await taken(B)) == (3, 2)


async def test_take_nothing_when_one_is_full(rollback: None) -> None:
    await capacity(B, 1)
    assert await places.take({await quota(A): 3, await quota(B): 2}) == (await quota(B),)
    assert (await taken(A), await taken(B)) == (0, 0)


async def test_take_of_what_is_gone(rollback: None) -> None:
    with pytest.raises(OfferChanged):
        await places.take({await quota(A): 1, UUID(int=1): 1})
    assert await taken(A) == 0


async def test_the_last_place(rollback: None) -> None:
    await capacity(A, 1)
    assert await places.take({await quota(A): 1}) == ()
    assert await places.take({await quota(A): 1}) == (await quota(A),)


async def test_give_back(rollback: None) -> None:
    await places.take({await quota(A): 3})
    await places.give_back({await quota(A): 2}, now=NOW)
    assert await taken(A) == 1


async def test_giving_back_more_than_was_taken_breaks_the_transaction(rollback: None) -> None:
    await places.take({await quota(A): 1})
    with pytest.raises(RuntimeError):
        await places.give_back({await quota(A): 2}, now=NOW)
    assert await taken(A) == 1


async def test_exchange_of_the_same_place_needs_none(rollback: None) -> None:
    await capacity(A, 1)
    await places.take({await quota(A): 1})
    assert await places.exchange(wanted={await quota(B): 1}, freed={await quota(A): 1}, now=NOW) == ()
    assert (await taken(A), await taken(B)) == (0, 1)


async def test_exchange_for_what_is_full_changes_nothing(rollback: None) -> None:
    await capacity(B, 0)
    await places.take({await quota(A): 1})
    assert await places.exchange(wanted={await quota(B): 1}, freed={await quota(A): 1}, now=NOW) == (await quota(B),)
    assert (await taken(A), await taken(B)) == (1, 0)


async def test_the_books_find_what_is_taken_without_a_ticket(rollback: None) -> None:
    """The control of the control: the checker must see a place that nobody holds."""
    assert await wrong() == []
    await places.take({await quota(A): 1})
    assert await wrong() == [f"{A}: 1 taken, 0 held, of 4000"]


async def test_the_books_find_every_kind_of_error(rollback: None) -> None:
    from tests.ticketing.life.doing import counted_session, register
    from tests.ticketing.wishes import member

    found = await register(member(sessions=[str(await counted_session())]))
    assert await wrong() == []
    for sql in (
        "UPDATE ticket SET state = 'canceled'",
        "UPDATE ticket SET state = 'unpaid'",
        "UPDATE ticket SET places = '{}'",
        "UPDATE ticket SET places = places || places",
        "UPDATE registration SET status = 'waiting'",
        "UPDATE registration SET expires_at = now()",
        "DELETE FROM reservation",
        "UPDATE quota SET taken = taken + 1 WHERE slug = 'yoxo'",
        "INSERT INTO hold SELECT gen_random_uuid(), convention, jsonb_build_object(id, 1), now(), now() FROM quota",
    ):
        await fetch("SAVEPOINT before")
        await fetch(sql)
        assert await wrong(), sql
        await fetch("ROLLBACK TO SAVEPOINT before")
    assert await wrong() == []
    assert found.tickets


def test_counted() -> None:
    assert places.counted([[UUID(int=1), UUID(int=2)], [UUID(int=2)]]) == Counter({UUID(int=1): 1, UUID(int=2): 2})
