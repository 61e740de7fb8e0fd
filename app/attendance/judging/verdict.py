"""Verdicts: may this code pass this gate in this direction at this moment? Pure: no table, no clock.

The order of the checks is a promise (the first rule that fails is the reason that staff read out): decode, key,
signature, revoked or superseded, convention and gate, day and hour, status, entitlement, entry rule, residence, state.
`Verdict.facts` are what the words of that reason need.

Leaving is hindered by nothing but an unproved code, another convention, or not being inside. What gates and ticket
types ask stands in `rules`, where a ticket is in `fold`.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.attendance.judging.fold import (
    BY_STATE,
    NEW_EVERY_DAY,
    Direction,
    Entered,
    Inside,
    Key,
    Mark,
    Seen,
    State,
    apply,
    entries,
    first_entry,
    fold,
    refused_by_state,
    seen_at,
)
from app.attendance.judging.rules import (
    Asked,
    Covered,
    Gate,
    GateRule,
    Product,
    asked,
    event_day,
    opening,
    outside,
    zone_of,
)

__all__ = [
    "BY_STATE", "STATUSES", "Answer", "Asked", "Case", "Covered", "Direction", "Entered", "Facts", "Gate", "GateRule",
    "Holder", "Inside", "Key", "Mark", "Product", "Seen", "Shown", "State", "Verdict", "apply", "asked", "event_day",
    "fold", "judge", "moment", "opening", "refused_by_state", "seen_at", "zone_of",
]  # fmt: skip

Answer = Literal["admitted", "refused"]
Facts = dict[str, str | int | list[str]]
"""Ids as text, moments as RFC 3339 in UTC to the second, days as ISO dates."""
Failure = tuple[str, Facts]
"""A reason, and what its words need."""

STATUSES = {
    "canceled": "canceled",
    "unpaid": "unpaid",
    "unapproved": "unapproved",
    "waiting": "unapproved",
    "offered": "unapproved",
}
"""The reason for each state of a ticket that opens nothing; whatever else there may be is blocked."""


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


class Verdict(Struct, frozen=True):
    """The answer, with the first rule that failed, what its words need, and warnings that never refuse.

    Facts by reason: not_yet_valid {from} and expired {until}, a moment of today's hours or a day; wrong_day {days};
    wrong_venue {venues}; wrong_organiser {events}; already_admitted {since, gate} of who is inside, {since} of who has
    left and may not come back, {times} when all entries are used; already_inside_elsewhere {venue, since};
    venue_full {capacity}.
    """

    verdict: Answer
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    facts: Facts = {}


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


def judge(case: Case) -> Verdict:
    """Return the verdict on one scan; the first check that fails gives the reason."""
    failure = _first_failure(case)
    return Verdict("admitted") if failure is None else Verdict("refused", failure[0], facts=failure[1])


def moment(at: dt.datetime) -> str:
    """Return a moment as facts tell it: in UTC, to the second."""
    return f"{at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _first_failure(case: Case) -> Failure | None:
    if case.shown.reason is not None:
        return case.shown.reason, {}
    if case.holder is None:
        return ("revoked" if case.shown.scope == case.gate.convention else "wrong_convention"), {}
    checks = ENTRY if case.seen.direction == "entry" else EXIT
    for check in checks:
        failure = check(case, case.holder)
        if failure is not None:
            return failure
    return None


def _generation(case: Case, holder: Holder) -> Failure | None:
    if holder.status == "revoked" or case.shown.generation > holder.generation:
        return "revoked", {}
    return ("superseded", {}) if case.shown.generation < holder.generation else None


def _convention(case: Case, holder: Holder) -> Failure | None:
    return None if holder.product.convention == case.gate.convention else ("wrong_convention", {})


def _place(case: Case, holder: Holder) -> Failure | None:
    """Name what is wrong with the place; `not_entitled` later covers the rest."""
    gate, covers = case.gate, holder.product.covers
    if not covers or gate.event in holder.product.events:
        return None
    theirs = [c for c in covers if c.organiser == gate.organiser]
    if not theirs:
        return "wrong_organiser", {"events": sorted(str(c.event) for c in covers)}
    if any(c.venue == gate.venue for c in theirs):
        return None
    return "wrong_venue", {"venues": sorted({str(c.venue) for c in theirs if c.venue is not None})}


def _day(case: Case, holder: Holder) -> Failure | None:
    """Refuse outside the days of the ticket type, then outside those that the gate asks of it."""
    product, day = holder.product, case.seen.day
    own = _off_day(product.days or (product.first_day, product.last_day), day, every=not product.days)
    if own is not None or not case.gate.rules:
        return own
    days = asked(case.gate, product).days
    return _off_day(days, day) if days else None


def _off_day(days: Sequence[dt.date], day: dt.date, *, every: bool = False) -> Failure | None:
    """Say what is wrong with a day; with `every`, all days between the first and the last are good."""
    if day < min(days):
        return "not_yet_valid", {"from": min(days).isoformat()}
    if day > max(days):
        return "expired", {"until": max(days).isoformat()}
    return None if every or day in days else ("wrong_day", {"days": [d.isoformat() for d in sorted(days)]})


def _hour(case: Case, holder: Holder) -> Failure | None:
    """Refuse outside the gate's hours, then outside those that it asks of the ticket type."""
    gate, at = case.gate, case.seen.at
    found = outside(gate, (gate.opens_at, gate.closes_at), at)
    if found is None and gate.rules:
        found = outside(gate, asked(gate, holder.product).hours, at)
    if found is None:
        return None
    return found[0], {"from" if found[0] == "not_yet_valid" else "until": moment(found[1])}


def _status(_case: Case, holder: Holder) -> Failure | None:
    return None if holder.status == "valid" else (STATUSES.get(holder.status, "blocked"), {})


def _entitled(case: Case, holder: Holder) -> Failure | None:
    gate, product = case.gate, holder.product
    covered = gate.event in product.events and product.mode != "online"
    return None if covered and (not gate.rules or asked(gate, product).admits) else ("not_entitled", {})


def _residence(_case: Case, holder: Holder) -> Failure | None:
    return None if holder.residence else ("residence_missing", {})


def _state(case: Case, _holder: Holder) -> Failure | None:
    reason = refused_by_state(case.state, case.seen)
    if reason is None:
        return _given_since(case)
    inside = case.state.inside
    if reason == "already_inside_elsewhere" and inside is not None:
        return reason, {"venue": str(inside.venue), "since": moment(inside.since)}
    return reason, {} if reason == "not_inside" else _used(case.state, case.seen)


def _given_since(case: Case) -> Failure | None:
    """Refuse what later scans have used already: the place inside, the last entry, the one way in."""
    seen, latest = case.seen, case.latest
    if latest is None or seen.direction == "exit" or seen.rule == "free":
        return None
    inside = latest.inside
    if seen.rule == "times":
        gone = entries(latest, seen.event) >= seen.entry_times
    elif inside is not None and inside.event == seen.event and _stays(inside, seen):
        gone = True
    else:
        gone = not seen.reentry and first_entry(latest, seen) is not None
    return ("already_admitted", _used(latest, seen)) if gone else None


def _stays(inside: Inside, seen: Seen) -> bool:
    """Whether a place taken later would be lost to somebody who had come in at the moment of this scan."""
    return seen.rule not in NEW_EVERY_DAY or inside.day == seen.day


def _used(state: State, seen: Seen) -> Facts:
    """Return since when and by which gate a ticket is inside, or how it used its entries."""
    inside = state.inside
    if seen.rule == "times":
        return {"times": seen.entry_times}
    if inside is not None and inside.event == seen.event:
        return {"since": moment(inside.since), "gate": str(inside.gate)}
    first = first_entry(state, seen)
    return {} if first is None else {"since": moment(first.at)}


def _room(case: Case, _holder: Holder) -> Failure | None:
    here = case.state.inside is not None and case.state.inside.venue == case.gate.venue
    if not case.full or here:
        return None
    return "venue_full", {} if case.gate.capacity is None else {"capacity": case.gate.capacity}


Check = Callable[[Case, Holder], Failure | None]
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
