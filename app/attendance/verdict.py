"""Verdicts: may this code pass this gate in this direction at this moment? Pure: no table, no clock.

The order of the checks is a promise (the first rule that fails is the reason that staff read out): decode, key,
signature, revoked or superseded, convention and gate, day and hour, status, entitlement, entry rule, residence, state.

Where a ticket is follows from its scans alone: `State` is the fold of `apply` over them in the order of `Seen.mark`.
Decisions where the rules leave room:

* Whoever is inside an event does not enter it again; under `daily` a new event-day begins anew, under `once` it does
  not. An exit, or an entry anywhere else, makes the way back free.
* Leaving is hindered by nothing but an unproved code, another convention, or not being inside.
* A gate that closes before it opens is open over midnight: the small hours belong to the day before.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import cache, reduce
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

Direction = Literal["entry", "exit"]
Answer = Literal["admitted", "refused"]
Mark = tuple[dt.datetime, UUID, int]
"""What orders the scans of a ticket: corrected time, device, sequence number."""

BY_STATE = frozenset({"already_admitted", "not_inside"})
"""Reasons that an earlier scan may take back when it arrives late; every other refusal stands for ever."""
STATUSES = frozenset({"canceled", "blocked", "unpaid", "unapproved"})


class Gate(Struct, frozen=True):
    """A door: its event and venue, whose they are, and the hours in the convention's zone (None: always open).

    `capacity` and `inside` count people of the whole venue; `inside` is kept only where there is a capacity.
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


class Covered(Struct, frozen=True):
    """An event that a product opens, with the venue where it is held."""

    event: UUID
    organiser: UUID
    venue: UUID | None = None


class Product(Struct, frozen=True):
    """A ticket type. `days` are the days on which it is valid, none of them for all of `first_day` to `last_day`."""

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


class Holder(Struct, frozen=True):
    """What is known of a ticket when its code is shown."""

    id: UUID
    generation: int
    status: str
    residence: str | None
    product: Product


class Shown(Struct, frozen=True):
    """What reading the code gave: the convention and generation it proves, or the reason why it proves nothing."""

    scope: int = 0
    generation: int = 0
    reason: str | None = None


class Inside(Struct, frozen=True):
    """Where a ticket is, and since when."""

    event: UUID
    venue: UUID
    gate: UUID
    day: dt.date
    since: dt.datetime


class Entered(Struct, frozen=True):
    """The first entry into an event on an event-day."""

    event: UUID
    day: dt.date
    at: dt.datetime


class State(Struct, frozen=True, omit_defaults=True):
    """What a ticket has opened, where it is, and the last scan that was folded in."""

    entered: tuple[Entered, ...] = ()
    inside: Inside | None = None
    last: Mark | None = None


class Seen(Struct, frozen=True):
    """A scan as the fold reads it; `sound` unless a rule other than `BY_STATE` refused it."""

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

    @property
    def mark(self) -> Mark:
        """Its place in the order of the ticket's scans."""
        return (self.at, self.device, self.seq)


class Verdict(Struct, frozen=True):
    """The answer, with the first rule that failed and warnings that never refuse."""

    verdict: Answer
    reason: str | None = None
    warnings: tuple[str, ...] = ()


class Case(Struct, frozen=True):
    """Everything a verdict depends on; `full` when the gate's venue holds as many people as it may.

    `state` is that of the moment of the scan. A scan that arrives after later ones brings `latest` with it, the state
    that those have made: what they were answered cannot be taken back, so a place inside is not given a second time.
    `holder` is None for a code that is signed but stands in no book of ours: a stolen key alone opens nothing.
    """

    shown: Shown
    holder: Holder | None
    gate: Gate
    seen: Seen
    state: State
    full: bool = False
    latest: State | None = None


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return an IANA zone."""
    return ZoneInfo(name)


def event_day(gate: Gate, at: dt.datetime) -> dt.date:
    """Return the event-day to which a moment at this gate belongs, by the convention's zone."""
    local = at.astimezone(zone_of(gate.zone))
    over_midnight = gate.opens_at and gate.closes_at and gate.closes_at < gate.opens_at
    if over_midnight and gate.closes_at and local.time() < gate.closes_at:
        return local.date() - dt.timedelta(days=1)
    return local.date()


def opening(gate: Gate, day: dt.date) -> dt.datetime:
    """Return the scheduled start of an event-day at this gate in UTC: its opening hour, else local midnight."""
    return dt.datetime.combine(day, gate.opens_at or dt.time(), zone_of(gate.zone)).astimezone(dt.UTC)


def judge(case: Case) -> Verdict:
    """Return the verdict on one scan; the first check that fails gives the reason."""
    reason = _first_failure(case)
    return Verdict("admitted") if reason is None else Verdict("refused", reason)


def _first_failure(case: Case) -> str | None:
    if case.shown.reason is not None:
        return case.shown.reason
    if case.holder is None:
        return "revoked" if case.shown.scope == case.gate.convention else "wrong_convention"
    checks = ENTRY if case.seen.direction == "entry" else EXIT
    for check in checks:
        reason = check(case, case.holder)
        if reason is not None:
            return reason
    return None


def apply(state: State, seen: Seen) -> State:
    """Fold one scan into the state of its ticket. Entering a venue leaves any other."""
    if not seen.sound:
        return state
    if refused_by_state(state, seen) is not None:
        return State(state.entered, state.inside, seen.mark)
    if seen.direction == "exit":
        return State(state.entered, None, seen.mark)
    inside = Inside(seen.event, seen.venue, seen.gate, seen.day, seen.at)
    known = any(e.event == seen.event and e.day == seen.day for e in state.entered)
    entered = state.entered if known else (*state.entered, Entered(seen.event, seen.day, seen.at))
    return State(entered, inside, seen.mark)


def fold(scans: Iterable[Seen], start: State | None = None) -> State:
    """Return the state after all these scans, whatever the order in which they are given."""
    return reduce(apply, sorted(scans, key=lambda seen: seen.mark), start or State())


def refused_by_state(state: State, seen: Seen) -> str | None:
    """Return why the ticket's own earlier scans refuse this one, one of `BY_STATE`, or None."""
    inside = state.inside
    if seen.direction == "exit":
        return "not_inside" if inside is None or inside.venue != seen.venue else None
    if inside is None or inside.event != seen.event or seen.rule == "free":
        return None
    return "already_admitted" if seen.rule == "once" or inside.day == seen.day else None


def _generation(case: Case, holder: Holder) -> str | None:
    if holder.status == "revoked" or case.shown.generation > holder.generation:
        return "revoked"
    return "superseded" if case.shown.generation < holder.generation else None


def _convention(case: Case, holder: Holder) -> str | None:
    return None if holder.product.convention == case.gate.convention else "wrong_convention"


def _place(case: Case, holder: Holder) -> str | None:
    """Name what is wrong with the place; `not_entitled` later covers the rest."""
    gate, covers = case.gate, holder.product.covers
    if not covers or any(c.event == gate.event for c in covers):
        return None
    theirs = [c for c in covers if c.organiser == gate.organiser]
    if not theirs:
        return "wrong_organiser"
    return None if any(c.venue == gate.venue for c in theirs) else "wrong_venue"


def _day(case: Case, holder: Holder) -> str | None:
    product, day = holder.product, case.seen.day
    first, last = (min(product.days), max(product.days)) if product.days else (product.first_day, product.last_day)
    if day < first:
        return "not_yet_valid"
    if day > last:
        return "expired"
    return "wrong_day" if product.days and day not in product.days else None


def _hour(case: Case, _holder: Holder) -> str | None:
    """Refuse outside the gate's hours: before them it is too early, after them too late."""
    opens, closes = case.gate.opens_at, case.gate.closes_at
    at = case.seen.at.astimezone(zone_of(case.gate.zone)).time()
    if opens and closes and closes < opens:
        return "not_yet_valid" if closes <= at < opens else None
    if opens and at < opens:
        return "not_yet_valid"
    return "expired" if closes and at >= closes else None


def _status(_case: Case, holder: Holder) -> str | None:
    status = holder.status
    if status == "valid":
        return None
    return status if status in STATUSES else "blocked"


def _entitled(case: Case, holder: Holder) -> str | None:
    product = holder.product
    covered = any(c.event == case.gate.event for c in product.covers)
    return None if covered and product.mode != "online" else "not_entitled"


def _residence(_case: Case, holder: Holder) -> str | None:
    return None if holder.residence else "residence_missing"


def _state(case: Case, _holder: Holder) -> str | None:
    return refused_by_state(case.state, case.seen) or _given_since(case)


def _given_since(case: Case) -> str | None:
    seen, inside = case.seen, case.latest.inside if case.latest else None
    if inside is None or seen.direction == "exit" or seen.rule == "free":
        return None
    return "already_admitted" if (inside.event, inside.day) == (seen.event, seen.day) else None


def _room(case: Case, _holder: Holder) -> str | None:
    here = case.state.inside is not None and case.state.inside.venue == case.gate.venue
    return "venue_full" if case.full and not here else None


Check = Callable[[Case, Holder], str | None]
ENTRY: tuple[Check, ...] = (
    _generation,
    _convention,
    _place,
    _day,
    _hour,
    _status,
    _entitled,
    _state,
    _residence,
    _room,
)
EXIT: tuple[Check, ...] = (_generation, _convention, _state)
