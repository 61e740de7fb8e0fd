"""Registering somebody at the door: a ticket with few questions, from the same places as everybody's."""

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Annotated
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from app.attendance.door.guests import DoorGate, gate_of, require_desk
from app.core import audit, idempotency
from app.core.db import transaction
from app.core.errors import FieldError, Invalid, TooManyRequests
from app.core.i18n import gettext as _
from app.core.i18n import language, match
from app.core.mail import NOWHERE, is_mailable
from app.core.settings import settings
from app.core.validation import Line, MaybeAddress, Name, Slug
from app.people import persons
from app.people.residence import CODES
from app.people.roles import Principal
from app.people.schemas import Declared, Details
from app.ticketing.errors import OfferChanged
from app.ticketing.registering import entries, offers
from app.ticketing.registering.asked import asked, settled
from app.ticketing.registering.entries import Draft, Entry, Outcome
from app.ticketing.schemas import Offer, OfferedType, PartyMember, RegistrationRequest
from app.ticketing.tickets import code_of, new_serial, page_url

if TYPE_CHECKING:
    Country = str
else:
    from typing import Literal

    Country = Literal[tuple(sorted(CODES))]

TRIES = 3
LEADING = frozenset({"lead", "admin"})
"""Who may give a ticket that has to be approved, is by invitation, or is not on sale at this moment."""
OVERTAKEN = (
    OfferChanged,
    asyncpg.ForeignKeyViolationError,
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
)


class WalkIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody at the door. `form` is drawn by the device: the same form makes one ticket, however often it is sent.

    Without an `email` nothing is mailed: the code is shown, or printed as a badge. `language` is that of the guest.
    """

    form: UUID
    name: Name
    residence: Country
    ticket_type: Slug
    email: MaybeAddress = ""
    reading: Line = ""
    language: Annotated[str, msgspec.Meta(max_length=40)] = ""


class WalkInOut(Struct, frozen=True):
    """The ticket just made; `code` is what its QR shows, `page_url` where the guest keeps it."""

    ticket: UUID
    code: str
    page_url: str
    badge_url: str


async def register(*, gate: UUID, asked_for: WalkIn, principal: Principal, now: dt.datetime) -> bytes:
    """Register somebody at a gate and return a `WalkInOut` as JSON bytes; the same form gives the same bytes.

    Raises `NotFound`, `NotADevice`, `Invalid` with every wrong field, `KeyReused` when a form comes with other
    content, `SoldOut` when places lack, `TooManyRequests` when its address has had its most.
    """
    at = await gate_of(gate, principal)
    require_desk(principal)
    for last_try in (*[False] * (TRIES - 1), True):
        found = await offers.offer(at.slug, now=now)
        offered = _offered(found, at, asked_for, principal, now)
        entry = _entry(found, offered, at, asked_for, now)
        try:
            outcome = await _written(entry, at, principal)
        except OVERTAKEN:
            if last_try:
                raise
            offers.forget()
        else:
            return _answered(outcome, entry)
    raise AssertionError  # the loop returns or raises


async def _written(entry: Entry, at: DoorGate, principal: Principal) -> Outcome:
    """Write the ticket, and down who made it, in one transaction."""
    async with transaction():
        [outcome] = await entries.write([entry])
        if outcome.answer == entry.claim.answer:
            detail = {"ticket": str(entry.drafts[0].id)}
            await audit.record(
                actor=principal.actor, action="guests.walk-in", subject=f"gate:{at.id}", now=entry.now, detail=detail
            )
    return outcome


def _answered(outcome: Outcome, entry: Entry) -> bytes:
    if outcome.answer is not None:
        return outcome.answer
    if outcome.wait:
        raise TooManyRequests(
            _("Many tickets were sent to this address just now. Please leave the address out, or wait some minutes."),
            retry_after=-(-outcome.wait // dt.timedelta(seconds=1)),
        )
    raise offers.sold_out(entry.found, entry.wanted, outcome.full)


def _offered(found: Offer, at: DoorGate, asked_for: WalkIn, principal: Principal, now: dt.datetime) -> OfferedType:
    """Return the ticket type to be given, or raise `Invalid` with everything that is wrong."""
    errors = _address_errors(asked_for.email)
    offered = found.types.get(asked_for.ticket_type)
    error = _no_such() if offered is None else _refusal(offered, found, at, principal, now)
    if error:
        raise Invalid([*errors, error])
    if errors:
        raise Invalid(errors)
    assert offered is not None  # noqa: S101  # or there is an error
    return offered


def _address_errors(email: str) -> list[FieldError]:
    if not email or is_mailable(email):
        return []
    return [FieldError("email", "format", _("No mail can be sent to this address. Please check how it is written."))]


def _no_such() -> FieldError:
    return FieldError("ticket_type", "choice", _("There is no such ticket type."))


def _refusal(
    offered: OfferedType, found: Offer, at: DoorGate, principal: Principal, now: dt.datetime
) -> FieldError | None:
    """Return why no ticket of this type is given here: it has to open this door, and be had for nothing."""
    if at.event not in offered.events or offered.organiser not in {None, at.organiser} or offered.mode == "online":
        return FieldError("ticket_type", "not_covered", _("This ticket does not open this gate."))
    if offered.price:
        return FieldError("ticket_type", "price", _("This ticket has a price. Please have it bought on the web page."))
    if principal.role in LEADING:
        return None
    closed = offers.closed_because(offered, found, now)
    if closed is not None:
        return FieldError("ticket_type", closed.code, closed.detail)
    if offered.admission != "open" or not offered.public:
        return FieldError("ticket_type", "lead", _("Only a lead gives out this ticket. Please call one."))
    return None


def _entry(found: Offer, offered: OfferedType, at: DoorGate, asked_for: WalkIn, now: dt.datetime) -> Entry:
    """Return the registration to be written. Nobody is asked to agree at the door, so no consent is written."""
    email = asked_for.email or f"{asked_for.form.hex}@{NOWHERE}"
    details = Details(name=asked_for.name.strip(), email=email, reading=asked_for.reading)
    draft = _draft(found, offered, details)
    return Entry(
        id=uuid4(),
        found=found,
        request=_request(asked_for, email),
        language=match(asked_for.language) or language(),
        now=now,
        people=[Declared(details=details, residence=asked_for.residence)],
        drafts=[draft],
        wanted=Counter(draft.places),
        addresses=frozenset({persons.address_key(email)}),
        claim=idempotency.claim_of(
            scope=f"walk-in:{at.id}",
            key=str(asked_for.form),
            request=msgspec.json.encode(asked_for),
            answer=msgspec.json.encode(_answer(draft, at)),
        ),
        quiet=not asked_for.email,
    )


def _request(asked_for: WalkIn, email: str) -> RegistrationRequest:
    member = PartyMember(
        name=asked_for.name,
        residence=asked_for.residence,
        ticket_type=asked_for.ticket_type,
        reading=asked_for.reading,
    )
    return RegistrationRequest(email=email, consents=[], party=[member], language=asked_for.language)


def _draft(found: Offer, offered: OfferedType, details: Details) -> Draft:
    serial = new_serial()
    return Draft(
        id=uuid4(),
        serial=serial,
        code=code_of(scope=found.number, product=offered.number, serial=serial),
        offered=offered,
        details=details,
        places=offers.places_of(offered, (), found),
        answers=settled(asked(found, offered), {}),
    )


def _answer(draft: Draft, at: DoorGate) -> WalkInOut:
    return WalkInOut(
        ticket=draft.id,
        code=draft.code,
        page_url=page_url(draft.id),
        badge_url=f"{settings().base_url}/api/v1/gates/{at.id}/guests/{draft.id}/badge",
    )
