"""The programme as the API answers it: words of the reader's language, times with the offset of the place."""

from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.i18n import text
from app.events.addresses import (
    calendar_path,
    convention_path,
    event_path,
    full,
    register_path,
    session_path,
)
from app.events.programme import days, is_canceled, languages
from app.events.schemas import (
    ConventionOut,
    Event,
    EventBrief,
    EventOut,
    OrganiserOut,
    Programme,
    Session,
    SessionOut,
    SpeakerOut,
    Venue,
    VenueOut,
    Words,
)


def convention_out(programme: Programme) -> ConventionOut:
    """Return a convention with its days, venues and events."""
    convention = programme.convention
    return ConventionOut(
        id=convention.id,
        slug=convention.slug,
        title=text(convention.title),
        description=text(convention.description),
        zone=convention.zone,
        first_day=convention.first_day,
        last_day=convention.last_day,
        days=days(programme),
        languages=languages(programme),
        venues=[venue_out(venue) for venue in programme.venues.values()],
        events=[_brief(event) for event in programme.events.values()],
        url=full(convention_path(programme)),
        events_url=full(f"/api/v1/conventions/{convention.slug}/events"),
        calendar_url=full(calendar_path(programme)),
        register_url=full(register_path(programme)),
        texts=_texts(title=convention.title, description=convention.description),
    )


def _brief(event: Event) -> EventBrief:
    return EventBrief(
        event.id, event.slug, text(event.title), event.mode, event.first_day, event.last_day, bool(event.canceled_at)
    )


def venue_out(venue: Venue) -> VenueOut:
    """Return a venue in the reader's language."""
    return VenueOut(
        id=venue.id,
        slug=venue.slug,
        name=text(venue.name),
        address=text(venue.address),
        latitude=venue.latitude,
        longitude=venue.longitude,
        capacity=venue.capacity,
        texts=_texts(name=venue.name, address=venue.address),
    )


def event_out(programme: Programme, event: Event, sessions: list[Session]) -> EventOut:
    """Return an event with `sessions` of it."""
    organiser = programme.organisers[event.organiser]
    return EventOut(
        id=event.id,
        slug=event.slug,
        convention=programme.convention.slug,
        title=text(event.title),
        summary=text(event.summary),
        description=text(event.description),
        mode=event.mode,
        first_day=event.first_day,
        last_day=event.last_day,
        organiser=OrganiserOut(organiser.slug, text(organiser.name), organiser.url),
        venue=venue_out(programme.venues[event.venue]) if event.venue else None,
        tags=event.tags,
        canceled=event.canceled_at is not None,
        revision=event.revision,
        changed_at=event.changed_at.astimezone(ZoneInfo(programme.convention.zone)),
        url=full(event_path(programme, event)),
        calendar_url=full(calendar_path(programme, event)),
        register_url=full(register_path(programme, event)),
        texts=_texts(title=event.title, summary=event.summary, description=event.description),
        sessions=[session_out(programme, session) for session in sessions],
    )


def session_out(programme: Programme, session: Session) -> SessionOut:
    """Return a session in the reader's language."""
    zone = ZoneInfo(programme.convention.zone)
    return SessionOut(
        id=session.id,
        slug=session.slug,
        event=programme.events[session.event].slug,
        title=text(session.title),
        description=text(session.description),
        mode=session.mode,
        starts_at=session.starts_at.astimezone(zone),
        ends_at=session.ends_at.astimezone(zone),
        venue=_slug(programme, session.venue),
        room=text(session.room),
        languages=session.languages,
        speakers=[SpeakerOut(text(s.name), text(s.organisation)) for s in session.speakers],
        capacity=session.capacity,
        canceled=is_canceled(programme, session),
        url=full(session_path(programme, session)),
        texts=_texts(title=session.title, description=session.description, room=session.room),
    )


def _slug(programme: Programme, venue: UUID | None) -> str | None:
    return programme.venues[venue].slug if venue else None


def _texts(**texts: Words) -> dict[str, Words]:
    return {name: words for name, words in texts.items() if words}
