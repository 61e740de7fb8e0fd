"""How often somebody may come in: every entry rule against every place where a ticket may have been."""

import datetime as dt
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from app.attendance.judging.fold import Entered, Inside, State
from app.attendance.judging.rules import GateRule
from app.attendance.judging.verdict import Facts
from tests.vectors.world import (
    CAME,
    CAME_TO_PIER,
    CAME_YESTERDAY,
    CONCERT,
    DAY,
    EAST,
    FESTIVAL,
    FORUM,
    HALL,
    IN_HALL,
    IN_HALL_YESTERDAY,
    INSIDE,
    INSIDE_SINCE_YESTERDAY,
    NINE,
    NORTH,
    ON_PIER,
    PARK,
    PIER,
    PIER_GATE,
    SOUTH,
    TOMORROW,
    USED,
    USED_YESTERDAY,
    VIP_ID,
    WEST,
    YESTERDAY,
    Vector,
    asks,
    door,
    kind,
    no,
    tokyo,
    yes,
)

FRESH = State()
IN = State((CAME,), IN_HALL)
IN_YESTERDAY = State((CAME_YESTERDAY,), IN_HALL_YESTERDAY)
LEFT = State((CAME,))
LEFT_YESTERDAY = State((CAME_YESTERDAY,))
MOVED_ON = State((CAME, CAME_TO_PIER), ON_PIER)
MOVED_ON_YESTERDAY = State((CAME_YESTERDAY, CAME_TO_PIER), ON_PIER)
ONLY_PIER = State((CAME_TO_PIER,), ON_PIER)

PLACES: dict[str, tuple[str, State]] = {
    "never here": ("valid", FRESH),
    "inside since this morning": ("same code twice at one gate", IN),
    "inside since yesterday": ("entry rules", IN_YESTERDAY),
    "left today": ("re-entry after exit", LEFT),
    "left yesterday": ("re-entry after exit", LEFT_YESTERDAY),
    "moved on to another event today": ("entry at B while inside A", MOVED_ON),
    "was here yesterday, is in another event": ("entry at B while inside A", MOVED_ON_YESTERDAY),
    "in another event, never here": ("entry at B while inside A", ONLY_PIER),
}
"""Where a ticket is: situation and state."""

I, Y, U, V = INSIDE, INSIDE_SINCE_YESTERDAY, USED, USED_YESTERDAY  # noqa: E741  # the table below stays readable
T: Facts = {"times": 1}
OK = None

TABLE: dict[tuple[str, bool, int], tuple[Facts | None, ...]] = {
    ("free", True, 1): (OK, OK, OK, OK, OK, OK, OK, OK),
    ("free", False, 1): (OK, OK, OK, OK, OK, OK, OK, OK),
    ("after_exit", True, 1): (OK, I, OK, OK, OK, OK, OK, OK),
    ("after_exit", False, 1): (OK, I, OK, OK, OK, OK, OK, OK),
    ("daily", True, 1): (OK, I, OK, OK, OK, OK, OK, OK),
    ("daily", False, 1): (OK, I, OK, U, OK, U, OK, OK),
    ("once", True, 1): (OK, I, Y, OK, OK, OK, OK, OK),
    ("once", False, 1): (OK, I, Y, U, V, U, V, OK),
    ("times", True, 1): (OK, T, T, T, T, T, T, OK),
    ("times", False, 1): (OK, T, T, T, T, T, T, OK),
    ("times", True, 2): (OK, OK, OK, OK, OK, OK, OK, OK),
    ("times", False, 2): (OK, OK, OK, OK, OK, OK, OK, OK),
}
"""Entry rule, re-entry and number of times against `PLACES`: None for admitted, else the facts of already_admitted."""


def _of_table() -> list[Vector]:
    made = []
    for (rule, reentry, times), row in TABLE.items():
        product = kind(entry_rule=rule, reentry=reentry, entry_times=times)
        for (place, (situation, state)), facts in zip(PLACES.items(), row, strict=True):
            back = "" if reentry else ", no re-entry"
            name = f"{rule}{f' ({times})' if rule == 'times' else ''}{back}: {place}"
            if facts is None:
                made.append(yes(situation, name, product=product, state=state))
            else:
                made.append(no(situation, name, "already_admitted", facts, product=product, state=state))
    return made


def _used(*counts: tuple[dt.date | UUID, int]) -> State:
    """Return a state with so many entries into the festival on each of these days, or today into another event."""
    return State(
        tuple(
            Entered(where, DAY, NINE, n) if isinstance(where, UUID) else Entered(FESTIVAL, where, NINE, n)
            for where, n in counts
        )
    )


THREE = kind(entry_rule="times", entry_times=3)
TIMES = [
    yes("entry rules", "the last of three entries", product=THREE, state=_used((DAY, 2))),
    no("entry rules", "three of three are used", "already_admitted", {"times": 3}, product=THREE,
       state=_used((DAY, 3))),
    no("entry rules", "more than three are used", "already_admitted", {"times": 3}, product=THREE,
       state=_used((DAY, 4))),
    no("entry rules", "three of three are used on two days", "already_admitted", {"times": 3}, product=THREE,
       state=_used((YESTERDAY, 1), (DAY, 2))),
    yes("entry rules", "two of three are used on two days", product=THREE, state=_used((YESTERDAY, 1), (DAY, 1))),
    yes("entry rules", "entries into other events do not count", product=THREE, state=_used((CONCERT, 3))),
    yes("entry rules", "entries into other events do not count beside one's own", product=THREE,
        state=_used((CONCERT, 3), (DAY, 2))),
    no("entry rules", "used up although nobody is inside", "already_admitted", {"times": 3}, product=THREE,
       state=_used((YESTERDAY, 3))),
    yes("entry rules", "leaving when all are used", product=THREE, direction="exit",
        state=replace(_used((DAY, 3)), inside=IN_HALL)),
]  # fmt: skip

AHEAD = State((Entered(FESTIVAL, TOMORROW, NINE),), replace(IN_HALL, day=TOMORROW))
"""Inside by the event-day of another gate, where it is tomorrow already."""
DAYS = [
    no("JST midnight", "daily: inside by a gate whose day has begun", "already_admitted", INSIDE, state=AHEAD),
    no("JST midnight", "after_exit: inside by a gate whose day has begun", "already_admitted", INSIDE, state=AHEAD,
       product=kind(entry_rule="after_exit")),
    yes("JST midnight", "daily: a new day has begun since", at=tokyo("00:00", 22), day=TOMORROW, state=IN),
    no("JST midnight", "daily: the same day still", "already_admitted", INSIDE, at=tokyo("23:59:59"), state=IN),
    no("JST midnight", "once: a new day has begun since", "already_admitted", INSIDE, at=tokyo("00:00", 22),
       day=TOMORROW, state=IN, product=kind(entry_rule="once")),
    no("entry rules", "a rule that is not known here is as strict as once", "already_admitted", Y, state=IN_YESTERDAY,
       product=kind(entry_rule="monthly")),
    yes("entry rules", "a rule that is not known here lets people in", product=kind(entry_rule="monthly")),
    yes("entry rules", "without re-entry, but of another event", product=kind(reentry=False),
        state=State((CAME_TO_PIER,))),
    yes("entry rules", "once without re-entry, but of another event",
        product=kind(entry_rule="once", reentry=False), state=State((CAME_TO_PIER,))),
    no("entry rules", "once without re-entry: since the first of several entries", "already_admitted", V,
       product=kind(entry_rule="once", reentry=False), state=State((CAME_TO_PIER, CAME_YESTERDAY, CAME))),
    no("entry rules", "daily without re-entry: since the entry of today", "already_admitted", U,
       product=kind(reentry=False), state=State((CAME_YESTERDAY, CAME))),
    yes("entry rules", "daily without re-entry, still inside since yesterday", product=kind(reentry=False),
        state=State((CAME_YESTERDAY, CAME), IN_HALL_YESTERDAY)),
    no("same code twice at two gates", "at the south gate after the north gate", "already_admitted", INSIDE,
       gate=door(id=SOUTH), state=IN),
    no("same code twice at two gates", "since the gate where it came in", "already_admitted",
       INSIDE | {"gate": str(WEST)}, state=State((CAME,), replace(IN_HALL, gate=WEST))),
    no("same code twice at two gates", "in another venue of the same event", "already_admitted",
       INSIDE | {"gate": str(WEST)}, state=State((CAME,), Inside(FESTIVAL, PARK, WEST, DAY, NINE))),
    yes("same code twice at two gates", "of two events in one venue", gate=door(event=CONCERT), state=IN),
]  # fmt: skip

RULED: list[tuple[str, GateRule, State, dict[str, Any], Facts | None]] = [
    ("once", asks(entry_rule="once"), LEFT_YESTERDAY, {"rule": "once"}, OK),
    ("once, inside since yesterday", asks(entry_rule="once"), IN_YESTERDAY, {"rule": "once"}, Y),
    ("once and no re-entry", asks(entry_rule="once", reentry=False), LEFT_YESTERDAY,
     {"rule": "once", "reentry": False}, V),
    ("no re-entry", asks(reentry=False), LEFT, {"reentry": False}, U),
    ("no re-entry for anybody", asks(product=None, reentry=False), LEFT, {"reentry": False}, U),
    ("no re-entry for anybody but this type", asks(reentry=True), LEFT, {"reentry": True}, OK),
    ("free", asks(entry_rule="free"), IN, {"rule": "free"}, OK),
    ("free for all", asks(product=None, entry_rule="free"), IN, {"rule": "free"}, OK),
    ("free for another type", asks(product=VIP_ID, entry_rule="free"), IN, {}, I),
    ("twice", asks(entry_rule="times", entry_times=2), IN, {"rule": "times", "times": 2}, OK),
    ("one time", asks(entry_rule="times"), LEFT, {"rule": "times"}, T),
    ("one time for all", asks(product=None, entry_rule="times", entry_times=1), LEFT, {"rule": "times"}, T),
    ("a number without a rule that counts", asks(entry_times=5), IN, {"times": 5}, I),
    ("after exit", asks(entry_rule="after_exit"), IN, {"rule": "after_exit"}, I),
    ("a closer rule", asks(entry_rule="free"), IN_YESTERDAY, {"rule": "free"}, OK),
]  # fmt: skip


def _of_rules() -> list[Vector]:
    made = []
    for name, rule, state, found, facts in RULED:
        changes: dict[str, Any] = {"gate": door(rules=(rule,)), "state": state} | found
        if facts is None:
            made.append(yes("rules of a gate", f"entry: {name}", **changes))
        else:
            made.append(no("rules of a gate", f"entry: {name}", "already_admitted", facts, **changes))
    return made


BOTH = door(rules=(asks(product=None, entry_rule="times", entry_times=1, reentry=False), asks(entry_times=2)))
FIELDS = [
    yes("rules of a gate", "the number of the type, the rule of all", gate=BOTH, rule="times", times=2, reentry=False,
        state=_used((DAY, 1))),
    no("rules of a gate", "the number of the type, the rule of all: used up", "already_admitted", {"times": 2},
       gate=BOTH, rule="times", times=2, reentry=False, state=_used((DAY, 2))),
    no("rules of a gate", "the rule of the type before the rule of all", "already_admitted", INSIDE,
       gate=door(rules=(asks(product=None, entry_rule="free"), asks(entry_rule="once"))), rule="once", state=IN),
    yes("rules of a gate", "the rule of the type before the rule of all, the other way round",
        gate=door(rules=(asks(product=None, entry_rule="once"), asks(entry_rule="free"))), rule="free", state=IN),
    yes("rules of a gate", "re-entry of the type before re-entry of all",
        gate=door(rules=(asks(product=None, reentry=False), asks(reentry=True))), reentry=True, state=LEFT),
    no("rules of a gate", "re-entry of all where the type says nothing", "already_admitted", USED,
       gate=door(rules=(asks(product=None, reentry=False), asks(entry_rule="daily"))), reentry=False, state=LEFT),
    yes("ticket type deleted or changed", "free by now", product=kind(entry_rule="free"), state=IN),
    no("ticket type deleted or changed", "one entry alone by now", "already_admitted", T,
       product=kind(entry_rule="times"), state=LEFT),
]  # fmt: skip

STRICT = door(elsewhere="refuse")
THERE: Facts = {"venue": str(PIER), "since": "2026-11-21T00:30:00Z"}
ELSEWHERE = [
    vector
    for rule in ("once", "daily", "times", "after_exit", "free")
    for vector in (
        yes("entry at B while inside A", f"leaving A by that, {rule}", product=kind(entry_rule=rule), state=ONLY_PIER),
        no("entry at B while inside A", f"a gate that asks for an exit first, {rule}", "already_inside_elsewhere",
           THERE, gate=STRICT, product=kind(entry_rule=rule), state=ONLY_PIER),
        yes("entry at B while inside A", f"a gate that asks for an exit first, after it, {rule}", gate=STRICT,
            product=kind(entry_rule=rule), state=State((CAME_TO_PIER,))),
    )
] + [
    yes("entry at B while inside A", "asking for an exit first, inside another event of this venue", gate=STRICT,
        state=State((Entered(FORUM, DAY, NINE),), Inside(FORUM, HALL, NORTH, DAY, NINE))),
    no("entry at B while inside A", "asking for an exit first, inside since yesterday", "already_inside_elsewhere",
       {"venue": str(PIER), "since": "2026-11-20T00:30:00Z"}, gate=STRICT,
       state=State((), Inside(CONCERT, PIER, EAST, YESTERDAY, tokyo("09:30", 20)))),
    no("entry at B while inside A", "the entry rule is told first", "already_admitted", INSIDE | {"gate": str(WEST)},
       gate=STRICT, state=State((CAME,), Inside(FESTIVAL, PARK, WEST, DAY, NINE))),
    no("entry at B while inside A", "the same event in another venue, a new day", "already_inside_elsewhere",
       {"venue": str(PARK), "since": "2026-11-20T00:00:00Z"}, gate=STRICT,
       state=State((), replace(IN_HALL_YESTERDAY, venue=PARK))),
    yes("entry at B while inside A", "leaving A where nobody may enter twice", direction="exit",
        gate=replace(PIER_GATE, elsewhere="refuse"), state=ONLY_PIER),
]  # fmt: skip

EXITS = [
    yes("re-entry after exit", "leaving", direction="exit", state=IN),
    yes("re-entry after exit", "leaving by another gate of the venue", direction="exit", state=IN, gate=door(id=SOUTH)),
    yes("re-entry after exit", "leaving on the next day", direction="exit", state=IN_YESTERDAY),
    yes("re-entry after exit", "leaving by a gate of another event in the venue", direction="exit", state=IN,
        gate=door(event=FORUM)),
    no("exit without entry", "never came", "not_inside", direction="exit"),
    no("exit without entry", "left already", "not_inside", direction="exit", state=LEFT),
    no("exit without entry", "inside another venue", "not_inside", direction="exit", state=ONLY_PIER),
    no("exit without entry", "inside another venue of the event", "not_inside", direction="exit",
       state=State((CAME,), replace(IN_HALL, venue=PARK))),
    no("exit without entry", "under free entry as well", "not_inside", direction="exit",
       product=kind(entry_rule="free")),
    no("exit without entry", "where a gate asks for an exit first", "not_inside", direction="exit", gate=STRICT,
       state=ONLY_PIER),
]  # fmt: skip

VECTORS: list[Vector] = [*_of_table(), *TIMES, *DAYS, *_of_rules(), *FIELDS, *ELSEWHERE, *EXITS]
