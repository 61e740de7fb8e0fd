"""Changing what is declared with a ticket, and the sessions it reserves; the person and the code stay."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec

from app.core.again import repeated
from app.core.db import fetch
from app.core.errors import Invalid
from app.people.persons import seal_details
from app.people.schemas import Details
from app.ticketing.life import details, sessions
from app.ticketing.life.by import By
from app.ticketing.life.details import Answering
from app.ticketing.life.edits import TicketEdit
from app.ticketing.life.limits import refuse_late
from app.ticketing.life.offering import serve
from app.ticketing.life.party import Held, Party, lock_of, move, refuse_state
from app.ticketing.life.sessions import Sessions
from app.ticketing.mails.promises import promise_ticket
from app.ticketing.registering import offers
from app.ticketing.states import NotNow

PRINTED = frozenset({"name", "reading", "organisation", "email", "sessions"})
"""Fields that the mail with the ticket shows, or that say where it goes: it is sent again when one of them changes."""

_DETAILS = Details.__struct_fields__


class _Wish(msgspec.Struct, frozen=True):
    """A change that was checked; what was not sent is as before, or None."""

    before: Details
    details: Details
    lived: str | None
    residence: str | None
    sessions: Sessions | None
    answers: Answering | None

    @property
    def fields(self) -> tuple[str, ...]:
        """What really becomes something else, by name."""
        changed = {name: getattr(self.before, name) != getattr(self.details, name) for name in _DETAILS}
        changed["residence"] = self.residence != self.lived
        changed["sessions"] = self.sessions is not None and self.sessions.now != self.sessions.wanted
        changed["answers"] = self.answers is not None and bool(self.answers.new or self.answers.gone)
        return tuple(name for name, differs in changed.items() if differs)


@repeated
async def change(*, ticket: UUID, wish: TicketEdit, by: By, now: dt.datetime) -> None:
    """Change a ticket; what is sent as it is already is no change, and leaves no trace.

    Raises `NotFound`, `NotNow`, `Invalid` with every wrong field, `SoldOut` when a session has no place left, and for
    holders `TooLate`.
    """
    party, held = await lock_of(ticket)
    refuse_state(held, "changed")
    refuse_late(party, [held], by=by, now=now)
    checked = await _checked(party, held, wish, now)
    if not checked.fields:
        return
    await _write(party, held, checked, now)
    party = await move(party, {held.id: held.state}, action="changed", by=by, now=now, fields=checked.fields)
    if held.state == "valid" and not PRINTED.isdisjoint(checked.fields):
        await promise_ticket(held.id, revision=party.ticket(held.id).revision, now=now)
    if held.state == "waiting" and "sessions" in checked.fields:
        await _look_again(party, now)


async def _look_again(party: Party, now: dt.datetime) -> None:
    """See whether there are places for what a party waits for now."""
    rows = await fetch("SELECT DISTINCT unnest(places) AS id FROM ticket WHERE registration = $1", party.id)
    await serve(quotas=[row["id"] for row in rows], now=now)


async def _checked(party: Party, held: Held, wish: TicketEdit, now: dt.datetime) -> _Wish:
    sent = {name: value for name in wish.__struct_fields__ if (value := getattr(wish, name)) is not msgspec.UNSET}
    before = await details.declared(held)
    after = await _details(party, before, sent)
    errors = await details.errors_in(party, held, after) if after != before else []
    chosen, answered = None, None
    if "sessions" in sent or "answers" in sent:
        found = await offers.offer(party.slug, now=now)
        if "sessions" in sent:
            has = await sessions.reserved(held.id)
            errors += sessions.errors_in(held, has, sent["sessions"], found, now)
            chosen = Sessions(has, frozenset(sent["sessions"]))
        if "answers" in sent:
            answered = await details.answering(held, sent["answers"], found, anew=False)
            errors += answered.errors
    if errors:
        raise Invalid(errors)
    return _Wish(before, after, held.residence, sent.get("residence", held.residence), chosen, answered)


async def _details(party: Party, before: Details, sent: dict[str, Any]) -> Details:
    """Return the details with what was sent; whoever gives no address of their own gets mail where the party does."""
    known = {name: value for name, value in sent.items() if name in _DETAILS}
    if "name" in known:
        known["name"] = known["name"].strip()
    if known.get("email") == "":
        known["email"] = await details.address_of(party)
    return msgspec.structs.replace(before, **known)


async def _write(party: Party, held: Held, wish: _Wish, now: dt.datetime) -> None:
    """Write a checked change. Places come first: quotas are locked before persons."""
    if held.key is None:
        raise NotNow
    if "sessions" in wish.fields and wish.sessions:
        found = await offers.offer(party.slug, now=now)
        await sessions.reserve(held, wish.sessions, found, now=now)
    sealed = seal_details(held.key, wish.details)
    await fetch("UPDATE ticket SET sealed = $2, has_needs = $3 WHERE id = $1", held.id, sealed, wish.details.has_needs)
    if "residence" in wish.fields and wish.residence:
        await details.declare_residence(party, held, wish.residence, now=now)
    if "answers" in wish.fields and wish.answers:
        await details.answer(held.id, held.key, wish.answers, now=now)
