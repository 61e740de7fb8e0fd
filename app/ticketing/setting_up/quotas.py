"""Quotas: how many places there are, and which tickets take them."""

import datetime as dt
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import audit, once
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import ngettext, text
from app.events import changes, desk, queries
from app.events.changes import unless
from app.events.edits import Lines
from app.events.errors import StillNeeded
from app.events.owned import Held
from app.events.slugs import candidates, proposal
from app.people.roles import Principal
from app.ticketing.closure import upwards
from app.ticketing.life import offering
from app.ticketing.registering import offers
from app.ticketing.setting_up import adoption
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up.edits import NewQuota, OwnQuota, QuotaEdit
from app.ticketing.setting_up.repeats import made_before


async def add(*, event: UUID, edit: NewQuota, principal: Principal, now: dt.datetime) -> UUID:
    """Add a quota of the event's organiser and return its id; tickets that are out are counted where it counts them.

    Raises `NotFound`, and `Invalid` with every wrong field and with the numbers when they would not fit. The same form
    sent again makes none.
    """
    made = once.row_id(edit.form, edit, principal.account)

    async def adding() -> None:
        async with transaction():
            at = await desk.own_event(principal=principal, event=event)
            if await made_before("quota", made):
                return
            changes.refuse(await _errors(edit, at, at.event.organiser, principal))
            plan = await _before(at, at.event.organiser) if edit.day or edit.venue else None
            await insert(edit=edit, convention=at.convention.id, organiser=at.event.organiser, made=made)
            await _adopt(at, plan, edit, now)
            await _note(principal, "add", made, now, capacity=edit.capacity)

    await adoption.patiently(adding)
    offers.forget()
    return made


async def _before(at: Held, holder: UUID | None) -> adoption.Plan:
    """Let tickets stand still of which the places may change: the holder's, with the city's quotas everybody's."""
    types = None if holder is None else await console.types_of_holder(at.convention.id, holder)
    await adoption.hold_still(at.convention.id, types=types)
    return await adoption.plan(at.convention.id)


async def _adopt(at: Held, plan: adoption.Plan | None, edit: QuotaEdit, now: dt.datetime) -> None:
    if plan is not None:
        field = "capacity" if edit.within is None else "within"
        await adoption.adopt(convention=at.convention.id, before=plan, field=field, now=now)


async def _errors(
    edit: QuotaEdit, at: Held, holder: UUID | None, principal: Principal, quota: UUID | None = None
) -> list[FieldError | None]:
    known = {q.id: q for q in await console.quotas_around(at.convention.id, holder, principal)}
    venues = {v.id for v in await queries.venues_for(convention=at.convention.id, organiser=at.event.organiser)}
    inside = edit.day is None or at.convention.first_day <= edit.day <= at.convention.last_day
    offered = _("Please choose one of the values offered.")
    circle = quota in upwards([edit.within] if edit.within else [], {q.id: q.within for q in known.values()})
    parent = known[edit.within].name if edit.within in known else {}
    return [
        unless(edit.within is None or edit.within in known, "within", "choice", offered),
        unless(
            not quota or not circle,
            "within",
            "circle",
            _("“%(name)s” lies within these places already, or is the same.", name=text(parent)),
        ),
        unless(inside, "day", "range", _("The convention does not take place on this day.")),
        unless(edit.venue is None or edit.venue in venues, "venue", "choice", offered),
    ]


async def insert(
    *,
    edit: QuotaEdit,
    convention: UUID,
    organiser: UUID | None,
    session: UUID | None = None,
    made: UUID | None = None,
) -> UUID:
    """Write the row in the caller's transaction, under an address that nobody uses; return its id."""
    made = made or uuid4()
    name = msgspec.to_builtins(edit.name)
    for slug in candidates(proposal(name, "places")):
        added = await fetch_one(
            "INSERT INTO quota (id, convention, organiser, session, slug, name, capacity, within, day, venue, taken,"
            " revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0)"
            " ON CONFLICT (convention, slug) DO NOTHING RETURNING id",
            made,
            convention,
            organiser,
            session,
            slug,
            msgspec.json.encode(name).decode(),
            edit.capacity,
            edit.within,
            edit.day,
            edit.venue,
        )
        if added is not None:
            return made
    raise AssertionError  # candidates never end


async def _note(principal: Principal, what: str, quota: UUID, now: dt.datetime, **detail: object) -> None:
    await audit.record(actor=principal.actor, action=f"quota.{what}", subject=f"quota:{quota}", now=now, detail=detail)


async def change(
    *, event: UUID, quota: UUID, edit: QuotaEdit, seen: int, principal: Principal, now: dt.datetime
) -> None:
    """Rename a quota, change its capacity or what it counts; never below what is taken, whoever registers just now.

    Tickets that are out are counted anew where it matters, and places that are new go to those who wait. Raises
    `NotFound`, `Outdated`, and `Invalid` with the number that is taken.
    """

    async def once() -> None:
        async with transaction():
            await _change(event, quota, edit, seen, principal, now)

    await adoption.patiently(once)
    offers.forget()


async def _change(  # noqa: PLR0917
    event: UUID, quota: UUID, edit: QuotaEdit, seen: int, principal: Principal, now: dt.datetime
) -> None:
    at = await desk.own_event(principal=principal, event=event)
    held = await console.own_quota(quota, principal)
    moves = (held.within, held.day, held.venue) != (edit.within, edit.day, edit.venue)
    plan = await _before(at, held.organiser) if moves else None
    await offering.lock([quota], waiting_for=[quota])
    held = await console.own_quota(quota, principal)
    before = edit_of(held)
    changes.refuse_outdated(seen=seen, revision=held.revision, stored=before, sent=edit)
    changes.refuse(await _errors(edit, at, held.organiser, principal, quota))
    await _update(quota, edit)
    await _adopt(at, plan, edit, now)
    await offering.serve(quotas=[quota], now=now)
    await _note(principal, "change", quota, now, **changes.told(before, edit))


async def _update(quota: UUID, edit: QuotaEdit) -> None:
    saved = await fetch_one(
        "UPDATE quota SET name = $2, capacity = $3, within = $4, day = $5, venue = $6, revision = revision + 1"
        " WHERE id = $1 AND taken <= $3 RETURNING id",
        quota,
        msgspec.json.encode(edit.name).decode(),
        edit.capacity,
        edit.within,
        edit.day,
        edit.venue,
    )
    if saved is None:
        raise await _taken_error(quota, edit.capacity)


def edit_of(held: OwnQuota) -> QuotaEdit:
    """Return a quota as its form shows it."""
    name = msgspec.convert(held.name, Lines)
    return QuotaEdit(name=name, capacity=held.capacity, within=held.within, day=held.day, venue=held.venue)


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


async def recount(*, event: UUID, quota: UUID, principal: Principal, now: dt.datetime) -> int:
    """Count the tickets of a day or a venue anew, after events have moved; return of how many the places changed.

    Raises `NotFound`, and `Invalid` with the numbers when they would not fit.
    """

    async def once() -> int:
        async with transaction():
            at = await desk.own_event(principal=principal, event=event)
            held = await console.own_quota(quota, principal)
            plan = await _before(at, held.organiser)
            around = await console.quotas_around(at.convention.id, held.organiser, principal)
            moved = await adoption.adopt(
                convention=at.convention.id,
                before=plan,
                field="capacity",
                now=now,
                recount=upwards([quota], {q.id: q.within for q in around}),
            )
            await _note(principal, "recount", quota, now, tickets=moved)
        return moved

    return await adoption.patiently(once)


async def remove(*, event: UUID, quota: UUID, principal: Principal, now: dt.datetime) -> None:
    """Remove a quota on which no ticket type draws and within which no other lies; raises `NotFound`, `StillNeeded`.

    Whoever waited for a place of it alone is offered one of what is left to count.
    """
    async with transaction():
        at = await desk.own_event(principal=principal, event=event)
        held = await console.own_quota(quota, principal)
        await adoption.forget_quota(quota)  # tickets are locked before quotas
        await adoption.hold_still(at.convention.id, types=())
        await adoption.forget_quota(quota)  # and those that came in between
        try:
            async with transaction():
                await fetch_one("DELETE FROM quota WHERE id = $1", quota)
        except asyncpg.IntegrityConstraintViolationError as error:
            words = _("A ticket type draws on it, or other places lie within it. Take it out there first.")
            raise StillNeeded(words) from error
        if held.waiting:
            await adoption.serve(convention=at.convention.id, now=now)
        await _note(principal, "remove", quota, now)
    offers.forget()


async def follow_capacity(*, session: UUID, capacity: int | None, now: dt.datetime) -> None:
    """Keep the quota of a session at its capacity, in the transaction that writes it; None: no places are kept.

    Tickets that have reserved it already are counted. Raises `Invalid` naming `capacity` when more places are taken
    than there would be.
    """
    quota = await fetch_one("SELECT id FROM quota WHERE session = $1", session)
    if quota is None:
        await _add_places(session, capacity, now)
    elif capacity is None:
        await _drop_places(quota["id"])
    else:
        await _keep_places(quota["id"], capacity, now)
    offers.forget()


async def _keep_places(quota: UUID, capacity: int, now: dt.datetime) -> None:
    await offering.lock([quota], waiting_for=[quota])
    kept = await fetch_one(
        "UPDATE quota SET capacity = $2, revision = revision + 1 WHERE id = $1 AND taken <= $2 RETURNING id",
        quota,
        capacity,
    )
    if kept is None:
        raise await _taken_error(quota, capacity)
    await offering.serve(quotas=[quota], now=now)


async def _drop_places(quota: UUID) -> None:
    row = await fetch_one("SELECT 1 FROM quota WHERE id = $1 AND taken > 0 FOR UPDATE", quota)
    if row is not None:
        raise await _taken_error(quota, 0)
    await adoption.forget_quota(quota)
    await fetch("DELETE FROM quota WHERE id = $1", quota)


async def _add_places(session: UUID, capacity: int | None, now: dt.datetime) -> None:
    if capacity is None:
        return
    row = await fetch_one(
        "SELECT e.convention, s.title, EXISTS (SELECT FROM reservation r WHERE r.session = s.id) AS reserved"
        " FROM session s JOIN event e ON e.id = s.event WHERE s.id = $1",
        session,
    )
    assert row is not None  # noqa: S101  # the session was written in this transaction
    edit = msgspec.convert({"name": msgspec.json.decode(row["title"]), "capacity": capacity}, QuotaEdit)
    if not row["reserved"]:
        await insert(edit=edit, convention=row["convention"], organiser=None, session=session)
        return
    await adoption.hold_still(row["convention"], types=None)
    plan = await adoption.plan(row["convention"])
    await insert(edit=edit, convention=row["convention"], organiser=None, session=session)
    await adoption.adopt(convention=row["convention"], before=plan, field="capacity", now=now)


async def tickets_of(*, event: UUID) -> int:
    """Count the tickets that open an event, canceled ones as well: they were given out for it."""
    row = await fetch_one(
        "SELECT count(*) AS tickets FROM ticket t JOIN coverage g ON g.ticket_type = t.ticket_type WHERE g.event = $1",
        event,
    )
    return row["tickets"] if row else 0
