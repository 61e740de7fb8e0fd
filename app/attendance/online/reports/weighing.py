"""What each line of a report is worth: evidence at once, waiting for a person, or nothing that could be measured. Pure.

* Whoever joined under an id of ours is known: the stay is evidence of class D, as it was measured. Times that reach
  beyond the session are flagged and not cut; counting takes the union of what overlaps.
* A stay of another time altogether (`NEAR`), longer than a day, or of the future, is no measurement to rely on: mostly
  the clock was of another zone, or the report is of another meeting. It waits.
* Addresses and names prove nobody: such a stay waits for a decision, and becomes evidence of class E.
* Without a beginning and an end nothing was measured. The line is kept, with the reason.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.attendance.online.reports.reading import Told

NEAR: Final = dt.timedelta(hours=2)
"""How far before or after a session a meeting that was opened early, or again, still belongs to it."""
LONGEST: Final = dt.timedelta(hours=24)
"""Of one stay; what is longer was left open."""

Code = Literal[
    "no_join", "no_leave", "unreadable_time", "backwards", "waiting_room", "not_attended", "elsewhere", "too_long",
    "future", "wrong_id", "canceled", "unsure", "outside", "rejoined", "overlap", "reopened", "by_meeting", "by_length",
    "repeated",
]  # fmt: skip
"""What is said of a line; in words in `words`."""
UNMEASURED: Final[frozenset[Code]] = frozenset(
    {"no_join", "no_leave", "unreadable_time", "backwards", "waiting_room", "not_attended"}
)
DOUBTED: Final[frozenset[Code]] = frozenset({"elsewhere", "too_long", "future", "wrong_id", "canceled", "unsure"})
State = Literal["evidence", "review", "unknown", "dismissed"]


class Who(Struct, frozen=True):
    """Whose stay it is. `key` names whoever it is within the session; the others are None while nobody is known."""

    key: str
    ticket: UUID | None = None
    person: UUID | None = None
    flaw: Literal["wrong_id", "canceled", "unsure"] | None = None


class Stay(Struct, frozen=True):
    """A line that was weighed."""

    told: Told
    who: Who
    codes: tuple[Code, ...]

    @property
    def state(self) -> State:
        """What becomes of it."""
        if UNMEASURED & set(self.codes):
            return "dismissed"
        if self.who.ticket is None:
            return "unknown"
        return "review" if DOUBTED & set(self.codes) else "evidence"

    @property
    def name(self) -> str:
        """How this stay is called for ever within its session: who, from when, until when."""
        return f"{self.who.key}:{_micro(self.told.joined)}:{_micro(self.told.left)}"


def weigh(
    told: Sequence[Told],
    people: Sequence[Who],
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    now: dt.datetime,
    known: Collection[str] = (),
) -> list[Stay]:
    """Return the lines with all that is to be said of them; `known` are the names of stays that came earlier."""
    stays = [Stay(one, who, _codes(one, who, starts_at, ends_at, now)) for one, who in zip(told, people, strict=True)]
    return _repeated(_opened_again(_again(stays)), known)


def _codes(  # one of each thing that is compared
    told: Told, who: Who, starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime
) -> tuple[Code, ...]:
    found: list[Code | None] = [told.line.flaw, who.flaw]
    if told.unreadable:
        found.append("unreadable_time")
    elif told.joined is None or told.left is None:
        found.append("no_leave" if told.joined else "no_join")
    else:
        found += _of_times(told.joined, told.left, starts_at, ends_at)
        found.append("future" if told.left > now else None)
    found.append("by_meeting" if told.line.by_meeting else "by_length" if told.line.by_length else None)
    return tuple(code for code in found if code)


def _of_times(
    joined: dt.datetime, left: dt.datetime, starts_at: dt.datetime, ends_at: dt.datetime
) -> list[Code | None]:
    if left < joined:
        return ["backwards"]
    if left < starts_at - NEAR or joined > ends_at + NEAR:
        return ["elsewhere"]
    return [
        "too_long" if left - joined > LONGEST else None,
        "outside" if joined < starts_at or left > ends_at else None,
    ]


def _again(stays: list[Stay]) -> list[Stay]:
    """Say of whoever came several times, and of whoever was there twice at once, by two devices."""
    until: dict[str, dt.datetime] = {}
    flagged: dict[int, Code] = {}
    for joined, left, n in _in_order(stays):
        key = stays[n].who.key
        if key in until:
            flagged[n] = "overlap" if joined < until[key] else "rejoined"
        until[key] = max(left, until.get(key, left))
    return [_with(stay, flagged.get(n)) for n, stay in enumerate(stays)]


def _opened_again(stays: list[Stay]) -> list[Stay]:
    """Say where a meeting that everybody had left was opened again."""
    until: dt.datetime | None = None
    flagged: set[int] = set()
    for joined, left, n in _in_order(stays):
        if until is not None and joined > until:
            flagged.add(n)
        until = max(left, until or left)
    return [_with(stay, "reopened" if n in flagged else None) for n, stay in enumerate(stays)]


def _repeated(stays: list[Stay], known: Collection[str]) -> list[Stay]:
    """Say of lines that came earlier, in this report or in another one."""
    seen = set(known)
    found = []
    for stay in stays:
        found.append(_with(stay, "repeated" if stay.name in seen else None))
        seen.add(stay.name)
    return found


def _in_order(stays: Sequence[Stay]) -> list[tuple[dt.datetime, dt.datetime, int]]:
    """Return what was measured, each stay once, in order of time: from when, until when, its place in the report."""
    once = {stay.name: (stay.told.joined, stay.told.left, n) for n, stay in reversed(list(enumerate(stays)))}
    void = {stay.name for stay in stays if UNMEASURED & set(stay.codes)}
    return sorted((a, b, n) for name, (a, b, n) in once.items() if a and b and name not in void)


def _with(stay: Stay, code: Code | None) -> Stay:
    return replace(stay, codes=(*stay.codes, code)) if code else stay


def _micro(moment: dt.datetime | None) -> str:
    return f"{moment:%Y%m%dT%H%M%S%f}" if moment else "-"
