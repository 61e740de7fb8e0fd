"""The programme of a convention as it is published: each event as a span of days, each session. Pure."""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.i18n import text
from app.events.addresses import event_path, full, session_path, uid
from app.events.programme import is_canceled
from app.events.schemas import Event, Programme, Session, Venue
from app.exchange.publishing.content import Content, Place, in_languages
from app.exchange.publishing.said import Said

_NOWHERE = Venue(
    id=UUID(int=0),
    slug="",
    name={},
    address={},
    latitude=None,
    longitude=None,
    capacity=None,
)


def contents(programme: Programme) -> Iterator[Content]:
    """Yield everything of a programme."""
    for event in programme.events.values():
        yield _event(programme, event)
    for session in programme.sessions.values():
        yield _session(programme, session)


def _event(programme: Programme, event: Event) -> Content:
    venue = programme.venues[event.venue] if event.venue else _NOWHERE
    organiser, zone = programme.organisers[event.organiser], programme.convention.zone
    name, url = uid("event", event.id), full(event_path(programme, event))

    def said(tag: str) -> Said:
        return Said(
            uid=name,
            kind="event",
            title=text(event.title, tag),
            first_day=event.first_day,
            last_day=event.last_day,
            zone=zone,
            status="cancelled" if event.canceled_at else "confirmed",
            mode=event.mode,
            venue=text(venue.name, tag),
            address=text(venue.address, tag),
            latitude=venue.latitude,
            longitude=venue.longitude,
            description=text(event.summary, tag),
            url=url,
            categories=tuple(event.tags),
            organiser=text(organiser.name, tag),
        )

    texts = (event.title, event.summary, venue.name, venue.address, organiser.name)
    after = dt.datetime.combine(event.last_day + dt.timedelta(days=1), dt.time(), ZoneInfo(zone))
    return Content(
        subject=event.id,
        audience="public",
        said=in_languages(said, texts),
        place=_place(programme, event, event.venue),
        ends_at=after.astimezone(dt.UTC),
        changed_at=event.changed_at,
        revision=event.revision,
    )


def _session(programme: Programme, session: Session) -> Content:
    event = programme.events[session.event]
    venue = programme.venues[session.venue] if session.venue else _NOWHERE
    organiser, zone = programme.organisers[event.organiser], ZoneInfo(programme.convention.zone)
    name, above = uid("session", session.id), uid("event", event.id)
    url = full(session_path(programme, session))
    starts_at, ends_at = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)

    def said(tag: str) -> Said:
        return Said(
            uid=name,
            kind="session",
            title=text(session.title, tag),
            starts_at=starts_at,
            ends_at=ends_at,
            zone=zone.key,
            status="cancelled" if is_canceled(programme, session) else "confirmed",
            mode=session.mode,
            room=text(session.room, tag),
            venue=text(venue.name, tag),
            address=text(venue.address, tag),
            latitude=venue.latitude,
            longitude=venue.longitude,
            description=text(session.description, tag),
            url=url,
            categories=(text(event.title, tag),),
            organiser=text(organiser.name, tag),
            capacity=session.capacity,
            part_of=above,
        )

    texts = (session.title, session.description, session.room, event.title, venue.name, venue.address, organiser.name)
    return Content(
        subject=session.id,
        audience="public",
        said=in_languages(said, texts),
        place=_place(programme, event, session.venue),
        ends_at=session.ends_at,
        changed_at=session.changed_at,
        revision=session.revision,
    )


def _place(programme: Programme, event: Event, venue: UUID | None) -> Place:
    return Place(
        convention=programme.convention.id,
        event=event.id,
        organiser=event.organiser,
        venue=venue,
        scope=event.kpi_scope,
    )
