"""Where the things of the programme are found: paths of pages and calendars, names in calendars."""

from functools import lru_cache
from uuid import UUID

from app.core.settings import settings
from app.events.schemas import Event, Programme, Session


def full(path: str) -> str:
    """Return the address that works outside this site."""
    return settings().base_url + path


def convention_path(programme: Programme) -> str:
    """The programme page."""
    return f"/{programme.convention.slug}"


def register_path(programme: Programme, event: Event | None = None) -> str:
    """Where one registers; with an event, among the tickets that open it."""
    return f"/{programme.convention.slug}/register{f'?event={event.slug}' if event else ''}"


def event_path(programme: Programme, event: Event) -> str:
    """The page of an event."""
    return f"/{programme.convention.slug}/events/{event.slug}"


def session_path(programme: Programme, session: Session) -> str:
    """The page of a session: by slug, or by id when an earlier session of another event has the slug."""
    return f"/{programme.convention.slug}/sessions/{session_key(programme, session)}"


def session_key(programme: Programme, session: Session) -> str:
    """Return the last part of a session's address."""
    return session.slug if session_slugs(programme)[session.slug] is session else str(session.id)


@lru_cache(maxsize=16)
def session_slugs(programme: Programme) -> dict[str, Session]:
    """Return which session a bare slug names: slugs are unique in an event only, so the first event's goes before."""
    found: dict[str, Session] = {}
    order = {event: n for n, event in enumerate(programme.events)}
    for session in sorted(programme.sessions.values(), key=lambda s: order[s.event]):
        found.setdefault(session.slug, session)
    return found


def picture_path(programme: Programme, event: Event | None = None) -> str:
    """The picture that links to a convention or an event are shown with."""
    return f"{event_path(programme, event) if event else convention_path(programme)}/picture.png"


def calendar_path(programme: Programme, event: Event | None = None) -> str:
    """The calendar of a convention or of one event."""
    name = f"{programme.convention.slug}/{event.slug}" if event else programme.convention.slug
    return f"/calendars/{name}.ics"


def uid(kind: str, key: UUID) -> str:
    """Return the name of an event or session in calendars, the same for ever."""
    return f"{kind}-{key}@{settings().host}"
