"""What a board shows at one moment, made from what was read. Pure."""

import datetime as dt
from collections import Counter
from uuid import UUID

from msgspec import Struct

from app.attendance.board.alarms import Alarm, Queues, alarms, fullness
from app.attendance.board.ground import Ground, Words, day_began
from app.attendance.board.readings import Heard, Standing
from app.attendance.board.tally import Tally, minute_of

HOUR = 60
"""Minutes of the drawing, and of the refusals."""


class Past(Struct):
    """What a process keeps from one reading to the next."""

    tally: Tally
    queues: Queues


class VenueLine(Struct, frozen=True):
    """People inside a venue; `state` is empty where there is room or nobody counts."""

    id: UUID
    name: Words
    inside: int
    capacity: int | None
    state: str


class EventLine(Struct, frozen=True):
    """Entries and refusals of the present event-day."""

    id: UUID
    title: Words
    entered: int
    refused: int


class RefusalLine(Struct, frozen=True):
    """Refusals of the last hour for one reason."""

    reason: str
    scans: int


class DeviceLine(Struct, frozen=True):
    """A device at its gate.

    `silent` are the whole seconds since it was heard of, `behind` the tickets changed since its pack was made (at
    most 100; None when it has no pack).
    """

    id: UUID
    name: str
    gate: Words
    direction: str
    queue: int
    battery: int | None
    silent: int
    behind: int | None


class Board(Struct, frozen=True):
    """A board. `inside` counts the people in all venues shown, `entered` today's entries.

    `per_minute` are the entries of the last hour, the present minute last.
    """

    convention: str
    event: UUID | None
    at: dt.datetime
    inside: int
    entered: int
    per_minute: list[int]
    venues: list[VenueLine]
    events: list[EventLine]
    refusals: list[RefusalLine]
    devices: list[DeviceLine]
    alarms: list[Alarm]


def board(ground: Ground, standing: Standing, past: Past, *, event: UUID | None, now: dt.datetime) -> Board:
    """Return the board of a ground, as things stand."""
    venues = [
        VenueLine(one.id, one.name, people, one.capacity, fullness(one, people) or "")
        for one in ground.venues
        for people in [standing.inside.get(one.id, 0)]
    ]
    events = _events(ground, standing, past.tally, now)
    return Board(
        convention=ground.slug,
        event=event,
        at=now,
        inside=sum(line.inside for line in venues),
        entered=sum(line.entered for line in events),
        per_minute=_per_minute(ground, standing, past.tally, now),
        venues=venues,
        events=events,
        refusals=_refusals(ground, past.tally, now),
        devices=_devices(ground, standing, now),
        alarms=alarms(ground, standing, past.tally, past.queues, now=now),
    )


def _events(ground: Ground, standing: Standing, tally: Tally, now: dt.datetime) -> list[EventLine]:
    entered, refused = Counter[UUID](), Counter[UUID]()
    for door in ground.doors:
        first = minute_of(day_began(door.gate, now))
        day = tally.day(door.id, first)
        entered[door.event] += day.entered + corrected(standing, door.id, first)
        refused[door.event] += day.refusals
    return [EventLine(one.id, one.title, entered[one.id], refused[one.id]) for one in ground.events]


def corrected(standing: Standing, gate: UUID, first: int) -> int:
    """Return by how much the entries counted at a gate since the minute `first` are to be corrected."""
    return sum(one.entries for one in standing.corrections if one.gate == gate and one.minute >= first)


def _per_minute(ground: Ground, standing: Standing, tally: Tally, now: dt.datetime) -> list[int]:
    last = minute_of(now)
    first = last - HOUR + 1
    found = [0] * HOUR
    for door in ground.doors:
        for at, counts in tally.between(door.id, first, last).items():
            found[at - first] += counts.entered
    doors = {door.id for door in ground.doors}
    for one in standing.corrections:
        if one.gate in doors and first <= one.minute <= last:
            found[one.minute - first] += one.entries
    return found


def _refusals(ground: Ground, tally: Tally, now: dt.datetime) -> list[RefusalLine]:
    last = minute_of(now)
    found = Counter[str]()
    for door in ground.doors:
        for counts in tally.between(door.id, last - HOUR + 1, last).values():
            found.update(counts.refused)
    return [RefusalLine(reason, scans) for reason, scans in sorted(found.items(), key=lambda one: (-one[1], one[0]))]


def _devices(ground: Ground, standing: Standing, now: dt.datetime) -> list[DeviceLine]:
    names = {door.id: door.name for door in ground.doors}
    return [
        DeviceLine(
            id=one.id,
            name=one.name,
            gate=names[one.gate],
            direction=one.direction,
            queue=one.queue,
            battery=one.battery,
            silent=max(0, int((now - one.seen_at).total_seconds())),
            behind=_behind(one, standing),
        )
        for one in standing.devices
        if one.gate in names and (now - one.seen_at) < dt.timedelta(hours=12)
    ]


def _behind(one: Heard, standing: Standing) -> int | None:
    return standing.behind.get(one.pack, 0) if one.pack else None
