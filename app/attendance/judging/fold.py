"""Where a ticket is and what it has opened: the fold of its scans. Pure: no table, no clock.

`State` is the fold of `apply` over the scans of a ticket in the order of `Seen.mark`: the same for every order in which
they arrive, however often they do, and over however many devices they are spread.

Decisions where the rules leave room:

* Whoever is inside an event does not enter it again; under `daily` and `after_exit` a new event-day begins anew, under
  `once` it does not. An exit, or an entry anywhere else, makes the way back free, where re-entry is allowed at all.
* Under `times` every entry counts, whether or not somebody left in between, for each event by itself.
* A device that let somebody in on its own verdict tells a fact: the entry counts whatever the rules say to it. A forced
  exit is an exit like any other: nobody leaves where he is not.
"""

import datetime as dt
from collections.abc import Iterable
from functools import reduce
from typing import Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.attendance.judging.rules import Gate, Product, asked, event_day

Direction = Literal["entry", "exit"]
Mark = tuple[dt.datetime, UUID, int]
"""What orders the scans of a ticket: corrected time, device, sequence number."""
Key = tuple[UUID, int]
"""Device and sequence number, by which a scan is known for ever."""

BY_STATE = frozenset({"already_admitted", "already_inside_elsewhere", "not_inside"})
"""Reasons that an earlier scan may take back when it arrives late; every other refusal stands for ever."""
NEW_EVERY_DAY = frozenset({"daily", "after_exit"})
"""Entry rules under which whoever is still inside since an earlier event-day comes in again."""


class Inside(Struct, frozen=True):
    """Where a ticket is, and since when."""

    event: UUID
    venue: UUID
    gate: UUID
    day: dt.date
    since: dt.datetime


class Entered(Struct, frozen=True, omit_defaults=True):
    """The first entry into an event on an event-day, and how many there were on that day."""

    event: UUID
    day: dt.date
    at: dt.datetime
    times: int = 1


class State(Struct, frozen=True, omit_defaults=True):
    """What a ticket has opened, where it is, and the last scan that was folded in."""

    entered: tuple[Entered, ...] = ()
    inside: Inside | None = None
    last: Mark | None = None


class Seen(Struct, frozen=True):
    """A scan as the fold reads it; `sound` unless a rule other than `BY_STATE` refused it.

    `forced`: the device let the person in on its own verdict. `rule`, `entry_times`, `reentry` and `elsewhere` are what
    its gate asks of the ticket's type.
    """

    at: dt.datetime
    device: UUID
    seq: int
    direction: Direction
    gate: UUID
    event: UUID
    venue: UUID
    day: dt.date
    rule: str
    sound: bool = True
    forced: bool = False
    entry_times: int = 1
    reentry: bool = True
    elsewhere: str = "leave"

    @property
    def mark(self) -> Mark:
        """Its place in the order of the ticket's scans."""
        return (self.at, self.device, self.seq)

    @property
    def key(self) -> Key:
        """By which it is known for ever."""
        return (self.device, self.seq)


def seen_at(
    gate: Gate,
    product: Product | None,
    *,
    at: dt.datetime,
    device: UUID,
    seq: int,
    direction: Direction,
    sound: bool = True,
    forced: bool = False,
) -> Seen:
    """Return a scan as the fold reads it, by what its gate asks of the ticket type (None: the code is no ticket)."""
    ask = asked(gate, product) if product is not None else None
    return Seen(
        at=at,
        device=device,
        seq=seq,
        direction=direction,
        gate=gate.id,
        event=gate.event,
        venue=gate.venue,
        day=event_day(gate, at),
        rule=ask.entry_rule if ask else "",
        sound=sound,
        forced=forced,
        entry_times=ask.entry_times if ask else 1,
        reentry=ask.reentry if ask else True,
        elsewhere=gate.elsewhere,
    )


def apply(state: State, seen: Seen) -> State:
    """Fold one scan into the state of its ticket. Entering a venue leaves any other."""
    forced = seen.forced and seen.direction == "entry"
    if not (seen.sound or forced):
        return state
    if not forced and refused_by_state(state, seen) is not None:
        return State(state.entered, state.inside, seen.mark)
    if seen.direction == "exit":
        return State(state.entered, None, seen.mark)
    inside = Inside(seen.event, seen.venue, seen.gate, seen.day, seen.at)
    return State(_entered(state, seen), inside, seen.mark)


def _entered(state: State, seen: Seen) -> tuple[Entered, ...]:
    """Count an entry: the first of an event-day makes a line, the others count up."""
    known = state.entered
    for n, line in enumerate(known):
        if line.event == seen.event and line.day == seen.day:
            return (*known[:n], replace(line, times=line.times + 1), *known[n + 1 :])
    return (*known, Entered(seen.event, seen.day, seen.at))


def fold(scans: Iterable[Seen], start: State | None = None, *, undone: frozenset[Key] = frozenset()) -> State:
    """Return the state after all these scans but the undone ones, whatever the order in which they are given.

    A scan that is given twice counts once.
    """
    once = {seen.key: seen for seen in scans if seen.key not in undone}
    return reduce(apply, sorted(once.values(), key=lambda seen: seen.mark), start or State())


def refused_by_state(state: State, seen: Seen) -> str | None:
    """Return why the ticket's own earlier scans refuse this one, one of `BY_STATE`, or None."""
    if seen.direction == "exit":
        return None if state.inside is not None and state.inside.venue == seen.venue else "not_inside"
    if _used_up(state, seen):
        return "already_admitted"
    kept_out = seen.elsewhere == "refuse" and state.inside is not None and state.inside.venue != seen.venue
    return "already_inside_elsewhere" if kept_out else None


def _used_up(state: State, seen: Seen) -> bool:
    """Whether the entry rule lets nobody in (again)."""
    if seen.rule == "free":
        return False
    if seen.rule == "times":
        return entries(state, seen.event) >= seen.entry_times
    inside = state.inside
    if inside is not None and inside.event == seen.event:
        return seen.rule not in NEW_EVERY_DAY or inside.day >= seen.day
    return not seen.reentry and first_entry(state, seen) is not None


def entries(state: State, event: UUID) -> int:
    """Return how often a ticket has entered an event."""
    return sum(e.times for e in state.entered if e.event == event)


def entry_on(state: State, seen: Seen) -> Entered | None:
    """Return the entries of a scan's event-day into its event."""
    return next((e for e in state.entered if e.event == seen.event and e.day == seen.day), None)


def first_entry(state: State, seen: Seen) -> Entered | None:
    """Return the entry after which nobody comes back without re-entry: under `once` any, under `daily` of that day."""
    if seen.rule == "daily":
        return entry_on(state, seen)
    if seen.rule != "once":
        return None
    return next((e for e in state.entered if e.event == seen.event), None)
