"""What ticketing holds about a person: registrations, tickets, places, and the mails that brought them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch
from app.core.i18n import gettext_lazy, text
from app.core.retention import EVERY_HOUR, Kept, deletes, keeps
from app.core.signing import derived, unseal
from app.people import erasure
from app.people.holders import File, Holder, Trace, holds
from app.people.persons import open_details, seal_details
from app.people.retention import PERSON_DETAILS
from app.people.schemas import Details
from app.ticketing import queries
from app.ticketing.documents import papers
from app.ticketing.guests.imports import kept as _lists  # noqa: F401  # registers how long lists are kept
from app.ticketing.life.by import SYSTEM
from app.ticketing.life.cancel import cancel
from app.ticketing.payments import settle
from app.ticketing.registering import answers, drafts
from app.ticketing.schemas import TicketView

_REGISTRATIONS = """
SELECT r.id, c.slug AS convention, r.status, r.language, r.created_at, r.person AS registered_by
FROM registration r JOIN convention c ON c.id = r.convention
WHERE r.person = ANY($1::uuid[]) OR r.id IN (SELECT registration FROM ticket WHERE person = ANY($1::uuid[]))
ORDER BY r.created_at
"""
_MAILS = """
SELECT coalesce(payload ->> 'ticket_id', payload ->> 'ticket') AS ticket, name, promised_at, done_at FROM job
WHERE name IN ('ticketing.send_ticket', 'ticketing.send_note', 'ticketing.send_message')
  AND coalesce(payload ->> 'ticket_id', payload ->> 'ticket') = ANY($1::text[]) ORDER BY promised_at
"""
_CHANGES = """
SELECT ticket, at, actor, action, fields::text FROM ticket_change
WHERE ticket = ANY($1::uuid[]) AND person = ANY($2::uuid[]) ORDER BY at
"""
_PAYMENTS = """
SELECT m.id, m.registration, m.provider, m.amount, m.tax, m.reference, m.state, m.due_at, m.settled_at, m.refunded_at,
  m.created_at, m.paid_on, m.received, m.refund, m.returned
FROM payment m JOIN registration r ON r.id = m.registration WHERE r.person = ANY($1::uuid[])
ORDER BY m.created_at
"""
_QUESTIONS = "SELECT id, slug, label FROM question WHERE id = ANY($1::uuid[])"


async def _export(persons: Sequence[UUID]) -> list[File]:
    rows = await fetch("SELECT id, person, residence FROM ticket WHERE person = ANY($1::uuid[])", list(persons))
    views = [(row, view) for row in rows if (view := await queries.ticket(row["id"])) is not None]
    mails = await fetch(_MAILS, [str(row["id"]) for row in rows])
    ids = [row["id"] for row in rows]
    return [
        File("registrations.json", [dict(row) for row in await fetch(_REGISTRATIONS, list(persons))]),
        File("tickets.json", [_ticket(view) | dict(row) for row, view in views]),
        File("mails.json", [dict(row) for row in mails]),
        File("answers.json", await _answers(ids)),
        File("ticket_history.json", [dict(row) for row in await fetch(_CHANGES, ids, list(persons))]),
        File("payments.json", await _payments(persons)),
        *(File(f"calendar/{view.serial}.ics", papers.invitation(view)) for _row, view in views),
    ]


async def _payments(persons: Sequence[UUID]) -> list[dict[str, Any]]:
    rows = await fetch(_PAYMENTS, list(persons))
    return [dict(row) | {"note": await settle.note_of(row["id"])} for row in rows]


async def _answers(tickets: Sequence[UUID]) -> list[dict[str, Any]]:
    given = await answers.of(tickets)
    asked = {row["id"]: row for row in await fetch(_QUESTIONS, [q for each in given.values() for q in each])}
    return [
        {"ticket": ticket, "question": text(msgspec.json.decode(asked[question]["label"])), "answer": value}
        for ticket, each in given.items()
        for question, value in each.items()
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
            "child": view.child,
            "needs": [*view.needs, *filter(None, [view.needs_note])],
            "languages": view.languages,
        },
        "price": view.price,
        "tax": view.tax,
        "events": [text(event.title) for event in view.events],
        "reserved": [text(session.title) for session in view.sessions if session.reserved],
    }


_LIVE = """
SELECT t.id, t.registration FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type
JOIN convention c ON c.id = y.convention
WHERE t.person = ANY($1::uuid[]) AND t.state NOT IN ('blocked', 'canceled')
    AND c.last_day >= ($2::timestamptz AT TIME ZONE c.zone)::date
ORDER BY t.registration, t.position
"""


async def _erase(persons: Sequence[UUID], now: dt.datetime) -> None:
    """Forget what was declared with each ticket, and cancel those of conventions that are not over.

    What took part was blocked before by attendance, so that no figure moves. After the convention nothing changes.
    """
    ids = list(persons)
    await _forget_answers(ids)
    await _cancel(await fetch(_LIVE, ids, now), now)
    await answers.forget(
        [row["id"] for row in await fetch("SELECT id FROM ticket WHERE person = ANY($1::uuid[])", ids)]
    )
    await fetch("UPDATE ticket SET sealed = NULL, has_needs = false WHERE person = ANY($1::uuid[])", ids)
    await fetch("UPDATE ticket_change SET sealed = NULL WHERE person = ANY($1::uuid[])", ids)
    await fetch(_FORGET_DRAFTS, ids)


async def _cancel(tickets: Sequence[asyncpg.Record], now: dt.datetime) -> None:
    """Cancel tickets, registration by registration in one order; nobody is mailed about somebody erased."""
    for registration in dict.fromkeys(row["registration"] for row in tickets):
        mine = [row["id"] for row in tickets if row["registration"] == registration]
        await cancel(registration=registration, tickets=mine, by=SYSTEM, now=now, told=False)


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


_FORGET_DRAFTS = """
DELETE FROM form_draft f USING account a, person_details d
WHERE f.account = a.id AND a.address_key = d.address_key AND d.person = ANY($1::uuid[])
"""
"""Forms begun while signed in; those begun by nobody known are deleted when their time is over."""

_LISTED = """
SELECT DISTINCT t.person FROM audit_entry a JOIN coverage g ON a.subject = 'event:' || g.event
JOIN event e ON e.id = g.event
JOIN ticket_type y ON y.id = g.ticket_type AND (y.organiser = e.organiser
  OR (y.organiser IS NULL AND split_part(a.actor, ':', 1) IN ('officer', 'admin')))
JOIN ticket t ON t.ticket_type = y.id
WHERE a.at >= $1 AND a.at < $2 AND t.created_at <= a.at AND (
  ((a.action LIKE '%export%' OR a.action IN ('guests.badges', 'guests.list'))
    AND (g.event = $3 OR split_part(a.actor, ':', 2) = $3::text))
  OR (a.action = 'guests.read' AND split_part(a.actor, ':', 2) = $3::text))
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
        old = open_details(key, row["sealed"])
        words = {name: getattr(details, name) for name in ("name", "reading", "organisation")}
        kept = msgspec.structs.replace(old, **words)
        await fetch("UPDATE ticket SET sealed = $2 WHERE id = $1", row["id"], seal_details(key, kept))


HOLDER = holds(Holder("ticketing", _export, _erase, _correct, _reached))


async def _forget_persons(keys: Sequence[UUID], now: dt.datetime) -> None:
    await erasure.erase(persons=keys, actor="retention", now=now)


async def _forget_answers_given(keys: Sequence[UUID], _now: dt.datetime) -> None:
    await fetch(
        "DELETE FROM upload u USING answer a WHERE a.id = ANY($1::uuid[]) AND u.ticket = a.ticket"
        " AND u.question = a.question",
        list(keys),
    )
    await fetch("DELETE FROM answer WHERE id = ANY($1::uuid[])", list(keys))


async def _forget_needs(keys: Sequence[UUID], _now: dt.datetime) -> None:
    """Take the needs out of the details of these tickets."""
    rows = await fetch(
        "SELECT t.id, t.sealed, p.key FROM ticket t JOIN person p ON p.id = t.person WHERE t.id = ANY($1::uuid[])"
        " AND t.sealed IS NOT NULL AND p.key IS NOT NULL ORDER BY t.id FOR UPDATE OF t",
        list(keys),
    )
    for row in rows:
        without = msgspec.structs.replace(open_details(row["key"], row["sealed"]), needs=(), needs_note="")
        await fetch("UPDATE ticket SET sealed = $2 WHERE id = $1", row["id"], seal_details(row["key"], without))
    await fetch("UPDATE ticket SET has_needs = false WHERE id = ANY($1::uuid[])", list(keys))


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
            AND NOT EXISTS ( -- the awards stand above: their tables are named, nothing of them is imported
                SELECT FROM (
                    SELECT person, entry FROM entry_member UNION ALL
                    SELECT nominator, id FROM award_entry WHERE nominator IS NOT NULL
                ) m JOIN award_entry e ON e.id = m.entry JOIN award_category g ON g.id = e.category
                JOIN award a ON a.id = g.award JOIN convention c ON c.id = a.convention
                WHERE m.person = p.id AND (c.last_day + 1)::timestamp AT TIME ZONE c.zone > $1)
        """,
        forget=_forget_persons,
        minutes=EVERY_HOUR,
        at_once=2_000,
    ),
    Kept(
        purpose="answers-to-questions",
        what=gettext_lazy(
            "Answers to organisers' questions, and files sent with them, from the day each question says"
        ),
        how=gettext_lazy("deleted"),
        days=0,
        least=0,
        most=0,
        find="""
            SELECT a.id FROM answer a JOIN question q ON q.id = a.question JOIN convention c ON c.id = q.convention
            WHERE (c.last_day + 1 + q.keep_days)::timestamp AT TIME ZONE c.zone < $1
        """,
        forget=_forget_answers_given,
        minutes=EVERY_HOUR,
    ),
    Kept(
        purpose="needs",
        what=gettext_lazy("What participants need to take part, such as a wheelchair, from the convention's last day"),
        how=gettext_lazy("deleted; the rest of the ticket stays"),
        days=14,
        least=1,
        most=90,
        find="""
            SELECT t.id FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type
            JOIN convention c ON c.id = y.convention
            WHERE t.has_needs AND (c.last_day + 1)::timestamp AT TIME ZONE c.zone < $1
        """,
        forget=_forget_needs,
        minutes=EVERY_HOUR,
    ),
)

keeps(
    Kept(
        purpose=drafts.PURPOSE,
        what=gettext_lazy("Registration forms that were begun and not sent, from when their time is over"),
        how=gettext_lazy("deleted"),
        days=0,
        least=0,
        most=0,
        find="SELECT id FROM form_draft WHERE expires_at < $1",
        forget=deletes("form_draft"),
    ),
    Kept(
        purpose="unclaimed-uploads",
        what=gettext_lazy("Files sent with a registration form that was not finished, from when it was saved last"),
        how=gettext_lazy("deleted"),
        days=drafts.KEPT.days + 1,
        least=drafts.KEPT.days + 1,
        most=drafts.KEPT.days + 1,
        find="SELECT id FROM upload WHERE ticket IS NULL AND created_at < $1",
        forget=deletes("upload"),
    ),
)
