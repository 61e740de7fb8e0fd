"""The sessions in which a ticket has a place: other ones are taken all or nothing, and those left are given back."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from app.core.db import fetch
from app.core.errors import FieldError
from app.core.i18n import gettext as _
from app.ticketing.closure import upwards
from app.ticketing.life import places
from app.ticketing.life.party import Held
from app.ticketing.registering import offers
from app.ticketing.schemas import Offer


class Sessions(msgspec.Struct, frozen=True):
    """What a ticket reserves, and what it is to reserve."""

    now: frozenset[UUID]
    wanted: frozenset[UUID]


async def reserved(ticket: UUID) -> frozenset[UUID]:
    """Return the sessions that a ticket reserves."""
    return frozenset(r["session"] for r in await fetch("SELECT session FROM reservation WHERE ticket = $1", ticket))


def errors_in(
    ticket: Held, has: Collection[UUID], wanted: Sequence[UUID], found: Offer, now: dt.datetime
) -> list[FieldError]:
    """List which sessions a ticket cannot take, as `sessions[i]`; what it has it may keep, whatever became of it."""
    offered = found.types.get(ticket.slug)
    new = [str(session) for session in wanted if session not in has]
    if offered is None:
        return [FieldError("sessions", "choice", _("There is no such session."))] if new else []
    errors = offers.session_errors("", [str(session) for session in wanted], offered, found, now)
    old = {f".sessions[{i}]" for i, session in enumerate(wanted) if session in has}
    return [
        msgspec.structs.replace(error, field=error.field.removeprefix("."))
        for error in errors
        if error.field not in old or error.code == "twice"
    ]


async def reserve(ticket: Held, sessions: Sessions, found: Offer, *, now: dt.datetime) -> None:
    """Let a locked ticket reserve other sessions; raises `SoldOut`, naming what is full: then nothing has changed.

    One that waits takes nothing yet; whether there are places for what it wants now is its caller's to see.
    """
    before = frozenset(ticket.places)
    after = await _places_after(ticket, sessions, found)
    taken, freed = Counter(after - before), Counter(before - after)
    if ticket.holds:
        full = await places.exchange(wanted=taken, freed=freed, now=now)
        if full:
            raise offers.sold_out(found, taken, full)
    await _write(ticket.id, sessions, after)


async def _places_after(ticket: Held, sessions: Sessions, found: Offer) -> frozenset[UUID]:
    """Return the quotas a ticket then takes a place of: those only of sessions it leaves are not among them."""
    rows = await fetch(
        "SELECT id, session FROM quota WHERE session = ANY($1::uuid[])", list(sessions.now | sessions.wanted)
    )
    within = {quota.id: quota.within for quota in found.quotas.values()}
    offered = found.types.get(ticket.slug)
    kept = upwards([row["id"] for row in rows if row["session"] in sessions.wanted], within)
    left = upwards([row["id"] for row in rows if row["session"] not in sessions.wanted], within)
    needed = {*kept, *(offered.quotas if offered else set(ticket.places) - {row["id"] for row in rows})}
    return frozenset(ticket.places) - (set(left) - needed) | set(kept)


async def _write(ticket: UUID, sessions: Sessions, places: Collection[UUID]) -> None:
    left, new = list(sessions.now - sessions.wanted), list(sessions.wanted - sessions.now)
    await fetch("UPDATE ticket SET places = $2 WHERE id = $1", ticket, sorted(places))
    await fetch("DELETE FROM reservation WHERE ticket = $1 AND session = ANY($2::uuid[])", ticket, left)
    await fetch(
        "INSERT INTO reservation (id, ticket, session) SELECT gen_random_uuid(), $1, s FROM unnest($2::uuid[]) AS s",
        ticket,
        new,
    )
