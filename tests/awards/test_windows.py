"""Windows, to the millisecond, in five zones and across a change of the clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.awards.windows import NoSuchTime, accepts, ends_at, moment_in, phase

MS = dt.timedelta(milliseconds=1)
ZONES = ("Asia/Tokyo", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "Pacific/Chatham")
MOMENTS = st.datetimes(min_value=dt.datetime(2020, 1, 1), max_value=dt.datetime(2035, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("grace", [0, 1, 90_000])
def test_a_millisecond_before_the_end_is_in_and_the_end_itself_is_out(zone: str, grace: int) -> None:
    opens, closes = moment_in(zone, "2026-10-01T09:00"), moment_in(zone, "2026-11-30T17:00")
    end = closes + grace * MS
    for shown in (ZoneInfo(zone), ZoneInfo("Asia/Tokyo"), dt.UTC):
        for moment, taken in ((opens - MS, False), (opens, True), (end - MS, True), (end, False), (end + MS, False)):
            assert accepts(moment.astimezone(shown), opens, closes, grace) is taken
    assert ends_at(closes, grace) == end


def test_phases_in_order() -> None:
    opens, closes = moment_in("Asia/Tokyo", "2026-10-01T09:00"), moment_in("Asia/Tokyo", "2026-10-02T09:00")
    moments = [opens - MS, opens, closes - MS, closes, closes + 999 * MS, closes + 1000 * MS]
    assert [phase(at, opens, closes, 1000) for at in moments] == ["before", "open", "open", "grace", "grace", "closed"]
    assert phase(closes, opens, closes) == "closed"


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Europe/Berlin", "2026-10-25"), ("America/New_York", "2026-11-01"), ("Pacific/Chatham", "2027-04-04")],
)
def test_in_the_hour_that_comes_twice_the_end_is_the_first_one(zone: str, day: str) -> None:
    local = f"{day}T03:00" if zone == "Pacific/Chatham" else f"{day}T{'02' if 'Berlin' in zone else '01'}:30"
    closes = moment_in(zone, local)
    assert closes.astimezone(ZoneInfo(zone)).fold == 0
    again = (closes + dt.timedelta(hours=1)).astimezone(ZoneInfo(zone))
    assert (again.isoformat()[:16], again.fold) == (local, 1)
    opens = closes - dt.timedelta(days=1)
    late = (closes + dt.timedelta(minutes=50)).astimezone(ZoneInfo(zone))
    assert late.replace(tzinfo=None) < closes.astimezone(ZoneInfo(zone)).replace(tzinfo=None)  # the hands say "before"
    assert not accepts(late, opens.astimezone(ZoneInfo(zone)), closes.astimezone(ZoneInfo(zone)))
    assert accepts((closes - MS).astimezone(ZoneInfo(zone)), opens, closes)


def test_a_grace_across_the_change_of_the_clocks_lasts_as_long_as_it_says() -> None:
    closes = moment_in("Europe/Berlin", "2026-10-25T02:59:30").astimezone(ZoneInfo("Europe/Berlin"))
    assert ends_at(closes, 90_000).isoformat() == "2026-10-25T01:01:00+00:00"
    opens = closes - dt.timedelta(days=1)
    at = [ends_at(closes, 90_000) - MS, ends_at(closes, 90_000)]
    assert [phase(moment, opens, closes, 90_000) for moment in at] == ["grace", "closed"]


@pytest.mark.parametrize(
    ("zone", "local"),
    [
        ("Europe/Berlin", "2026-03-29T02:30"),
        ("America/New_York", "2027-03-14T02:00"),
        ("Pacific/Chatham", "2026-09-27T02:45"),
    ],
)
def test_a_time_that_the_clocks_skip_is_refused(zone: str, local: str) -> None:
    with pytest.raises(NoSuchTime):
        moment_in(zone, local)


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Asia/Tokyo", "2026-11-30T08:00:00+00:00"),
        ("Asia/Kathmandu", "2026-11-30T11:15:00+00:00"),
        ("Europe/Berlin", "2026-11-30T16:00:00+00:00"),
        ("America/New_York", "2026-11-30T22:00:00+00:00"),
        ("Pacific/Chatham", "2026-11-30T03:15:00+00:00"),
    ],
)
def test_five_in_the_afternoon_is_five_moments(zone: str, utc: str) -> None:
    assert moment_in(zone, "2026-11-30T17:00").isoformat() == utc


@given(MOMENTS, st.integers(1, 10**10), st.integers(0, 10**7), st.integers(-(10**10), 10**10))
def test_what_is_taken_depends_on_the_moment_alone(opens: dt.datetime, lasts: int, grace: int, after: int) -> None:
    opens = opens.replace(tzinfo=dt.UTC)
    closes, now = opens + lasts * MS, opens + after * MS
    expected = 0 <= after < lasts + grace
    for zone in ZONES:
        here, begins, ends = (moment.astimezone(ZoneInfo(zone)) for moment in (now, opens, closes))
        assert accepts(here, begins, ends, grace) is expected
