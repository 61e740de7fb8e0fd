"""Taking places and giving them back: all or nothing, never more than there are, and nobody waiting is passed over."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID

from app.core.db import fetch, transaction
from app.ticketing.errors import OfferChanged
from app.ticketing.life import offering

Counted = Mapping[UUID, int]
"""Places by quota."""

_MOVE = """
UPDATE quota q SET taken = q.taken + m.places FROM unnest($1::uuid[], $2::int[]) AS m (id, places)
WHERE q.id = m.id AND q.taken + m.places BETWEEN 0 AND q.capacity RETURNING q.id
"""


async def take(wanted: Counted) -> tuple[UUID, ...]:
    """Take places of several quotas in the caller's transaction; return those that are full: then nothing is taken.

    The quotas stay locked, in the order of their ids, until the transaction ends. Raises `OfferChanged` when one of
    them is gone.
    """
    async with transaction():
        left = await offering.lock(wanted)
        full = short(left, wanted)
        if not full:
            await move(wanted)
    return full


async def give_back(freed: Counted, *, now: dt.datetime) -> None:
    """Give places back in the caller's transaction, and offer them to those who wait."""
    await exchange(wanted={}, freed=freed, now=now)


async def exchange(*, wanted: Counted, freed: Counted, now: dt.datetime) -> tuple[UUID, ...]:
    """Take some places for others in one step; return the quotas that are full: then nothing has changed.

    Every quota concerned, also those that somebody waiting would take, is locked by one statement: two transactions
    that free and take the same places cannot wait for each other.
    """
    async with transaction():
        left = await offering.lock({*wanted, *freed}, waiting_for=freed)
        full = short(left, wanted)
        if full:
            return full
        net = Counter(wanted)
        net.subtract(freed)
        await move(net)
        if freed:
            await offering.serve(quotas=[*freed], now=now)
    return ()


def short(left: Counted, wanted: Counted) -> tuple[UUID, ...]:
    """Return the quotas that have fewer places left than wanted; raises `OfferChanged` for one that is gone."""
    if not wanted.keys() <= left.keys():
        raise OfferChanged
    return tuple(quota for quota in sorted(wanted) if left[quota] < wanted[quota])


async def move(places: Counted) -> None:
    """Add places, or take them off where negative, to what is taken of locked quotas.

    It is conditional although the rows are locked: what would break the count breaks the transaction.
    """
    moved = {quota: n for quota, n in places.items() if n}
    if moved and len(await fetch(_MOVE, list(moved), list(moved.values()))) != len(moved):
        raise RuntimeError("The places taken do not agree with the tickets.")


def counted(tickets: Collection[Collection[UUID]]) -> Counter[UUID]:
    """Return how many places of each quota tickets take whose `places` these are."""
    return Counter(quota for places in tickets for quota in places)
