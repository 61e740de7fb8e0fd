"""Event-days, scheduled starts, and what a gate asks of a ticket type."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attendance.judging.fold import seen_at
from app.attendance.judging.rules import Asked, Gate, asked, event_day, opening, outside
from tests.vectors.world import AT, DAY, GATE, PASS, PHONE, TOMORROW, VIP_ID, asks, door, hours, tokyo

DAYTIME, NIGHT = hours("10:00", "17:00"), hours("18:00", "02:00")
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(
    lambda second: dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=second)
)
CLOCKS = st.none() | st.times()
ZONES = st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"])


@pytest.mark.parametrize(
    ("gate", "at", "day"),
    [
        (GATE, tokyo("23:59:59.999999"), DAY),
        (GATE, tokyo("00:00", 22), TOMORROW),
        (NIGHT, tokyo("00:00", 22), DAY),
        (NIGHT, tokyo("01:59:59.999999", 22), DAY),
        (NIGHT, tokyo("02:00", 22), TOMORROW),
        (hours("10:00", "00:00"), tokyo("00:00", 22), TOMORROW),
        (hours("10:00", None), tokyo("03:00"), DAY),
    ],
)
def test_event_day(gate: Gate, at: dt.datetime, day: dt.date) -> None:
    assert event_day(gate, at) == day


@pytest.mark.parametrize(
    ("gate", "start"), [(GATE, tokyo("00:00")), (DAYTIME, tokyo("10:00")), (NIGHT, tokyo("18:00"))]
)
def test_event_day_starts_at_opening_hour_or_midnight(gate: Gate, start: dt.datetime) -> None:
    assert opening(gate, DAY) == start


@given(MOMENTS, CLOCKS, CLOCKS, ZONES)
def test_told_moments_are_on_the_right_side_and_of_the_event_day(
    at: dt.datetime, opens: dt.time | None, closes: dt.time | None, zone: str
) -> None:
    gate = door(opens_at=opens, closes_at=closes, zone=zone)
    found = outside(gate, (opens, closes), at)
    if found is None:
        return
    reason, told = found
    hour = dt.timedelta(hours=1)  # by which the clocks change at night in some zones
    assert told > at - hour if reason == "not_yet_valid" else told <= at + hour
    assert abs((told - opening(door(zone=zone), event_day(gate, at))).total_seconds()) <= 49 * 3600


@given(MOMENTS, CLOCKS, CLOCKS)
def test_hours_of_a_rule_that_are_those_of_the_gate_change_nothing(
    at: dt.datetime, opens: dt.time | None, closes: dt.time | None
) -> None:
    gate = door(opens_at=opens, closes_at=closes)
    same = door(opens_at=opens, closes_at=closes, rules=(asks(opens_at=opens, closes_at=closes),))
    assert outside(same, asked(same, PASS).hours, at) == outside(gate, (opens, closes), at)


def test_without_rules_a_gate_asks_what_the_type_says() -> None:
    assert asked(GATE, PASS) == Asked("daily", 1, reentry=True)


def test_fields_come_from_the_nearest_rule_that_names_them() -> None:
    gate = door(
        rules=(
            asks("09:00", "16:00", product=None, entry_rule="once", entry_times=3, reentry=False, days=(TOMORROW,)),
            asks("11:00", entry_rule="times", admits=False),
            asks("12:00", "13:00", product=VIP_ID, entry_rule="free", entry_times=9, days=(DAY,)),
        )
    )
    assert asked(gate, PASS) == Asked(
        "times", 3, reentry=False, admits=False, hours=(dt.time(11), dt.time(16)), days=(TOMORROW,)
    )


def test_scan_without_a_ticket_has_no_rule() -> None:
    seen = seen_at(
        door(elsewhere="refuse"), None, at=AT, device=PHONE, seq=7, direction="exit", sound=False, forced=True
    )
    assert (seen.rule, seen.entry_times, seen.reentry, seen.elsewhere) == ("", 1, True, "refuse")
    assert (seen.mark, seen.key, seen.day) == ((AT, PHONE, 7), (PHONE, 7), DAY)
    assert (seen.direction, seen.sound, seen.forced) == ("exit", False, True)
