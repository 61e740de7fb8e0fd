"""What organisers do to a guest's ticket: always with a reason, which the guest is told, and written down."""

import datetime as dt
from collections.abc import Collection
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from app.core import audit
from app.core.again import repeated
from app.core.db import fetch
from app.core.errors import DomainError, NotFound
from app.core.validation import Line
from app.events import desk
from app.people.roles import Principal
from app.ticketing import queries
from app.ticketing.guests import one
from app.ticketing.guests.listed import sees_the_citys
from app.ticketing.guests.one import Reached
from app.ticketing.life import approval, block, cancel, change, reissue, resend, transfer
from app.ticketing.life.by import staff
from app.ticketing.life.edits import NewHolder, TicketEdit
from app.ticketing.registering import offers
from app.ticketing.registering.asked import asked
from app.ticketing.schemas import OfferedQuestion, TicketView

Deed = Literal["approve", "refuse", "reissue", "block", "unblock", "cancel", "remove"]
POSSIBLE: dict[Deed, frozenset[str]] = {
    "approve": frozenset({"unapproved"}),
    "refuse": frozenset({"unapproved"}),
    "reissue": frozenset({"unpaid", "valid"}),
    "block": frozenset({"unpaid", "valid"}),
    "unblock": frozenset({"blocked"}),
    "cancel": frozenset({"unapproved", "unpaid", "valid", "blocked"}),
    "remove": frozenset({"waiting", "offered"}),
}
"""In which states a page offers what; what may happen is decided by `states.MOVES`."""
MOST_AT_ONCE = 200
"""Guests decided on by one form."""

Reason = Annotated[Line, msgspec.Meta(min_length=1)]


class Because(msgspec.Struct, frozen=True):
    """Why something is done; the guest reads it."""

    reason: Reason


class Freely(Because, frozen=True):
    """What nobody has to give a reason for; one that is given stands in the history."""

    reason: Line = ""


def grounds(deed: Deed) -> type[Because]:
    """Return what has to be said with a deed: whoever is approved asks for no reason."""
    return Freely if deed == "approve" else Because


@repeated
async def act(
    *, event: UUID, ticket: UUID, deed: Deed, because: Because, principal: Principal, now: dt.datetime
) -> None:
    """Do something to one ticket. Raises `NotFound`, and `NotNow` when its state allows no such thing any more."""
    at = await one.reached(event=event, ticket=ticket, principal=principal)
    await _do(event, at, deed, because, principal=principal, now=now)
    await _note(at, f"guest.{deed}", principal, now)


async def _do(
    event: UUID, at: Reached, deed: Deed, because: Because, *, principal: Principal, now: dt.datetime
) -> None:
    by = staff(principal, because.reason)
    match deed:
        case "cancel":
            await cancel.cancel(registration=at.registration, tickets=[at.id], by=by, now=now)
        case "approve":
            await approval.approve(registration=at.registration, tickets=[at.id], by=by, now=now)
        case "refuse":
            await approval.refuse(registration=at.registration, tickets=[at.id], by=by, now=now)
        case "reissue":
            await reissue.reissue(ticket=at.id, by=by, now=now)
        case "remove":
            waiting = await one.own_of_party(event, at.registration, principal, states=["waiting", "offered"])
            await cancel.cancel(registration=at.registration, tickets=waiting, by=by, now=now)
        case "block":
            await block.block(ticket=at.id, by=by, now=now)
        case "unblock":
            await block.unblock(ticket=at.id, by=by, now=now)


async def _note(at: Reached, action: str, principal: Principal, now: dt.datetime, **detail: object) -> None:
    await audit.record(
        actor=principal.actor,
        action=action,
        subject=f"person:{at.person}",
        now=now,
        detail={"ticket": str(at.id), **detail},
    )


@repeated
async def correct(
    *, event: UUID, ticket: UUID, wish: TicketEdit, because: Because, principal: Principal, now: dt.datetime
) -> None:
    """Change what is said of a guest; the ticket is sent anew. Raises `NotFound`, `Invalid`, `NotNow`, `SoldOut`."""
    at = await one.reached(event=event, ticket=ticket, principal=principal)
    await change.change(ticket=ticket, wish=wish, by=staff(principal, because.reason), now=now)
    await _note(at, "guest.change", principal, now)


@repeated
async def pass_on(
    *, event: UUID, ticket: UUID, to: NewHolder, because: Because, principal: Principal, now: dt.datetime
) -> None:
    """Give a ticket to somebody else; the old code opens nothing any more. Raises `NotFound`, `Invalid`, `NotNow`."""
    at = await one.reached(event=event, ticket=ticket, principal=principal)
    await transfer.transfer(ticket=ticket, to=to, by=staff(principal, because.reason), now=now)
    await _note(at, "guest.transfer", principal, now)


async def questions_for(seen: TicketView, *, now: dt.datetime) -> list[OfferedQuestion]:
    """Return what somebody who takes a ticket over has to be asked: without files, which only the guest can send."""
    found = await offers.offer(seen.convention_slug, now=now)
    wanted = found.types.get(seen.ticket_type)
    return [q for q in asked(found, wanted) if q.required and q.kind != "file"] if wanted else []


@repeated
async def send_again(*, event: UUID, ticket: UUID, principal: Principal, now: dt.datetime) -> None:
    """Send a valid ticket's mail once more, every ten minutes at most. Raises `NotFound`, `NotNow`."""
    at = await one.reached(event=event, ticket=ticket, principal=principal)
    seen = await queries.ticket(ticket)
    if seen is None:
        raise NotFound
    await resend.send_again(view=seen, now=now)
    await _note(at, "guest.mail", principal, now)


async def decide(
    *,
    event: UUID,
    tickets: Collection[UUID],
    deed: Deed,
    because: Because,
    principal: Principal,
    now: dt.datetime,
) -> tuple[int, int]:
    """Do the same to several tickets, each on its own; return how many it was done to, and to how many not any more.

    Raises `NotFound` when one of them is out of reach: then it was done to none.
    """
    chosen = list(dict.fromkeys(tickets))[:MOST_AT_ONCE]
    await _require(event, chosen, principal)
    done = 0
    for ticket in chosen:
        try:
            await act(event=event, ticket=ticket, deed=deed, because=because, principal=principal, now=now)
            done += 1
        except DomainError:
            continue
    return done, len(chosen) - done


_REACHED = """
SELECT count(*) AS n FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type
WHERE k.id = ANY($1::uuid[]) AND (t.organiser = $3 OR ($4 AND t.organiser IS NULL))
  AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $2)
"""


async def _require(event: UUID, tickets: list[UUID], principal: Principal) -> None:
    at = await desk.own_event(principal=principal, event=event)
    [row] = await fetch(_REACHED, tickets, event, at.event.organiser, sees_the_citys(principal))
    if row["n"] != len(tickets):
        raise NotFound
