"""The programme's rows as those who run them see them: drafts too, and with what the public is not told."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.events.schemas import Organiser, Session, Venue, Words


class OwnConvention(Struct, frozen=True):
    """A convention, published or not."""

    id: UUID
    slug: str
    number: int
    title: Words
    description: Words
    zone: str
    first_day: dt.date
    last_day: dt.date
    published_at: dt.datetime | None
    revision: int


class OwnEvent(Struct, frozen=True):
    """An event, published or not."""

    id: UUID
    convention: UUID
    organiser: UUID
    venue: UUID | None
    slug: str
    kpi_scope: str
    mode: str
    title: Words
    summary: Words
    description: Words
    tags: list[str]
    first_day: dt.date
    last_day: dt.date
    revision: int
    changed_at: dt.datetime
    published_at: dt.datetime | None
    canceled_at: dt.datetime | None


class OwnSession(Session, frozen=True, kw_only=True):
    """A session with the address of its stream."""

    stream_url: str = ""


class OwnVenue(Venue, frozen=True, kw_only=True):
    """A venue; without an organiser it is the city's."""

    convention: UUID
    organiser: UUID | None
    revision: int


class OwnGate(Struct, frozen=True):
    """A gate of one event."""

    id: UUID
    venue: UUID
    slug: str
    name: Words
    opens_at: dt.time | None
    closes_at: dt.time | None
    elsewhere: str
    revision: int


class OwnOrganiser(Organiser, frozen=True, kw_only=True):
    """An organiser with the number of its events."""

    revision: int
    events: int = 0


class Held(Struct, frozen=True):
    """An event with what it belongs to."""

    event: OwnEvent
    convention: OwnConvention
    organiser: Organiser


class Listed(Struct, frozen=True):
    """An event in a list, with the number of its sessions and of its gates."""

    event: OwnEvent
    convention: OwnConvention
    organiser: Organiser
    sessions: int
    gates: int


class Rival(Struct, frozen=True):
    """Two sessions at one place at one time: `session` is the one looked at."""

    session: UUID
    title: Words
    event_title: Words
    starts_at: dt.datetime
    ends_at: dt.datetime


class Change(Struct, frozen=True):
    """An entry of the audit log; `detail` is JSON."""

    position: int
    at: dt.datetime
    actor: str
    action: str
    detail: str
    label: str | None
