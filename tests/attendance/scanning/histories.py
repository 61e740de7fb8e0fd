"""Histories of a few phones at a few doors, and what must come of them by the rules alone.

A history is drawn by its number: scans with the moments at which they truly happened, what the phones showed, undos,
tickets that are canceled meanwhile; and an order of delivery with repetitions. `expected` knows the rules and nothing
of the application; it looks at what happened and never at how it was delivered.
"""

import datetime as dt
from random import Random
from typing import Literal
from uuid import UUID

from msgspec import Struct

from tests.clock import NOW

SPAN = dt.timedelta(hours=36)
"""Over which a history runs: the first evening of the convention, its night, and its second day."""
RECEIVED = NOW + dt.timedelta(hours=40)
DAY = dt.timedelta(hours=24)
PHONES, LEAD = 5, 0
"""The phone with the number 0 is a lead's."""
DOORS, TICKETS = 5, 2
Kind = Literal["entry", "exit", "undo"]


class Door(Struct, frozen=True):
    """What a door asks. `event` and `venue` are numbers."""

    event: int
    venue: int
    rule: str
    times: int = 1
    reentry: bool = True
    elsewhere: str = "leave"


HOUSE = (
    Door(0, 0, "daily"),
    Door(0, 0, "times", times=2),
    Door(1, 1, "free"),
    Door(0, 0, "daily", reentry=False),
    Door(1, 1, "once", elsewhere="refuse"),
)
"""Doors of two events at two venues, each with another rule."""


class Fact(Struct, frozen=True):
    """Something that happened. `final` is what the phone showed, None when it left that to the server.

    `of` is the fact that an undo takes back. `by_hand` without a code.
    """

    number: int
    phone: int
    at: dt.datetime
    kind: Kind
    door: int
    ticket: int = 0
    final: str | None = None
    by_hand: bool = False
    of: int | None = None


class Delivery(Struct, frozen=True):
    """A fact that is sent; `told` when the phone says with it what it showed."""

    fact: int
    told: bool


class History(Struct, frozen=True):
    """What happened, how wrong each phone's clock is, from when on tickets are canceled, and how it is delivered."""

    facts: tuple[Fact, ...]
    skews: tuple[dt.timedelta, ...]
    canceled: dict[int, dt.datetime]
    deliveries: tuple[Delivery, ...]


class Ended(Struct, frozen=True):
    """How it must end for a ticket: evidence as (event, day, moment, class), place as (door, since), first entries."""

    evidence: list[tuple[int, dt.date, dt.datetime, str]]
    place: tuple[int, dt.datetime] | None
    entered: frozenset[tuple[int, dt.date, dt.datetime, int]]


def draw(number: int) -> History:
    """Return a history by its number, the same one every time."""
    dice = Random(number)
    phones = dice.sample(range(PHONES), dice.randint(2, PHONES))
    facts = tuple(_facts(dice, phones))
    canceled = {t: NOW + SPAN * dice.random() for t in range(TICKETS) if dice.random() < 0.2}
    skews = tuple(dice.choice([0, 1, -1, 3, -3]) * 8 * DAY / 24 * dice.random() for _ in range(PHONES))
    return History(facts, skews, canceled, delivered(dice, facts))


def _facts(dice: Random, phones: list[int]) -> list[Fact]:
    found: list[Fact] = []
    for number in range(dice.randint(3, 9)):
        at = NOW + dt.timedelta(seconds=dice.randrange(int(SPAN.total_seconds())))
        if found and dice.random() < 0.1:
            at = found[-1].at
        kind: Kind = dice.choice(["entry", "entry", "entry", "exit", "undo"] if found else ["entry"])
        fact = Fact(number, dice.choice(phones), at, kind, dice.randrange(DOORS))
        found.append(_undo(dice, fact, found) if kind == "undo" else _scan(dice, fact))
    return found


def _scan(dice: Random, fact: Fact) -> Fact:
    final = dice.choice([None, None, "admitted", "refused"])
    by_hand = dice.random() < 0.15
    return Fact(fact.number, fact.phone, fact.at, fact.kind, fact.door, dice.randrange(TICKETS), final, by_hand)


def _undo(dice: Random, fact: Fact, earlier: list[Fact]) -> Fact:
    """Undo something, mostly as it is allowed: by the phone itself, or by the lead at the same door."""
    of = dice.choice(earlier)
    phone, door = dice.choice([(of.phone, fact.door), (of.phone, of.door), (LEAD, of.door), (fact.phone, fact.door)])
    return Fact(fact.number, phone, fact.at, "undo", door, of=of.number)


def delivered(dice: Random, facts: tuple[Fact, ...]) -> tuple[Delivery, ...]:
    """Return an order of delivery: anything may come late, twice or three times, and its end be told at last."""
    found = []
    for fact in facts:
        times = dice.choice([1, 1, 2, 3])
        told = [n == times - 1 or dice.random() < 0.5 for n in range(times)]
        found += [Delivery(fact.number, fact.final is not None and one) for one in told]
    dice.shuffle(found)
    return tuple(found)


def day(at: dt.datetime) -> dt.date:
    """Return the day in Yokohama."""
    return (at + dt.timedelta(hours=9)).date()


def expected(history: History, devices: list[UUID], first: int) -> list[Ended]:
    """Return how a history must end for each ticket; numbers of scans count from `first`."""
    gone = {fact.of for fact in history.facts if fact.kind == "undo" and _allowed(fact, history.facts)}
    order = sorted(history.facts, key=lambda f: (f.at, devices[f.phone], first + f.number))
    return [
        _ended(
            [f for f in order if f.kind != "undo" and f.ticket == t and f.number not in gone],
            history.canceled.get(t),
        )
        for t in range(TICKETS)
    ]


def _allowed(undo: Fact, facts: tuple[Fact, ...]) -> bool:
    of = next(fact for fact in facts if fact.number == undo.of)
    same = of.phone == undo.phone
    return of.kind != "undo" and (same or (undo.phone == LEAD and of.door == undo.door))


def _ended(facts: list[Fact], canceled: dt.datetime | None) -> Ended:
    """Walk through the scans of a ticket in the order in which they happened."""
    here: Fact | None = None
    entries: list[Fact] = []
    for fact in facts:
        if fact.final == "refused":
            continue
        if fact.kind == "exit":
            if here is not None and HOUSE[here.door].venue == HOUSE[fact.door].venue:
                here = None
        elif fact.final == "admitted" or (_valid(fact, canceled) and _may_enter(fact, here, entries)):
            entries.append(fact)
            here = fact
    return Ended(
        evidence=sorted((HOUSE[f.door].event, day(f.at), f.at, "B" if f.by_hand else "A") for f in entries),
        place=None if here is None else (here.door, here.at),
        entered=frozenset(_first(entries)),
    )


def _valid(fact: Fact, canceled: dt.datetime | None) -> bool:
    return canceled is None or fact.at < canceled


def _may_enter(fact: Fact, here: Fact | None, entries: list[Fact]) -> bool:
    """Read the table of entry rules."""
    door = HOUSE[fact.door]
    before = [e for e in entries if HOUSE[e.door].event == door.event]
    if door.rule == "times" and len(before) >= door.times:
        return False
    if door.rule in {"once", "daily"}:
        if here is not None and HOUSE[here.door].event == door.event:
            if door.rule == "once" or day(here.at) >= day(fact.at):
                return False
        elif not door.reentry:
            return not any(day(e.at) == day(fact.at) or door.rule == "once" for e in before)
    elsewhere = here is not None and HOUSE[here.door].venue != door.venue
    return not (elsewhere and door.elsewhere == "refuse")


def _first(entries: list[Fact]) -> list[tuple[int, dt.date, dt.datetime, int]]:
    """Return the first entry into each event on each day, and how many there were."""
    found: dict[tuple[int, dt.date], list[dt.datetime]] = {}
    for fact in entries:
        found.setdefault((HOUSE[fact.door].event, day(fact.at)), []).append(fact.at)
    return [(event, on, min(times), len(times)) for (event, on), times in found.items()]
