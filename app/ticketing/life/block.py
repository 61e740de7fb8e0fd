"""Blocking a ticket, and letting it open gates again. It keeps its places meanwhile."""

import datetime as dt
from uuid import UUID

from app.core.again import repeated
from app.core.db import fetch_one
from app.ticketing.life.by import By
from app.ticketing.life.party import Held, Party, lock_of, move
from app.ticketing.mails.promises import promise, promise_ticket
from app.ticketing.payments import due
from app.ticketing.states import State


@repeated
async def block(*, ticket: UUID, by: By, now: dt.datetime) -> None:
    """Let a ticket open nothing until further notice; again does no harm. Raises `NotFound`, `NotNow`."""
    party, held = await lock_of(ticket)
    if held.state == "blocked":
        return
    party = await move(party, {held.id: "blocked"}, action="blocked", by=by, now=now)
    await promise("blocked", registration=party.id, ticket=held.id, stamp=str(party.revision), now=now)


@repeated
async def unblock(*, ticket: UUID, by: By, now: dt.datetime) -> None:
    """Let a blocked ticket be again what it was; again does no harm. Raises `NotFound`, `NotNow`."""
    party, held = await lock_of(ticket)
    if held.state in {"unpaid", "valid"}:
        return
    state = await _before(party, held)
    party = await move(party, {held.id: state}, action="unblocked", by=by, now=now)
    if state == "unpaid":
        await due.keep_in_step(party.id)
    else:
        await promise_ticket(held.id, revision=party.ticket(held.id).revision, now=now)


_DUE = """
SELECT 1 FROM payment WHERE registration = $1 AND organiser IS NOT DISTINCT FROM $2 AND state = 'due'
    AND lines @> jsonb_build_array(jsonb_build_object('ticket', $3::uuid))
"""


async def _before(party: Party, ticket: Held) -> State:
    """Return `unpaid` while a payment for the ticket is still due, else `valid`."""
    return "unpaid" if await fetch_one(_DUE, party.id, ticket.organiser, ticket.id) else "valid"
