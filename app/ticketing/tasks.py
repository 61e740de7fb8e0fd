"""Jobs of ticketing: ids in, one effect out."""

import datetime as dt
from uuid import UUID

from app.core.i18n import use_language
from app.core.jobs import sends, sends_at_once, task
from app.people import undeliverable
from app.ticketing import queries
from app.ticketing.guests.imports import taking  # noqa: F401  # registers its job
from app.ticketing.life import overdue  # noqa: F401  # registers its jobs
from app.ticketing.mails import calendars, draft_link, note, notes, ticket
from app.ticketing.mails import message as message_mail
from app.ticketing.mails.addressees import Addressee
from app.ticketing.mails.promises import Purpose
from app.ticketing.messages import recipients, sending
from app.ticketing.payments import lapse  # noqa: F401  # importing registers its tasks
from app.ticketing.registering import drafts


@sends
async def send_ticket(*, ticket_id: str, revision: int = 0, again: str = "", now: dt.datetime) -> None:
    """Mail a ticket with its PDF and its calendar file. A person erased meanwhile gets nothing."""
    view = await queries.ticket(UUID(ticket_id))
    if view is None or not view.email or view.state != "valid":
        return
    if not again and await ticket.is_overtaken(view, revision):
        return
    use_language(view.language)
    await undeliverable.send(await ticket.written(view, again=again), now)
    await calendars.remember(view)


@sends
async def send_note(
    *, purpose: Purpose, registration: str, ticket: str = "", stamp: str = "", now: dt.datetime
) -> None:
    """Mail what became of a registration, if it still is so."""
    party = await queries.tickets(UUID(registration))
    case = notes.Case(
        registration=UUID(registration),
        party=party,
        ticket=UUID(ticket) if ticket else None,
        stamp=stamp,
        now=now,
    )
    if not case.tickets:
        return
    await note.tell_the_others(purpose, case)
    message = await note.written(purpose, case)
    if message is not None:
        await undeliverable.send(message, now)


@sends_at_once
async def send_draft(*, draft: str, stamp: str, now: dt.datetime) -> None:
    """Mail the link to a form that was begun, unless it was sent meanwhile."""
    found = await drafts.get(UUID(draft), now=now)
    if found is not None:
        use_language(found.language)
        await undeliverable.send(draft_link.written(found, stamp=stamp), now)


@task
async def spread_message(*, message: str, city: bool, after: str, now: dt.datetime) -> None:
    """Promise the mails of a page of those a message is for."""
    await sending.spread(message=UUID(message), city=city, after=UUID(after) if after else None, now=now)


@sends
async def send_message(*, message: str, ticket: str, now: dt.datetime) -> None:
    """Mail a message to the holder of a ticket, unless it is no longer valid, or news are no longer wanted."""
    found, view = await sending.by_id(UUID(message)), await queries.ticket(UUID(ticket))
    if found is None or view is None or not view.email or view.state != "valid":
        return
    consent = await recipients.consent_to_news(view.id) if found.kind == "news" else None
    if found.kind == "news" and consent is None:
        return
    use_language(view.language)
    sender = await message_mail.sender_of(found.event)
    await undeliverable.send(message_mail.written(found, sender, view, consent=consent), now)


@sends_at_once
async def test_message(*, message: str, account: str, language: str, now: dt.datetime) -> None:
    """Mail a message to whoever tries it out."""
    found, address = await sending.by_id(UUID(message)), await sending.own_address(UUID(account))
    if found is None or address is None:
        return
    use_language(language)
    to = Addressee("", address, language)
    await undeliverable.send(message_mail.test(found, await message_mail.sender_of(found.event), to, now=now), now)
