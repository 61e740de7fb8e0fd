"""One guest as the organiser sees it: details, answers, the party, payments and history. Whoever looks is noted."""

import datetime as dt
from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec

from app.core import audit
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.events import desk
from app.people import undeliverable
from app.people.persons import address_key
from app.people.roles import Principal
from app.ticketing import queries
from app.ticketing.guests import replies
from app.ticketing.guests.listed import sees_the_citys
from app.ticketing.guests.replies import Asked
from app.ticketing.life import history
from app.ticketing.life.history import HistoryLine
from app.ticketing.payments import due
from app.ticketing.payments.views import PaymentView
from app.ticketing.registering import uploads
from app.ticketing.registering.answers import Value
from app.ticketing.registering.asked import upload_of
from app.ticketing.schemas import TicketView

_TICKET = """
SELECT k.id, k.registration, k.person, k.state, t.organiser FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type
WHERE k.id = $1 AND (t.organiser = $3 OR ($4 AND t.organiser IS NULL))
  AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $2)
"""
_OWN_OF_PARTY = """
SELECT k.id FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type
WHERE k.registration = $1 AND (t.organiser = $3 OR ($4 AND t.organiser IS NULL))
  AND ($5::text[] IS NULL OR k.state = ANY($5))
  AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $2)
ORDER BY k.position
"""


class Reached(msgspec.Struct, frozen=True):
    """A ticket that somebody may see and act on through an event."""

    id: UUID
    registration: UUID
    person: UUID
    state: str
    organiser: UUID | None


class Reply(msgspec.Struct, frozen=True):
    """An answer in words; `upload` names the file of one that was sent as such."""

    question: Asked
    words: str
    upload: UUID | None = None


class Companion(msgspec.Struct, frozen=True):
    """Somebody of the same party whom the organiser knows."""

    ticket: UUID
    name: str
    place: int
    state: str


class GuestView(msgspec.Struct, frozen=True):
    """All that the page of a guest says. `strangers` of the party have tickets of others and are not named.

    `returned` is when mail to the address came back, with its status.
    """

    ticket: TicketView
    residence: str
    answers: list[Reply]
    party: list[Companion]
    strangers: int
    payments: list[PaymentView]
    history: list[HistoryLine]
    returned: undeliverable.Undeliverable | None = None

    @property
    def erased(self) -> bool:
        """Whether the person's details are gone."""
        return not self.ticket.email


async def reached(*, event: UUID, ticket: UUID, principal: Principal) -> Reached:
    """Return a ticket of the event's organiser, or of the city for officers, or raise `NotFound`."""
    at = await desk.own_event(principal=principal, event=event)
    row = await fetch_one(_TICKET, ticket, event, at.event.organiser, sees_the_citys(principal))
    if row is None:
        raise NotFound
    return Reached(**row)


async def view(*, event: UUID, ticket: UUID, principal: Principal, now: dt.datetime) -> GuestView:
    """Return a guest, and write down that somebody looked; raises `NotFound`."""
    at = await reached(event=event, ticket=ticket, principal=principal)
    seen = await queries.ticket(ticket)
    if seen is None:
        raise NotFound
    await audit.record(
        actor=principal.actor,
        action="guest.read",
        subject=f"person:{at.person}",
        now=now,
        detail={"ticket": str(ticket)},
    )
    party, strangers = await _party(event, at, principal)
    key = address_key(seen.email) if seen.email else b""
    return GuestView(
        ticket=seen,
        residence=seen.residence,
        answers=await _answers(event, ticket, principal),
        party=party,
        strangers=strangers,
        payments=[p for p in await due.of_registration(at.registration) if p.organiser == at.organiser],
        history=await history.of_ticket(ticket),
        returned=(await undeliverable.of_addresses([key])).get(key),
    )


async def _answers(event: UUID, ticket: UUID, principal: Principal) -> list[Reply]:
    asked = await replies.questions(event=event, principal=principal)
    given = (await replies.of_tickets(asked, [ticket])).get(ticket, {})
    return in_words(asked, given)


def in_words(asked: Collection[Asked], given: Mapping[UUID, Value]) -> list[Reply]:
    """Return the questions that were answered, with the answers in words."""
    return [Reply(q, words, _upload(q, value)) for q, value, words in replies.said(asked, given)]


def _upload(question: Asked, value: str | list[str]) -> UUID | None:
    return upload_of(value) if question.kind == "file" and isinstance(value, str) else None


async def _party(event: UUID, at: Reached, principal: Principal) -> tuple[list[Companion], int]:
    """Return those of the party whom the organiser knows, and how many others there are."""
    own = await own_of_party(event, at.registration, principal)
    everybody = await queries.tickets(at.registration)
    known = [Companion(t.id, t.name if t.email else "", t.place, t.state) for t in everybody if t.id in own]
    return known, len(everybody) - len(known)


async def own_of_party(
    event: UUID, registration: UUID, principal: Principal, *, states: list[str] | None = None
) -> list[UUID]:
    """Return the tickets of a party that somebody may see and act on, in these states; raises `NotFound`."""
    at = await desk.own_event(principal=principal, event=event)
    rows = await fetch(_OWN_OF_PARTY, registration, event, at.event.organiser, sees_the_citys(principal), states)
    return [row["id"] for row in rows]


async def file(*, event: UUID, ticket: UUID, upload: UUID, principal: Principal, now: dt.datetime) -> uploads.File:
    """Return a file that a guest answered one of our questions with, and write down who took it; raises `NotFound`."""
    at = await reached(event=event, ticket=ticket, principal=principal)
    ours = {reply.upload for reply in await _answers(event, ticket, principal)}
    sent = await uploads.file(upload) if upload in ours else None
    if sent is None:
        raise NotFound
    await audit.record(
        actor=principal.actor,
        action="guest.file",
        subject=f"person:{at.person}",
        now=now,
        detail={"ticket": str(ticket), "upload": str(upload)},
    )
    return sent
