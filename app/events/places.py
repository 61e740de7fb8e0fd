"""Venues and gates, at an organiser's desk. The city's venues are for everybody to choose, for the city to change."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.events import changes, dependants, queries
from app.events.changes import unless
from app.events.desk import is_city, own_event, venue_names
from app.events.edits import GateEdit, Lines, VenueEdit
from app.events.errors import StillNeeded
from app.events.owned import Held, OwnGate, OwnVenue
from app.events.slugs import candidates, proposal
from app.events.tables import Gate, Venue
from app.people.roles import Principal

_ADD_VENUE = """
INSERT INTO venue (id, convention, organiser, slug, name, address, latitude, longitude, capacity, revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0) ON CONFLICT (convention, slug) DO NOTHING RETURNING id
"""
_ADD_GATE = """
INSERT INTO gate (id, event, venue, slug, position, name, opens_at, closes_at, elsewhere, revision)
VALUES ($1, $2, $3, $4, (SELECT coalesce(max(position), 0) + 1 FROM gate WHERE event = $2), $5, $6, $7, $8, 0)
ON CONFLICT (event, slug) DO NOTHING RETURNING id
"""
_TOUCH = (
    "UPDATE event SET changed_at = $2 WHERE venue = $1",
    "UPDATE session SET changed_at = $2 WHERE venue = $1",
)
"""Calendars give the words of a venue with everything that takes place there."""


async def venues(*, own: Held) -> list[OwnVenue]:
    """Return the venues that an event can choose."""
    return await queries.venues_for(convention=own.convention.id, organiser=own.event.organiser)


async def own_venue(*, principal: Principal, own: Held, venue: UUID) -> OwnVenue:
    """Return a venue that one may change: of the event's organiser, or the city's for its people."""
    found = next((v for v in await venues(own=own) if v.id == venue), None)
    if found is None or not (found.organiser or is_city(principal)):
        raise NotFound
    return found


async def own_gate(*, own: Held, gate: UUID) -> OwnGate:
    """Return a gate of an event that is within reach."""
    found = next((g for g in await queries.gates_of(own.event.id) if g.id == gate), None)
    if found is None:
        raise NotFound
    return found


def venue_edit_of(venue: OwnVenue) -> VenueEdit:
    """Return a venue as its form shows it."""
    return VenueEdit(
        name=msgspec.convert(venue.name, Lines),
        address=msgspec.convert(venue.address, Lines),
        latitude=venue.latitude,
        longitude=venue.longitude,
        capacity=venue.capacity,
    )


def gate_edit_of(gate: OwnGate) -> GateEdit:
    """Return a gate as its form shows it."""
    return GateEdit(
        name=msgspec.convert(gate.name, Lines),
        venue=gate.venue,
        opens_at=_typed(gate.opens_at),
        closes_at=_typed(gate.closes_at),
        elsewhere="refuse" if gate.elsewhere == "refuse" else "leave",
    )


def _typed(time: dt.time | None) -> str | None:
    return time.strftime("%H:%M") if time else None


def _time(typed: str | None) -> dt.time | None:
    return dt.time.fromisoformat(typed) if typed else None


async def add_venue(*, principal: Principal, event: UUID, wish: VenueEdit, now: dt.datetime) -> UUID:
    """Add a venue for an organiser's events and return its id."""
    async with transaction():
        own = await own_event(principal=principal, event=event)
        made = await insert_venue(wish, convention=own.convention.id, organiser=own.event.organiser)
        await _note(principal, "venue.add", event, now, venue=str(made), title=_words(wish.name))
    return made


async def insert_venue(wish: VenueEdit, *, convention: UUID, organiser: UUID | None) -> UUID:
    """Insert a venue under the first address that is free. Raises `Invalid`."""
    _refuse_wrong_venue(wish)
    plain = msgspec.to_builtins(wish)
    name, address = (msgspec.json.encode(plain[part]).decode() for part in ("name", "address"))
    point = (wish.latitude, wish.longitude, wish.capacity)
    for slug in candidates(proposal(plain["name"], "venue")):
        row = await fetch_one(_ADD_VENUE, uuid4(), convention, organiser, slug, name, address, *point)
        if row:
            found: UUID = row["id"]
            return found
    raise AssertionError  # there is always another number


def _refuse_wrong_venue(wish: VenueEdit) -> None:
    both = (wish.latitude is None) == (wish.longitude is None)
    lacking = "longitude" if wish.longitude is None else "latitude"
    changes.refuse(
        [
            unless(wish.name != Lines(), "name", "required", _("Write the name in one language at least.")),
            unless(both, lacking, "required", _("Give both coordinates or neither.")),
        ]
    )


async def change_venue(
    *, principal: Principal, event: UUID, venue: UUID, seen: int, wish: VenueEdit, now: dt.datetime
) -> None:
    """Change a venue; calendars of everything that takes place there are then newer."""
    async with transaction():
        own = await own_event(principal=principal, event=event)
        await fetch_one("SELECT 1 FROM venue WHERE id = $1 FOR UPDATE", venue)
        stored = await own_venue(principal=principal, own=own, venue=venue)
        before = venue_edit_of(stored)
        changes.refuse_outdated(seen=seen, revision=stored.revision, stored=before, sent=wish)
        await write_venue(venue, wish, now)
        told = changes.told(before, wish)
        await _note(principal, "venue.change", event, now, venue=str(venue), title=_words(wish.name), **told)


async def write_venue(venue: UUID, wish: VenueEdit, now: dt.datetime) -> None:
    """Write a venue, and make everything that takes place there newer. Raises `Invalid`."""
    _refuse_wrong_venue(wish)
    await Venue.update({**msgspec.to_builtins(wish), Venue.revision: Venue.revision + 1}).where(Venue.id == venue)
    for touch in _TOUCH:
        await fetch(touch, venue, now)


async def delete_venue(*, principal: Principal, event: UUID, venue: UUID, now: dt.datetime) -> None:
    """Remove a venue; raises `StillNeeded` while something takes place there."""
    try:
        async with transaction():
            own = await own_event(principal=principal, event=event)
            stored = await own_venue(principal=principal, own=own, venue=venue)
            await Venue.delete().where(Venue.id == venue)
            await _note(principal, "venue.delete", event, now, venue=str(venue), title=text(stored.name))
    except asyncpg.IntegrityConstraintViolationError:
        raise StillNeeded(_("An event, a session or a gate still uses this venue.")) from None


async def add_gate(*, principal: Principal, event: UUID, wish: GateEdit, now: dt.datetime) -> UUID:
    """Add a gate to an event and return its id."""
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        await _refuse_wrong_gate(own, wish)
        made = await _insert_gate(event, wish)
        await _note(principal, "gate.add", event, now, gate=str(made), title=_words(wish.name))
    return made


async def _insert_gate(event: UUID, wish: GateEdit) -> UUID:
    name = msgspec.json.encode(wish.name).decode()
    rest = (_time(wish.opens_at), _time(wish.closes_at), wish.elsewhere)
    for slug in candidates(proposal(msgspec.to_builtins(wish.name), "gate")):
        row = await fetch_one(_ADD_GATE, uuid4(), event, wish.venue, slug, name, *rest)
        if row:
            found: UUID = row["id"]
            return found
    raise AssertionError  # there is always another number


async def _refuse_wrong_gate(own: Held, wish: GateEdit) -> None:
    both = (wish.opens_at is None) == (wish.closes_at is None)
    lacking = "closes_at" if wish.closes_at is None else "opens_at"
    known = str(wish.venue) in await venue_names(own)
    changes.refuse(
        [
            unless(wish.name != Lines(), "name", "required", _("Write the name in one language at least.")),
            unless(known, "venue", "choice", _("Please choose one of the values offered.")),
            unless(both, lacking, "required", _("Give both hours, or neither for a gate that is always open.")),
        ]
    )


async def change_gate(
    *, principal: Principal, event: UUID, gate: UUID, seen: int, wish: GateEdit, now: dt.datetime
) -> None:
    """Change a gate."""
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        stored = await own_gate(own=own, gate=gate)
        before = gate_edit_of(stored)
        names = await venue_names(own)
        changes.refuse_outdated(seen=seen, revision=stored.revision, stored=before, sent=wish, names=names)
        await _refuse_wrong_gate(own, wish)
        await Gate.update(
            {
                Gate.name: msgspec.to_builtins(wish.name),
                Gate.venue: wish.venue,
                Gate.opens_at: _time(wish.opens_at),
                Gate.closes_at: _time(wish.closes_at),
                Gate.elsewhere: wish.elsewhere,
                Gate.revision: Gate.revision + 1,
            }
        ).where(Gate.id == gate)
        told = changes.told(before, wish, names)
        await _note(principal, "gate.change", event, now, gate=str(gate), title=_words(wish.name), **told)


async def delete_gate(*, principal: Principal, event: UUID, gate: UUID, now: dt.datetime) -> None:
    """Remove a gate; raises `StillNeeded` when tickets were checked there: what happened must stay readable."""
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        stored = await own_gate(own=own, gate=gate)
        if await dependants.was_used(gate=gate):
            raise StillNeeded(_("Tickets were checked at this gate, so it stays. Give it hours to close it."))
        await Gate.delete().where(Gate.id == gate)
        await _note(principal, "gate.delete", event, now, gate=str(gate), title=text(stored.name))


def _words(name: Lines) -> str:
    return text(msgspec.to_builtins(name))


async def _note(principal: Principal, action: str, event: UUID, now: dt.datetime, **detail: Any) -> None:
    await changes.note(actor=principal.actor, action=action, event=event, now=now, **detail)
