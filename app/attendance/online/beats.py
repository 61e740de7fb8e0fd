"""Signs of life of pages, written in groups: thousands of pages beat every half minute, on few connections.

One statement takes a whole group. A partial UNIQUE stands behind it: a page has one open interval at a time, whichever
processes its beats come in by. A page that was silent for too long has its old interval closed first, with its
evidence, and then begins another one.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from app.attendance.errors import SessionOver, VisitOver
from app.attendance.online import presence
from app.attendance.online.presence import GRACE, OPENED, Room
from app.attendance.schemas import PresenceState
from app.core.db import DB, fetch
from app.core.errors import NotFound
from app.core.groups import Collector

MOST_IN_A_GROUP = 500
"""A group holds up every beat that comes while it is being written: this many take some 20 ms."""

_ASKED = """(
    SELECT min(n) AS n, ticket, session, holder, visit, min(at) AS first, max(at) AS last
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[])
        WITH ORDINALITY AS said (ticket, session, holder, visit, at, n)
    GROUP BY ticket, session, holder, visit)"""

# Rows are taken in one order by everybody, so that two groups wait for each other and never both.
WRITE = f"""
WITH asked AS MATERIALIZED ({OPENED.format(asked=_ASKED)}), measured AS (
    SELECT * FROM asked WHERE opened AND NOT canceled AND first >= starts_at AND first < ends_at
), farewell AS (
    SELECT m.n FROM measured m WHERE EXISTS (
        SELECT FROM presence_interval o WHERE o.visit = m.visit AND o.ticket = m.ticket AND o.session = m.session
            AND o.ended_at < o.beat_at + $6::interval)
), kept AS (
    INSERT INTO presence_interval AS p (id, ticket, session, visit, started_at, beat_at)
    SELECT gen_random_uuid(), ticket, session, visit, first, last FROM measured WHERE n NOT IN (SELECT n FROM farewell)
    ORDER BY ticket, session, visit
    ON CONFLICT (ticket, session, visit) WHERE ended_at IS NULL
    DO UPDATE SET beat_at = greatest(p.beat_at, excluded.beat_at) WHERE p.beat_at >= excluded.started_at - $6::interval
    RETURNING ticket, session, visit
)
SELECT a.ticket, a.session, a.holder, a.visit, a.starts_at, a.ends_at, a.opened, a.canceled,
       a.n IN (SELECT n FROM farewell) AS farewell,
       a.n IN (SELECT n FROM measured) AND k.visit IS NULL AS silent
FROM asked a LEFT JOIN kept k USING (ticket, session, visit)
"""


class Beat(Struct, frozen=True):
    """A sign of life: whose, in which session, by which page, when it came in."""

    ticket: UUID
    session: UUID
    holder: UUID | None
    visit: UUID
    at: dt.datetime

    @property
    def key(self) -> tuple[UUID, UUID, UUID | None, UUID]:
        """What a group knows it by; equal ones are one."""
        return self.ticket, self.session, self.holder, self.visit


async def beat(*, token: str, visit: UUID, now: dt.datetime) -> PresenceState:
    """Take a sign of life of one page. Beats that come twice or late change nothing.

    Raises `NotFound` for a token that is not ours, `NoAdmission`, `VisitOver` after a farewell, and `SessionCanceled`
    or `SessionOver`, which also close the visit. Inside a transaction of the caller the beat is written there.
    """
    one = Beat(*presence.ids(token), visit, now)
    inside = DB.current_transaction.get() is not None
    [row] = await (write([one]) if inside else _collector.ask([one]))
    if row is None:
        raise NotFound
    if row["canceled"] or now >= row["ends_at"]:
        await presence.leave(token=token, visit=visit, now=now)
    presence.refuse(row)
    if now >= row["ends_at"]:
        raise SessionOver
    if row["farewell"]:
        raise VisitOver
    return "waiting" if now < row["starts_at"] else "recording"


async def join(*, token: str, now: dt.datetime) -> tuple[Room, UUID]:
    """Enter a session and give the first sign of life of a new visit; return the room and the visit."""
    found, visit = await presence.enter(token=token, now=now), uuid4()
    await beat(token=token, visit=visit, now=now)
    return found, visit


async def write(beats: Sequence[Beat]) -> list[asyncpg.Record | None]:
    """Write a group of beats in one statement and return a row of `WRITE` for each; None for no ticket of ours."""
    found = await _write(beats)
    silent = [one for one in beats if (row := found.get(one.key)) and row["silent"] and not row["farewell"]]
    if silent:
        await presence.close_silent(visits=[one.visit for one in silent], now=max(one.at for one in silent))
        found |= await _write(silent)
    return [found.get(one.key) for one in beats]


async def _write(beats: Sequence[Beat]) -> dict[tuple[object, ...], asyncpg.Record]:
    columns = zip(*((one.ticket, one.session, one.holder, one.visit, one.at) for one in beats), strict=True)
    rows = await fetch(WRITE, *(list(column) for column in columns), GRACE)
    return {(row["ticket"], row["session"], row["holder"], row["visit"]): row for row in rows}


_collector: Collector[Beat, asyncpg.Record | None] = Collector(write, most=MOST_IN_A_GROUP)
