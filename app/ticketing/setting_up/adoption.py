"""Tickets that are out already follow when it changes which quotas they count in: all of them, or the change fails."""

import datetime as dt
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import DB, fetch
from app.core.errors import FieldError, Invalid
from app.core.i18n import ngettext, text
from app.ticketing.closure import quotas_of, upwards
from app.ticketing.life import offering
from app.ticketing.schemas import OfferedEvent, OfferedQuota
from app.ticketing.states import HOLDING

T = TypeVar("T")
TRIES = 3
"""Whoever registers locks quotas first: of two that wait for each other the database ends one, which tries again."""


class Drawing(msgspec.Struct, frozen=True):
    """A ticket type with the quotas it draws on itself, and the events it opens that take place."""

    id: UUID
    organiser: UUID | None
    mode: str
    days: list[dt.date]
    events: list[UUID]
    quotas: list[UUID]


class Plan(msgspec.Struct, frozen=True):
    """The quotas in which tickets count: by ticket type, and by session that they have reserved."""

    types: dict[UUID, list[UUID]]
    sessions: dict[UUID, list[UUID]]

    def types_changed(self, other: "Plan") -> list[UUID] | None:
        """Return the ticket types whose quotas differ; None, any may, when those of a session do."""
        if self.sessions != other.sessions:
            return None
        return [one for one in self.types if self.types[one] != other.types.get(one)]

    def changed(self, other: "Plan") -> set[UUID]:
        """Return the quotas that something counts in by one of the two plans only."""
        found: set[UUID] = set()
        for mine, theirs in ((self.types, other.types), (self.sessions, other.sessions)):
            for one in mine.keys() | theirs.keys():
                found |= set(mine.get(one, ())) ^ set(theirs.get(one, ()))
        return found


_PLAN = """
WITH open AS (
  SELECT e.id, e.slug, e.title, e.organiser, e.venue, e.first_day, e.last_day FROM event e
  WHERE e.convention = $1 AND e.published_at IS NOT NULL AND e.canceled_at IS NULL
)
SELECT
  (SELECT coalesce(jsonb_object_agg(o.id, to_jsonb(o)), '{}') FROM open o) AS events,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'organiser', t.organiser, 'mode', t.mode, 'days', t.days,
      'events', (SELECT coalesce(jsonb_agg(g.event), '[]') FROM coverage g WHERE g.ticket_type = t.id),
      'quotas', (SELECT coalesce(jsonb_agg(u.quota), '[]') FROM quota_use u WHERE u.ticket_type = t.id))), '[]')
    FROM ticket_type t WHERE t.convention = $1) AS types,
  (SELECT coalesce(jsonb_agg(to_jsonb(q)), '[]') FROM quota q WHERE q.convention = $1) AS quotas,
  (SELECT coalesce(jsonb_object_agg(q.session, q.id), '{}') FROM quota q
    WHERE q.convention = $1 AND q.session IS NOT NULL) AS sessions
"""


async def plan(convention: UUID) -> Plan:
    """Read in which quotas tickets of a convention count, as the tables say now."""
    [row] = await fetch(_PLAN, convention)
    quotas = msgspec.json.decode(row["quotas"], type=list[OfferedQuota])
    events = msgspec.json.decode(row["events"], type=dict[UUID, OfferedEvent])
    types = msgspec.json.decode(row["types"], type=list[Drawing])
    within = {q.id: q.within for q in quotas}
    own = msgspec.json.decode(row["sessions"], type=dict[UUID, UUID])
    return Plan(
        types={t.id: quotas_of(t, quotas=quotas, events=events) for t in types},
        sessions={session: upwards([quota], within) for session, quota in own.items()},
    )


async def hold_still(convention: UUID, *, types: Collection[UUID] | None) -> None:
    """Lock the tickets of these types, None for all of the convention, then its quotas; in the caller's transaction.

    To be called before any quota or ticket type is locked or written: whoever changes tickets locks in this order.
    """
    await fetch(
        "SELECT 1 FROM ticket t WHERE t.state <> 'canceled' AND t.ticket_type IN (SELECT id FROM ticket_type"
        " WHERE convention = $1 AND ($2::uuid[] IS NULL OR id = ANY($2))) ORDER BY t.id FOR NO KEY UPDATE",
        convention,
        None if types is None else list(types),
    )
    await fetch("SELECT 1 FROM quota WHERE convention = $1 ORDER BY id FOR UPDATE", convention)


async def adopt(
    *,
    convention: UUID,
    before: Plan,
    field: str,
    now: dt.datetime,
    written: UUID | None = None,
    recount: Collection[UUID] = (),
) -> int:
    """Let tickets count where they do now; return of how many tickets the places changed.

    `before` was read before the change, under `hold_still`; `written` is a ticket type that the change has written.
    What has become free is offered to those who wait. With `recount`, tickets are counted in these quotas anew. Raises
    `Invalid` naming `field` for every quota that would have more tickets than places.
    """
    after = await plan(convention)
    touched = before.changed(after) | set(recount)
    if not touched:
        return 0
    await _refresh(before, after, written)
    types = None if recount else before.types_changed(after)
    pairs = (*_pairs(after.types), *_pairs(after.sessions))
    [row] = await fetch(_ADOPT, convention, *pairs, list(touched), list(HOLDING), types)
    moved = msgspec.json.decode(row["moved"], type=dict[UUID, int])
    await _move(moved, field)
    await serve(convention=convention, now=now)
    return int(row["tickets"])


_REFRESH = """
WITH other AS (
    SELECT y.id FROM ticket_type y WHERE y.id = ANY($1::uuid[]) OR EXISTS (SELECT FROM coverage g
        JOIN session s ON s.event = g.event WHERE g.ticket_type = y.id AND s.id = ANY($2::uuid[]))
    ORDER BY y.id FOR UPDATE OF y
)
UPDATE ticket_type y SET revision = revision + 1 FROM other o WHERE o.id = y.id
"""


async def _refresh(before: Plan, after: Plan, written: UUID | None) -> None:
    """Let nobody register who has read where tickets counted before; wait for who is registering, to count them too."""
    types = [one for one in after.types if one != written and before.types.get(one) != after.types[one]]
    sessions = [one for one in after.sessions if before.sessions.get(one) != after.sessions[one]]
    await fetch(_REFRESH, types, sessions)


async def serve(*, convention: UUID, now: dt.datetime) -> None:
    """Offer whatever places of a convention are left: who waited may wait for nothing any more."""
    rows = await fetch("SELECT id FROM quota WHERE convention = $1", convention)
    await offering.serve(quotas=[row["id"] for row in rows], now=now)


def _pairs(closures: dict[UUID, list[UUID]]) -> tuple[list[UUID], list[UUID]]:
    pairs = [(one, quota) for one, quotas in closures.items() for quota in quotas]
    return [one for one, _quota in pairs], [quota for _one, quota in pairs]


_ADOPT = """
WITH by_type AS (SELECT * FROM unnest($2::uuid[], $3::uuid[]) AS x (ticket_type, quota)),
by_session AS (SELECT * FROM unnest($4::uuid[], $5::uuid[]) AS x (session, quota)),
counted AS (
    SELECT t.id, t.state, t.places AS old, ARRAY(
        SELECT unnest(t.places) EXCEPT SELECT unnest($6::uuid[])
        UNION (
            SELECT x.quota FROM by_type x WHERE x.ticket_type = t.ticket_type AND x.quota = ANY($6)
            UNION SELECT x.quota FROM reservation r JOIN by_session x ON x.session = r.session
            WHERE r.ticket = t.id AND x.quota = ANY($6)
        ) ORDER BY 1
    ) AS new
    FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type WHERE y.convention = $1 AND t.state <> 'canceled'
      AND ($8::uuid[] IS NULL OR y.id = ANY($8))
), moved AS (
    UPDATE ticket t SET places = c.new FROM counted c
    WHERE t.id = c.id AND NOT (c.old <@ c.new AND c.new <@ c.old) RETURNING c.state, c.old, c.new
), steps AS (
    SELECT unnest(new) AS quota, 1 AS n FROM moved WHERE state = ANY($7::text[])
    UNION ALL SELECT unnest(old), -1 FROM moved WHERE state = ANY($7::text[])
), sums AS (SELECT quota, sum(n)::int AS n FROM steps GROUP BY quota HAVING sum(n) <> 0)
SELECT (SELECT count(*) FROM moved) AS tickets, (SELECT coalesce(jsonb_object_agg(quota, n), '{}') FROM sums) AS moved
"""
_TAKE = """
UPDATE quota q SET taken = q.taken + m.places FROM unnest($1::uuid[], $2::int[]) AS m (id, places)
WHERE q.id = m.id AND q.taken + m.places BETWEEN 0 AND q.capacity RETURNING q.id
"""


async def _move(moved: dict[UUID, int], field: str) -> None:
    taken = {row["id"] for row in await fetch(_TAKE, list(moved), list(moved.values()))}
    full = moved.keys() - taken
    rows = await fetch(
        "SELECT q.id, coalesce(s.title, q.name) AS name, q.capacity, q.taken FROM quota q"
        " LEFT JOIN session s ON s.id = q.session WHERE q.id = ANY($1::uuid[]) ORDER BY q.slug",
        list(full),
    )
    if rows:
        raise Invalid([_does_not_fit(row, moved[row["id"]], field) for row in rows])


def _does_not_fit(row: asyncpg.Record, more: int, field: str) -> FieldError:
    words = ngettext(
        "“%(name)s” has %(n)s place, and the tickets that are out would take %(wanted)s.",
        "“%(name)s” has %(n)s places, and the tickets that are out would take %(wanted)s.",
        row["capacity"],
        name=text(msgspec.json.decode(row["name"])),
        wanted=row["taken"] + more,
    )
    return FieldError(field, "full", words)


async def forget_quota(quota: UUID) -> None:
    """Take a quota that is about to go out of tickets, and out of what is kept for whoever fills in the form."""
    await fetch("UPDATE ticket SET places = array_remove(places, $1) WHERE $1 = ANY(places)", quota)
    await fetch("UPDATE hold SET places = places - $1::text WHERE places ? $1::text", str(quota))


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Run a transaction again that the database has ended because two waited for each other; not inside another."""
    if DB.current_transaction.get() is None:
        for _try in range(TRIES - 1):
            try:
                return await work()
            except asyncpg.DeadlockDetectedError:
                continue
    return await work()
