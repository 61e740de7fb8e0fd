"""Days and hours, by the clocks of the place: too early, too late, another day."""

import datetime as dt

from msgspec.structs import replace

from app.attendance.judging.rules import Gate, GateRule
from app.attendance.judging.verdict import State
from tests.vectors.world import (
    DAY,
    IN_HALL,
    TOMORROW,
    VIP_ID,
    YESTERDAY,
    Vector,
    asks,
    door,
    hours,
    kind,
    no,
    tokyo,
    yes,
)

INSIDE_HALL = State(inside=IN_HALL)
AFTER = dt.date(2026, 11, 23)
DAYTIME = hours("10:00", "17:00")
NIGHT = hours("18:00", "02:00")
LATE = hours("10:00", "00:00")
TEN, FIVE = {"from": "2026-11-21T01:00:00Z"}, {"until": "2026-11-21T08:00:00Z"}
SIX = {"from": "2026-11-21T09:00:00Z"}


def berlin(gate: Gate) -> Gate:
    """Return the gate in a zone with summer time."""
    return replace(gate, zone="Europe/Berlin")


def utc(said: str) -> dt.datetime:
    """Return a moment."""
    return dt.datetime.fromisoformat(f"{said}+00:00")


OCTOBER, MARCH = dt.date(2026, 10, 25), dt.date(2027, 3, 28)
YEAR = kind(first_day=dt.date(2026, 1, 1), last_day=dt.date(2027, 12, 31))

DAYS = [
    no("not yet valid", "the day before the first", "not_yet_valid", {"from": "2026-11-21"},
       at=tokyo("10:00", 20), day=YESTERDAY),
    yes("valid", "the first day", product=kind(first_day=DAY)),
    yes("valid", "the last day", product=kind(last_day=DAY)),
    yes("valid", "the only day", product=kind(first_day=DAY, last_day=DAY)),
    no("no longer valid", "the day after the last", "expired", {"until": "2026-11-24"},
       at=tokyo("10:00", 25), day=dt.date(2026, 11, 25)),
    no("not yet valid", "for tomorrow", "not_yet_valid", {"from": "2026-11-22"}, product=kind(days=(TOMORROW,))),
    no("not yet valid", "for the days to come", "not_yet_valid", {"from": "2026-11-22"},
       product=kind(days=(AFTER, TOMORROW))),
    no("no longer valid", "for yesterday", "expired", {"until": "2026-11-20"}, product=kind(days=(YESTERDAY,))),
    no("no longer valid", "for the days before", "expired", {"until": "2026-11-20"},
       product=kind(days=(YESTERDAY, dt.date(2026, 11, 19)))),
    no("wrong day", "for yesterday and tomorrow", "wrong_day", {"days": ["2026-11-20", "2026-11-22"]},
       product=kind(days=(YESTERDAY, TOMORROW))),
    no("wrong day", "however they are written down", "wrong_day", {"days": ["2026-11-20", "2026-11-22", "2026-11-23"]},
       product=kind(days=(AFTER, YESTERDAY, TOMORROW))),
    yes("wrong day", "for today among others", product=kind(days=(YESTERDAY, DAY, TOMORROW))),
    yes("valid", "for today", product=kind(days=(DAY,))),
    yes("valid", "for today: the first and the last day of the convention say nothing then",
        product=kind(days=(DAY,), first_day=TOMORROW, last_day=YESTERDAY)),
    yes("wrong day", "leaving on another day", product=kind(days=(TOMORROW,)), direction="exit", state=INSIDE_HALL),
    yes("no longer valid", "leaving after the last day", at=tokyo("10:00", 25), day=dt.date(2026, 11, 25),
        direction="exit", state=INSIDE_HALL),
]  # fmt: skip

HOURS = [
    no("not yet valid", "a moment before the gate opens", "not_yet_valid", TEN, gate=DAYTIME, at=tokyo("09:59:59.999")),
    yes("valid", "the gate opens", gate=DAYTIME, at=tokyo("10:00")),
    yes("valid", "a moment before the gate closes", gate=DAYTIME, at=tokyo("16:59:59.999")),
    no("no longer valid", "the gate closes", "expired", FIVE, gate=DAYTIME, at=tokyo("17:00")),
    no("no longer valid", "late at night", "expired", FIVE, gate=DAYTIME, at=tokyo("23:59:59")),
    no("not yet valid", "early in the morning", "not_yet_valid", TEN, gate=DAYTIME, at=tokyo("00:00")),
    yes("no longer valid", "leaving after the gate closes", gate=DAYTIME, at=tokyo("19:00"), direction="exit",
        state=INSIDE_HALL),
    no("not yet valid", "a gate that opens and never closes", "not_yet_valid", TEN, gate=hours("10:00", None),
       at=tokyo("09:30")),
    yes("valid", "a gate that opens and never closes, late", gate=hours("10:00", None), at=tokyo("23:59:59")),
    no("no longer valid", "a gate that closes and never opens", "expired", FIVE, gate=hours(None, "17:00"),
       at=tokyo("17:00:01")),
    yes("valid", "a gate that closes and never opens, early", gate=hours(None, "17:00"), at=tokyo("00:00")),
    yes("valid", "a gate that closes at midnight", gate=hours(None, "00:00"), at=tokyo("12:00")),
    no("not yet valid", "a gate that closes as it opens: before", "not_yet_valid", TEN, gate=hours("10:00", "10:00"),
       at=tokyo("09:00")),
    no("no longer valid", "a gate that closes as it opens: then", "expired", {"until": "2026-11-21T01:00:00Z"},
       gate=hours("10:00", "10:00"), at=tokyo("10:00")),
    no("not yet valid", "seconds count", "not_yet_valid", {"from": "2026-11-21T01:00:30Z"},
       gate=hours("10:00:30", "17:00"), at=tokyo("10:00:29")),
    no("gate deleted or changed", "the gate closes earlier now", "expired", {"until": "2026-11-21T00:30:00Z"},
       gate=hours("08:00", "09:30")),
    yes("gate deleted or changed", "the gate is open around the clock now", at=tokyo("03:00")),
    yes("clock wrong by minutes", "put right: 10:00 and not 09:50", gate=DAYTIME, at=tokyo("10:00")),
    no("clock wrong by minutes", "put right: 09:50 and not 10:00", "not_yet_valid", TEN, gate=DAYTIME,
       at=tokyo("09:50")),
    yes("clock wrong by a day", "put right: today and not yesterday", product=kind(days=(DAY,))),
    no("clock wrong by a day", "put right: yesterday and not today", "not_yet_valid", {"from": "2026-11-21"},
       product=kind(days=(DAY,)), at=tokyo("10:00", 20), day=YESTERDAY),
    yes("clock wrong by years", "the moment of arrival stands in: today and not in 2031"),
    no("clock wrong by years", "a device that judges by 2031", "expired", {"until": "2026-11-24"},
       at=utc("2031-11-21T01:00:00"), day=dt.date(2031, 11, 21)),
    yes("clock changed while off line", "put right: open", gate=DAYTIME, at=tokyo("16:59:59")),
    no("clock changed while off line", "put right: closed", "expired", FIVE, gate=DAYTIME, at=tokyo("17:00:01")),
]  # fmt: skip

NIGHTS = [
    no("not yet valid", "a night gate in the afternoon", "not_yet_valid", SIX, gate=NIGHT, at=tokyo("17:59:59.999")),
    yes("valid", "a night gate opens", gate=NIGHT, at=tokyo("18:00")),
    yes("JST midnight", "a night gate before midnight", gate=NIGHT, at=tokyo("23:59:59.999")),
    yes("JST midnight", "a night gate at midnight: the small hours belong to the day before", gate=NIGHT,
        at=tokyo("00:00", 22)),
    yes("JST midnight", "a night gate, a ticket for the day before", gate=NIGHT, at=tokyo("01:00", 22),
        product=kind(days=(DAY,))),
    no("JST midnight", "a night gate, a ticket for the day that has come", "not_yet_valid", {"from": "2026-11-22"},
       gate=NIGHT, at=tokyo("01:00", 22), product=kind(days=(TOMORROW,))),
    yes("JST midnight", "a night gate, a moment before it closes", gate=NIGHT, at=tokyo("01:59:59.999", 22)),
    no("JST midnight", "a night gate has closed: it opens again in the evening", "not_yet_valid",
       {"from": "2026-11-22T09:00:00Z"}, gate=NIGHT, at=tokyo("02:00", 22), day=TOMORROW),
    yes("JST midnight", "the last day lasts until the night gate closes", gate=NIGHT, at=tokyo("01:30", 22),
        product=kind(last_day=DAY)),
    no("JST midnight", "and no longer", "expired", {"until": "2026-11-21"}, gate=NIGHT, at=tokyo("02:00", 22),
       day=TOMORROW, product=kind(last_day=DAY)),
    yes("JST midnight", "a gate until midnight, a moment before", gate=LATE, at=tokyo("23:59:59.999")),
    no("JST midnight", "a gate until midnight, at midnight", "not_yet_valid", {"from": "2026-11-22T01:00:00Z"},
       gate=LATE, at=tokyo("00:00", 22), day=TOMORROW),
    yes("JST midnight", "a ticket for the day, a moment before midnight", at=tokyo("23:59:59.999"),
        product=kind(days=(DAY,))),
    no("JST midnight", "a ticket for the day, at midnight", "expired", {"until": "2026-11-21"},
       at=tokyo("00:00", 22), day=TOMORROW, product=kind(days=(DAY,))),
    no("JST midnight", "a ticket for the next day, a moment before midnight", "not_yet_valid", {"from": "2026-11-22"},
       at=tokyo("23:59:59.999"), product=kind(days=(TOMORROW,))),
    yes("JST midnight", "a ticket for the next day, at midnight", at=tokyo("00:00", 22), day=TOMORROW,
        product=kind(days=(TOMORROW,))),
    yes("31 March, 1 April", "the last second of the fiscal year", at=utc("2027-03-31T14:59:59"),
        day=dt.date(2027, 3, 31), product=kind(days=(dt.date(2027, 3, 31),))),
    no("31 March, 1 April", "the first second of the next", "expired", {"until": "2027-03-31"},
       at=utc("2027-03-31T15:00:00"), day=dt.date(2027, 4, 1), product=kind(days=(dt.date(2027, 3, 31),))),
    no("31 March, 1 April", "for 1 April, on 31 March", "not_yet_valid", {"from": "2027-04-01"},
       at=utc("2027-03-31T14:59:59"), day=dt.date(2027, 3, 31), product=kind(days=(dt.date(2027, 4, 1),))),
    yes("31 March, 1 April", "for 1 April, on 1 April", at=utc("2027-03-31T15:00:00"), day=dt.date(2027, 4, 1),
        product=kind(days=(dt.date(2027, 4, 1),))),
    yes("31 March, 1 April", "a night gate on 1 April still has 31 March", gate=NIGHT, at=utc("2027-03-31T16:59:59"),
        day=dt.date(2027, 3, 31), product=kind(days=(dt.date(2027, 3, 31),))),
]  # fmt: skip

ZONES = [
    yes("valid", "Berlin in winter, a moment before midnight", gate=berlin(door()), at=utc("2026-11-21T22:59:59"),
        product=kind(days=(DAY,))),
    no("no longer valid", "Berlin in winter, midnight", "expired", {"until": "2026-11-21"}, gate=berlin(door()),
       at=utc("2026-11-21T23:00:00"), day=TOMORROW, product=kind(days=(DAY,))),
    no("not yet valid", "Berlin, the hour that summer time leaves out: it opens when that is over", "not_yet_valid",
       {"from": "2027-03-28T01:30:00Z"}, gate=berlin(hours("02:30", None)), at=utc("2027-03-28T00:59:59"), day=MARCH,
       product=YEAR),
    yes("valid", "Berlin, the hour that summer time leaves out: the clock says 03:00",
        gate=berlin(hours("02:30", None)), at=utc("2027-03-28T01:00:00"), day=MARCH, product=YEAR),
    no("not yet valid", "Berlin, the hour that comes twice: it opens the first time", "not_yet_valid",
       {"from": "2026-10-25T00:30:00Z"}, gate=berlin(hours("02:30", None)), at=utc("2026-10-25T00:29:59"), day=OCTOBER,
       product=YEAR),
    yes("valid", "Berlin, the hour that comes twice: the first time", gate=berlin(hours("02:30", None)),
        at=utc("2026-10-25T00:30:00"), day=OCTOBER, product=YEAR),
    no("not yet valid", "Berlin in summer", "not_yet_valid", {"from": "2026-07-01T08:00:00Z"},
       gate=berlin(hours("10:00", "17:00")), at=utc("2026-07-01T07:59:59"), day=dt.date(2026, 7, 1), product=YEAR),
    no("no longer valid", "Berlin in winter", "expired", {"until": "2026-11-21T16:00:00Z"},
       gate=berlin(hours("10:00", "17:00")), at=utc("2026-11-21T16:00:00")),
    yes("valid", "New York, late on the day before", gate=door(zone="America/New_York"), at=utc("2026-11-21T04:59:59"),
        day=YESTERDAY, product=kind(days=(YESTERDAY,))),
    yes("valid", "New York, midnight", gate=door(zone="America/New_York"), at=utc("2026-11-21T05:00:00"),
        product=kind(days=(DAY,))),
    yes("valid", "Kathmandu, a zone with quarters of an hour", gate=door(zone="Asia/Kathmandu"),
        at=utc("2026-11-20T18:15:00"), product=kind(days=(DAY,))),
    no("not yet valid", "Kathmandu, a moment before its midnight", "not_yet_valid", {"from": "2026-11-21"},
       gate=door(zone="Asia/Kathmandu"), at=utc("2026-11-20T18:14:59"), day=YESTERDAY, product=kind(days=(DAY,))),
]  # fmt: skip


def ruled(*rules: GateRule, opens: str | None = None, closes: str | None = None) -> Gate:
    """Return the usual gate with hours of its own and rules."""
    return hours(opens, closes, rules=rules)


NARROW = ruled(asks("12:00", "15:00"), opens="10:00", closes="17:00")
WIDE = ruled(asks("08:00", "20:00"), opens="10:00", closes="17:00")
NIGHT_LATER = ruled(asks("20:00"), opens="18:00", closes="02:00")
NIGHT_EARLY = ruled(asks(None, "23:00"), opens="18:00", closes="02:00")
NIGHT_ONE = ruled(asks(None, "01:00"), opens="18:00", closes="02:00")
NIGHT_SAME = ruled(asks("18:00", "02:00"), opens="18:00", closes="02:00")
SMALL_HOURS = ruled(asks("22:00", "02:00"))
SPLIT = ruled(asks("11:00"), asks("08:00", "16:00", product=None))
OTHERS = ruled(asks("12:00", "15:00", product=VIP_ID))

RULES = [
    no("rules of a gate", "before the type's hours", "not_yet_valid", {"from": "2026-11-21T03:00:00Z"}, gate=NARROW,
       at=tokyo("11:59:59")),
    yes("rules of a gate", "in the type's hours", gate=NARROW, at=tokyo("12:00")),
    yes("rules of a gate", "at the end of the type's hours", gate=NARROW, at=tokyo("14:59:59")),
    no("rules of a gate", "after the type's hours", "expired", {"until": "2026-11-21T06:00:00Z"}, gate=NARROW,
       at=tokyo("15:00")),
    no("rules of a gate", "before the gate's hours, which are told first", "not_yet_valid", TEN, gate=NARROW,
       at=tokyo("09:00")),
    no("rules of a gate", "after the gate's hours, which are told first", "expired", FIVE, gate=NARROW,
       at=tokyo("17:00")),
    no("rules of a gate", "hours of a type open no closed gate: early", "not_yet_valid", TEN, gate=WIDE,
       at=tokyo("09:00")),
    no("rules of a gate", "hours of a type open no closed gate: late", "expired", FIVE, gate=WIDE, at=tokyo("18:00")),
    yes("rules of a gate", "wider hours change nothing", gate=WIDE, at=tokyo("12:00")),
    yes("rules of a gate", "hours of another type", gate=OTHERS, at=tokyo("09:00")),
    no("rules of a gate", "its own beginning, the end of all: before", "not_yet_valid",
       {"from": "2026-11-21T02:00:00Z"}, gate=SPLIT, at=tokyo("10:59:59")),
    yes("rules of a gate", "its own beginning, the end of all: between", gate=SPLIT, at=tokyo("11:00")),
    no("rules of a gate", "its own beginning, the end of all: after", "expired", {"until": "2026-11-21T07:00:00Z"},
       gate=SPLIT, at=tokyo("16:00")),
    yes("rules of a gate", "leaving at any hour", gate=NARROW, at=tokyo("09:00"), direction="exit", state=INSIDE_HALL),
    no("rules of a gate", "a night gate, later for this type", "not_yet_valid", {"from": "2026-11-21T11:00:00Z"},
       gate=NIGHT_LATER, at=tokyo("19:59:59")),
    yes("rules of a gate", "a night gate, later for this type: open", gate=NIGHT_LATER, at=tokyo("20:00")),
    yes("rules of a gate", "a night gate, later for this type: open in the small hours", gate=NIGHT_LATER,
        at=tokyo("01:00", 22)),
    yes("rules of a gate", "a night gate, until eleven for this type: open", gate=NIGHT_EARLY, at=tokyo("22:59:59")),
    no("rules of a gate", "a night gate, until eleven for this type: closed", "expired",
       {"until": "2026-11-21T14:00:00Z"}, gate=NIGHT_EARLY, at=tokyo("23:00")),
    no("rules of a gate", "a night gate, until eleven for this type: closed in the small hours", "expired",
       {"until": "2026-11-21T14:00:00Z"}, gate=NIGHT_EARLY, at=tokyo("01:00", 22)),
    yes("rules of a gate", "a night gate, until one for this type: open", gate=NIGHT_ONE, at=tokyo("00:59:59", 22)),
    no("rules of a gate", "a night gate, until one for this type: closed", "expired",
       {"until": "2026-11-21T16:00:00Z"}, gate=NIGHT_ONE, at=tokyo("01:00", 22)),
    yes("rules of a gate", "a night gate, the same hours for this type", gate=NIGHT_SAME, at=tokyo("01:59:59", 22)),
    yes("rules of a gate", "a gate around the clock, by night for this type: evening", gate=SMALL_HOURS,
        at=tokyo("22:00")),
    yes("rules of a gate", "a gate around the clock, by night for this type: small hours", gate=SMALL_HOURS,
        at=tokyo("01:59:59")),
    no("rules of a gate", "a gate around the clock, by night for this type: over", "not_yet_valid",
       {"from": "2026-11-21T13:00:00Z"}, gate=SMALL_HOURS, at=tokyo("02:00")),
    no("rules of a gate", "a gate around the clock, by night for this type: soon", "not_yet_valid",
       {"from": "2026-11-21T13:00:00Z"}, gate=SMALL_HOURS, at=tokyo("21:59:59")),
    no("rules of a gate", "from tomorrow for this type", "not_yet_valid", {"from": "2026-11-22"},
       gate=ruled(asks(days=(TOMORROW,)))),
    no("rules of a gate", "until yesterday for this type", "expired", {"until": "2026-11-20"},
       gate=ruled(asks(days=(YESTERDAY,)))),
    no("rules of a gate", "other days for this type", "wrong_day", {"days": ["2026-11-20", "2026-11-22"]},
       gate=ruled(asks(days=(TOMORROW, YESTERDAY)))),
    yes("rules of a gate", "today for this type", gate=ruled(asks(days=(DAY,)))),
    yes("rules of a gate", "today for this type, not for the others",
        gate=ruled(asks(product=None, days=(TOMORROW,)), asks(days=(DAY,)))),
    no("rules of a gate", "not today for anybody", "not_yet_valid", {"from": "2026-11-22"},
       gate=ruled(asks(product=None, days=(TOMORROW,)), asks())),
    yes("rules of a gate", "not today for another type", gate=ruled(asks(product=VIP_ID, days=(TOMORROW,)))),
    no("rules of a gate", "days of a gate do not lengthen a ticket", "not_yet_valid", {"from": "2026-11-22"},
       gate=ruled(asks(days=(DAY,))), product=kind(days=(TOMORROW,))),
    no("rules of a gate", "the ticket's own days are told first", "not_yet_valid", {"from": "2026-11-22"},
       gate=ruled(asks(days=(YESTERDAY,))), product=kind(days=(TOMORROW,))),
    no("rules of a gate", "days are told before hours", "not_yet_valid", {"from": "2026-11-22"},
       gate=ruled(asks("12:00", days=(TOMORROW,)))),
]  # fmt: skip

VECTORS: list[Vector] = [*DAYS, *HOURS, *NIGHTS, *ZONES, *RULES]
