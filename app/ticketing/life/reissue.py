"""A new code for a ticket whose phone or paper was lost."""

import datetime as dt
from uuid import UUID

from app.core.again import repeated
from app.ticketing.life import codes
from app.ticketing.life.by import By
from app.ticketing.life.party import lock_of, move, refuse_state
from app.ticketing.mails.promises import promise_ticket


@repeated
async def reissue(*, ticket: UUID, by: By, now: dt.datetime) -> None:
    """Give a ticket a new code and mail it; the old one opens nothing any more. Holders may always do this.

    Raises `NotFound`, `NotNow`, and `LastCode` when it has had all there are.
    """
    party, held = await lock_of(ticket)
    refuse_state(held, "reissued")
    await codes.renew(party, held, now=now)
    party = await move(party, {held.id: held.state}, action="reissued", by=by, now=now)
    if held.state == "valid":
        await promise_ticket(held.id, revision=party.ticket(held.id).revision, now=now)
