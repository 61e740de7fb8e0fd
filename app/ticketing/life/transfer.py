"""Passing a ticket on to somebody else: a person of their own, with their own details, and a code of their own."""

import datetime as dt
from uuid import UUID

from app.core.again import repeated
from app.core.db import fetch
from app.core.errors import Invalid
from app.people import persons
from app.people.persons import name_key, normal_address, seal_details
from app.people.schemas import Declared, Details
from app.ticketing.life import codes, details
from app.ticketing.life.by import By
from app.ticketing.life.edits import NewHolder
from app.ticketing.life.limits import refuse_late, refuse_used
from app.ticketing.life.party import Held, Party, live, lock_of, move, refuse_state
from app.ticketing.mails.promises import promise, promise_ticket
from app.ticketing.registering import offers
from app.ticketing.states import NotNow

_GIVE = "UPDATE ticket SET person = $2, residence = $3, sealed = $4, has_needs = $5 WHERE id = $1"


@repeated
async def transfer(*, ticket: UUID, to: NewHolder, by: By, now: dt.datetime) -> None:
    """Pass a ticket on. The code before opens nothing from now on, and what its holder answered is deleted.

    Places and reserved sessions go with the ticket. Raises `NotFound`, `NotNow`, `LastCode`, `Invalid` with every wrong
    field, and for holders `TooLate` and `AlreadyUsed`.
    """
    party, held = await lock_of(ticket)
    refuse_state(held, "transferred")
    refuse_late(party, [held], by=by, now=now)
    await refuse_used([held], by=by)
    new = await _declared(party, held, to)
    found = await offers.offer(party.slug, now=now)
    answering = await details.answering(held, to.answers, found, anew=True)
    errors = await details.errors_in(party, held, new.details) + answering.errors
    if errors:
        raise Invalid(errors)
    key = await _give(party, held, new, now)
    await details.answer(held.id, key, answering, now=now)
    await codes.renew(party, held, now=now)
    party = await move(party, {held.id: held.state}, action="transferred", by=by, now=now)
    await _tell(party, held, now)


async def _declared(party: Party, held: Held, to: NewHolder) -> Declared:
    new = Details(
        name=to.name.strip(),
        email=to.email or await details.address_of(party),
        reading=to.reading,
        organisation=to.organisation,
        child=to.child,
        needs=to.needs,
        needs_note=to.needs_note,
        languages=to.languages,
    )
    return Declared(details=new, residence=to.residence, twin=await _twins(party, held, new))


async def _twins(party: Party, held: Held, new: Details) -> int:
    """Count the others of the party with this name and address: they are different people."""
    others = [await details.declared(one) for one in live(party.tickets) if one.id != held.id and one.key]
    wanted = name_key(new.name), normal_address(new.email)
    return sum((name_key(other.name), normal_address(other.email)) == wanted for other in others)


async def _give(party: Party, held: Held, new: Declared, now: dt.datetime) -> bytes:
    """Write the person who holds the ticket from now on, and return that person's key."""
    [person] = await persons.enrol([new], now=now)
    if person.key is None:
        raise NotNow
    sealed = seal_details(person.key, new.details)
    await fetch(_GIVE, held.id, person.id, new.residence, sealed, new.details.has_needs)
    if person.moved:
        await details.promise_move(party, held, person.id, now=now)
    return person.key


async def _tell(party: Party, held: Held, now: dt.datetime) -> None:
    """Tell the holder before that the ticket is gone, and bring it to the one after when it opens something."""
    revision = party.ticket(held.id).revision
    await promise("passed_on", registration=party.id, ticket=held.id, stamp=str(revision), now=now)
    if held.state == "valid":
        await promise_ticket(held.id, revision=revision, now=now)
