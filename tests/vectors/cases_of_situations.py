"""What goes wrong in practice: late scans, deaf devices, withdrawn passes; and in which order reasons are told."""

from itertools import combinations
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.attendance.judging.fold import Entered, Inside, State
from app.attendance.judging.rules import Covered
from app.attendance.judging.verdict import Facts, Shown
from tests.vectors.world import (
    CAME,
    CAME_TO_PIER,
    CITY,
    CLUB,
    CONCERT,
    DAY,
    FESTIVAL,
    FORUM,
    HALL,
    IN_HALL,
    INSIDE,
    ON_PIER,
    PHONE,
    PIER,
    SOUTH,
    TABLET,
    TOMORROW,
    Vector,
    asks,
    door,
    hours,
    kind,
    no,
    tokyo,
    yes,
)

IN = State((CAME,), IN_HALL)
LATER = Inside(FESTIVAL, HALL, SOUTH, DAY, tokyo("11:00"))
IN_LATER = State((Entered(FESTIVAL, DAY, tokyo("11:00")),), LATER)
LEFT_LATER = State((Entered(FESTIVAL, DAY, tokyo("11:00")),))
IN_TOMORROW = State((Entered(FESTIVAL, TOMORROW, tokyo("11:00", 22)),), replace(LATER, day=TOMORROW))
LEFT_TOMORROW = State((Entered(FESTIVAL, TOMORROW, tokyo("11:00", 22)),))
TAKEN: Facts = {"since": "2026-11-21T02:00:00Z", "gate": str(SOUTH)}
USED_LATER: Facts = {"since": "2026-11-21T02:00:00Z"}
USED_TOMORROW: Facts = {"since": "2026-11-22T02:00:00Z"}
ORDER = "uploads in every order"

LATE = [
    no(ORDER, "the place inside was given later", "already_admitted", TAKEN, latest=IN_LATER),
    no(ORDER, "the place inside was given later: after exit", "already_admitted", TAKEN, latest=IN_LATER,
       product=kind(entry_rule="after_exit")),
    no(ORDER, "the place inside was given later: once", "already_admitted", TAKEN, latest=IN_LATER,
       product=kind(entry_rule="once")),
    yes(ORDER, "free entry takes nobody's place", latest=IN_LATER, product=kind(entry_rule="free")),
    yes(ORDER, "came and left later", latest=LEFT_LATER),
    yes(ORDER, "came and left later: once", latest=LEFT_LATER, product=kind(entry_rule="once")),
    no(ORDER, "came and left later, no re-entry", "already_admitted", USED_LATER, latest=LEFT_LATER,
       product=kind(reentry=False)),
    no(ORDER, "came and left later: once, no re-entry", "already_admitted", USED_LATER, latest=LEFT_LATER,
       product=kind(entry_rule="once", reentry=False)),
    yes(ORDER, "came and left later: after exit", latest=LEFT_LATER,
        product=kind(entry_rule="after_exit", reentry=False)),
    yes(ORDER, "came on the next day", latest=IN_TOMORROW),
    yes(ORDER, "came on the next day: after exit", latest=IN_TOMORROW, product=kind(entry_rule="after_exit")),
    no(ORDER, "came on the next day: once", "already_admitted", TAKEN, latest=IN_TOMORROW,
       product=kind(entry_rule="once")),
    yes(ORDER, "came and left on the next day, no re-entry", latest=LEFT_TOMORROW, product=kind(reentry=False)),
    no(ORDER, "came and left on the next day: once, no re-entry", "already_admitted", USED_TOMORROW,
       latest=LEFT_TOMORROW, product=kind(entry_rule="once", reentry=False)),
    no(ORDER, "came today and on the next day, no re-entry", "already_admitted", TAKEN,
       latest=State((*LEFT_LATER.entered, *LEFT_TOMORROW.entered), replace(LATER, day=TOMORROW)),
       product=kind(reentry=False)),
    yes(ORDER, "went elsewhere later", latest=State((CAME_TO_PIER,), ON_PIER)),
    yes(ORDER, "went elsewhere later, a gate that asks for an exit first", gate=door(elsewhere="refuse"),
        latest=State((CAME_TO_PIER,), ON_PIER)),
    no(ORDER, "the last entry was given later", "already_admitted", {"times": 2}, product=kind(entry_rule="times",
       entry_times=2), state=State((CAME,)), latest=State((replace(CAME, times=2),), IN_HALL)),
    yes(ORDER, "an entry is left", product=kind(entry_rule="times", entry_times=3), state=State((CAME,)),
        latest=State((replace(CAME, times=2),), IN_HALL)),
    yes(ORDER, "later entries into another event", product=kind(entry_rule="times"), latest=State((CAME_TO_PIER,))),
    yes(ORDER, "leaving, which nobody can take", direction="exit", state=IN, latest=State((CAME_TO_PIER,), ON_PIER)),
    yes(ORDER, "leaving before coming back", direction="exit", state=IN, latest=IN_LATER),
    no(ORDER, "what came before is told first", "already_admitted", INSIDE, state=IN, latest=IN_LATER),
    yes(ORDER, "later scans have opened nothing", latest=State()),
    no("clock wrong by minutes", "two phones a moment apart: the earlier one asks last", "already_admitted", TAKEN,
       latest=IN_LATER, device=TABLET),
]  # fmt: skip

OFF_LINE = [
    yes("same code on two devices off line", "the first does not know of the second"),
    no("same code on two devices off line", "the second, once both are known", "already_admitted", INSIDE, state=IN,
       device=TABLET),
    no("same code twice at one gate", "by the same phone", "already_admitted", INSIDE, state=IN, seq=2),
    no("same code twice at two gates", "by another phone", "already_admitted", INSIDE, state=IN, device=TABLET,
       gate=door(id=SOUTH)),
    no("two tabs of one scanner", "the other tab, with the next number", "already_admitted", INSIDE, state=IN, seq=2),
    yes("two tabs of one scanner", "another guest in the other tab", seq=2, ticket=UUID(int=62)),
    yes("storage full", "judged although it cannot be kept on the device", seq=999),
    no("storage full", "the one that could be kept counts", "already_admitted", INSIDE, state=IN, seq=1000),
    no("server killed between commit and answer", "asked again under a new number", "already_admitted", INSIDE,
       state=IN, seq=2),
    no("same scan sent several times", "and then scanned once more", "already_admitted", INSIDE, state=IN, seq=4),
    no("device revoked", "a device that may scan no longer", "device_revoked", shown=Shown(reason="device_revoked")),
    no("device revoked", "nor let anybody out", "device_revoked", shown=Shown(reason="device_revoked"),
       direction="exit", state=IN),
    yes("pass revoked at 10:00, scanned off line at 09:55 and at 10:05", "at 09:55", at=tokyo("09:55")),
    no("pass revoked at 10:00, scanned off line at 09:55 and at 10:05", "at 10:05", "revoked", at=tokyo("10:05"),
       status="revoked"),
    no("pass revoked at 10:00, scanned off line at 09:55 and at 10:05", "at 10:05, canceled", "canceled",
       at=tokyo("10:05"), status="canceled"),
    no("pass revoked at 10:00, scanned off line at 09:55 and at 10:05", "at 10:05, passed on", "superseded",
       at=tokyo("10:05"), generation=2),
    yes("admitted by the server, refused on the device", "nobody went in: tried again", seq=2,
        state=State(last=(tokyo("09:59"), PHONE, 1))),
    *(yes("a party of 40 on one phone", f"number {n}", seq=n, ticket=UUID(int=100 + n)) for n in (1, 2, 39, 40)),
    no("a party of 40 on one phone", "a place for 39", "venue_full", {"capacity": 39}, seq=40, ticket=UUID(int=140),
       gate=door(capacity=39, inside=39), full=True),
    no("a party of 40 on one phone", "one of them twice", "already_admitted", INSIDE, state=IN, seq=41),
    yes("same person registered twice", "with the first ticket", ticket=UUID(int=61)),
    yes("same person registered twice", "with the second ticket: it is one of its own", ticket=UUID(int=62), seq=2),
    no("same person registered twice", "with the first ticket again", "already_admitted", INSIDE, state=IN, seq=3),
    yes("on line in the morning, on site in the afternoon", "who took part on line is not inside",
        product=kind(mode="hybrid"), at=tokyo("14:00")),
    no("on line in the morning, on site in the afternoon", "with a ticket for the room on line", "not_entitled",
       product=kind(mode="online"), at=tokyo("14:00")),
    yes("a one-character family name found by search", "checked in by hand"),
    no("a one-character family name found by search", "whose ticket is canceled", "canceled", status="canceled"),
    no("a one-character family name found by search", "who is inside already", "already_admitted", INSIDE, state=IN),
    yes("undo", "let in again after the entry was taken back", seq=3),
    no("undo", "the entry was not taken back", "already_admitted", INSIDE, state=IN, seq=3),
]  # fmt: skip


class Broken(Struct, frozen=True):
    """A rule that fails: the reason, its facts, and what has to be changed for it, in the case and in the product."""

    reason: str
    facts: Facts
    changes: dict[str, Any]
    product: dict[str, Any] = {}


LADDER = (
    Broken("bad_code", {}, {"shown": Shown(reason="bad_code")}),
    Broken("superseded", {}, {"generation": 2}),
    Broken("wrong_convention", {}, {}, {"convention": 13}),
    Broken("wrong_organiser", {"events": [str(CONCERT)]}, {}, {"covers": (Covered(CONCERT, CLUB, PIER),)}),
    Broken("not_yet_valid", {"from": "2026-11-22"}, {}, {"days": (TOMORROW,)}),
    Broken("expired", {"until": "2026-11-21T00:00:00Z"}, {"gate": hours("08:00", "09:00")}),
    Broken("unpaid", {}, {"status": "unpaid"}),
    Broken("not_entitled", {}, {}, {"mode": "online"}),
    Broken("already_admitted", INSIDE, {"state": IN}),
    Broken("residence_missing", {}, {"residence": None}),
    Broken("venue_full", {"capacity": 100}, {"full": True}),
)
"""In the order in which they are told."""


def _told(first: Broken, *others: Broken) -> Vector:
    every = (*others, first)
    changes: dict[str, Any] = {name: value for one in every for name, value in one.changes.items()}
    product = kind(**{name: value for one in every for name, value in one.product.items()})
    name = f"{first.reason} before {' and '.join(one.reason for one in others)}"
    return no("order of the checks", name, first.reason, first.facts, product=product, **changes)


ORDERS = [
    *(_told(first, second) for first, second in combinations(LADDER, 2)),
    *(_told(*LADDER[first:]) for first in range(len(LADDER) - 2)),
]

WAYS_OUT = [
    yes("order of the checks", f"nobody is kept inside: {broken.reason}", direction="exit",
        product=kind(**broken.product), **(broken.changes | {"state": IN}))
    for broken in LADDER[3:]
] + [
    no("order of the checks", "leaving: bad_code before superseded", "bad_code", direction="exit", state=IN,
       shown=Shown(reason="bad_code"), generation=2),
    no("order of the checks", "leaving: superseded before wrong_convention", "superseded", direction="exit", state=IN,
       generation=2, product=kind(convention=13)),
    no("order of the checks", "leaving: wrong_convention before not_inside", "wrong_convention", direction="exit",
       product=kind(convention=13)),
    no("order of the checks", "the door's hours for a type before the ticket's state", "not_yet_valid",
       {"from": "2026-11-21T03:00:00Z"}, gate=door(rules=(asks("12:00"),)), status="canceled"),
    no("order of the checks", "the ticket's state before the door's refusal of a type", "canceled",
       gate=door(rules=(asks(admits=False),)), status="canceled"),
    no("order of the checks", "the door's refusal of a type before the entry rule", "not_entitled",
       gate=door(rules=(asks(admits=False),)), state=IN),
    no("order of the checks", "the venue before the day", "wrong_venue", {"venues": [str(PIER)]},
       product=kind(covers=(Covered(FORUM, CITY, PIER),), days=(TOMORROW,))),
    no("order of the checks", "the day before the ticket type", "not_yet_valid", {"from": "2026-11-22"},
       product=kind(covers=(), days=(TOMORROW,))),
    no("order of the checks", "inside another venue before the missing answer", "already_inside_elsewhere",
       {"venue": str(PIER), "since": "2026-11-21T00:30:00Z"}, gate=door(elsewhere="refuse"), residence=None,
       state=State((), ON_PIER)),
    no("order of the checks", "given since before the missing answer", "already_admitted", TAKEN, latest=IN_LATER,
       residence=None),
]  # fmt: skip

VECTORS: list[Vector] = [*LATE, *OFF_LINE, *ORDERS, *WAYS_OUT]
