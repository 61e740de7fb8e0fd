"""What a lead must see at once: rules that turn figures into alarms. Pure; the words stand in `words.py`."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.attendance.board.ground import Door, Ground, Venue, Words
from app.attendance.board.readings import NOWHERE, Heard, Standing
from app.attendance.board.tally import Counts, Tally, minute_of

NEARLY = 0.9
"""The share of its capacity from which a venue is nearly full."""
SILENT = dt.timedelta(minutes=2)
"""After so long without a contact a device is silent."""
GONE = dt.timedelta(hours=3)
"""After so long its shift is over, and nobody is called for it."""
QUEUE, GROWING = 10, dt.timedelta(minutes=1)
"""A queue is growing when at least so many scans wait, and more than so long ago."""
LAST, WITHIN, LEAST, SHARE = 50, 30, 10, 0.2
"""Refusals at a gate are unusual when, in the newest minutes (at most 30) that hold 50 scans together, at least 10
and more than a fifth of the scans were refused."""
UNTRUSTED = 60
"""For so many minutes a scan with an untrusted clock calls for somebody."""

Code = Literal[
    "venue_full", "venue_nearly_full", "device_silent", "queue_growing", "unusual_refusals", "scans_aside",
    "clock_untrusted",
]  # fmt: skip
URGENT: frozenset[Code] = frozenset({"venue_full", "device_silent", "unusual_refusals"})


class Alarm(Struct, frozen=True):
    """Something that needs a person. `name` is that of the venue or gate, `device` that of a phone.

    `n` counts what it is about (people, seconds, scans), `of` what it is compared with.
    """

    code: Code
    name: Words
    n: int
    of: int = 0
    device: str = ""
    event: UUID | None = None
    gate: UUID | None = None
    device_id: UUID | None = None

    @property
    def level(self) -> Literal["error", "warning"]:
        """Whether somebody must act now, or soon."""
        return "error" if self.code in URGENT else "warning"


class Queues:
    """How many scans waited on each device a minute ago: the past that `device_contact` does not keep."""

    def __init__(self) -> None:
        self.samples: dict[UUID, list[tuple[dt.datetime, int]]] = {}

    def note(self, devices: Iterable[Heard], *, now: dt.datetime) -> None:
        """Keep what is said now, and of the past what is needed: one sample at least a minute old, and those since."""
        self.samples = {
            one.id: [*_recent(self.samples.get(one.id, []), now), (now, one.queue)] for one in devices if one.queue
        }

    def before(self, device: UUID, *, now: dt.datetime) -> int | None:
        """Return how many waited a minute ago, None when that is not known."""
        samples = self.samples.get(device)
        return samples[0][1] if samples and now - samples[0][0] >= GROWING else None


def _recent(samples: list[tuple[dt.datetime, int]], now: dt.datetime) -> list[tuple[dt.datetime, int]]:
    old = [sample for sample in samples if now - sample[0] >= GROWING]
    return [*old[-1:], *samples[len(old) :]]


def alarms(ground: Ground, standing: Standing, tally: Tally, queues: Queues, *, now: dt.datetime) -> list[Alarm]:
    """Return the alarms within a ground, the urgent ones first."""
    doors = {door.id: door for door in ground.doors}
    devices = [(one, doors[one.gate]) for one in standing.devices if one.gate in doors]
    found = [
        *_venues(ground, standing.inside),
        *_silent(devices, now),
        *_refusals(ground.doors, tally, now),
        *_queues(devices, queues, now),
        *_aside(ground, standing.aside),
        *_clocks(doors, standing, tally, now),
    ]
    return sorted(found, key=lambda alarm: alarm.level)


def _venues(ground: Ground, inside: Mapping[UUID, int]) -> Iterator[Alarm]:
    for venue in ground.venues:
        code, people = fullness(venue, inside.get(venue.id, 0)), inside.get(venue.id, 0)
        if code is not None:
            event = next((door.event for door in ground.doors if door.venue == venue.id), None)
            yield Alarm(code, venue.name, people, venue.capacity or 0, event=event)


def fullness(venue: Venue, inside: int) -> Literal["venue_full", "venue_nearly_full"] | None:
    """Return whether a venue is full or nearly so; None for one where nobody counts."""
    if venue.capacity is None or inside < NEARLY * venue.capacity:
        return None
    return "venue_full" if inside >= venue.capacity else "venue_nearly_full"


def _silent(devices: Sequence[tuple[Heard, Door]], now: dt.datetime) -> Iterator[Alarm]:
    for one, door in devices:
        silence = now - one.seen_at
        if SILENT <= silence < GONE and door.is_open(now):
            seconds = int(silence.total_seconds())
            yield Alarm("device_silent", door.name, seconds, 0, one.name, door.event, door.id, one.id)


def _queues(devices: Sequence[tuple[Heard, Door]], queues: Queues, now: dt.datetime) -> Iterator[Alarm]:
    for one, door in devices:
        before = queues.before(one.id, now=now)
        if one.queue >= QUEUE and before is not None and one.queue > before:
            yield Alarm("queue_growing", door.name, one.queue, before, one.name, door.event, door.id, one.id)


def _refusals(doors: Iterable[Door], tally: Tally, now: dt.datetime) -> Iterator[Alarm]:
    last = minute_of(now)
    for door in doors:
        scans, refused = newest(tally.between(door.id, last - WITHIN + 1, last))
        if refused >= LEAST and refused > SHARE * scans:
            yield Alarm("unusual_refusals", door.name, refused, scans, event=door.event, gate=door.id)


def newest(minutes: Mapping[int, Counts]) -> tuple[int, int]:
    """Return the scans and refusals of the newest minutes that hold `LAST` scans together, or of all there are."""
    scans = refused = 0
    for at in sorted(minutes, reverse=True):
        if scans >= LAST:
            break
        scans += minutes[at].scans
        refused += minutes[at].refusals
    return scans, refused


def _aside(ground: Ground, aside: Mapping[UUID, int]) -> Iterator[Alarm]:
    if ground.whole and NOWHERE in aside:
        yield Alarm("scans_aside", {}, aside[NOWHERE])
    for door in ground.doors:
        if door.id in aside:
            yield Alarm("scans_aside", door.name, aside[door.id], event=door.event, gate=door.id)


def _clocks(doors: Mapping[UUID, Door], standing: Standing, tally: Tally, now: dt.datetime) -> Iterator[Alarm]:
    names = {one.id: one.name for one in standing.devices}
    for device, (gate, minute) in tally.untrusted.items():
        if gate in doors and minute_of(now) - minute < UNTRUSTED:
            door = doors[gate]
            yield Alarm("clock_untrusted", door.name, 1, 0, names.get(device, ""), door.event, door.id, device)
