"""What attendance holds about a person: scans, presence and the ledger, all under a pseudonym.

Of these nothing is erased: no value of a person stands in them, and the figures rest on them. A ticket that took
part is blocked, not canceled: it opens no gate again, and stays counted. The search index forgets the name at once.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

import app.ticketing.privacy  # noqa: F401  # a lower package registers before us, whoever imports us first
from app.attendance.door import indexing
from app.attendance.identity import keeping
from app.attendance.online import questions
from app.attendance.online.reports.keeping import forget_people
from app.core.db import fetch
from app.people.holders import File, Holder, Trace, holds
from app.people.privacy import accounts_of
from app.people.schemas import Details

_FILES = {
    "scans.json": "SELECT s.ticket, s.gate, s.direction, s.scanned_at, s.received_at, s.verdict, s.reason, s.status"
    " FROM scan s JOIN ticket t ON t.id = s.ticket WHERE t.person = ANY($1::uuid[]) ORDER BY s.scanned_at, s.id",
    "scans_in_the_end.json": "SELECT s.ticket, s.scanned_at, f.verdict, f.reason, f.received_at"
    " FROM scan_final f JOIN scan s ON s.id = f.scan JOIN ticket t ON t.id = s.ticket"
    " WHERE t.person = ANY($1::uuid[]) ORDER BY f.id",
    "settled_scans.json": "SELECT s.ticket, s.scanned_at, x.decision, x.reason, x.settled_at"
    " FROM scan_settlement x JOIN scan s ON s.id = x.scan JOIN ticket t ON t.id = s.ticket"
    " WHERE t.person = ANY($1::uuid[]) ORDER BY x.settled_at, x.id",
    "presence.json": "SELECT p.ticket, p.session, p.started_at, p.beat_at, p.ended_at FROM presence_interval p"
    " JOIN ticket t ON t.id = p.ticket WHERE t.person = ANY($1::uuid[]) ORDER BY p.started_at, p.id",
    "reported_stays.json": "SELECT r.ticket, p.session, p.platform, r.joined_at, r.left_at, r.state, r.reason"
    " FROM reported_stay r JOIN platform_report p ON p.id = r.report JOIN ticket t ON t.id = r.ticket"
    " WHERE t.person = ANY($1::uuid[]) ORDER BY r.joined_at, r.id",
    "compared.json": "SELECT found_at, reasons::text, automatic, decision, reason, decided_at, position FROM double"
    " WHERE first = ANY($1::uuid[]) OR second = ANY($1::uuid[]) ORDER BY found_at, id",
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
    asked = await questions.of_persons(persons)
    return [*files, File("ticket_states.json", states), File("room_questions.json", asked)]


_BLOCK = """
UPDATE ticket t SET state = 'blocked' FROM ticket_type y JOIN convention c ON c.id = y.convention
WHERE t.person = ANY($1::uuid[]) AND t.state = 'valid' AND y.id = t.ticket_type
    AND c.last_day >= ($2::timestamptz AT TIME ZONE c.zone)::date
    AND (EXISTS (SELECT FROM ticket_state s WHERE s.ticket = t.id)
         OR EXISTS (SELECT FROM presence_interval p WHERE p.ticket = t.id))
"""


async def _erase(persons: Sequence[UUID], now: dt.datetime) -> None:
    await fetch(_BLOCK, list(persons), now)
    await indexing.forget(persons)
    await forget_people(persons)
    await keeping.forget(persons)


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
