"""Conventions, as the city's officers make them."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.events import changes, dependants, places, queries
from app.events.changes import unless
from app.events.edits import ConventionEdit, Lines, NewConvention, Paragraphs, VenueEdit
from app.events.errors import StillNeeded, WrongState
from app.events.ical import zone_block
from app.events.owned import OwnConvention, OwnVenue
from app.events.tables import Convention
from app.people.roles import Principal

LONGEST = dt.timedelta(days=92)
YEARS = (2000, 2099)
ZONES = ("Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Bangkok", "Asia/Singapore", "UTC")
"""Zones that a form proposes; any other without summer time may be typed."""

_COPY_VENUES = """
INSERT INTO venue (id, convention, organiser, slug, name, address, latitude, longitude, capacity, revision)
SELECT gen_random_uuid(), $2, NULL, slug, name, address, latitude, longitude, capacity, 0
FROM venue WHERE convention = $1 AND organiser IS NULL
"""
_EVENTS_OUTSIDE = """
SELECT count(*) FROM event WHERE convention = $1 AND (first_day < $2 OR last_day > $3)
"""

_ORDER = """
UPDATE event e SET position = o.position FROM unnest($1::uuid[]) WITH ORDINALITY AS o (id, position)
WHERE e.id = o.id AND e.position <> o.position
"""


async def one(*, convention: UUID) -> OwnConvention:
    """Return a convention, published or not, or raise `NotFound`."""
    found = next((c for c in await queries.conventions() if c.id == convention), None)
    if found is None:
        raise NotFound
    return found


async def proposed(*, now: dt.datetime) -> dict[str, Any]:
    """Return what the form of a new convention begins with: the year after the last one, its zone and its venues."""
    found = await queries.conventions()
    last = found[0] if found else None
    year = last.first_day.year + 1 if last else now.year
    name = last.slug.rpartition("-")[0] if last else "convention"
    return {
        "slug": f"{name}-{year}",
        "number": max((c.number for c in found), default=0) + 1,
        "zone": last.zone if last else ZONES[0],
        "venues_of": str(last.id) if last else "",
    }


async def create(*, principal: Principal, wish: NewConvention, now: dt.datetime) -> UUID:
    """Make a convention that nobody but officers sees yet. Raises `Invalid`."""
    found = await queries.conventions()
    known = {c.id for c in found}
    taken = _("Another convention has this already.")
    choose = _("Please choose one of the values offered.")
    changes.refuse(
        [
            *_wrong(wish.title, wish.first_day, wish.last_day),
            unless(wish.slug not in {c.slug for c in found}, "slug", "taken", taken),
            unless(wish.number not in {c.number for c in found}, "number", "taken", taken),
            unless(_keeps_one_offset(wish.zone, wish.first_day), "zone", "format", _zone_words()),
            unless(wish.venues_of is None or wish.venues_of in known, "venues_of", "choice", choose),
        ]
    )
    async with transaction():
        made = await _insert(wish)
        if wish.venues_of:
            await fetch(_COPY_VENUES, wish.venues_of, made)
        await _note(principal, "convention.create", made, now, slug=wish.slug)
    return made


def _zone_words() -> str:
    return _("Give a time zone such as Asia/Tokyo; zones with summer time are not served yet.")


def _keeps_one_offset(zone: str, first_day: dt.date) -> bool:
    """Whether calendars can be written for a zone: it exists, and its clocks never change."""
    try:
        zone_block(zone, dt.datetime.combine(first_day, dt.time(12), ZoneInfo(zone)))
    except (ValueError, OSError, KeyError, OverflowError):
        return False
    return True


def _wrong(title: Lines, first: dt.date, last: dt.date) -> list[FieldError | None]:
    return [
        unless(title != Lines(), "title", "required", _("Write the title in one language at least.")),
        unless(YEARS[0] <= first.year <= YEARS[1], "first_day", "range", _("Give a day of this century.")),
        unless(first <= last, "last_day", "order", _("The last day comes before the first one.")),
        unless(last - first <= LONGEST, "last_day", "range", _("No convention lasts longer than three months.")),
    ]


async def _insert(wish: NewConvention) -> UUID:
    plain = msgspec.to_builtins(wish)
    row = Convention(
        id=uuid4(),
        slug=wish.slug,
        number=wish.number,
        title=plain["title"],
        description=plain["description"],
        zone=wish.zone,
        first_day=wish.first_day,
        last_day=wish.last_day,
    )
    try:
        async with transaction():
            await Convention.insert(row)
    except asyncpg.UniqueViolationError as error:
        field = "number" if "number" in str(error.constraint_name) else "slug"
        raise Invalid([FieldError(field, "taken", _("Another convention has this already."))]) from None
    return row.id


def edit_of(convention: OwnConvention) -> ConventionEdit:
    """Return a convention as its form shows it."""
    return ConventionEdit(
        title=msgspec.convert(convention.title, Lines),
        first_day=convention.first_day,
        last_day=convention.last_day,
        description=msgspec.convert(convention.description, Paragraphs),
    )


async def change(*, principal: Principal, convention: UUID, seen: int, wish: ConventionEdit, now: dt.datetime) -> None:
    """Change texts and days; no event may be left outside."""
    async with transaction():
        stored = await _locked(convention)
        before = edit_of(stored)
        changes.refuse_outdated(seen=seen, revision=stored.revision, stored=before, sent=wish)
        outside = await fetch_one(_EVENTS_OUTSIDE, convention, wish.first_day, wish.last_day)
        words = _("An event lies outside these days. Please move it first.")
        changes.refuse(
            [
                *_wrong(wish.title, wish.first_day, wish.last_day),
                unless(outside is not None and outside[0] == 0, "last_day", "events", words),
            ]
        )
        plain = msgspec.to_builtins(wish)
        await Convention.update(
            {
                Convention.title: plain["title"],
                Convention.description: plain["description"],
                Convention.first_day: wish.first_day,
                Convention.last_day: wish.last_day,
                Convention.revision: Convention.revision + 1,
            }
        ).where(Convention.id == convention)
        await _note(principal, "convention.change", convention, now, **changes.told(before, wish))


async def _locked(convention: UUID) -> OwnConvention:
    await fetch_one("SELECT 1 FROM convention WHERE id = $1 FOR UPDATE", convention)
    return await one(convention=convention)


async def publish(*, principal: Principal, convention: UUID, now: dt.datetime) -> None:
    """Show a convention to everybody. Raises `WrongState` when everybody sees it already."""
    async with transaction():
        if (await _locked(convention)).published_at:
            raise WrongState
        await Convention.update({Convention.published_at: now, Convention.revision: Convention.revision + 1}).where(
            Convention.id == convention
        )
        await _note(principal, "convention.publish", convention, now)


async def unpublish(*, principal: Principal, convention: UUID, now: dt.datetime) -> None:
    """Hide a convention again; raises `StillNeeded` when somebody has registered, `WrongState` when it is hidden.

    Events come first, then what opens them, the convention last: the order in which others lock them.
    """
    async with transaction():
        rows = await fetch("SELECT id FROM event WHERE convention = $1 ORDER BY id FOR UPDATE", convention)
        events = [row["id"] for row in rows]
        await dependants.withdraw(*events)
        if not (await _locked(convention)).published_at:
            raise WrongState
        if any([await dependants.tickets_of(event=event) for event in events]):
            raise StillNeeded(_("People have registered already, so the convention stays."))
        await Convention.update({Convention.published_at: None, Convention.revision: Convention.revision + 1}).where(
            Convention.id == convention
        )
        dependants.forget()
        await _note(principal, "convention.unpublish", convention, now)


async def move(*, principal: Principal, convention: UUID, event: UUID, earlier: bool, now: dt.datetime) -> None:
    """Let an event change places with its neighbour in the programme; at the end nothing happens."""
    async with transaction():
        await _locked(convention)
        ordered = [e.id for e in await queries.events_in(convention)]
        if event not in ordered:
            raise NotFound
        here = ordered.index(event)
        there = here + (-1 if earlier else 1)
        if not 0 <= there < len(ordered):
            return
        ordered[here], ordered[there] = ordered[there], ordered[here]
        await fetch(_ORDER, ordered)
        dependants.forget()
        await _note(principal, "convention.order", convention, now, event=str(event))


async def city_venues(*, convention: UUID) -> list[OwnVenue]:
    """Return the venues that every event of a convention can choose."""
    return await queries.venues_for(convention=convention, organiser=None)


async def city_venue(*, convention: UUID, venue: UUID) -> OwnVenue:
    """Return one of them, or raise `NotFound`."""
    found = next((v for v in await city_venues(convention=convention) if v.id == venue), None)
    if found is None:
        raise NotFound
    return found


async def add_venue(*, principal: Principal, convention: UUID, wish: VenueEdit, now: dt.datetime) -> UUID:
    """Add a venue of the city and return its id."""
    async with transaction():
        await _locked(convention)
        made = await places.insert_venue(wish, convention=convention, organiser=None)
        await _note(principal, "venue.add", convention, now, venue=str(made))
    return made


async def change_venue(
    *, principal: Principal, convention: UUID, venue: UUID, seen: int, wish: VenueEdit, now: dt.datetime
) -> None:
    """Change a venue of the city."""
    async with transaction():
        await _locked(convention)
        stored = await city_venue(convention=convention, venue=venue)
        before = places.venue_edit_of(stored)
        changes.refuse_outdated(seen=seen, revision=stored.revision, stored=before, sent=wish)
        await places.write_venue(venue, wish, now)
        await _note(principal, "venue.change", convention, now, venue=str(venue), **changes.told(before, wish))


async def delete_venue(*, principal: Principal, convention: UUID, venue: UUID, now: dt.datetime) -> None:
    """Remove a venue of the city; raises `StillNeeded` while something takes place there."""
    try:
        async with transaction():
            await city_venue(convention=convention, venue=venue)
            await fetch("DELETE FROM venue WHERE id = $1", venue)
            await _note(principal, "venue.delete", convention, now, venue=str(venue))
    except asyncpg.IntegrityConstraintViolationError:
        raise StillNeeded(_("An event, a session or a gate still uses this venue.")) from None


async def _note(principal: Principal, action: str, convention: UUID, now: dt.datetime, **detail: Any) -> None:
    await audit.record(actor=principal.actor, action=action, subject=f"convention:{convention}", now=now, detail=detail)
