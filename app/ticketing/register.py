"""Registering a party: all or nothing, once per key. What waits at the same moment is written together."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import idempotency
from app.core.db import DB
from app.core.errors import TooManyRequests
from app.core.groups import Collector
from app.core.i18n import LANGUAGES, language, match, text
from app.core.i18n import gettext as _
from app.people import persons
from app.people.schemas import Declared, Details
from app.ticketing import entries, offers
from app.ticketing.entries import Draft, Entry, Outcome
from app.ticketing.errors import OfferChanged, SoldOut
from app.ticketing.schemas import Offer, RegistrationOut, RegistrationRequest
from app.ticketing.tickets import code_of, manage_url, new_serial, ticket_out

TRIES = 3
"""Two requests that add the same person at once cannot both: the loser runs again and finds the person.

So does one whose offer was changed since it was read, with the offer as it is now.
"""
OUTDATED = (OfferChanged, asyncpg.ForeignKeyViolationError)
"""How a transaction ends that rests on an old offer: something of it is another now, or was removed."""
MOST_IN_A_GROUP = 64

_collector = Collector(entries.write, most=MOST_IN_A_GROUP)


async def register(*, convention: str, request: RegistrationRequest, key: str | None, now: dt.datetime) -> bytes:
    """Register a party and return the answer as JSON bytes; the same key gives the same bytes again.

    Raises `BadRequest` without a key, `KeyReused`, `KeyInProgress`, `NotFound`, `Invalid` with every wrong field, and
    `SoldOut` when any quota touched lacks places, or `TooManyRequests`: then nothing was taken.
    """
    key = idempotency.check_key(key)
    for last_try in (*[False] * (TRIES - 1), True):
        found = await offers.offer(convention, now=now)
        offers.check_wish(request, found, now)
        entry = _entry(found, request, key=key, now=now)
        try:
            return _answered(await _written(entry), entry)
        except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, *OUTDATED) as error:
            if last_try:
                raise
            if isinstance(error, OUTDATED):
                offers.forget()
    raise AssertionError  # the loop returns or raises


async def _written(entry: Entry) -> Outcome:
    """Hand the entry to the writer of this process; inside a transaction of the caller it is written there."""
    inside = DB.current_transaction.get() is not None
    [outcome] = await (entries.write([entry]) if inside else _collector.ask([entry]))
    return outcome


def _answered(outcome: Outcome, entry: Entry) -> bytes:
    """Return the answer, or raise what was refused, in the words of whoever asked."""
    if outcome.answer is not None:
        return outcome.answer
    if outcome.wait:
        raise TooManyRequests(
            _("Many tickets were sent to this address just now. Please wait some minutes, then send this again."),
            retry_after=-(-outcome.wait // dt.timedelta(seconds=1)),
        )
    full = [entry.found.quotas[quota] for quota in outcome.full]
    raise SoldOut(
        _("Not enough places are left of: %(names)s. Nothing was taken.", names=", ".join(text(q.name) for q in full)),
        full=[{"quota": q.slug, "name": text(q.name), "wanted": entry.wanted[q.id]} for q in full],
    )


def _entry(found: Offer, request: RegistrationRequest, *, key: str, now: dt.datetime) -> Entry:
    registration, party = uuid4(), declared(request)
    drafts = [_draft(found, m.ticket_type, p.details) for m, p in zip(request.party, party, strict=True)]
    return Entry(
        id=registration,
        found=found,
        request=request,
        language=match(request.language) or (language() if language() in LANGUAGES else "en"),
        now=now,
        people=party,
        drafts=drafts,
        wanted=offers.places_wanted(request, found),
        address=persons.address_key(request.email),
        claim=idempotency.claim_of(
            scope=f"registration:{found.slug}",
            key=key,
            request=msgspec.json.encode(request),
            answer=msgspec.json.encode(_answer(registration, drafts)),
        ),
    )


def _draft(found: Offer, slug: str, details: Details) -> Draft:
    offered, serial = found.types[slug], new_serial()
    return Draft(uuid4(), serial, code_of(scope=found.number, product=offered.number, serial=serial), offered, details)


def _answer(registration: UUID, drafts: Sequence[Draft]) -> RegistrationOut:
    return RegistrationOut(
        id=registration,
        status="confirmed",
        manage_url=manage_url(registration),
        tickets=[
            ticket_out(
                ticket=d.id,
                serial=d.serial,
                code=d.code,
                ticket_type=d.offered.slug,
                name=d.details.name,
                state="valid",
            )
            for d in drafts
        ],
    )


def declared(request: RegistrationRequest) -> list[Declared]:
    """Return the persons of a party; equal names in one party are different people."""
    seen: Counter[str] = Counter()
    found = []
    for member in request.party:
        name = persons.name_key(member.name)
        details = Details(
            name=member.name.strip(), email=request.email, reading=member.reading, organisation=member.organisation
        )
        found.append(Declared(details=details, residence=member.residence, twin=seen[name]))
        seen[name] += 1
    return found
