"""What comes next for tickets that have their places: to be approved, to be paid, or the code itself."""

import datetime as dt
from collections.abc import Sequence

from app.ticketing.life.by import By
from app.ticketing.life.party import Held, Party, move
from app.ticketing.mails.promises import promise, promise_ticket
from app.ticketing.payments import due
from app.ticketing.states import Action, admitted


async def admit(
    party: Party,
    tickets: Sequence[Held],
    *,
    action: Action,
    by: By,
    now: dt.datetime,
    approved: bool = False,
    payment: str = "",
) -> Party:
    """Bring tickets of a locked party as far as price and admission allow, and tell their holder what comes next.

    `payment` is the way to pay that was wished for, where something is to be paid.
    """
    to = {t.id: admitted(admission=t.admission, price=t.price, approved=approved) for t in tickets}
    party = await move(party, to, action=action, by=by, now=now)
    if "unpaid" in to.values():
        await due.open_for(party.id, provider=payment, now=now)
    if "unapproved" in to.values():
        await promise("pending", registration=party.id, stamp=str(party.revision), now=now)
    for ticket in party.tickets:
        if to.get(ticket.id) == "valid":
            await promise_ticket(ticket.id, revision=ticket.revision, now=now)
    return party
