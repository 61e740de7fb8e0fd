"""Quotas: how many places there are. What is taken of them is registration's; nothing here takes or gives back."""

import datetime as dt
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import audit
from app.core.db import fetch_one, transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.events import changes, desk
from app.events.edits import Lines
from app.events.errors import StillNeeded
from app.events.slugs import candidates, proposal
from app.people.roles import Principal
from app.ticketing import console_queries as console
from app.ticketing import offers
from app.ticketing.edits import OwnQuota, QuotaEdit


async def add(*, event: UUID, edit: QuotaEdit, principal: Principal, now: dt.datetime) -> UUID:
    """Add a quota of the event's organiser and return its id; raises `NotFound`."""
    async with transaction():
        at = await desk.own_event(principal=principal, event=event)
        made = await insert(edit=edit, convention=at.convention.id, organiser=at.event.organiser)
        await _note(principal, "add", made, now, capacity=edit.capacity)
    offers.forget()
    return made


async def insert(*, edit: QuotaEdit, convention: UUID, organiser: UUID | None, session: UUID | None = None) -> UUID:
    """Write the row in the caller's transaction, under an address that nobody uses; return its id."""
    made = uuid4()
    name = msgspec.to_builtins(edit.name)
    for slug in candidates(proposal(name, "places")):
        added = await fetch_one(
            "INSERT INTO quota (id, convention, organiser, session, slug, name, capacity, taken, revision)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0) ON CONFLICT (convention, slug) DO NOTHING RETURNING id",
            made,
            convention,
            organiser,
            session,
            slug,
            msgspec.json.encode(name).decode(),
            edit.capacity,
        )
        if added is not None:
            return made
    raise AssertionError  # candidates never end


async def _note(principal: Principal, what: str, quota: UUID, now: dt.datetime, **detail: object) -> None:
    await audit.record(actor=principal.actor, action=f"quota.{what}", subject=f"quota:{quota}", now=now, detail=detail)


async def change(
    *, event: UUID, quota: UUID, edit: QuotaEdit, seen: int, principal: Principal, now: dt.datetime
) -> None:
    """Rename a quota or change its capacity; never below what is taken, whoever registers at this moment.

    Raises `NotFound`, `Outdated`, and `Invalid` with the number that is taken.
    """
    async with transaction():
        await desk.own_event(principal=principal, event=event)
        await fetch_one("SELECT 1 FROM quota WHERE id = $1 FOR UPDATE", quota)
        held = await console.own_quota(quota, principal)
        before = edit_of(held)
        changes.refuse_outdated(seen=seen, revision=held.revision, stored=before, sent=edit)
        saved = await fetch_one(
            "UPDATE quota SET name = $2, capacity = $3, revision = revision + 1 WHERE id = $1 AND taken <= $3"
            " RETURNING id",
            quota,
            msgspec.json.encode(edit.name).decode(),
            edit.capacity,
        )
        if saved is None:
            raise await _taken_error(quota, edit.capacity)
        await _note(principal, "change", quota, now, **changes.told(before, edit))
    offers.forget()


def edit_of(held: OwnQuota) -> QuotaEdit:
    """Return a quota as its form shows it."""
    return QuotaEdit(name=msgspec.convert(held.name, Lines), capacity=held.capacity)


async def _taken_error(quota: UUID, wished: int) -> Invalid:
    row = await fetch_one("SELECT taken FROM quota WHERE id = $1", quota)
    return Invalid([FieldError("capacity", "below_taken", below_taken(row["taken"] if row else 0, wished))])


def below_taken(taken: int, wished: int) -> str:
    """Say that a capacity is too small, with the numbers."""
    return ngettext(
        "%(n)s place is taken already, so there cannot be only %(wished)s. Give at least %(n)s.",
        "%(n)s places are taken already, so there cannot be only %(wished)s. Give at least %(n)s.",
        taken,
        wished=wished,
    )


async def remove(*, event: UUID, quota: UUID, principal: Principal, now: dt.datetime) -> None:
    """Remove a quota on which no ticket type draws and of which nothing is taken; raises `NotFound`, `StillNeeded`."""
    async with transaction():
        await desk.own_event(principal=principal, event=event)
        await console.own_quota(quota, principal)
        try:
            async with transaction():
                gone = await fetch_one("DELETE FROM quota WHERE id = $1 AND taken = 0 RETURNING id", quota)
            if gone is None:
                raise StillNeeded(_("Places of it are taken, so it stays."))
        except asyncpg.IntegrityConstraintViolationError as error:
            raise StillNeeded(_("A ticket type draws on it. Take it out there first.")) from error
        await _note(principal, "remove", quota, now)
    offers.forget()


async def follow_capacity(*, session: UUID, capacity: int | None, now: dt.datetime) -> None:  # noqa: ARG001  # told
    """Keep the quota of a session at its capacity, in the transaction that writes it; None: no places are kept.

    Raises `Invalid` naming `capacity` when more places are taken than there would be.
    """
    quota = await fetch_one("SELECT id FROM quota WHERE session = $1", session)
    if quota is None and capacity is not None:
        await _add_places(session, capacity)
    elif quota is not None and await fetch_one(_KEEP if capacity else _DROP, quota["id"], capacity or 0) is None:
        raise await _taken_error(quota["id"], capacity or 0)
    offers.forget()


_KEEP = "UPDATE quota SET capacity = $2, revision = revision + 1 WHERE id = $1 AND taken <= $2 RETURNING id"
_DROP = "DELETE FROM quota WHERE id = $1 AND taken <= $2 RETURNING id"


async def _add_places(session: UUID, capacity: int) -> None:
    row = await fetch_one(
        "SELECT e.convention, s.title FROM session s JOIN event e ON e.id = s.event WHERE s.id = $1", session
    )
    assert row is not None  # noqa: S101  # the session was written in this transaction
    edit = msgspec.convert({"name": msgspec.json.decode(row["title"]), "capacity": capacity}, QuotaEdit)
    await insert(edit=edit, convention=row["convention"], organiser=None, session=session)


async def tickets_of(*, event: UUID) -> int:
    """Count the tickets that open an event, canceled ones as well: they were given out for it."""
    row = await fetch_one(
        "SELECT count(*) AS tickets FROM ticket t JOIN coverage g ON g.ticket_type = t.ticket_type WHERE g.event = $1",
        event,
    )
    return row["tickets"] if row else 0
