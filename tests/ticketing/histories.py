"""Histories of tickets: a small world, and what people may do in it, one step after the other.

A step is a word and three numbers; the numbers choose among what there is, so that every list of steps is a history.
Each step is one transaction. Some are struck down right before their end: of them nothing may be left.
"""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from app.core.db import fetch, transaction
from app.core.errors import DomainError
from app.ticketing.life import approval, overdue, waiting_list
from app.ticketing.life.block import block, unblock
from app.ticketing.life.by import HOLDER
from app.ticketing.life.cancel import cancel
from app.ticketing.life.change import change
from app.ticketing.life.edits import NewHolder, TicketEdit
from app.ticketing.life.reissue import reissue
from app.ticketing.life.transfer import transfer
from app.ticketing.payments import settle
from app.ticketing.registering import holds, offers
from tests.ticketing.life.doing import CONVENTION, EARLY, STAFF, counted_session, payable, register, set_type
from tests.ticketing.wishes import member

WORLD = {
    "citywide": 7, "yoxo": 4, "business": 5, "day-1": 5, "yoxo-workshops": 4, "yoxo-festival-night-meetup": 3,
    "yoxo-festival-kids-programming": 2,
}  # fmt: skip
"""Places of the quotas that matter; the two sessions lie within the workshops, and these within the whole city."""
TYPES = ("citywide-pass", "yoxo-ticket", "yoxo-booth", "day-pass-1")
PRICE = 700


class Step(NamedTuple):
    """What somebody does, with whom and with what; `crash`: right before the end everything fails."""

    word: str
    a: int = 0
    b: int = 0
    c: int = 0
    crash: bool = False


class Crash(Exception):
    """The process dies before COMMIT."""


class World:
    """Where a history takes place; every step comes a moment after the one before."""

    def __init__(self, sessions: list[UUID]) -> None:
        self.sessions = sessions
        self.now = EARLY
        self.people = 0
        self.done: list[str] = []

    async def do(self, step: Step) -> None:
        """Do one step; what the rules refuse changes nothing."""
        self.now += dt.timedelta(seconds=1)
        try:
            async with transaction():
                await ACTIONS[step.word](self, step)
                if step.crash:
                    raise Crash  # noqa: TRY301  # that is the point
            self.done.append(step.word)
        except (Crash, DomainError):
            pass

    async def some(self, kind: str, n: int, states: str = "") -> Any:
        """Return one of the ids of a table, in the order in which they were made; None when there is none.

        Mostly one in a state that allows what is about to be done.
        """
        column = "status" if kind == "registration" else "state"
        where = f"WHERE {column} = ANY(string_to_array($1, ' '))" if states and n % 8 else "WHERE $1 = $1::text"
        rows = await fetch(f"SELECT id FROM {kind} {where} ORDER BY created_at, id", states)
        return rows[n % len(rows)]["id"] if rows else None

    def party(self, step: Step, size: int) -> list[dict[str, Any]]:
        """Return people who were not there before, and what they would like."""
        self.people += size
        kind = TYPES[step.b % len(TYPES)]
        wanted = [str(s) for i, s in enumerate(self.sessions) if kind == "citywide-pass" and step.c >> i & 1]
        return [member(name=f"P {self.people} {i}", ticket_type=kind, sessions=wanted) for i in range(size)]


async def build() -> World:
    """Make the world in the caller's transaction."""
    await fetch(
        "UPDATE quota SET capacity = w.places FROM unnest($1::text[], $2::int[]) AS w (slug, places)"
        " WHERE quota.slug = w.slug",
        list(WORLD),
        list(WORLD.values()),
    )
    await fetch(
        "UPDATE quota SET within = p.id FROM quota p"
        " WHERE p.slug = CASE WHEN quota.session IS NULL THEN 'citywide' ELSE 'yoxo-workshops' END"
        " AND quota.slug IN ('yoxo-workshops', 'yoxo-festival-night-meetup', 'yoxo-festival-kids-programming')"
    )
    await fetch("UPDATE question SET required = false")
    await fetch(
        "INSERT INTO quota_use (id, ticket_type, quota) SELECT gen_random_uuid(), t.id, q.id"
        " FROM ticket_type t, quota q WHERE t.slug = 'yoxo-booth' AND q.slug = 'business'"
    )
    await payable()
    await set_type("day-pass-1", price=PRICE)
    kids = await fetch("SELECT session FROM quota WHERE slug = 'yoxo-festival-kids-programming'")
    offers.forget()
    return World([await counted_session(), kids[0]["session"]])


async def _register(world: World, step: Step) -> None:
    size = 1 + step.a % 4
    await register(*world.party(step, size), now=world.now, join_waiting_list=bool(step.a & 8))


async def _hold(world: World, step: Step) -> None:
    kind = TYPES[step.b % len(TYPES)]
    await holds.hold(convention=CONVENTION, wanted={kind: 1 + step.a % 3}, now=world.now)


async def _use_hold(world: World, step: Step) -> None:
    """Register with a hold: it may have kept more, fewer or other places."""
    hold = await world.some("hold", step.c)
    token = {"hold": holds.hold_token(hold)} if hold else {}
    await register(*world.party(step, 1 + step.a % 3), now=world.now, join_waiting_list=bool(step.a & 8), **token)


async def _release(world: World, step: Step) -> None:
    if hold := await world.some("hold", step.a):
        await holds.release(hold=hold, now=world.now)


async def _wait(world: World, step: Step) -> None:
    """Let time pass, and do what is due then."""
    world.now += dt.timedelta(hours=(1, 25)[step.a % 2], minutes=step.b % 20)
    await overdue.sweep(now=world.now)
    for row in await fetch("SELECT id FROM payment WHERE state = 'due' AND due_at <= $1", world.now):
        await overdue.payments.lapse(row["id"], now=world.now)  # type: ignore[attr-defined]


async def _cancel(world: World, step: Step) -> None:
    if found := await world.some("registration", step.a):
        tickets = [row["id"] for row in await fetch("SELECT id FROM ticket WHERE registration = $1 ORDER BY id", found)]
        chosen = None if step.b % 3 == 0 else [t for i, t in enumerate(tickets) if step.c >> i & 1]
        await cancel(registration=found, tickets=chosen, by=STAFF if step.b & 4 else HOLDER, now=world.now)


async def _change(world: World, step: Step) -> None:
    if found := await world.some("ticket", step.a, "waiting offered unapproved unpaid valid"):
        sessions = [str(s) for i, s in enumerate(world.sessions) if step.b >> i & 1]
        wish = msgspec.convert({"name": f"Changed {step.c}", "sessions": sessions}, TicketEdit)
        await change(ticket=found, wish=wish, by=STAFF, now=world.now)


async def _transfer(world: World, step: Step) -> None:
    if found := await world.some("ticket", step.a, "unapproved unpaid valid"):
        to = NewHolder(name=f"New {step.b % 5}", residence="KR", email=f"n{step.c % 3}@example.org")
        await transfer(ticket=found, to=to, by=STAFF, now=world.now)


async def _accept(world: World, step: Step) -> None:
    if found := await world.some("registration", step.a, "offered"):
        await waiting_list.accept(registration=found, by=HOLDER, now=world.now)


async def _decline(world: World, step: Step) -> None:
    if found := await world.some("registration", step.a, "offered"):
        await waiting_list.decline(registration=found, by=HOLDER, now=world.now)


async def _approve(world: World, step: Step) -> None:
    if found := await world.some("registration", step.a, "pending"):
        decide = approval.refuse if step.b % 3 == 0 else approval.approve
        await decide(registration=found, by=STAFF, now=world.now)


async def _block(world: World, step: Step) -> None:
    if found := await world.some("ticket", step.a, "unpaid valid blocked"):
        await (unblock if step.b % 2 else block)(ticket=found, by=STAFF, now=world.now)


async def _reissue(world: World, step: Step) -> None:
    if found := await world.some("ticket", step.a, "unpaid valid"):
        await reissue(ticket=found, by=HOLDER, now=world.now)


async def _pay(world: World, step: Step) -> None:
    """Money comes, in time or when everything is over."""
    rows = await fetch("SELECT id, reference, amount, provider FROM payment ORDER BY created_at, id")
    if rows:
        row = rows[step.a % len(rows)]
        notice = settle.Notice(row["reference"], row["amount"])
        await settle.noticed(notice=notice, provider=row["provider"], now=world.now)


ACTIONS: dict[str, Callable[[World, Step], Awaitable[None]]] = {
    "register": _register,
    "hold": _hold,
    "use_hold": _use_hold,
    "release": _release,
    "wait": _wait,
    "cancel": _cancel,
    "change": _change,
    "transfer": _transfer,
    "accept": _accept,
    "decline": _decline,
    "approve": _approve,
    "block": _block,
    "reissue": _reissue,
    "pay": _pay,
}
