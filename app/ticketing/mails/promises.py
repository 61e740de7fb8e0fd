"""Promising mails in the transaction that causes them; `app.ticketing.tasks` keeps the promises."""

import datetime as dt
from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from app.core import jobs

Purpose = Literal[
    "waiting",
    "offered",
    "offer_lapsed",
    "pending",
    "refused",
    "payment_due",
    "payment_reminder",
    "payment_lapsed",
    "refund",
    "canceled",
    "passed_on",
    "blocked",
]
"""Mails about a registration or ticket, beside the ticket itself (`promise_ticket`)."""


async def promise_ticket(
    ticket: UUID, *, revision: int, now: dt.datetime, due: dt.datetime | None = None, again: str = ""
) -> None:
    """Promise the mail that brings a ticket as it is after change number `revision`; the first comes with registering.

    One mail for each revision, however often promised; whoever wishes for it once more names the wish by `again`.
    """
    await jobs.defer(
        "ticketing.send_ticket",
        key=f"ticket-mail:{ticket}:{revision}" + (f":{again}" if again else ""),
        now=now,
        due=due,
        ticket_id=str(ticket),
        revision=revision,
        again=again,
    )


async def promise(
    purpose: Purpose, *, registration: UUID, ticket: UUID | None = None, stamp: str = "", now: dt.datetime
) -> None:
    """Promise one mail: however often promised, it is one for the same purpose, rows and `stamp`, such as a revision.

    Without a `ticket` it goes to whoever registered; `canceled` then also to those of the party with an own address.
    """
    key, payload = _note(purpose, registration, ticket, stamp)
    await jobs.defer_each("ticketing.send_note", {key: payload}, now=now)


async def promise_each(purpose: Purpose, *, registrations: Iterable[UUID], now: dt.datetime) -> None:
    """Promise one mail about each of these registrations; one statement."""
    notes = dict(_note(purpose, registration, None, "") for registration in registrations)
    await jobs.defer_each("ticketing.send_note", notes, now=now)


def _note(purpose: Purpose, registration: UUID, ticket: UUID | None, stamp: str) -> tuple[str, dict[str, str]]:
    """Return the key of the promise and what is promised."""
    named = str(ticket) if ticket else ""
    payload = {"purpose": purpose, "registration": str(registration), "ticket": named, "stamp": stamp}
    return f"note:{purpose}:{registration}:{named}:{stamp}", payload
