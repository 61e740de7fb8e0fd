"""Until when an agreement is valid: terms, notice, renewal, revocation, and when somebody is reminded."""

import datetime as dt
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange import terms
from app.exchange.schemas import AgreementRef, Publishes

D = dt.date.fromisoformat
YEAR = AgreementRef(
    id=uuid4(),
    partner=uuid4(),
    valid_from=D("2026-04-01"),
    valid_until=D("2027-03-31"),
    renews=True,
    notice_days=90,
    notice_on=None,
    revoked_at=None,
    fields={},
    onward=False,
    publishes=Publishes(),
    licence="",
    attribution={},
)


def agreed(**changes: Any) -> AgreementRef:
    return msgspec.structs.replace(YEAR, **{k: D(v) if isinstance(v, str) else v for k, v in changes.items()})


def noon(day: str) -> dt.datetime:
    return dt.datetime.combine(D(day), dt.time(12), tzinfo=terms.TOKYO)


@pytest.mark.parametrize(
    ("changes", "day", "state"),
    [
        ({}, "2026-03-31", "coming"),
        ({}, "2026-04-01", "valid"),
        ({}, "2027-03-31", "valid"),
        ({}, "2027-04-01", "valid"),
        ({}, "2044-02-29", "valid"),
        ({"renews": False}, "2027-03-31", "valid"),
        ({"renews": False}, "2027-04-01", "ended"),
        ({"notice_on": "2026-12-31"}, "2027-03-31", "valid"),  # 90 days before the end: the last day on which it counts
        ({"notice_on": "2026-12-31"}, "2027-04-01", "ended"),
        ({"notice_on": "2027-01-01"}, "2027-04-01", "valid"),  # a day too late: another year
        ({"notice_on": "2027-01-01"}, "2028-03-31", "valid"),
        ({"notice_on": "2027-01-01"}, "2028-04-01", "ended"),
        ({"notice_on": "2027-03-31", "notice_days": 0}, "2027-04-01", "ended"),
    ],
)
def test_an_agreement_is_valid_to_the_end_of_a_term_that_notice_ends(
    changes: dict[str, Any], day: str, state: str
) -> None:
    assert terms.state(agreed(**changes), noon(day)) == state


def test_days_are_those_of_tokyo() -> None:
    last = agreed(renews=False)
    assert terms.state(last, dt.datetime(2027, 3, 31, 14, 59, 59, tzinfo=dt.UTC)) == "valid"
    assert terms.state(last, dt.datetime(2027, 3, 31, 15, tzinfo=dt.UTC)) == "ended"


def test_a_revoked_agreement_is_over_from_that_moment_on() -> None:
    at = noon("2026-06-01")
    revoked = agreed(revoked_at=at)
    assert terms.state(revoked, at - dt.timedelta(microseconds=1)) == "valid"
    assert terms.state(revoked, at) == "revoked"
    assert terms.state(revoked, noon("2026-03-01")) == "coming"


def test_a_term_that_ends_on_a_leap_day_ends_on_the_last_of_february_in_other_years() -> None:
    leap = agreed(valid_from="2023-03-01", valid_until="2024-02-29")
    ends = [terms.last_day(leap, D(f"{year}-06-01")) for year in range(2023, 2029)]
    assert list(map(str, ends)) == [
        "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({}, None),
        ({"renews": False}, "2027-03-31"),
        ({"notice_on": "2026-12-31"}, "2027-03-31"),
        ({"notice_on": "2027-01-01"}, "2028-03-31"),
        ({"notice_on": "2029-12-31"}, "2030-03-31"),
        ({"notice_on": "2030-01-01"}, "2031-03-31"),
        ({"renews": False, "notice_on": "2026-05-01"}, "2027-03-31"),
    ],
)
def test_the_day_on_which_it_ends_for_good(changes: dict[str, Any], end: str | None) -> None:
    assert terms.ends_on(agreed(**changes)) == (D(end) if end else None)


@pytest.mark.parametrize(
    ("changes", "day", "deadline"),
    [
        ({}, "2026-04-01", "2026-12-31"),
        ({}, "2026-12-31", "2026-12-31"),
        ({}, "2027-01-01", "2028-01-01"),  # 90 days before 31 March 2028: that February has 29 days
        ({}, "2027-04-01", "2028-01-01"),
        ({"renews": False}, "2026-04-01", "2027-03-31"),
        ({"notice_on": "2026-10-01"}, "2026-10-01", "2027-03-31"),
    ],
)
def test_the_next_day_that_somebody_has_to_think_of(changes: dict[str, Any], day: str, deadline: str) -> None:
    assert terms.deadline(agreed(**changes), D(day)) == D(deadline)


@pytest.mark.parametrize(
    ("day", "since", "due"),
    [
        ("2026-10-31", None, None),
        ("2026-11-01", None, "2026-11-01"),  # 60 days before 31 December
        ("2026-12-16", "2026-11-01", None),
        ("2026-12-17", "2026-11-01", "2026-12-17"),  # 14 days before
        ("2026-12-31", "2026-12-17", None),
        ("2026-12-31", None, "2026-12-17"),  # of those missed only the last one
        ("2026-12-20", "2026-12-18", None),  # made too late for it
        ("2027-01-01", "2026-12-17", None),
        ("2027-11-02", "2026-12-17", "2027-11-02"),  # a year later again
    ],
)
def test_reminders_come_60_and_14_days_ahead_once_each(day: str, since: str | None, due: str | None) -> None:
    found = terms.reminder_due(agreed(), D(day), D(since) if since else None)
    assert found == (D(due) if due else None)


@given(
    until=st.dates(D("2000-01-01"), D("2040-12-31")),
    notice_days=st.integers(0, 365),
    renews=st.booleans(),
    notice_on=st.none() | st.dates(D("2000-01-01"), D("2045-12-31")),
    day=st.dates(D("2000-01-01"), D("2050-12-31")),
)
def test_valid_days_are_one_stretch_that_ends_where_it_says(
    *, until: dt.date, notice_days: int, renews: bool, notice_on: dt.date | None, day: dt.date
) -> None:
    found = agreed(
        valid_from=until - dt.timedelta(days=364),
        valid_until=until,
        renews=renews,
        notice_days=notice_days,
        notice_on=notice_on,
    )
    end = terms.ends_on(found)
    is_valid = terms.state(found, dt.datetime.combine(day, dt.time(12), tzinfo=terms.TOKYO)) == "valid"
    assert is_valid == (found.valid_from <= day and (end is None or day <= end))
    if is_valid:
        assert terms.deadline(found, day) >= day
