"""Registering a party: all or nothing, once per key. What waits at the same moment is written together."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import idempotency
from app.core.db import DB
from app.core.errors import FieldError, Invalid, TooManyRequests
from app.core.groups import Collector
from app.core.i18n import LANGUAGES, language, match
from app.core.i18n import gettext as _
from app.people import persons
from app.people.schemas import Declared, Details
from app.ticketing.errors import OfferChanged
from app.ticketing.registering import entries, holds, offers, redeeming
from app.ticketing.registering.asked import asked, settled
from app.ticketing.registering.entries import Draft, Entry, Outcome
from app.ticketing.registering.redeeming import Redeemable
from app.ticketing.schemas import Offer, PartyMember, RegistrationOut, RegistrationRequest, tax_in
from app.ticketing.states import admitted, status_of
from app.ticketing.tickets import code_of, manage_url, new_serial, ticket_out

LOST = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)
"""Ways to lose against another transaction: of two requests that add the same person at once, one runs again and finds
the person; a row that was not to be had within `lock_timeout` is waited for once more, then the caller is told to come
back (503)."""
OUTDATED = (OfferChanged, asyncpg.ForeignKeyViolationError)
"""How a transaction ends that rests on an old offer: something of it is another now, or was removed."""
TRIES = 3
"""How often a registration is tried that has lost, or that rests on an offer changed since it was read."""
MOST_IN_A_GROUP = 64

_collector = Collector(entries.write, most=MOST_IN_A_GROUP)


async def register(*, convention: str, request: RegistrationRequest, key: str | None, now: dt.datetime) -> bytes:
    """Register a party and return the answer as JSON bytes; the same key gives the same bytes again.

    Raises `BadRequest` without a key, `KeyReused`, `KeyInProgress`, `NotFound`, `Invalid` with every wrong field, and
    `SoldOut` when any quota touched lacks places, or `TooManyRequests`: then nothing was taken. With
    `join_waiting_list` a party that finds no places waits for them, unless there could never be enough.
    """
    key = idempotency.check_key(key)
    for last_try in (*[False] * (TRIES - 1), True):
        found = await offers.offer(convention, now=now)
        offers.check_wish(request, found, now)
        entry = _entry(found, request, await _redeemed(found, request, now), key=key, now=now)
        try:
            return _answered(await _written(entry), entry)
        except (*LOST, *OUTDATED) as error:
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
    if outcome.spent:
        raise Invalid(_spent(entry, outcome.spent))
    raise offers.sold_out(entry.found, entry.wanted, outcome.full)


def _spent(entry: Entry, vouchers: Sequence[UUID]) -> list[FieldError]:
    words = _("This voucher has been used up.")
    places = [n for n, draft in enumerate(entry.drafts) if draft.voucher in vouchers]
    return [FieldError(f"party[{n}].voucher", "spent", words) for n in places]


async def _redeemed(found: Offer, request: RegistrationRequest, now: dt.datetime) -> dict[int, Redeemable]:
    """Return the voucher of each member of the party who gave one, or raise `Invalid` naming those that are no good."""
    typed = {n: m.voucher for n, m in enumerate(request.party) if m.voucher}
    if not typed:
        return {}
    known = await redeeming.find(convention=found.convention, codes=set(typed.values()), now=now)
    good = {
        n: known[code]
        for n, code in typed.items()
        if code in known and known[code].opens(found.types[request.party[n].ticket_type])
    }
    if len(good) < len(typed):
        words = _("This voucher code is not good for this ticket. Please check how it is written.")
        raise Invalid([FieldError(f"party[{n}].voucher", "voucher", words) for n in typed if n not in good])
    return good


def _entry(
    found: Offer, request: RegistrationRequest, vouchers: Mapping[int, Redeemable], *, key: str, now: dt.datetime
) -> Entry:
    registration, party = uuid4(), declared(request)
    drafts = [
        _draft(found, member, person.details, vouchers.get(n))
        for n, (member, person) in enumerate(zip(request.party, party, strict=True))
    ]
    _check_payment(found, request, drafts)
    return Entry(
        id=registration,
        found=found,
        request=request,
        language=match(request.language) or (language() if language() in LANGUAGES else "en"),
        now=now,
        people=party,
        drafts=drafts,
        wanted=Counter(quota for draft in drafts for quota in draft.places),
        addresses=frozenset(persons.address_key(person.details.email) for person in party),
        claim=idempotency.claim_of(
            scope=f"registration:{found.slug}",
            key=key,
            request=msgspec.json.encode(request),
            answer=msgspec.json.encode(_answer(registration, drafts, [d.state for d in drafts])),
        ),
        hold=holds.hold_of(request.hold),
        waiting=msgspec.json.encode(_answer(registration, drafts, ["waiting"] * len(drafts)))
        if request.join_waiting_list
        else None,
    )


def _draft(found: Offer, member: PartyMember, details: Details, voucher: Redeemable | None) -> Draft:
    offered, serial = found.types[member.ticket_type], new_serial()
    price = offered.price if voucher is None or voucher.price is None else min(offered.price, voucher.price)
    return Draft(
        id=uuid4(),
        serial=serial,
        code=code_of(scope=found.number, product=offered.number, serial=serial, kid=found.kid),
        offered=offered,
        details=details,
        places=offers.places_of(offered, member.sessions, found),
        state=admitted(admission=offered.admission, price=price),
        price=price,
        tax=tax_in(price, offered.tax_percent),
        voucher=voucher.id if voucher else None,
        answers=settled(asked(found, offered), member.answers),
    )


def _check_payment(found: Offer, request: RegistrationRequest, drafts: Sequence[Draft]) -> None:
    """Raise `Invalid` when something is to be paid and it is not said how, in a way that every payee offers."""
    ways = offers.ways_to_pay(found, {d.offered.organiser for d in drafts if d.price})
    if not any(d.price for d in drafts) or request.payment in ways or (not request.payment and len(ways) == 1):
        return
    words = (
        _("Please choose how to pay.") if ways else _("These tickets cannot be paid together. Please register twice.")
    )
    raise Invalid([FieldError("payment", "choice" if ways else "together", words)])


def _answer(registration: UUID, drafts: Sequence[Draft], states: Sequence[str]) -> RegistrationOut:
    return RegistrationOut(
        id=registration,
        status=status_of(states),
        manage_url=manage_url(registration),
        tickets=[
            ticket_out(
                ticket=d.id,
                serial=d.serial,
                code=d.code,
                ticket_type=d.offered.slug,
                name=d.details.name,
                state=state,
            )
            for d, state in zip(drafts, states, strict=True)
        ],
    )


def declared(request: RegistrationRequest) -> list[Declared]:
    """Return the persons of a party; equal names under one address are different people."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for member in request.party:
        email = member.email or request.email
        who = (persons.normal_address(email), persons.name_key(member.name))
        found.append(Declared(details=_details(member, email), residence=member.residence, twin=seen[who]))
        seen[who] += 1
    return found


def _details(member: PartyMember, email: str) -> Details:
    return Details(
        name=member.name.strip(),
        email=email,
        reading=member.reading,
        organisation=member.organisation,
        child=member.child,
        needs=tuple(dict.fromkeys(member.needs)),
        needs_note=member.needs_note,
        languages=member.languages,
    )
