"""What happens to payments by themselves: a reminder while there is time, and the end when there is none left."""

import datetime as dt
from uuid import UUID

import msgspec

from app.core import jobs
from app.core.again import repeated
from app.core.db import fetch, fetch_one, transaction
from app.core.jobs import task
from app.ticketing.life.by import SYSTEM
from app.ticketing.life.cancel import cancel
from app.ticketing.mails.promises import promise
from app.ticketing.payments import due, settle
from app.ticketing.payments.amounts import Line

AT_ONCE = 200
"""Overdue payments that one sweep promises to end."""


@task
async def remind_payment(*, payment: str, now: dt.datetime) -> None:
    """Remind a payer once; nothing when it was paid, or is over."""
    row = await fetch_one(
        "UPDATE payment SET reminded_at = $2 WHERE id = $1 AND state = 'due' AND due_at > $2 AND reminded_at IS NULL"
        " AND received = 0 RETURNING registration, amount",
        UUID(payment),
        now,
    )
    if row is not None:
        stamp = due.stamp(UUID(payment), row["amount"])
        await promise("payment_reminder", registration=row["registration"], stamp=stamp, now=now)


@task
async def lapse_payment(*, payment: str, now: dt.datetime) -> None:
    """End what was not paid in time."""
    await lapse(UUID(payment), now=now)


@repeated
async def lapse(payment: UUID, *, now: dt.datetime) -> bool:
    """Cancel the tickets of a payment that is overdue, and return whether it was; a part that came is to go back.

    The lock makes this or a confirmation come first, and the other find the payment settled.
    """
    row, party = await settle.lock(payment)
    if row["state"] != "due" or row["due_at"] > now:
        return False
    await fetch_one(
        "UPDATE payment SET state = $2, refund = received WHERE id = $1",
        payment,
        "refund_due" if row["received"] else "lapsed",
    )
    unpaid = {line.ticket for line in msgspec.json.decode(row["lines"], type=list[Line])}
    for state, action in (("unpaid", "lapsed"), ("blocked", "canceled")):
        tickets = [t.id for t in party.tickets if t.id in unpaid and t.state == state]
        if tickets:
            await cancel(registration=party.id, tickets=tickets, by=SYSTEM, now=now, action=action, told=False)  # type: ignore[arg-type]
    await due.keep_in_step(party.id)
    await promise("payment_lapsed", registration=party.id, stamp=due.stamp(payment), now=now)
    return True


_OVERDUE = "SELECT id FROM payment WHERE state = 'due' AND due_at <= $1 ORDER BY due_at LIMIT $2"


async def sweep(*, now: dt.datetime) -> int:
    """Promise the end of overdue payments whose own job was given up, and return how many are overdue."""
    rows = await fetch(_OVERDUE, now - dt.timedelta(hours=1), AT_ONCE)
    async with transaction():
        for row in rows:
            key = f"lapse-again:{row['id']}:{now.date()}"
            await jobs.defer("ticketing.lapse_payment", key=key, now=now, payment=str(row["id"]))
    return len(rows)
