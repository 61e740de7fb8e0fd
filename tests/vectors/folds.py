"""Where tickets are after their scans: stated as moments of one day, by the minute after 10:00."""

import datetime as dt
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.attendance.judging.fold import Direction, Entered, Inside, Key, Mark, Seen, State
from tests.vectors.world import (
    AT,
    CONCERT,
    DAY,
    EAST,
    FESTIVAL,
    FORUM,
    HALL,
    NORTH,
    PHONE,
    PIER,
    TABLET,
    TOMORROW,
    WEST,
    YESTERDAY,
)

OVERNIGHT = 24 * 60


class Answered(Struct, frozen=True):
    """Why a ticket's own scans refuse one of them, by the state before it; None: they do not."""

    device: UUID
    seq: int
    reason: str | None


class Fold(Struct, frozen=True):
    """Scans as they arrived, with those that were taken back, and the state they make.

    `verdicts` are those of the scans that count, in the order in which they happened.
    """

    name: str
    situation: str
    scans: tuple[Seen, ...]
    undone: tuple[Key, ...]
    expect: State
    verdicts: tuple[Answered, ...]


class Door(Struct, frozen=True):
    """Where a scan happens."""

    gate: UUID
    event: UUID
    venue: UUID


HALL_DOOR, PIER_DOOR = Door(NORTH, FESTIVAL, HALL), Door(EAST, CONCERT, PIER)
FORUM_DOOR = Door(WEST, FORUM, HALL)


def scan(seq: int, minute: int, direction: Direction = "entry", at: Door = HALL_DOOR, **changes: Any) -> Seen:
    """Return scan number `seq` of the phone, `minute` minutes after 10:00 (from midnight on it is another day)."""
    day = DAY if minute < 14 * 60 else TOMORROW
    day = YESTERDAY if minute < -10 * 60 else day
    base = Seen(_after(minute), PHONE, seq, direction, at.gate, at.event, at.venue, day, "daily")
    return replace(base, **changes)


def _after(minute: int) -> dt.datetime:
    return AT + dt.timedelta(minutes=minute)


def came(minute: int, at: Door = HALL_DOOR, times: int = 1, day: dt.date = DAY) -> Entered:
    """State the first entry of a day, and how many there were."""
    return Entered(at.event, day, _after(minute), times)


def inside(minute: int, at: Door = HALL_DOOR, day: dt.date = DAY) -> Inside:
    """State where somebody is, since when."""
    return Inside(at.event, at.venue, at.gate, day, _after(minute))


def last(minute: int, seq: int, device: UUID = PHONE) -> Mark:
    """State the last scan that was folded in."""
    return (_after(minute), device, seq)


def fold_of(
    situation: str,
    name: str,
    scans: tuple[Seen, ...],
    expect: State,
    reasons: tuple[str | None, ...],
    *,
    undone: tuple[Key, ...] = (),
) -> Fold:
    """State a fold; `reasons` belong to the scans that count, in the order in which they happened."""
    counted = {seen.key: seen for seen in scans if seen.key not in undone}
    ordered = sorted(counted.values(), key=lambda seen: seen.mark)
    answers = tuple(Answered(s.device, s.seq, reason) for s, reason in zip(ordered, reasons, strict=True))
    return Fold(name, situation, scans, undone, expect, answers)


IN, OUT = scan(1, 0), scan(2, 30, "exit")
TWICE, BACK = scan(2, 5), scan(3, 60)
AT_PIER = scan(2, 30, at=PIER_DOOR)
A, E, N = "already_admitted", "already_inside_elsewhere", "not_inside"
GONE = State((came(0),), None, last(30, 2))
TAB = "two tabs of one scanner"
OFF_LINE = "same code on two devices off line"
OTHER = scan(1, 5, device=TABLET)

MOVES = [
    fold_of("valid", "no scan at all", (), State(), ()),
    fold_of("valid", "one entry", (IN,), State((came(0),), inside(0), last(0, 1)), (None,)),
    fold_of("re-entry after exit", "in and out", (IN, OUT), GONE, (None, None)),
    fold_of("re-entry after exit", "in, out, in", (IN, OUT, BACK), State((came(0, times=2),), inside(60), last(60, 3)),
            (None, None, None)),
    fold_of("re-entry after exit", "in, out, in without re-entry",
            tuple(replace(s, reentry=False) for s in (IN, OUT, BACK)), State((came(0),), None, last(60, 3)),
            (None, None, A)),
    fold_of("re-entry after exit", "once, in, out, in", tuple(replace(s, rule="once") for s in (IN, OUT, BACK)),
            State((came(0, times=2),), inside(60), last(60, 3)), (None, None, None)),
    fold_of("same code twice at one gate", "in, in", (IN, TWICE), State((came(0),), inside(0), last(5, 2)), (None, A)),
    fold_of("same code twice at two gates", "in at the north gate, in at another",
            (IN, replace(TWICE, gate=WEST)), State((came(0),), inside(0), last(5, 2)), (None, A)),
    fold_of("same code twice at two gates", "free: the last gate counts",
            (replace(IN, rule="free"), replace(TWICE, rule="free", gate=WEST)),
            State((came(0, times=2),), replace(inside(5), gate=WEST), last(5, 2)), (None, None)),
    fold_of("exit without entry", "out", (scan(1, 0, "exit"),), State((), None, last(0, 1)), (N,)),
    fold_of("exit without entry", "in, out, out", (IN, OUT, scan(3, 40, "exit")), State((came(0),), None, last(40, 3)),
            (None, None, N)),
    fold_of("exit without entry", "in the hall, out of the pier", (IN, scan(2, 30, "exit", PIER_DOOR)),
            State((came(0),), inside(0), last(30, 2)), (None, N)),
    fold_of("exit without entry", "in by one event, out by another here", (IN, scan(2, 30, "exit", FORUM_DOOR)),
            GONE, (None, None)),
    fold_of("entry at B while inside A", "leaves A", (IN, AT_PIER),
            State((came(0), came(30, PIER_DOOR)), inside(30, PIER_DOOR), last(30, 2)), (None, None)),
    fold_of("entry at B while inside A", "and back to A", (IN, AT_PIER, BACK),
            State((came(0, times=2), came(30, PIER_DOOR)), inside(60), last(60, 3)), (None, None, None)),
    fold_of("entry at B while inside A", "the exit from A comes too late", (IN, AT_PIER, scan(3, 60, "exit")),
            State((came(0), came(30, PIER_DOOR)), inside(30, PIER_DOOR), last(60, 3)), (None, None, N)),
    fold_of("entry at B while inside A", "B asks for an exit first", (IN, replace(AT_PIER, elsewhere="refuse")),
            State((came(0),), inside(0), last(30, 2)), (None, E)),
    fold_of("entry at B while inside A", "B asks for an exit first, which came",
            (IN, OUT, scan(3, 60, at=PIER_DOOR, elsewhere="refuse")),
            State((came(0), came(60, PIER_DOOR)), inside(60, PIER_DOOR), last(60, 3)), (None, None, None)),
    fold_of("entry at B while inside A", "another event of this venue asks for an exit first",
            (IN, scan(2, 30, at=FORUM_DOOR, elsewhere="refuse")),
            State((came(0), came(30, FORUM_DOOR)), inside(30, FORUM_DOOR), last(30, 2)), (None, None)),
    fold_of("JST midnight", "still inside when the day ends: a new day begins anew", (IN, scan(2, OVERNIGHT)),
            State((came(0), came(OVERNIGHT, day=TOMORROW)), inside(OVERNIGHT, day=TOMORROW), last(OVERNIGHT, 2)),
            (None, None)),
    fold_of("JST midnight", "after_exit as well",
            (replace(IN, rule="after_exit"), scan(2, OVERNIGHT, rule="after_exit")),
            State((came(0), came(OVERNIGHT, day=TOMORROW)), inside(OVERNIGHT, day=TOMORROW), last(OVERNIGHT, 2)),
            (None, None)),
    fold_of("JST midnight", "once: it does not", (replace(IN, rule="once"), scan(2, OVERNIGHT, rule="once")),
            State((came(0),), inside(0), last(OVERNIGHT, 2)), (None, A)),
    fold_of("JST midnight", "a minute before and a minute after", (scan(1, 839), scan(2, 840)),
            State((came(839), came(840, day=TOMORROW)), inside(840, day=TOMORROW), last(840, 2)), (None, None)),
    fold_of("31 March, 1 April", "two days of two fiscal years",
            (replace(IN, day=dt.date(2027, 3, 31)), replace(TWICE, day=dt.date(2027, 4, 1))),
            State((came(0, day=dt.date(2027, 3, 31)), came(5, day=dt.date(2027, 4, 1))),
                  inside(5, day=dt.date(2027, 4, 1)), last(5, 2)), (None, None)),
    fold_of("entry rules", "three times: the fourth is refused",
            tuple(scan(n, n, rule="times", entry_times=3) for n in (1, 2, 3, 4)),
            State((came(1, times=3),), inside(3), last(4, 4)), (None, None, None, A)),
    fold_of("entry rules", "two times, on two days",
            tuple(scan(n, m, rule="times", entry_times=2) for n, m in ((1, 0), (2, OVERNIGHT), (3, OVERNIGHT + 1))),
            State((came(0), came(OVERNIGHT, day=TOMORROW)), inside(OVERNIGHT, day=TOMORROW), last(OVERNIGHT + 1, 3)),
            (None, None, A)),
    fold_of("entry rules", "one time for each event",
            (replace(IN, rule="times"), replace(AT_PIER, rule="times"), replace(BACK, rule="times")),
            State((came(0), came(30, PIER_DOOR)), inside(30, PIER_DOOR), last(60, 3)), (None, None, A)),
    fold_of("entry rules", "free: every entry is counted", tuple(scan(n, n, rule="free") for n in (1, 2, 3)),
            State((came(1, times=3),), inside(3), last(3, 3)), (None, None, None)),
    fold_of("rules of a gate", "a strict gate after an easy one",
            (replace(IN, rule="free"), replace(TWICE, rule="once")),
            State((came(0),), inside(0), last(5, 2)), (None, A)),
    fold_of("rules of a gate", "an easy gate after a strict one",
            (replace(IN, rule="once"), replace(TWICE, rule="free")),
            State((came(0, times=2),), inside(5), last(5, 2)), (None, None)),
]  # fmt: skip

NIGHT = scan(1, 15 * 60, day=DAY)
"""At one in the morning, by a gate for which it is yesterday still."""
ARRIVALS = [
    fold_of("uploads in every order", "out, then in", (OUT, IN), GONE, (None, None)),
    fold_of("uploads in every order", "back, in, out", (BACK, IN, OUT),
            State((came(0, times=2),), inside(60), last(60, 3)), (None, None, None)),
    fold_of("uploads in every order", "the refused one first", (TWICE, IN), State((came(0),), inside(0), last(5, 2)),
            (None, A)),
    fold_of("uploads in every order", "two venues, the later one first", (AT_PIER, IN),
            State((came(0), came(30, PIER_DOOR)), inside(30, PIER_DOOR), last(30, 2)), (None, None)),
    fold_of("same scan sent several times", "an entry, three times", (IN, IN, IN),
            State((came(0),), inside(0), last(0, 1)), (None,)),
    fold_of("same scan sent several times", "a free entry, three times", (replace(IN, rule="free"),) * 3,
            State((came(0),), inside(0), last(0, 1)), (None,)),
    fold_of("same scan sent several times", "the first of two entries, three times",
            (replace(IN, rule="times", entry_times=2),) * 3 + (replace(TWICE, rule="times", entry_times=2),),
            State((came(0, times=2),), inside(5), last(5, 2)), (None, None)),
    fold_of("same scan sent by several connections at once", "an exit, twelve times", (IN, *(OUT,) * 12), GONE,
            (None, None)),
    fold_of("same scan sent by several connections at once", "an entry, twelve times", (IN,) * 12,
            State((came(0),), inside(0), last(0, 1)), (None,)),
    fold_of("same scan sent by several connections at once", "a denial, twelve times", (IN, *(TWICE,) * 12),
            State((came(0),), inside(0), last(5, 2)), (None, A)),
    fold_of("server killed between commit and answer", "sent again after the exit", (IN, OUT, IN), GONE, (None, None)),
    fold_of(OFF_LINE, "the second to scan is the first to upload", (OTHER, IN),
            State((came(0),), inside(0), last(5, 1, TABLET)), (None, A)),
    fold_of(OFF_LINE, "in by one, out by the other", (replace(OTHER, direction="exit"), IN),
            State((came(0),), None, last(5, 1, TABLET)), (None, None)),
    fold_of(OFF_LINE, "at the same moment: the lower device first", (replace(OTHER, at=AT), IN),
            State((came(0),), inside(0), last(0, 1, TABLET)), (None, A)),
    fold_of(OFF_LINE, "in and out at the same moment", (replace(OTHER, at=AT, direction="exit"), IN),
            State((came(0),), None, last(0, 1, TABLET)), (None, None)),
    fold_of(TAB, "two numbers at the same moment, in and out", (scan(2, 0, "exit"), IN),
            State((came(0),), None, last(0, 2)), (None, None)),
    fold_of(TAB, "numbers are compared as numbers", (scan(10, 0, "exit"), scan(9, 0)),
            State((came(0),), None, last(0, 10)), (None, None)),
    fold_of("storage full", "a number is missing between", (IN, scan(7, 30, "exit")),
            State((came(0),), None, last(30, 7)), (None, None)),
    fold_of("clock wrong by minutes", "put in order by corrected times: out after in",
            (scan(1, 30, "exit"), scan(2, 0)),
            State((came(0),), None, last(30, 1)), (None, None)),
    fold_of("clock wrong by minutes", "a thousandth of a second decides",
            (scan(1, 0, "exit", at=HALL_DOOR), replace(scan(2, 0), at=AT - dt.timedelta(milliseconds=1))),
            State((Entered(FESTIVAL, DAY, AT - dt.timedelta(milliseconds=1)),), None, last(0, 1)), (None, None)),
    fold_of("clock wrong by a day", "yesterday's entry and today's", (IN, scan(2, -OVERNIGHT)),
            State((came(-OVERNIGHT, day=YESTERDAY), came(0)), inside(0), last(0, 1)), (None, None)),
    fold_of("clock wrong by years", "judged by its arrival", (scan(1, 3), scan(2, 8, "exit")),
            State((came(3),), None, last(8, 2)), (None, None)),
    fold_of("clock changed while off line", "the number does not decide, the corrected time does",
            (scan(5, 0), scan(4, 30, "exit")), State((came(0),), None, last(30, 4)), (None, None)),
    fold_of("JST midnight", "daily: an event-day that ends later does not begin the day again",
            (scan(2, 14 * 60 + 30), NIGHT),
            State((came(14 * 60 + 30, day=TOMORROW),), inside(14 * 60 + 30, day=TOMORROW), last(15 * 60, 1)),
            (None, A)),
    fold_of("same person registered twice", "each ticket by itself: the second one", (scan(2, 1),),
            State((came(1),), inside(1), last(1, 2)), (None,)),
    fold_of("a party of 40 on one phone", "number 40 of one phone", (scan(40, 8),),
            State((came(8),), inside(8), last(8, 40)), (None,)),
    fold_of("on line in the morning, on site in the afternoon", "the afternoon alone", (scan(1, 240),),
            State((came(240),), inside(240), last(240, 1)), (None,)),
]  # fmt: skip

DENIED = replace(IN, sound=False)
FORCED = replace(TWICE, forced=True)
PAST = scan(1, -5)
FACTS = [
    fold_of("admitted by the server, refused on the device", "nobody went in", (DENIED,), State(), (None,)),
    fold_of("admitted by the server, refused on the device", "a denial between in and out",
            (IN, replace(TWICE, sound=False), scan(3, 30, "exit")),
            State((came(0),), None, last(30, 3)), (None, A, None)),
    fold_of("admitted by the server, refused on the device", "an exit that was denied",
            (IN, replace(OUT, sound=False)), State((came(0),), inside(0), last(0, 1)), (None, None)),
    fold_of("admitted by the server, refused on the device", "denied, then let in", (DENIED, TWICE),
            State((came(5),), inside(5), last(5, 2)), (None, None)),
    fold_of("canceled", "a denied ticket is nowhere", (DENIED, replace(TWICE, sound=False)), State(), (None, None)),
    fold_of(OFF_LINE, "both let the guest in: both entries count", (IN, replace(OTHER, forced=True)),
            State((came(0, times=2),), inside(5), last(5, 1, TABLET)), (None, A)),
    fold_of(OFF_LINE, "both let the guest in, the later one uploads first",
            (replace(OTHER, forced=True), replace(IN, forced=True)),
            State((came(0, times=2),), inside(5), last(5, 1, TABLET)), (None, A)),
    fold_of(OFF_LINE, "once: let in on two days",
            (replace(IN, rule="once"), scan(2, OVERNIGHT, rule="once", forced=True)),
            State((came(0), came(OVERNIGHT, day=TOMORROW)), inside(OVERNIGHT, day=TOMORROW), last(OVERNIGHT, 2)),
            (None, A)),
    fold_of(OFF_LINE, "let in once more than the ticket has entries",
            (replace(IN, rule="times"), replace(TWICE, rule="times", forced=True)),
            State((came(0, times=2),), inside(5), last(5, 2)), (None, A)),
    fold_of("entry at B while inside A", "let in although B asks for an exit first",
            (IN, replace(AT_PIER, elsewhere="refuse", forced=True)),
            State((came(0), came(30, PIER_DOOR)), inside(30, PIER_DOOR), last(30, 2)), (None, E)),
    fold_of("exit without entry", "a device lets somebody out who is not in", (scan(1, 0, "exit", forced=True),),
            State((), None, last(0, 1)), (N,)),
    fold_of("exit without entry", "a device lets somebody out here who is elsewhere",
            (scan(1, 0, at=PIER_DOOR), scan(2, 5, "exit", forced=True)),
            State((came(0, PIER_DOOR),), inside(0, PIER_DOOR), last(5, 2)), (None, N)),
    fold_of("exit without entry", "a denied exit is none, whatever the device says",
            (IN, replace(OUT, sound=False, forced=True)), State((came(0),), inside(0), last(0, 1)), (None, None)),
    fold_of("pass revoked at 10:00, scanned off line at 09:55 and at 10:05", "let in at 09:55, denied at 10:05",
            (PAST, replace(TWICE, sound=False)), State((came(-5),), inside(-5), last(-5, 1)), (None, A)),
    fold_of("pass revoked at 10:00, scanned off line at 09:55 and at 10:05", "let in at 10:05 by a device off line",
            (replace(TWICE, sound=False, forced=True),), State((came(5),), inside(5), last(5, 2)), (None,)),
    fold_of("pass revoked at 10:00, scanned off line at 09:55 and at 10:05", "let in at both times",
            (PAST, replace(FORCED, sound=False)), State((came(-5, times=2),), inside(5), last(5, 2)), (None, A)),
    fold_of("venue full", "let in although the venue was full", (replace(IN, sound=False, forced=True),),
            State((came(0),), inside(0), last(0, 1)), (None,)),
    fold_of("device revoked", "what it scanned before counts, what is set aside does not",
            (IN, replace(OUT, sound=False)),
            State((came(0),), inside(0), last(0, 1)), (None, None)),
    fold_of("gate deleted or changed", "its scans stay what they were", (IN, OUT), GONE, (None, None)),
    fold_of("key rotation while off line", "an old code in, the new one out", (IN, OUT), GONE, (None, None)),
]  # fmt: skip

UNDO = [
    fold_of("undo", "an entry taken back", (IN,), State(), (), undone=((PHONE, 1),)),
    fold_of("undo", "an exit taken back",
            (IN, OUT), State((came(0),), inside(0), last(0, 1)), (None,), undone=((PHONE, 2),)),
    fold_of("undo", "the first of two entries: the second counts",
            (IN, TWICE), State((came(5),), inside(5), last(5, 2)),
            (None,), undone=((PHONE, 1),)),
    fold_of("undo", "a forced entry taken back", (IN, FORCED), State((came(0),), inside(0), last(0, 1)), (None,),
            undone=((PHONE, 2),)),
    fold_of("undo", "the entry before an exit", (IN, OUT), State((), None, last(30, 2)), (N,), undone=((PHONE, 1),)),
    fold_of("undo", "the entry at B: still in A", (IN, AT_PIER), State((came(0),), inside(0), last(0, 1)), (None,),
            undone=((PHONE, 2),)),
    fold_of("undo", "another device's scan with this number", (IN, OTHER), State((came(0),), inside(0), last(0, 1)),
            (None,), undone=((TABLET, 1),)),
    fold_of("undo", "a scan that has not come yet", (IN,), State((came(0),), inside(0), last(0, 1)), (None,),
            undone=((TABLET, 9), (PHONE, 2))),
    fold_of("undo", "a denial", (IN, TWICE), State((came(0),), inside(0), last(0, 1)), (None,), undone=((PHONE, 2),)),
    fold_of("undo", "everything", (IN, OUT, BACK), State(), (), undone=((PHONE, 1), (PHONE, 2), (PHONE, 3))),
    fold_of("undo", "the last of three entries gives one back",
            tuple(scan(n, n, rule="times", entry_times=3) for n in (1, 2, 3, 4)),
            State((came(1, times=3),), inside(4), last(4, 4)), (None, None, None), undone=((PHONE, 3),)),
]  # fmt: skip

FOLDS: list[Fold] = [*MOVES, *ARRIVALS, *FACTS, *UNDO]
