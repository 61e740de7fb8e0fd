"""An organiser's desk: events from the first draft to the last word. What is out of reach is not found."""

import datetime as dt
from uuid import UUID

import asyncpg
import msgspec

from app.core import once
from app.core.db import fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import day, text
from app.core.i18n import gettext as _
from app.events import changes, dependants, queries
from app.events.changes import unless
from app.events.edits import EventDetails, EventTexts, Lines, NewEvent, Paragraphs
from app.events.errors import StillNeeded, WrongState
from app.events.owned import Held, OwnConvention, OwnEvent, OwnOrganiser
from app.events.slugs import candidates, proposal
from app.events.tables import Event, Gate, Session
from app.people.roles import Principal

CITY = {"officer", "admin"}
"""Roles that reach every organiser unless their scope says less."""
MOST_TAGS = 12

_ADD = """
INSERT INTO event (id, convention, organiser, venue, slug, position, kpi_scope, mode, title, summary, description,
  tags, first_day, last_day, revision, changed_at)
VALUES ($1, $2, $3, $4, $5, (SELECT coalesce(max(position), 0) + 1 FROM event WHERE convention = $2), 'linked', $6, $7,
  $8, '{}', '[]', $9, $10, 0, $11)
ON CONFLICT DO NOTHING RETURNING id
"""


def reach(principal: Principal) -> list[UUID] | None:
    """Return whose rows somebody reaches, None for everybody's. An organiser without a scope reaches nobody's."""
    if principal.scope.organisers is not None:
        return list(principal.scope.organisers)
    return None if principal.role in CITY else []


def is_city(principal: Principal) -> bool:
    """Whether somebody acts for the city, and not for one organiser."""
    return principal.role in CITY


async def own_event(*, principal: Principal, event: UUID, lock: bool = False) -> Held:
    """Return an event within reach, or raise `NotFound`; `lock` makes others wait who want to change it."""
    found = await queries.held(event, reach=reach(principal), lock=lock)
    if found is None:
        raise NotFound
    return found


async def open_conventions(*, principal: Principal, now: dt.datetime) -> list[OwnConvention]:
    """Return the conventions for which one can still make an event, the next one first; drafts for the city only."""
    found = await queries.conventions()
    coming = [c for c in found if c.last_day >= now.date() - dt.timedelta(days=1)]
    return [c for c in reversed(coming) if c.published_at or is_city(principal)]


async def own_organisers(*, principal: Principal) -> list[OwnOrganiser]:
    """Return the organisers that somebody works for."""
    return await queries.organisers(reach=reach(principal))


async def create(*, principal: Principal, wish: NewEvent, now: dt.datetime) -> UUID:
    """Make a draft and return its id; its address follows from the title. Raises `Invalid`.

    A form that is sent again leads to the draft it has made.
    """
    conventions = {c.id: c for c in await open_conventions(principal=principal, now=now)}
    organisers = {o.id: o for o in await own_organisers(principal=principal)}
    convention, organiser = conventions.get(wish.convention), organisers.get(wish.organiser)
    if convention is None or organiser is None:
        changes.refuse([_offered(convention, "convention"), _offered(organiser, "organiser")])
        raise NotFound
    days = (wish.first_day or convention.first_day, wish.last_day or convention.last_day)
    await _refuse_wrong(convention, wish.organiser, days=days, title=wish.title, venue=wish.venue)
    made, title = once.row_id(wish.form, wish, principal.account), msgspec.to_builtins(wish.title)
    async with transaction():
        if await _insert(made, wish, days, proposal(title, organiser.slug), now):
            await changes.note(actor=principal.actor, action="event.create", event=made, now=now, title=text(title))
    return made


def _offered(found: object, field: str) -> FieldError | None:
    return unless(found, field, "choice", _("Please choose one of the values offered."))


async def _insert(made: UUID, wish: NewEvent, days: tuple[dt.date, dt.date], slug: str, now: dt.datetime) -> bool:
    """Insert the event under the first address that is free, or return False when it is there.

    Whoever else takes the address at this moment does no harm.
    """
    title, summary = (msgspec.json.encode(words).decode() for words in (wish.title, wish.summary))
    for free in candidates(slug):
        if await fetch_one(
            _ADD, made, wish.convention, wish.organiser, wish.venue, free, wish.mode, title, summary, *days, now
        ):
            return True
        if await fetch_one("SELECT 1 FROM event WHERE id = $1", made):
            return False
    raise AssertionError  # there is always another number


async def _refuse_wrong(
    convention: OwnConvention,
    organiser: UUID,
    *,
    days: tuple[dt.date, dt.date],
    venue: UUID | None,
    title: Lines | None = None,
    tags: str = "",
) -> None:
    first, last = days
    venues = {v.id for v in await queries.venues_for(convention=convention.id, organiser=organiser)} if venue else set()
    inside = _(
        "The convention runs from %(first)s to %(last)s.",
        first=day(convention.first_day),
        last=day(convention.last_day),
    )
    changes.refuse(
        [
            unless(
                title is None or title != Lines(), "title", "required", _("Write the title in one language at least.")
            ),
            unless(convention.first_day <= first <= convention.last_day, "first_day", "range", inside),
            unless(convention.first_day <= last <= convention.last_day, "last_day", "range", inside),
            unless(first <= last, "last_day", "order", _("The last day comes before the first one.")),
            unless(venue is None or venue in venues, "venue", "choice", _("Please choose one of the values offered.")),
            unless(len(split_tags(tags)) <= MOST_TAGS, "tags", "too_many", _("Twelve tags are enough.")),
        ]
    )


def split_tags(tags: str) -> list[str]:
    """Return the tags of a line in which commas of any script stand between them; none twice."""
    parts = (part.strip() for part in tags.replace("、", ",").replace("，", ",").split(","))
    return list(dict.fromkeys(part for part in parts if part))


def details_of(event: OwnEvent) -> EventDetails:
    """Return an event as the form of its details shows it."""
    return EventDetails(
        first_day=event.first_day,
        last_day=event.last_day,
        mode=event.mode,  # type: ignore[arg-type]  # the column holds nothing else
        venue=event.venue,
        tags=", ".join(event.tags),
        slug=event.slug,
        kpi_scope=event.kpi_scope,  # type: ignore[arg-type]
    )


def texts_of(event: OwnEvent) -> EventTexts:
    """Return an event as the form of its texts shows it."""
    return EventTexts(
        title=msgspec.convert(event.title, Lines),
        summary=msgspec.convert(event.summary, Lines),
        description=msgspec.convert(event.description, Paragraphs),
    )


async def change_details(*, principal: Principal, event: UUID, seen: int, wish: EventDetails, now: dt.datetime) -> None:
    """Change when, where and how. The address may change while it is a draft, the KPI scope by the city's people."""
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        before = details_of(own.event)
        after = msgspec.structs.replace(
            wish,
            tags=", ".join(split_tags(wish.tags)),
            slug=wish.slug if wish.slug and not own.event.published_at else before.slug,
            kpi_scope=wish.kpi_scope if wish.kpi_scope and is_city(principal) else before.kpi_scope,
        )
        names = await venue_names(own)
        changes.refuse_outdated(seen=seen, revision=own.event.revision, stored=before, sent=after, names=names)
        await _refuse_wrong(
            own.convention,
            own.event.organiser,
            days=(after.first_day, after.last_day),
            venue=after.venue,
            tags=after.tags,
        )
        await _refuse_lost_sessions(own, after)
        await _write_details(own, after, now)
        await changes.note(
            actor=principal.actor, action="event.change", event=event, now=now, **changes.told(before, after, names)
        )


async def venue_names(own: Held) -> dict[str, str]:
    """Return the names of the venues an event can choose, by id."""
    found = await queries.venues_for(convention=own.convention.id, organiser=own.event.organiser)
    return {str(venue.id): text(venue.name) for venue in found}


async def _refuse_lost_sessions(own: Held, after: EventDetails) -> None:
    """Refuse days that leave a session outside."""
    row = await fetch_one(
        "SELECT count(*) FROM session WHERE event = $1 AND canceled_at IS NULL"
        " AND (starts_at AT TIME ZONE $2)::date NOT BETWEEN $3 AND $4",
        own.event.id,
        own.convention.zone,
        after.first_day,
        after.last_day,
    )
    words = _("A session lies outside these days. Please move it first.")
    changes.refuse([unless(row is not None and row[0] == 0, "last_day", "sessions", words)])


async def _write_details(own: Held, after: EventDetails, now: dt.datetime) -> None:
    try:
        async with transaction():
            await _update(
                own.event,
                now,
                {
                    Event.first_day: after.first_day,
                    Event.last_day: after.last_day,
                    Event.mode: after.mode,
                    Event.venue: after.venue,
                    Event.tags: split_tags(after.tags),
                    Event.slug: after.slug,
                    Event.kpi_scope: after.kpi_scope,
                },
            )
    except asyncpg.UniqueViolationError:
        changes.refuse(
            [unless(False, "slug", "taken", _("Another event of this convention has this address."))]  # noqa: FBT003
        )


async def _update(event: OwnEvent, now: dt.datetime, values: dict[object, object]) -> None:
    await Event.update({**values, Event.revision: Event.revision + 1, Event.changed_at: now}).where(  # type: ignore[dict-item]
        Event.id == event.id
    )


async def change_texts(*, principal: Principal, event: UUID, seen: int, wish: EventTexts, now: dt.datetime) -> None:
    """Change what is said about an event."""
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        before = texts_of(own.event)
        changes.refuse_outdated(seen=seen, revision=own.event.revision, stored=before, sent=wish)
        words = _("Write the title in one language at least.")
        changes.refuse([unless(wish.title != Lines(), "title", "required", words)])
        plain = msgspec.to_builtins(wish)
        await _update(
            own.event,
            now,
            {
                Event.title: plain["title"],
                Event.summary: plain["summary"],
                Event.description: plain["description"],
            },
        )
        await changes.note(
            actor=principal.actor, action="event.texts", event=event, now=now, **changes.told(before, wish)
        )


async def publish(*, principal: Principal, event: UUID, now: dt.datetime) -> None:
    """Put a draft into the programme. Raises `WrongState` when it is there already."""
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        if own.event.published_at:
            raise WrongState
        await _update(own.event, now, {Event.published_at: now})
        await changes.note(actor=principal.actor, action="event.publish", event=event, now=now)


async def unpublish(*, principal: Principal, event: UUID, now: dt.datetime) -> None:
    """Take an event out of the programme again; raises `StillNeeded` when somebody has a ticket that opens it."""
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        if not own.event.published_at:
            raise WrongState
        await dependants.withdraw(event)
        held = await dependants.tickets_of(event=event)
        if held:
            raise StillNeeded(_("People hold tickets to this event. Cancel it instead, so that they learn of it."))
        await _update(own.event, now, {Event.published_at: None})
        await changes.note(actor=principal.actor, action="event.unpublish", event=event, now=now)


async def cancel(*, principal: Principal, event: UUID, now: dt.datetime) -> None:
    """Cancel an event: it stays in the programme, marked, and in calendars with all its sessions."""
    await _cancel_or_not(principal, event, now, canceled_at=now)


async def reinstate(*, principal: Principal, event: UUID, now: dt.datetime) -> None:
    """Take back that an event was canceled."""
    await _cancel_or_not(principal, event, now, canceled_at=None)


async def _cancel_or_not(
    principal: Principal, event: UUID, now: dt.datetime, *, canceled_at: dt.datetime | None
) -> None:
    async with transaction():
        own = await own_event(principal=principal, event=event, lock=True)
        if bool(own.event.canceled_at) == bool(canceled_at) or not own.event.published_at:
            raise WrongState
        if canceled_at:
            await dependants.withdraw(event)
        await _update(own.event, now, {Event.canceled_at: canceled_at})
        # What calendars say of the sessions changes with the event, and only a higher SEQUENCE makes them look.
        await Session.update({Session.revision: Session.revision + 1, Session.changed_at: now}).where(
            Session.event == event
        )
        action = "event.cancel" if canceled_at else "event.reinstate"
        await changes.note(actor=principal.actor, action=action, event=event, now=now)


async def delete(*, principal: Principal, event: UUID, now: dt.datetime) -> None:
    """Delete a draft with its sessions and gates; raises `StillNeeded` when something else hangs on it."""
    try:
        async with transaction():
            own = await own_event(principal=principal, event=event, lock=True)
            if own.event.published_at:
                raise WrongState
            for session in await queries.sessions_of_event(event):
                await dependants.capacity_changed(session=session.id, capacity=None, now=now)
            await Session.delete().where(Session.event == event)
            await Gate.delete().where(Gate.event == event)
            await Event.delete().where(Event.id == event)
            await changes.note(
                actor=principal.actor, action="event.delete", event=event, now=now, title=text(own.event.title)
            )
    except (asyncpg.IntegrityConstraintViolationError, Invalid):
        raise StillNeeded(_("Ticket types or other things still belong to this event. Remove them first.")) from None
