"""Approving who asked for a ticket, or not."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from app.core.again import repeated
from app.ticketing.life.admission import admit
from app.ticketing.life.by import By
from app.ticketing.life.cancel import end
from app.ticketing.life.party import Held, Party, lock, refuse_state
from app.ticketing.mails.promises import promise
from app.ticketing.states import Action


@repeated
async def approve(*, registration: UUID, tickets: Sequence[UUID] | None = None, by: By, now: dt.datetime) -> None:
    """Approve tickets of a registration, without a choice all that wait for it; again does no harm.

    Raises `NotFound`, and `NotNow` for a chosen ticket that does not wait for approval and was not approved either.
    """
    party = await lock(registration)
    if asked := _asked(party, tickets, "approved", done={"unpaid", "valid"}):
        await admit(party, asked, action="approved", by=by, approved=True, now=now)


@repeated
async def refuse(*, registration: UUID, tickets: Sequence[UUID] | None = None, by: By, now: dt.datetime) -> None:
    """Refuse tickets of a registration, without a choice all that wait to be approved; their places go to others.

    Raises like `approve`.
    """
    party = await lock(registration)
    if asked := _asked(party, tickets, "refused", done={"canceled"}):
        party = await end(party, asked, action="refused", by=by, now=now)
        await promise("refused", registration=party.id, stamp=str(party.revision), now=now)


def _asked(party: Party, tickets: Sequence[UUID] | None, action: Action, *, done: set[str]) -> list[Held]:
    """Return the tickets to decide on: a chosen one for which it is done already is left out."""
    if tickets is None:
        return [ticket for ticket in party.tickets if ticket.state == "unapproved"]
    asked = [ticket for ticket in party.chosen(tickets) if ticket.state not in done]
    for ticket in asked:
        refuse_state(ticket, action)
    return asked
