"""The ground of a board: the events, venues and doors of a convention, and the part of them that a reader sees."""

import datetime as dt
from uuid import UUID

import msgspec
from msgspec import Struct

from app.attendance.judging.verdict import Gate, event_day, opening
from app.core.db import fetch, fetch_one
from app.people.roles import Scope

Words = dict[str, str]


class Door(Struct, frozen=True):
    """A gate; its hours count in the convention's zone, none means open around the clock."""

    id: UUID
    event: UUID
    venue: UUID
    organiser: UUID
    zone: str
    name: Words
    first_day: dt.date
    last_day: dt.date
    opens_at: dt.time | None = None
    closes_at: dt.time | None = None

    @property
    def gate(self) -> Gate:
        """The gate as verdicts see it, for its event-day."""
        return Gate(
            id=self.id,
            event=self.event,
            venue=self.venue,
            organiser=self.organiser,
            convention=0,
            zone=self.zone,
            scope="",
            opens_at=self.opens_at,
            closes_at=self.closes_at,
        )

    def is_open(self, now: dt.datetime) -> bool:
        """Whether somebody should be scanning here at this moment."""
        gate = self.gate
        day = event_day(gate, now)
        if not self.first_day <= day <= self.last_day:
            return False
        closes = dt.timedelta(days=1) if self.closes_at is None else _length(self.opens_at, self.closes_at)
        return opening(gate, day) <= now < opening(gate, day) + closes


def day_began(gate: Gate, now: dt.datetime) -> dt.datetime:
    """Return when the present event-day of a gate began: at local midnight, or at its opening if it is open over it."""
    over_midnight = gate.opens_at and gate.closes_at and gate.closes_at < gate.opens_at
    day = event_day(gate, now)
    return opening(gate if over_midnight else msgspec.structs.replace(gate, opens_at=None), day)


def _length(opens: dt.time | None, closes: dt.time) -> dt.timedelta:
    """Return how long a door is open; one that closes before it opens is open over midnight."""
    minutes = closes.hour * 60 + closes.minute - (opens.hour * 60 + opens.minute if opens else 0)
    return dt.timedelta(minutes=minutes if minutes > 0 else minutes + 24 * 60)


class Venue(Struct, frozen=True):
    """A place; nobody counts where `capacity` is None."""

    id: UUID
    name: Words
    capacity: int | None = None


class Event(Struct, frozen=True):
    """A linked event."""

    id: UUID
    organiser: UUID
    title: Words


class Ground(Struct, frozen=True):
    """A convention with all its doors, or with those that somebody sees; then it is not `whole`."""

    slug: str
    title: Words
    zone: str
    doors: list[Door]
    venues: list[Venue]
    events: list[Event]
    whole: bool = True

    def seen_by(self, scope: Scope, event: UUID | None) -> "Ground | None":
        """Return the part within `scope`, of one event if it is named, or None when nothing of it is there."""
        gates, organisers = scope.gates, scope.organisers
        whole = gates is None and organisers is None and event is None
        doors = [
            door
            for door in self.doors
            if (gates is None or door.id in gates)
            and (organisers is None or door.organiser in organisers)
            and (event is None or door.event == event)
        ]
        behind = {door.event for door in doors}
        events = [
            one
            for one in self.events
            if (event is None or one.id == event)
            and (one.id in behind or (gates is None and (organisers is None or one.organiser in organisers)))
        ]
        if not events and not whole:
            return None
        venues = {door.venue for door in doors}
        seen = [venue for venue in self.venues if venue.id in venues]
        return msgspec.structs.replace(self, doors=doors, events=events, venues=seen, whole=whole)


GROUND = """
SELECT c.slug, c.title, c.zone, (
    SELECT coalesce(json_agg(json_build_object(
        'id', g.id, 'event', e.id, 'venue', g.venue, 'organiser', e.organiser, 'zone', c.zone, 'name', g.name,
        'first_day', e.first_day, 'last_day', e.last_day, 'opens_at', g.opens_at, 'closes_at', g.closes_at
    ) ORDER BY e.position, e.id, g.position, g.id), '[]')
    FROM gate g JOIN event e ON e.id = g.event WHERE e.convention = c.id AND e.canceled_at IS NULL
) AS doors, (
    SELECT coalesce(json_agg(json_build_object('id', v.id, 'name', v.name, 'capacity', v.capacity) ORDER BY v.slug),
        '[]') FROM venue v WHERE v.convention = c.id
) AS venues, (
    SELECT coalesce(json_agg(json_build_object('id', e.id, 'organiser', e.organiser, 'title', e.title)
        ORDER BY e.position, e.id), '[]') FROM event e WHERE e.convention = c.id AND e.canceled_at IS NULL
) AS events
FROM convention c WHERE c.slug = $1
"""

CONVENTIONS = """
SELECT DISTINCT c.slug, c.title, c.first_day, c.last_day
FROM convention c LEFT JOIN event e ON e.convention = c.id LEFT JOIN gate g ON g.event = e.id
WHERE c.last_day >= $1 AND ($2::uuid[] IS NULL OR g.id = ANY($2)) AND ($3::uuid[] IS NULL OR e.organiser = ANY($3))
ORDER BY c.first_day, c.slug
"""


class ConventionLine(Struct, frozen=True):
    """A convention as it is chosen from a list."""

    slug: str
    title: Words
    first_day: dt.date
    last_day: dt.date


async def read_ground(slug: str) -> Ground | None:
    """Return the whole ground of a convention, or None when there is none of this name."""
    row = await fetch_one(GROUND, slug)
    if row is None:
        return None
    json = msgspec.json.decode
    return Ground(
        slug=row["slug"],
        title=json(row["title"], type=Words),
        zone=row["zone"],
        doors=json(row["doors"], type=list[Door]),
        venues=json(row["venues"], type=list[Venue]),
        events=json(row["events"], type=list[Event]),
    )


async def conventions_of(scope: Scope, *, now: dt.datetime) -> list[ConventionLine]:
    """Return the conventions that are not long over and of which this scope sees something, the next one first."""
    rows = await fetch(CONVENTIONS, (now - dt.timedelta(days=2)).date(), scope.gates, scope.organisers)
    return [
        ConventionLine(row["slug"], msgspec.json.decode(row["title"], type=Words), row["first_day"], row["last_day"])
        for row in rows
    ]
