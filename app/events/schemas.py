"""The programme: rows as they are read, and what the API answers."""

import datetime as dt
from uuid import UUID

import msgspec

Words = dict[str, str]
"""A content text: language to words; empty where nobody wrote anything."""


class Convention(msgspec.Struct, frozen=True):
    """One year's edition; `zone` is an IANA name."""

    id: UUID
    slug: str
    title: Words
    description: Words
    zone: str
    first_day: dt.date
    last_day: dt.date


class Organiser(msgspec.Struct, frozen=True):
    """Who runs an event; `url` is empty or a web address."""

    id: UUID
    slug: str
    name: Words
    url: str


class Venue(msgspec.Struct, frozen=True):
    """A place; `capacity` in people, coordinates in degrees (WGS 84)."""

    id: UUID
    slug: str
    name: Words
    address: Words
    latitude: float | None
    longitude: float | None
    capacity: int | None


class Event(msgspec.Struct, frozen=True):
    """One linked event; `venue` is its main place, `kpi_scope` core | linked | out."""

    id: UUID
    slug: str
    organiser: UUID
    venue: UUID | None
    mode: str
    title: Words
    summary: Words
    description: Words
    tags: list[str]
    first_day: dt.date
    last_day: dt.date
    revision: int
    changed_at: dt.datetime
    canceled_at: dt.datetime | None = None
    kpi_scope: str = "linked"


class Speaker(msgspec.Struct, frozen=True):
    """Somebody on a stage."""

    name: Words
    organisation: Words


class Session(msgspec.Struct, frozen=True):
    """One item of an event's programme. The address of its stream is not here: it belongs to registered people."""

    id: UUID
    event: UUID
    venue: UUID | None
    slug: str
    room: Words
    mode: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    languages: list[str]
    capacity: int | None
    title: Words
    description: Words
    speakers: list[Speaker]
    revision: int
    changed_at: dt.datetime
    canceled_at: dt.datetime | None = None


class Programme(msgspec.Struct, frozen=True, eq=False):
    """A whole convention at one moment, in the order of the programme; compared and hashed by identity.

    `stamp` changes whenever PostgreSQL has written any of its rows anew.
    """

    stamp: str
    convention: Convention
    organisers: dict[UUID, Organiser]
    venues: dict[UUID, Venue]
    events: dict[UUID, Event]
    sessions: dict[UUID, Session]


class VenueOut(msgspec.Struct, frozen=True):
    """A venue, in the reader's language; `texts` has all languages."""

    id: UUID
    slug: str
    name: str
    address: str
    latitude: float | None
    longitude: float | None
    capacity: int | None
    texts: dict[str, Words]


class OrganiserOut(msgspec.Struct, frozen=True):
    """Who runs an event."""

    slug: str
    name: str
    url: str


class SpeakerOut(msgspec.Struct, frozen=True):
    """Somebody on a stage, in the reader's language."""

    name: str
    organisation: str


class SessionOut(msgspec.Struct, frozen=True):
    """A session; times carry the convention's offset, `venue` is a slug, `capacity` in people or null."""

    id: UUID
    slug: str
    event: str
    title: str
    description: str
    mode: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    venue: str | None
    room: str
    languages: list[str]
    speakers: list[SpeakerOut]
    capacity: int | None
    canceled: bool
    url: str
    texts: dict[str, Words]


class EventOut(msgspec.Struct, frozen=True):
    """An event with its sessions (in a filtered list, those that meet the filters)."""

    id: UUID
    slug: str
    convention: str
    title: str
    summary: str
    description: str
    mode: str
    first_day: dt.date
    last_day: dt.date
    organiser: OrganiserOut
    venue: VenueOut | None
    tags: list[str]
    canceled: bool
    revision: int
    changed_at: dt.datetime
    url: str
    calendar_url: str
    register_url: str
    texts: dict[str, Words]
    sessions: list[SessionOut]


class EventBrief(msgspec.Struct, frozen=True):
    """An event in one line."""

    id: UUID
    slug: str
    title: str
    mode: str
    first_day: dt.date
    last_day: dt.date
    canceled: bool


class ConventionOut(msgspec.Struct, frozen=True):
    """A convention with its days, venues and events; `languages` are those spoken in its sessions."""

    id: UUID
    slug: str
    title: str
    description: str
    zone: str
    first_day: dt.date
    last_day: dt.date
    days: list[dt.date]
    languages: list[str]
    venues: list[VenueOut]
    events: list[EventBrief]
    url: str
    events_url: str
    calendar_url: str
    register_url: str
    texts: dict[str, Words]
