"""What attendance holds about a person: scans, presence and the ledger, all under a pseudonym.

Nothing here is erased: no value of a person stands in it, and the figures rest on it. A ticket that took part is
blocked, not canceled: it opens no gate again, and stays counted.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from app.core.db import fetch
from app.people.holders import File, Holder, Trace, holds
from app.people.privacy import accounts_of
from app.people.schemas import Details

_FILES = {
    "scans.json": "SELECT s.ticket, s.gate, s.direction, s.scanned_at, s.received_at, s.verdict, s.reason, s.status"
    " FROM scan s JOIN ticket t ON t.id = s.ticket WHERE t.person = ANY($1::uuid[]) ORDER BY s.scanned_at, s.id",
    "presence.json": "SELECT p.ticket, p.session, p.started_at, p.beat_at, p.ended_at FROM presence_interval p"
    " JOIN ticket t ON t.id = p.ticket WHERE t.person = ANY($1::uuid[]) ORDER BY p.started_at, p.id",
    "ledger.json": "SELECT position, kind, evidence_class, recorded_at, person, ticket, event, session, scope, mode,"
    " scheduled_at, scheduled_minutes, starts_at, ends_at, role, residence, subject, other, source"
    " FROM ledger_entry WHERE person = ANY($1::uuid[]) OR other = ANY($1::uuid[]) ORDER BY position",
}
_STATES = """
SELECT s.ticket, s.inside_venue, s.inside_gate, s.body FROM ticket_state s JOIN ticket t ON t.id = s.ticket
WHERE t.person = ANY($1::uuid[])
"""


async def _export(persons: Sequence[UUID]) -> list[File]:
    files = [File(name, [dict(row) for row in await fetch(sql, list(persons))]) for name, sql in _FILES.items()]
    states = [dict(row) | {"body": msgspec.Raw(row["body"].encode())} for row in await fetch(_STATES, list(persons))]
    return [*files, File("ticket_states.json", states)]


_BLOCK = """
UPDATE ticket t SET state = 'blocked' FROM ticket_type y JOIN convention c ON c.id = y.convention
WHERE t.person = ANY($1::uuid[]) AND t.state = 'valid' AND y.id = t.ticket_type
    AND c.last_day >= ($2::timestamptz AT TIME ZONE c.zone)::date
    AND (EXISTS (SELECT FROM ticket_state s WHERE s.ticket = t.id)
         OR EXISTS (SELECT FROM presence_interval p WHERE p.ticket = t.id))
"""


async def _erase(persons: Sequence[UUID], now: dt.datetime) -> None:
    await fetch(_BLOCK, list(persons), now)


_SCANNED = """
SELECT DISTINCT t.person FROM scan s JOIN device d ON d.id = s.device JOIN ticket t ON t.id = s.ticket
WHERE (d.id = $3 OR d.account = ANY($4::uuid[])) AND s.received_at >= $1 AND s.received_at < $2
"""


async def _reached(trace: Trace) -> set[UUID]:
    """A device reached whoever's ticket it sent in: the receipt told it the name."""
    if trace.kind == "export":
        return set()
    rows = await fetch(_SCANNED, trace.since, trace.until, trace.subject, await accounts_of(trace))
    return {row["person"] for row in rows}


async def _correct(person: UUID, key: bytes, details: Details) -> None:
    """No details lie here."""


HOLDER = holds(Holder("attendance", _export, _erase, _correct, _reached))
