"""The public calendars of a convention and of its events, made from the programme."""

import datetime as dt
import hashlib
from functools import lru_cache
from uuid import UUID

import msgspec

from app.core.i18n import text
from app.events.addresses import calendar_path, event_path, full, session_path, uid
from app.events.ical import Entry, calendar_file
from app.events.programme import is_canceled, sessions_of
from app.events.schemas import Event, Programme, Session, Venue, Words


class Feed(msgspec.Struct, frozen=True):
    """A calendar file with its strong entity tag; `changed_at` is the last change of anything in it."""

    body: bytes
    etag: str
    changed_at: dt.datetime | None


@lru_cache(maxsize=64)
def feed(programme: Programme, event_id: UUID | None, language: str) -> Feed:
    """Return the calendar of an event, or of the whole convention, in `language`.

    A programme compares by identity and is read anew when a row changed, so a kept feed is never an old one.
    """
    event = programme.events[event_id] if event_id else None
    chosen = [event] if event else list(programme.events.values())
    entries = [entry for one in chosen for entry in _entries(programme, one, language)]
    path = f"{calendar_path(programme, event)}?lang={language}"
    title = (event or programme.convention).title
    body = calendar_file(
        entries, name=text(title, language), language=language, zone=programme.convention.zone, url=full(path)
    )
    changed = max((entry.changed_at for entry in entries), default=None)
    return Feed(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', changed)


def _entries(programme: Programme, event: Event, language: str) -> list[Entry]:
    """Return an event as a span of days, then its sessions."""
    sessions = [_session_entry(programme, event, s, language) for s in sessions_of(programme, event)]
    return [_event_entry(programme, event, language), *sessions]


def _event_entry(programme: Programme, event: Event, language: str) -> Entry:
    venue = programme.venues[event.venue] if event.venue else None
    return Entry(
        uid=uid("event", event.id),
        sequence=event.revision,
        changed_at=event.changed_at,
        title=text(event.title, language),
        starts=event.first_day,
        ends=event.last_day,
        location=place_words(venue, {}, language),
        place=coordinates(venue),
        url=full(event_path(programme, event)),
        description=text(event.summary, language),
        categories=tuple(event.tags),
        canceled=event.canceled_at is not None,
    )


def _session_entry(programme: Programme, event: Event, session: Session, language: str) -> Entry:
    venue = programme.venues[session.venue] if session.venue else None
    return Entry(
        uid=uid("session", session.id),
        sequence=session.revision,
        changed_at=session.changed_at,
        title=text(session.title, language),
        starts=session.starts_at,
        ends=session.ends_at,
        location=place_words(venue, session.room, language),
        place=coordinates(venue),
        url=full(session_path(programme, session)),
        description=text(session.description, language),
        categories=(text(event.title, language),),
        blocks=True,
        canceled=is_canceled(programme, session),
    )


def place_words(venue: Venue | None, room: Words, language: str) -> str:
    """Return room, venue and address in one line; empty for what has no place."""
    parts = [room, venue.name, venue.address] if venue else [room]
    return ", ".join(words for words in (text(part, language) for part in parts) if words)


def coordinates(venue: Venue | None) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees, if the venue has both."""
    if venue is None or venue.latitude is None or venue.longitude is None:
        return None
    return venue.latitude, venue.longitude
