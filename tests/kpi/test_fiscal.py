"""Years and days are those of Japan, wherever an instant was written down."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kpi.fiscal import bounds, day_of, fiscal_year_of

instants = st.integers(0, 7_000_000_000).flatmap(
    lambda second: st.timezones().map(lambda zone: datetime.fromtimestamp(second, tz=zone))
)


@pytest.mark.parametrize(
    ("instant", "year", "day"),
    [
        ("2026-03-31T23:59:59.999999+09:00", 2025, date(2026, 3, 31)),
        ("2026-04-01T00:00:00+09:00", 2026, date(2026, 4, 1)),
        ("2026-03-31T14:59:59Z", 2025, date(2026, 3, 31)),
        ("2026-03-31T15:00:00Z", 2026, date(2026, 4, 1)),
        ("2027-03-31T23:59:59+09:00", 2026, date(2027, 3, 31)),
        ("2028-02-29T00:00:00+09:00", 2027, date(2028, 2, 29)),
        ("2027-03-31T07:59:59-07:00", 2026, date(2027, 3, 31)),
    ],
)
def test_year_and_day_are_those_of_japan(instant, year, day):
    moment = datetime.fromisoformat(instant)
    assert (fiscal_year_of(moment), day_of(moment)) == (year, day)


def test_bounds_meet():
    assert bounds(2026)[0] == datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert bounds(2026)[1] == bounds(2027)[0]


@given(instants)
def test_every_instant_lies_in_exactly_one_year(instant):
    year = fiscal_year_of(instant)
    assert [y for y in range(year - 1, year + 2) if bounds(y)[0] <= instant < bounds(y)[1]] == [year]


def test_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        day_of(datetime(2026, 4, 1))  # noqa: DTZ001
