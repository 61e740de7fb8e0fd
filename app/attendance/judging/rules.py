"""What doors and ticket types ask, and the hours and days at which they ask it. Pure: no table, no clock.

A gate may ask more of a ticket type than the type itself does (`Gate.rules`): the rule for the type stands before the
rule for all types, that one before the type's own, field by field. Hours and days of such a rule narrow those of the
gate and of the type; they never open a door that is closed.

A gate that closes before it opens is open over midnight: the small hours belong to the event-day before.
"""

import datetime as dt
from functools import cache, cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

WHOLE_DAY = dt.timedelta(days=1)
Hours = tuple[dt.time | None, dt.time | None]
"""From when until when a door is open by the clock on the wall; None: no limit on that side."""


class GateRule(Struct, frozen=True):
    """What a gate asks of a ticket type (`product` None: of every type); None leaves what the next one says."""

    product: UUID | None = None
    admits: bool = True
    entry_rule: str | None = None
    entry_times: int | None = None
    reentry: bool | None = None
    opens_at: dt.time | None = None
    closes_at: dt.time | None = None
    days: tuple[dt.date, ...] = ()


class Gate(Struct, frozen=True):
    """A door: its event and venue, whose they are, and the hours in the convention's zone (None: always open).

    `capacity` and `inside` count people of the whole venue; `inside` is kept only where there is a capacity.
    `elsewhere` leave | refuse: what an entry means for somebody who is inside another venue.
    """

    id: UUID
    event: UUID
    venue: UUID
    organiser: UUID
    convention: int
    zone: str
    scope: str
    opens_at: dt.time | None = None
    closes_at: dt.time | None = None
    capacity: int | None = None
    inside: int = 0
    elsewhere: str = "leave"
    rules: tuple[GateRule, ...] = ()


class Covered(Struct, frozen=True):
    """An event that a product opens, with the venue where it is held."""

    event: UUID
    organiser: UUID
    venue: UUID | None = None


class Product(Struct, frozen=True, dict=True):
    """A ticket type. `days` are the days on which it is valid, none of them for all of `first_day` to `last_day`.

    `entry_rule` once | daily | times (`entry_times` of them) | after_exit | free; with `reentry` who has left may
    come back.
    """

    id: UUID
    convention: int
    role: str
    mode: str
    entry_rule: str
    first_day: dt.date
    last_day: dt.date
    title: dict[str, str]
    days: tuple[dt.date, ...] = ()
    covers: tuple[Covered, ...] = ()
    number: int = 0
    entry_times: int = 1
    reentry: bool = True

    @cached_property
    def events(self) -> frozenset[UUID]:
        """What it opens: asked twice for every scan."""
        return frozenset(covered.event for covered in self.covers)


class Asked(Struct, frozen=True):
    """How often a gate lets a ticket type in, and within which hours and days beside its own and the type's."""

    entry_rule: str
    entry_times: int
    reentry: bool
    admits: bool = True
    hours: Hours = (None, None)
    days: tuple[dt.date, ...] = ()


def asked(gate: Gate, product: Product) -> Asked:
    """Return what this gate asks of this ticket type."""
    rules = _rules(gate, product)
    if not rules:
        return Asked(product.entry_rule, product.entry_times, product.reentry)
    return Asked(
        entry_rule=next((r.entry_rule for r in rules if r.entry_rule is not None), product.entry_rule),
        entry_times=next((r.entry_times for r in rules if r.entry_times is not None), product.entry_times),
        reentry=next((r.reentry for r in rules if r.reentry is not None), product.reentry),
        admits=rules[0].admits,
        hours=(
            next((r.opens_at for r in rules if r.opens_at is not None), None),
            next((r.closes_at for r in rules if r.closes_at is not None), None),
        ),
        days=next((r.days for r in rules if r.days), ()),
    )


def _rules(gate: Gate, product: Product) -> list[GateRule]:
    """Return the gate's rules for a ticket type, the nearest one first."""
    if not gate.rules:
        return []
    own = [rule for rule in gate.rules if rule.product == product.id]
    return own + [rule for rule in gate.rules if rule.product is None]


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return an IANA zone."""
    return ZoneInfo(name)


def event_day(gate: Gate, at: dt.datetime) -> dt.date:
    """Return the event-day to which a moment at this gate belongs, by the convention's zone."""
    local = at.astimezone(zone_of(gate.zone))
    return local.date() - WHOLE_DAY if local.time() < _new_day(gate) else local.date()


def opening(gate: Gate, day: dt.date) -> dt.datetime:
    """Return the scheduled start of an event-day at this gate in UTC: its opening hour, else local midnight."""
    return dt.datetime.combine(day, gate.opens_at or dt.time(), zone_of(gate.zone)).astimezone(dt.UTC)


def outside(gate: Gate, hours: Hours, at: dt.datetime) -> tuple[str, dt.datetime] | None:
    """Return `not_yet_valid` and since when, or `expired` and until when these hours let somebody in; None: they do.

    Clock times are placed in the event-day of the gate. Hours that end before they begin leave out the time between:
    then it is too early for the second part.
    """
    opens, closes = hours
    if opens is None and closes is None:
        return None
    now = _since_new_day(gate, at.astimezone(zone_of(gate.zone)).time())
    begin = dt.timedelta() if opens is None else _since_new_day(gate, opens)
    end = WHOLE_DAY if closes is None else _since_new_day(gate, closes) or WHOLE_DAY
    early = end <= now < begin if end < begin else now < begin
    if early:
        return "not_yet_valid", _moment(gate, event_day(gate, at), begin)
    return ("expired", _moment(gate, event_day(gate, at), end)) if now >= end >= begin else None


def _new_day(gate: Gate) -> dt.time:
    """Return when the event-day of a gate begins on the clock: at midnight, or when it closes after midnight."""
    opens, closes = gate.opens_at, gate.closes_at
    return dt.time() if opens is None or closes is None or closes >= opens else closes


def _since_new_day(gate: Gate, clock: dt.time) -> dt.timedelta:
    """Return how far the clock is from the beginning of the event-day, from nothing to just under a whole day."""
    return (_of_day(clock) - _of_day(_new_day(gate))) % WHOLE_DAY


def _of_day(clock: dt.time) -> dt.timedelta:
    return dt.timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _moment(gate: Gate, day: dt.date, since: dt.timedelta) -> dt.datetime:
    """Return a moment of an event-day in UTC, given by the clock on the wall."""
    wall = dt.datetime.combine(day, _new_day(gate)) + since
    return wall.replace(tzinfo=zone_of(gate.zone)).astimezone(dt.UTC)
