"""What is declared with a ticket: read, checked and written again when it changes."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core import jobs
from app.core.db import fetch, fetch_one
from app.core.errors import FieldError
from app.core.i18n import gettext as _
from app.core.mail import is_mailable
from app.people.persons import details_of, open_details
from app.people.schemas import Details
from app.ticketing.life.party import Held, Party, live
from app.ticketing.registering import answers, uploads
from app.ticketing.registering.answers import Given
from app.ticketing.registering.asked import answer_errors, asked, settled
from app.ticketing.schemas import Offer
from app.ticketing.states import NotNow


async def declared(ticket: Held) -> Details:
    """Return what is declared with a locked ticket, else with its person; raises `NotNow` for somebody erased."""
    if ticket.key and ticket.sealed:
        return open_details(ticket.key, ticket.sealed)
    found = await details_of([ticket.person])
    if ticket.person not in found:
        raise NotNow
    return found[ticket.person]


async def address_of(party: Party) -> str:
    """Return the address of whoever registered, "" of somebody erased."""
    found = await details_of([party.person])
    return found[party.person].email if party.person in found else ""


async def errors_in(party: Party, ticket: Held, details: Details) -> list[FieldError]:
    """List what is wrong with details beyond their form."""
    errors = []
    if not details.email:
        errors.append(FieldError("email", "required", _("This is needed.")))
    elif not is_mailable(details.email):
        words = _("No mail can be sent to this address. Please check how it is written.")
        errors.append(FieldError("email", "format", words))
    if details.child and not await _has_adult(party, ticket):
        words = _("A child comes with an adult: please add one to the party.")
        errors.append(FieldError("child", "adult", words))
    return errors


async def _has_adult(party: Party, ticket: Held) -> bool:
    others = [one for one in live(party.tickets) if one.id != ticket.id]
    return any([not (await declared(one)).child for one in others if one.key])


class Answering(msgspec.Struct, frozen=True):
    """Answers that were checked: what is `new` by question, which questions keep an answer, and which lose theirs."""

    new: Mapping[UUID, Any]
    kept: frozenset[UUID]
    gone: frozenset[UUID]
    errors: list[FieldError]


async def answering(ticket: Held, given: Mapping[str, Any], found: Offer, *, anew: bool) -> Answering:
    """Check answers against the questions put to a ticket's type; those not given stay, unless asked `anew`."""
    wanted = found.types.get(ticket.slug)
    questions = asked(found, wanted) if wanted else []
    before = {} if anew else (await answers.of([ticket.id])).get(ticket.id, {})
    known = {q.slug: before[q.id] for q in questions if q.id in before}
    merged = {**known, **given}
    kept = settled(questions, merged)
    staying = frozenset(kept) | (before.keys() - {q.id for q in questions})
    return Answering(
        new={question: value for question, value in kept.items() if before.get(question) != value},
        kept=staying,
        gone=frozenset(before) - staying,
        errors=[
            msgspec.structs.replace(e, field=e.field.removeprefix(".")) for e in answer_errors("", questions, merged)
        ],
    )


async def answer(ticket: UUID, key: bytes, what: Answering, *, now: dt.datetime) -> None:
    """Write checked answers of a ticket, sealed with its person's key, and delete those that are not kept."""
    await answers.forget([ticket], but=what.kept)
    given = [Given(ticket=ticket, question=question, key=key, value=value) for question, value in what.new.items()]
    if given:
        await answers.write(given, now=now)
        await uploads.adopt(given)


_MOVED = """
UPDATE person SET residence = $2 WHERE id = $1 AND residence IS DISTINCT FROM $2 RETURNING id
"""


async def declare_residence(party: Party, ticket: Held, residence: str, *, now: dt.datetime) -> None:
    """Write where the holder of a ticket says to live, and let the ledger know when that is new of the person."""
    await fetch("UPDATE ticket SET residence = $2 WHERE id = $1", ticket.id, residence)
    if await fetch_one(_MOVED, ticket.person, residence):
        await promise_move(party, ticket, ticket.person, now=now)


async def promise_move(party: Party, ticket: Held, person: UUID, *, now: dt.datetime) -> None:
    """Promise that the ledger learns of a known person's new residence, as registering does.

    The job is the ledger's own; it is named, not imported, because attendance stands above ticketing.
    """
    source = f"residence:{ticket.id.hex}:{ticket.revision + 1}"
    start = dt.datetime.combine(party.first_day, dt.time(), ZoneInfo(party.zone))
    await jobs.defer(
        "attendance.record_residence",
        key=source,
        now=now,
        person=str(person),
        scheduled_at=start.isoformat(),
        source=source,
    )
