"""Evidence of one-to-one meetings: who arranges and holds them calls this, and nothing else of attendance.

A meeting is evidence when both were in it: each stay names the other person, and the counting rule takes the time that
both shared (rule 6 of `kpi2-v1`: five minutes are enough). So what is written is what was measured, of both or of
nobody; how long is long enough is the rule's business.
"""

import datetime as dt
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.attendance import ledger
from app.attendance.errors import NotTogether
from app.core.db import fetch, transaction
from app.core.errors import NotFound

_PARTNERS = """
SELECT t.id AS ticket, t.person, t.residence, y.role, e.id AS event, e.kpi_scope
FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type JOIN coverage o ON o.ticket_type = y.id
     JOIN event e ON e.id = o.event
WHERE t.id = ANY($1::uuid[]) AND t.state = 'valid' AND e.id = $2 AND e.canceled_at IS NULL
"""


class Meeting(Struct, frozen=True):
    """A meeting on line of one event: its own number, and when it was to begin and end."""

    id: UUID
    event: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime


class Stay(Struct, frozen=True):
    """How long one ticket was measured in the meeting's room; more than one stretch are several stays."""

    ticket: UUID
    joined_at: dt.datetime
    left_at: dt.datetime


async def record(*, meeting: Meeting, first: Stay, second: Stay, now: dt.datetime) -> dt.timedelta:
    """Write the evidence of both stays, once however often it is called, and return the time shared.

    Raises `NotFound` unless two valid tickets of two persons cover the event, and `NotTogether` when they never were in
    the room at the same time: waiting alone is no meeting.
    """
    shared = min(first.left_at, second.left_at) - max(first.joined_at, second.joined_at)
    if shared <= dt.timedelta():
        raise NotTogether
    async with transaction():
        rows = {row["ticket"]: row for row in await fetch(_PARTNERS, [first.ticket, second.ticket], meeting.event)}
        if len({row["person"] for row in rows.values()}) < 2:
            raise NotFound
        one, other = rows[first.ticket], rows[second.ticket]
        entries = [_entry(meeting, first, one, other["person"]), _entry(meeting, second, other, one["person"])]
        await ledger.append(entries, now=now)
    return shared


def _entry(meeting: Meeting, stay: Stay, row: asyncpg.Record, partner: UUID) -> ledger.Entry:
    return ledger.Entry(
        source=f"meeting:{meeting.id.hex}:{stay.ticket.hex[:12]}:{int(stay.joined_at.timestamp())}",
        kind="presence",
        evidence_class="C",
        person=row["person"],
        other=partner,
        role=row["role"],
        ticket=stay.ticket,
        event=meeting.event,
        session=meeting.id,
        scope=row["kpi_scope"],
        mode="online",
        scheduled_at=meeting.starts_at,
        scheduled_minutes=int((meeting.ends_at - meeting.starts_at).total_seconds()) // 60,
        starts_at=stay.joined_at,
        ends_at=stay.left_at,
        residence=row["residence"],
    )
