"""Canceling tickets: their places go to those who wait, what was paid goes back, the gate hears of it at once."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from app.core.again import repeated
from app.core.db import fetch
from app.ticketing.life import places
from app.ticketing.life.by import By
from app.ticketing.life.limits import refuse_late, refuse_used
from app.ticketing.life.offering import serve
from app.ticketing.life.party import Held, Party, live, lock, move, refuse_state
from app.ticketing.mails.promises import promise
from app.ticketing.payments import settle
from app.ticketing.registering import redeeming
from app.ticketing.states import Action


@repeated
async def cancel(
    *,
    registration: UUID,
    tickets: Sequence[UUID] | None = None,
    by: By,
    now: dt.datetime,
    action: Action = "canceled",
    told: bool = True,
) -> None:
    """Cancel tickets of a registration, without a choice all of them; those canceled before stay so.

    `action` says in the history why they end; mails about other endings than `canceled` are their callers', and
    nobody is mailed unless `told`. Raises `NotFound`, `NotNow`, and for holders `TooLate` and `AlreadyUsed`.
    """
    party = await lock(registration)
    ending = live(party.chosen(tickets))
    if not ending:
        return
    for ticket in ending:
        refuse_state(ticket, action)
    refuse_late(party, ending, by=by, now=now)
    await refuse_used(ending, by=by)
    party = await end(party, ending, action=action, by=by, now=now)
    if told and action == "canceled":
        await _tell(party, ending, now)


async def end(party: Party, ending: Sequence[Held], *, action: Action, by: By, now: dt.datetime) -> Party:
    """Bring tickets of a locked party to their end and give back whatever they took; return the party as it is then."""
    ids = [ticket.id for ticket in ending]
    party = await move(party, dict.fromkeys(ids, "canceled"), action=action, by=by, now=now)
    await fetch("DELETE FROM reservation WHERE ticket = ANY($1::uuid[])", ids)
    freed = places.counted([ticket.places for ticket in ending if ticket.holds])
    if freed:
        await places.give_back(freed, now=now)
    still = {quota for ticket in party.tickets if ticket.state == "waiting" for quota in ticket.places}
    if still:  # a smaller party may fit where the larger one did not
        await serve(quotas=sorted(still), now=now)
    await redeeming.give_back(ids)
    await settle.follow_cancel(party.id, now=now)
    return party


async def _tell(party: Party, ended: Sequence[Held], now: dt.datetime) -> None:
    """One mail when nothing is left, else one for each ticket."""
    if party.status == "canceled":
        await promise("canceled", registration=party.id, stamp=str(party.revision), now=now)
        return
    for ticket in ended:
        await promise("canceled", registration=party.id, ticket=ticket.id, now=now)
