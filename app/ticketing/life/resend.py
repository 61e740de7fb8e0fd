"""Sending a ticket once more to the address it belongs to."""

import datetime as dt

from app.core import jobs
from app.core.db import transaction
from app.ticketing.schemas import TicketView
from app.ticketing.states import NotNow

PAUSE = dt.timedelta(minutes=10)
"""Within this span the same ticket is sent again once, however often it is asked for."""


async def send_again(*, view: TicketView, now: dt.datetime) -> None:
    """Promise the mail with a valid ticket once more; raises `NotNow` for any other."""
    if view.state != "valid":
        raise NotNow
    span = str(int(now.timestamp() // PAUSE.total_seconds()))
    async with transaction():
        await jobs.defer(
            "ticketing.send_ticket",
            key=f"ticket-mail:{view.id}:again:{span}",
            now=now,
            ticket_id=str(view.id),
            revision=view.revision,
            again=span,
        )
