"""Offering freed places to those who wait, in the transaction that frees them: a newcomer never comes first."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core import jobs
from app.core.again import repeated
from app.core.db import fetch
from app.ticketing.life import history
from app.ticketing.life.by import SYSTEM
from app.ticketing.mails.promises import promise_each

OFFERED_FOR = dt.timedelta(hours=24)
"""For how long places are kept for somebody they were offered to; at most until the first day of the tickets begins."""
AT_LEAST = dt.timedelta(hours=1)
AT_ONCE = 100
"""Registrations looked at in one go."""

_FIRST = (dt.datetime(2000, 1, 1, tzinfo=dt.UTC), UUID(int=0))

_LOCK = """
SELECT id, capacity - taken AS left FROM quota WHERE id = ANY($1::uuid[]) OR id IN (
    SELECT unnest(t.places) FROM registration r JOIN ticket t ON t.registration = r.id AND t.state = 'waiting'
    WHERE r.status = 'waiting' AND r.convention IN (SELECT convention FROM quota WHERE id = ANY($2::uuid[]))
        AND EXISTS (SELECT FROM ticket o WHERE o.registration = r.id AND o.state = 'waiting' AND o.places && $2::uuid[])
) ORDER BY id FOR UPDATE
"""
_LOCK_MORE = """
SELECT id, capacity - taken AS left FROM quota WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED
"""
_ANYBODY = """
SELECT FROM registration WHERE status = 'waiting'
    AND convention IN (SELECT convention FROM quota WHERE id = ANY($1::uuid[])) LIMIT 1
"""
# A party that is larger than what is left cannot fit: it is not even read. Of a quota not locked nobody knows yet.
_NEXT = """
WITH wanted AS (
    SELECT r.id, q.quota, count(*) AS places
    FROM registration r JOIN ticket t ON t.registration = r.id AND t.state = 'waiting'
    LEFT JOIN unnest(t.places) AS q (quota) ON true
    WHERE r.status = 'waiting' AND r.convention IN (SELECT convention FROM quota WHERE id = ANY($1::uuid[]))
        AND (r.created_at, r.id) > ($2, $3)
    GROUP BY r.id, q.quota
), fitting AS (
    SELECT w.id FROM wanted w LEFT JOIN unnest($5::uuid[], $6::int[]) AS l (quota, places) ON l.quota = w.quota
    GROUP BY w.id HAVING bool_and(l.places IS NULL OR l.places >= w.places)
        AND bool_or(w.quota IS NULL OR w.quota = ANY($1::uuid[]))
)
SELECT r.id, r.created_at, c.zone FROM registration r JOIN convention c ON c.id = r.convention
WHERE r.status = 'waiting' AND r.id IN (SELECT id FROM fitting)
    AND ($4::timestamptz AT TIME ZONE c.zone)::date <= c.last_day
ORDER BY r.created_at, r.id LIMIT $7 FOR UPDATE OF r SKIP LOCKED
"""
_TICKETS = """
SELECT t.id, t.registration, t.person, t.places, coalesce(
    (SELECT min(d)::date FROM jsonb_array_elements_text(y.days) AS d),
    (SELECT min(e.first_day) FROM coverage g JOIN event e ON e.id = g.event WHERE g.ticket_type = y.id),
    c.first_day) AS first_day
FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type JOIN convention c ON c.id = y.convention
WHERE t.registration = ANY($1::uuid[]) AND t.state = 'waiting' ORDER BY t.registration, t.position
"""
_OFFER = """
WITH tickets AS (
    UPDATE ticket SET state = 'offered', revision = revision + 1, changed_at = $4 WHERE id = ANY($3::uuid[])
), taken AS (
    UPDATE quota q SET taken = q.taken + w.places FROM unnest($5::uuid[], $6::int[]) AS w (id, places)
    WHERE q.id = w.id AND q.taken + w.places <= q.capacity RETURNING q.id
), registrations AS (
    UPDATE registration r SET status = 'offered', expires_at = o.at, revision = r.revision + 1
    FROM unnest($1::uuid[], $2::timestamptz[]) AS o (id, at) WHERE r.id = o.id
)
SELECT count(*) AS taken FROM taken
"""


class Waiting(msgspec.Struct, frozen=True):
    """A registration that waits, with the tickets and persons that wait in it."""

    id: UUID
    created_at: dt.datetime
    zone: str
    tickets: tuple[tuple[UUID, UUID], ...]
    first_day: dt.date
    wanted: Counter[UUID]

    def expires(self, now: dt.datetime) -> dt.datetime:
        """Return until when its places are kept if they are offered now."""
        begins = dt.datetime.combine(self.first_day, dt.time(), ZoneInfo(self.zone)).astimezone(dt.UTC)
        return max(now + AT_LEAST, min(now + OFFERED_FOR, begins))


async def lock(quotas: Collection[UUID], *, waiting_for: Collection[UUID] = ()) -> dict[UUID, int]:
    """Lock quotas in the order of their ids, and return how many places each has left.

    With them those that anybody wants who waits for places of `waiting_for`.
    """
    rows = await fetch(_LOCK, list(quotas), list(waiting_for))
    return {row["id"]: row["left"] for row in rows}


async def serve(*, quotas: Collection[UUID], now: dt.datetime) -> int:
    """Offer what is left of these quotas to those who wait, in their order, and return how many were offered places.

    Who does not fit keeps waiting, and the next is looked at: first come, first served among those who fit. A
    registration that is being changed at this moment is passed over; whoever changes it looks after it.
    """
    if not quotas or not await fetch(_ANYBODY, list(quotas)):
        return 0
    return await _serve(quotas, now)


@repeated
async def _serve(quotas: Collection[UUID], now: dt.datetime) -> int:
    left = await lock(quotas, waiting_for=quotas)
    offered, after = 0, _FIRST
    while found := await _next(quotas, after, left=left, now=now):
        fitting = [one for one in found if await _fits(one, left)]
        await _offer(fitting, now)
        offered, after = offered + len(fitting), (found[-1].created_at, found[-1].id)
    return offered


async def _next(
    quotas: Collection[UUID], after: tuple[dt.datetime, UUID], *, left: Mapping[UUID, int], now: dt.datetime
) -> list[Waiting]:
    """Lock and return those next in the queue who want any of these quotas and may fit into what is `left`.

    Locked first and read afterwards, so that their tickets are read as they are under the lock.
    """
    rows = await fetch(_NEXT, list(quotas), *after, now, list(left), list(left.values()), AT_ONCE)
    tickets = await fetch(_TICKETS, [row["id"] for row in rows]) if rows else []
    return [
        Waiting(
            id=row["id"],
            created_at=row["created_at"],
            zone=row["zone"],
            tickets=tuple((t["id"], t["person"]) for t in mine),
            first_day=min(t["first_day"] for t in mine),
            wanted=Counter(quota for t in mine for quota in t["places"]),
        )
        for row in rows
        if (mine := [t for t in tickets if t["registration"] == row["id"]])
    ]


async def _fits(one: Waiting, left: MutableMapping[UUID, int]) -> bool:
    """Whether there are places for a whole party; if so, they are counted off.

    Somebody who began to wait a moment ago may want a quota that is not locked yet: locked now, if nobody else has it,
    so that nobody waits for us while we wait for them. Otherwise the sweep of the next minute offers it.
    """
    unknown = one.wanted.keys() - left.keys()
    if unknown:
        left.update({row["id"]: row["left"] for row in await fetch(_LOCK_MORE, list(unknown))})
    if any(left.get(quota, 0) < places for quota, places in one.wanted.items()):
        return False
    for quota, places in one.wanted.items():
        left[quota] -= places
    return True


async def _offer(found: Sequence[Waiting], now: dt.datetime) -> None:
    """Take the places, and tell those who wait of them and of the hour when they lapse."""
    if not found:
        return
    wanted = sum((one.wanted for one in found), Counter[UUID]())
    [row] = await fetch(
        _OFFER,
        [one.id for one in found],
        [one.expires(now) for one in found],
        [ticket for one in found for ticket, _person in one.tickets],
        now,
        list(wanted),
        list(wanted.values()),
    )
    if row["taken"] != len(wanted):
        raise RuntimeError("Places were offered that are not there.")
    await history.record(_changes(found), now=now)
    await promise_each("offered", registrations=[one.id for one in found], now=now)
    for expires in {one.expires(now) for one in found}:
        await _promise_ends([one.id for one in found if one.expires(now) == expires], expires, now)


def _changes(found: Iterable[Waiting]) -> list[history.Change]:
    return [history.Change(ticket, person, "offered", SYSTEM) for one in found for ticket, person in one.tickets]


async def _promise_ends(registrations: Iterable[UUID], expires: dt.datetime, now: dt.datetime) -> None:
    """Promise that offers end when their time is over."""
    ends = {f"offer-end:{one}:{expires.isoformat()}": {"registration": str(one)} for one in registrations}
    await jobs.defer_each("ticketing.lapse_offer", ends, now=now, due=expires)
