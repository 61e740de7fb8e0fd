"""What a ticket was at an earlier moment, by what has happened to it since. Pure."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.attendance.judging.verdict import Holder
from app.ticketing.states import MOVES, SHOWN, State

NEW_CODE = frozenset({"transferred", "reissued"})


class Changed(Struct, frozen=True):
    """Something that happened to a ticket; `person` held it until then."""

    at: dt.datetime
    action: str
    person: UUID


def person_at(person: UUID, changes: Sequence[Changed], at: dt.datetime) -> UUID:
    """Return who held a ticket at a moment; `changes` are all that happened to it, the oldest first."""
    return next((c.person for c in changes if c.at > at and c.action == "transferred"), person)


def holder_at(holder: Holder, changes: Sequence[Changed], at: dt.datetime, *, shown: int, paid: bool) -> Holder:
    """Return what was known of a ticket at a moment: its state, and the generation of its code.

    `shown` is the generation of the code that was read: one that has been made since is not held against the guest,
    whose phone may be a second slow. `paid` when the ticket costs something.
    """
    later = [c for c in changes if c.at > at]
    if not later:
        return holder
    then = holder.generation - sum(c.action in NEW_CODE for c in later)
    return replace(
        holder,
        status=_status(holder.status, [c.action for c in changes], len(changes) - len(later), paid=paid),
        generation=max(then, min(shown, holder.generation)),
    )


def _status(now: str, actions: Sequence[str], then: int, *, paid: bool) -> str:
    """Return the state after the first `then` actions, of which we know only where they all led.

    Where the actions leave several, it is one in which the holder had a code: unpaid if it had to be paid, else valid.
    """
    possible = _states(now, actions, then)
    if len(possible) == 1:
        return next(iter(possible))
    for guess in ("unpaid", "valid") if paid else ("valid", "unpaid"):
        if guess in possible & SHOWN:
            return guess
    return min(possible, default=now)


def _states(now: str, actions: Sequence[str], then: int) -> set[str]:
    """Return the states after the first `then` actions from which the rest of them leads to `now`."""
    possible: set[str] = {now}
    for action in reversed(actions[then:]):
        moves = MOVES.get(action, {})  # type: ignore[call-overload]  # a word of the history, kept as text
        possible = {before for before, after in moves.items() if possible & set(after)}
    return possible & _reachable(actions[:then]) or possible


def _reachable(actions: Sequence[str]) -> set[str]:
    """Return the states in which a ticket can be after these actions."""
    possible: set[State] = {"waiting", "unapproved", "unpaid", "valid"}
    for action in actions:
        moves = MOVES.get(action, {})  # type: ignore[call-overload]
        possible = {after for before in possible for after in moves.get(before, ())}
    return set(possible)
