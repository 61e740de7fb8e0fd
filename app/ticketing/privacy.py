"""What ticketing holds about a person: registrations, tickets, places, and the mails that brought them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.core.db import fetch
from app.core.i18n import gettext_lazy, text
from app.core.retention import EVERY_HOUR, Kept, keeps
from app.core.signing import derived, unseal
from app.people import erasure
from app.people.holders import File, Holder, Trace, holds
from app.people.persons import open_details, seal_details
from app.people.retention import PERSON_DETAILS
from app.people.schemas import Details
from app.ticketing import papers, queries
from app.ticketing.schemas import TicketView

_REGISTRATIONS = """
SELECT r.id, c.slug AS convention, r.status, r.language, r.created_at, r.person AS registered_by
FROM registration r JOIN convention c ON c.id = r.convention
WHERE r.person = ANY($1::uuid[]) OR r.id IN (SELECT registration FROM ticket WHERE person = ANY($1::uuid[]))
ORDER BY r.created_at
"""
_MAILS = """
SELECT payload ->> 'ticket_id' AS ticket, name, promised_at, done_at FROM job
WHERE key = ANY($1::text[]) ORDER BY promised_at
"""


async def _export(persons: Sequence[UUID]) -> list[File]:
    rows = await fetch("SELECT id, person, residence FROM ticket WHERE person = ANY($1::uuid[])", list(persons))
    views = [(row, view) for row in rows if (view := await queries.ticket(row["id"])) is not None]
    mails = await fetch(_MAILS, [f"ticket-mail:{row['id']}" for row in rows])
    return [
        File("registrations.json", [dict(row) for row in await fetch(_REGISTRATIONS, list(persons))]),
        File("tickets.json", [_ticket(view) | dict(row) for row, view in views]),
        File("mails.json", [dict(row) for row in mails]),
        *(File(f"calendar/{view.serial}.ics", papers.invitation(view)) for _row, view in views),
    ]


def _ticket(view: TicketView) -> dict[str, Any]:
    return {
        "registration": view.registration,
        "serial": view.serial,
        "state": view.state,
        "created_at": view.created_at,
        "ticket_type": text(view.type_title),
        "convention": view.convention_slug,
        "days": view.days,
        "details": {
            "name": view.name,
            "reading": view.reading,
            "organisation": view.organisation,
            "email": view.email,
        },
        "events": [text(event.title) for event in view.events],
        "reserved": [text(session.title) for session in view.sessions if session.reserved],
    }


_LIVE = """
SELECT t.id FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type JOIN convention c ON c.id = y.convention
WHERE t.person = ANY($1::uuid[]) AND t.state = 'valid'
    AND c.last_day >= ($2::timestamptz AT TIME ZONE c.zone)::date
ORDER BY t.id FOR UPDATE OF t
"""


async def _erase(persons: Sequence[UUID], now: dt.datetime) -> None:
    """Forget what was declared with each ticket, and cancel those of conventions that are not over.

    What took part was blocked before by attendance, so that no figure moves. After the convention nothing changes.
    """
    ids = list(persons)
    await _forget_answers(ids)
    await _cancel([row["id"] for row in await fetch(_LIVE, ids, now)])
    await fetch("UPDATE ticket SET sealed = NULL WHERE person = ANY($1::uuid[])", ids)


_PLACES = """
SELECT quota, count(*) AS places FROM (
    SELECT u.quota FROM ticket t JOIN quota_use u ON u.ticket_type = t.ticket_type WHERE t.id = ANY($1::uuid[])
    UNION ALL
    SELECT q.id FROM reservation r JOIN quota q ON q.session = r.session WHERE r.ticket = ANY($1::uuid[])
) given GROUP BY quota ORDER BY quota
"""


async def _cancel(tickets: list[UUID]) -> None:
    """Cancel tickets and give their places back; quotas are locked in the order of their ids, as registering does."""
    if not tickets:
        return
    places = await fetch(_PLACES, tickets)
    await fetch("UPDATE ticket SET state = 'canceled' WHERE id = ANY($1::uuid[])", tickets)
    await fetch("DELETE FROM reservation WHERE ticket = ANY($1::uuid[])", tickets)
    await fetch(
        "UPDATE registration r SET status = 'canceled' WHERE r.id IN"
        " (SELECT registration FROM ticket WHERE id = ANY($1::uuid[]))"
        " AND NOT EXISTS (SELECT FROM ticket t WHERE t.registration = r.id AND t.state <> 'canceled')",
        tickets,
    )
    for row in places:
        await fetch("UPDATE quota SET taken = greatest(taken - $2::int, 0) WHERE id = $1", row["quota"], row["places"])


_ANSWERS = """
SELECT a.id, a.answer, r.id AS registration
FROM registration r JOIN convention c ON c.id = r.convention
JOIN stored_answer a ON a.scope = 'registration:' || c.slug AND a.created_at = r.created_at AND a.answer IS NOT NULL
WHERE r.id IN (SELECT registration FROM ticket WHERE person = ANY($1::uuid[]))
"""


class _Answered(msgspec.Struct):
    id: UUID


async def _forget_answers(persons: list[UUID]) -> None:
    """Delete the answers kept for these persons' registrations: each names the whole party.

    An answer is sealed and bears the moment of its registration; opened, it says which one it is.
    """
    key = derived("stored-answers")
    ours = [
        row["id"]
        for row in await fetch(_ANSWERS, persons)
        if msgspec.json.decode(unseal(key, row["answer"]), type=_Answered).id == row["registration"]
    ]
    await fetch("DELETE FROM stored_answer WHERE id = ANY($1::uuid[])", ours)


_LISTED = """
SELECT DISTINCT t.person FROM audit_entry a JOIN coverage g ON a.subject = 'event:' || g.event
JOIN event e ON e.id = g.event
JOIN ticket_type y ON y.id = g.ticket_type AND y.organiser = e.organiser JOIN ticket t ON t.ticket_type = y.id
WHERE a.at >= $1 AND a.at < $2 AND a.action LIKE '%export%' AND t.created_at <= a.at
  AND (g.event = $3 OR split_part(a.actor, ':', 2) = $3::text)
"""


async def _reached(trace: Trace) -> set[UUID]:
    """Whoever takes the list of an event's guests reaches those it names, holders of its own types; `guests.py`."""
    if trace.kind not in {"export", "account"}:
        return set()
    return {row["person"] for row in await fetch(_LISTED, trace.since, trace.until, trace.subject)}


async def _correct(person: UUID, key: bytes, details: Details) -> None:
    """Write the new words into every ticket; each keeps the address it was sent to."""
    rows = await fetch("SELECT id, sealed FROM ticket WHERE person = $1 AND sealed IS NOT NULL FOR UPDATE", person)
    for row in rows:
        kept = msgspec.structs.replace(details, email=open_details(key, row["sealed"]).email)
        await fetch("UPDATE ticket SET sealed = $2 WHERE id = $1", row["id"], seal_details(key, kept))


HOLDER = holds(Holder("ticketing", _export, _erase, _correct, _reached))


async def _forget_persons(keys: Sequence[UUID], now: dt.datetime) -> None:
    await erasure.erase(persons=keys, actor="retention", now=now)


keeps(
    Kept(
        purpose=PERSON_DETAILS,
        what=gettext_lazy(
            "Names, addresses, readings and organisations of participants, from the last day of their last convention"
        ),
        how=gettext_lazy("erased; the pseudonym, the place of residence and every count stay"),
        days=400,
        least=30,
        most=1095,
        find="""
            SELECT p.id FROM person p WHERE p.erased_at IS NULL AND p.created_at < $1 AND NOT EXISTS (
                SELECT FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type
                JOIN convention c ON c.id = y.convention
                WHERE t.person = p.id AND (c.last_day + 1)::timestamp AT TIME ZONE c.zone > $1)
        """,
        forget=_forget_persons,
        minutes=EVERY_HOUR,
        at_once=2_000,
    )
)
